"""Map columns to fields. The plan shows each decision and its reason."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from monite_magic.core import RequestError, one_line
from monite_magic.core.words import either
from monite_magic.tables.push.cells import Problem, index_of
from monite_magic.tables.push.synonyms import SYNONYMS, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from monite_magic.tables.push.cells import Table
    from monite_magic.tables.push.fields import Field, Fields

_LIKE: Final = 0.86  # minimum similarity of a heading to a field's name
_LIKER: Final = 0.04  # minimum lead over the next field
_SHORTEST: Final = 5
_COLUMN: Final = "column "
#: The reason for a column that the user ignored.
LEFT_OUT: Final = "ignored, as you asked"
#: The reason for a column that only identifies rows.
TELLS_APART: Final = "identifies rows, and isn't sent"
#: The suffix of columns in which `.save` repeats rates as percentages.
IN_PERCENT: Final = "_percent"
_MOSTLY: Final = 0.8


@dataclass(frozen=True, slots=True)
class Mapped:
    """A column and its target.

    Attributes:
        column: The column's index.
        fields: The field for each kind of body, or for all under "".
        how: The reason.
    """

    column: int
    fields: Mapping[str, Field]
    how: str

    @property
    def name(self) -> str:
        """Its name in the plan."""
        one = next(iter(self.fields.values()))
        return one.name if len(self.fields) == 1 else one.relative

    @property
    def field(self) -> Field:
        """One of the fields. They only differ in the kind."""
        return next(iter(self.fields.values()))

    def for_kind(self, kind: str) -> Field | None:
        """Return the field for a kind of row, or None."""
        return field_for(self.fields, kind)


def field_for(fields: Mapping[str, Field], kind: str) -> Field | None:
    """Return the one of the fields, by kind, that a kind of row has, or None."""
    found = fields.get("") or fields.get(kind)
    return None if found is None or (found.kind and kind and found.kind != kind) else found


@dataclass
class ColumnMap:
    """The columns of a table and their fields.

    Attributes:
        columns: The columns to send.
        unmatched: The reasons why other columns are not sent, by index.
        problems: Decisions that the user has to make.
        contested: Fields with two columns, which are reported only once.
    """

    columns: list[Mapped] = field(default_factory=list)
    unmatched: dict[int, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    contested: set[str] = field(default_factory=set)


def read_mapping_file(path: str | Path) -> dict[str, str]:
    """Read a mapping from a JSON file: `{"Company name": "organization.legal_name"}`.

    Raises:
        RequestError: It can't be read.
    """
    file = Path(path).expanduser()
    try:
        found = json.loads(file.read_text("utf-8"))
    except OSError as error:
        problem = f"The mapping {file.name} can't be read: {(error.strerror or 'it failed').lower()}."
    except ValueError:
        problem = f"The mapping {file.name} is not JSON."
    else:
        if isinstance(found, dict) and all(isinstance(value, str) for value in found.values()):
            return found
        problem = f"The mapping {file.name} must be an object of strings."
    raise RequestError(problem, hint='Write {"Company name": "organization.legal_name"}.')


def map_columns(table: Table, fields: Fields, given: Mapping[str, str], *, key: str | None) -> ColumnMap:
    """Map each column to a field.

    Args:
        table: The table.
        fields: The fields of the operation.
        given: The user's mapping of headings to fields. An empty field ignores the column.
        key: The column that identifies rows. It doesn't have to be sent.

    Raises:
        RequestError: `given` has an unknown column or field.
    """
    finder = Finder(fields)
    result = ColumnMap()
    chosen = _given(table, fields, given, finder)
    for index, heading in enumerate(table.headings):
        if not heading:
            continue
        if index not in chosen and (rate := repeated_rate(table, heading)):
            result.unmatched[index] = f"the same as {rate}, in percent"
            continue
        if index in chosen:
            found, how = chosen[index], "as you asked"
            if not found:
                result.unmatched[index] = LEFT_OUT
                continue
        else:
            found, how = finder.find(heading)
        if found:
            result.columns.append(Mapped(index, found, how))
            continue
        result.unmatched[index] = _why(how, heading, fields, key)
        if how.startswith("could be"):
            result.problems.append(
                Problem(f'{how}: decide with --map "{one_line(heading)}=FIELD"', None, index)
            )
    _check_twice(table, result)
    return result


def repeated_rate(table: Table, heading: str) -> str:
    """Return the rate column that a column repeats in percent, as `.save` writes it, or an empty text."""
    rate = heading.removesuffix(IN_PERCENT)
    return rate if rate != heading and rate in table.headings else ""


def is_saved_answer(table: Table, fields: Fields) -> bool:
    """Whether a table has the columns of an answer, from `.save` or `.df`."""
    named = [heading for heading in table.headings if heading]
    known = sum(heading.removesuffix(IN_PERCENT) in fields.answered for heading in named)
    return "id" in named and known >= _MOSTLY * len(named)


def _why(how: str, heading: str, fields: Fields, key: str | None) -> str:
    if how:
        return how
    if key is not None and heading == key:
        return TELLS_APART
    if heading in fields.answered or heading.partition(".")[0] in {
        name.partition(".")[0] for name in fields.answered
    }:
        return "the API sets it"
    return "no such field"


def _given(
    table: Table, fields: Fields, given: Mapping[str, str], finder: Finder
) -> dict[int, dict[str, Field]]:
    chosen: dict[int, dict[str, Field]] = {}
    for heading, name in given.items():
        indexes = [at for at, text in enumerate(table.headings) if text == heading]
        if not indexes:
            indexes = [at for at, text in enumerate(table.headings) if text.casefold() == heading.casefold()]
        if not indexes and table.letters and heading.lower().startswith(_COLUMN):
            # As the plan writes it: `column I`, or `column I (E-Mail)`.
            at = index_of(heading[len(_COLUMN) :].partition("(")[0].strip().upper())
            indexes = [at] if 0 <= at < len(table.headings) else []
        if not indexes:
            have = ", ".join(filter(None, table.headings))
            by_letter = ' "column A=…" names one by its letter.' if table.letters else ""
            raise RequestError(f"Unknown column in --map: {heading!r}.", hint=f"Have: {have}.{by_letter}")
        found = finder.exact(name) if name else {}
        if name and not found:
            near = finder.near(name)
            hint = (
                f"The nearest: {', '.join(near)}." if near else f"%monite_help {fields.operation} lists them."
            )
            raise RequestError(f"{fields.operation} has no field {name!r}.", hint=hint)
        for at in indexes:
            chosen[at] = found
    return chosen


def _check_twice(table: Table, result: ColumnMap) -> None:
    """Let the user decide about two columns for one field."""
    first: dict[str, Mapped] = {}
    for mapped in result.columns:
        for each in mapped.fields.values():
            other = first.setdefault(each.name, mapped)
            if other is mapped:
                continue
            result.contested.add(each.name)
            if table.headings[other.column].casefold() != table.headings[mapped.column].casefold():
                text = (
                    f"goes to {each.name}, as {table.column_name(other.column)} does: ignore one with "
                    f'--map "{one_line(table.headings[mapped.column])}="'
                )
                result.problems.append(Problem(text, None, mapped.column, each.name))
                break


class Finder:
    """Finds the fields for a heading."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._by_words: dict[str, list[Field]] = {}
        for each in fields.fields.values():
            for words in dict.fromkeys(self._spellings(each)):
                self._by_words.setdefault(words, []).append(each)

    def _spellings(self, each: Field) -> Iterable[str]:
        """Return the names of a field, from the complete path to the last key."""
        part = self._fields.parts.get(each.part)
        names = [each.name]
        if part is not None:
            names.append(f"{part.singular}.{'.'.join(each.path)}")
        for name in names:
            keys = name.split(".")
            for start in range(len(keys)):
                yield plain(" ".join(keys[start:]))
        if each.leaf.endswith("_id") and each.part != "path":
            yield plain(each.leaf.removesuffix("_id"))

    def exact(self, name: str) -> dict[str, Field]:
        """Return the fields for a name: a path, also in the singular or without the kind."""
        if name in self._fields.fields:
            return {"": self._fields.fields[name]}
        first, _, rest = name.partition(".")
        for part in self._fields.parts.values():
            if first == part.singular and f"{part.name}.{rest}" in self._fields.fields:
                return {"": self._fields.fields[f"{part.name}.{rest}"]}
        if name == "id" and self._fields.id_parameter in self._fields.fields:
            return {"": self._fields.fields[self._fields.id_parameter]}
        same = [each for each in self._fields.fields.values() if each.kind and each.relative == name]
        return {each.kind: each for each in same}

    def near(self, name: str) -> list[str]:
        """Return the names of fields similar to a name."""
        from monite_magic.catalogue.nearest import nearest_words

        return nearest_words(name, self._fields.fields, likeness=0.5)

    def find(self, heading: str) -> tuple[dict[str, Field], str]:
        """Return the fields for a heading and the reason, or why there are none."""
        if found := self.exact(heading.strip()):
            return found, "the field's name"
        words = plain(heading)
        if heading in self._fields.answered:  # in answers, but not in requests
            tagged = self._tags(heading)
            return (tagged, "the tags of an answer") if tagged else ({}, "the API sets it")
        if words in SYNONYMS and (found := self._synonym(words)):
            return found, f"“{words}” is usual for it"
        if words in self._by_words:
            return self._one_of(self._by_words[words], "the field's words")
        return self._spelled_alike(words)

    def _tags(self, heading: str) -> dict[str, Field]:
        if heading.rpartition(".")[2] != "tags":
            return {}
        return self.exact(f"{heading.removesuffix('tags')}tag_ids")

    def _synonym(self, words: str) -> dict[str, Field]:
        for ending in SYNONYMS[words]:
            fitting = [
                each
                for each in self._fields.fields.values()
                if each.name == ending or each.name.endswith(f".{ending}")
            ]
            fitting = [each for each in fitting if each.part != "path"]
            exact = [each for each in fitting if each.name == ending]
            found, _ = self._one_of(exact or fitting, "")
            if found:
                return found
        return {}

    def _one_of(self, fitting: list[Field], how: str) -> tuple[dict[str, Field], str]:
        """Of several fields, prefer the row's own over those of its parts, and shallow ones."""
        if not fitting:
            return {}, ""
        ranks = {
            each.name: (each.part not in {"", "path"}, len(each.path) - bool(each.kind)) for each in fitting
        }
        best = min(ranks.values())
        fitting = [each for each in fitting if ranks[each.name] == best]
        by_kind = {each.kind: each for each in fitting}
        if len(by_kind) == len(fitting) and len({each.relative for each in fitting}) == 1:
            return (by_kind if "" not in by_kind else {"": by_kind[""]}), how
        if len(fitting) == 1:
            return {"": fitting[0]}, how
        return {}, f"could be {either(each.name for each in fitting)}"

    def _spelled_alike(self, words: str) -> tuple[dict[str, Field], str]:
        if len(words) < _SHORTEST:
            return {}, ""
        scores: dict[str, float] = {}
        for candidate in (*self._by_words, *SYNONYMS):
            matcher = SequenceMatcher(None, words, candidate, autojunk=False)
            if matcher.real_quick_ratio() >= _LIKE and matcher.quick_ratio() >= _LIKE:
                score = matcher.ratio()
                if score >= _LIKE:
                    scores[candidate] = score
        results: list[tuple[float, dict[str, Field], str]] = []
        for candidate, score in sorted(scores.items(), key=lambda pair: -pair[1]):
            found = self._synonym(candidate) if candidate in SYNONYMS else {}
            if not found and candidate in self._by_words:
                found, _ = self._one_of(self._by_words[candidate], "")
            if found:
                results.append((score, found, candidate))
        if not results:
            return {}, ""
        best, found, candidate = results[0]
        rivals = [each for score, each, _ in results[1:] if best - score < _LIKER and each != found]
        if rivals:
            names = dict.fromkeys(next(iter(each.values())).name for each in (found, *rivals))
            return {}, f"could be {either(names)}"
        return found, f"spelled like “{candidate}”"


def kind_of_columns(columns: Iterable[Mapped], kinds: tuple[str, ...]) -> str:
    """Return the only kind of body with all fields of the columns, or an empty text."""
    possible = set(kinds)
    for mapped in columns:
        if "" not in mapped.fields:
            possible &= set(mapped.fields)
        elif mapped.field.kind:
            possible &= {mapped.field.kind}
    return possible.pop() if len(possible) == 1 else ""


def as_json(mapping: ColumnMap, table: Table) -> dict[str, Any]:
    """Return a mapping as in a mapping file."""
    return {table.headings[mapped.column]: mapped.name for mapped in mapping.columns}
