"""Finds operations and commands by everyday words: "pay a bill", "download bills to excel".

An operation has the words of its path, purpose, group, filters and body fields. A command has the words of
its purpose and those in `topics`. Words are compared by stem. Rare words and words of the path count more.
Entries with more of the words come first. For a question, reads come before writes.
"""

from __future__ import annotations

import math
import re
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from monite_magic.catalogue.fields import allowed_values, descend, fields
from monite_magic.core.api_path import is_placeholder
from monite_magic.jupyter.assist.german import in_english
from monite_magic.jupyter.assist.phrases import purpose
from monite_magic.jupyter.assist.recipes import RECIPES, Recipe
from monite_magic.jupyter.assist.search_words import (
    DEEDS,
    EVERYDAY,
    METHODS_OF,
    SHORTEST_STEM,
    SMALL_WORDS,
    THINGS,
    is_plain_verb,
    is_small,
    looked_up,
    other_side,
    singular,
    stem,
    words_of,
)
from monite_magic.jupyter.assist.topics import ALSO_SAID, TOPICS, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monite_magic.catalogue import Catalogue, Operation

_SHORTEST_RESPELLED: Final = 5
_JOINED: Final = re.compile(r"\b(log|sign|set|write)\s+(in|on|out|up|off)\b")
_PERMISSION: Final = re.compile(r"\b(may|can|allowed to)\b(?=.*\bdo$)|\ballowed to do\b")
# The weights of words after these, which only add details. Those after `with` may be missing.
_WEIGHTS_AFTER: Final = {"with": 0.2, "as": 0.2, "for": 0.7}
_MAY_BE_MISSING: Final = 0.2
# Weights of a word: in the path, in the purpose, in fields and filters,
_PATH, _SAID, _TOLD, _INSIDE = 1.0, 0.8, 0.7, 0.3
# in another form (approval for approve), as a synonym, or by its first letters only.
_OTHER_FORM, _OWN_SENSE, _BEGINNING = 0.9, 0.6, 0.5
_FAR_BELOW_THE_BEST: Final = 0.4
# A hit needs at least this part of the score of an entry with all words.
_LEAST_OF_ALL: Final = 0.12
# The same for a recipe, and its minimum score relative to the best.
_LEAST_OF_A_RECIPE: Final = 0.55
_NEAR_THE_BEST: Final = 0.7
# The factor for operations whose method matches the words.
_MEANT: Final = 1.35
_MEANT_BY_A_QUESTION: Final = 2.5
_MEANT_BY_NOUNS: Final = 1.0
_OF_THE_OTHER_SIDE: Final = 0.6
_QUESTIONS: Final = frozenset(
    {"are", "did", "does", "has", "have", "is", "was", "what", "when", "where", "which", "who", "whose"}
)
# After `how`; other questions with it are about doing something.
_AMOUNTS: Final = frozenset({"long", "many", "much", "often"})


class Found(NamedTuple):
    """The result of a search.

    Attributes:
        hits: Operations and topics, best first.
        unknown: The words that no entry has.
        also: Words of the search with the API's word for each.
    """

    hits: tuple[Operation | Topic, ...]
    unknown: tuple[str, ...]
    also: tuple[tuple[str, str], ...]

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The operations in the hits."""
        return tuple(hit for hit in self.hits if not isinstance(hit, Topic))


def search(catalogue: Catalogue, text: str) -> Found:
    """Return the operations that match some words, best first.

    Args:
        catalogue: The catalogue in use.
        text: Words in any order and case. Words like `the`, quotes and punctuation are ignored. Or the
            start of a path: `/payables`.
    """
    if text.startswith("/"):
        below = tuple(each for each in catalogue.operations if each.path.startswith(text))
        if below:
            return Found(tuple(below), (), ())
    index = _index(catalogue)
    also = []
    weight_of: dict[str, float] = {}
    for word, weight in _weighted_words(text).items():
        meant = word if is_small(word) or _matches(index, word) else _respelled(index, word) or word
        if meant != word:
            also.append((word, meant))
        weight_of.setdefault(meant, weight)
    said = list(weight_of)
    wanted = [word for word in said if not is_small(word)] or said
    core = [word for word in wanted if weight_of[word] > _MAY_BE_MISSING] or wanted
    scores = dict.fromkeys(index, 0.0)
    counts = dict.fromkeys(index, 0)
    unknown = []
    total = 0.0  # the score of an entry with all words
    for word in wanted:
        matches = _matches(index, word)
        if not matches:
            unknown.append(word)
            total += math.log(1 + len(index))
            continue
        if (thing := looked_up(word, THINGS)) and thing[0] != word:
            also.append((word, thing[0]))
        rarity = math.log(1 + len(index) / len(matches)) * weight_of[word]
        total += rarity
        for entry, weight in matches.items():
            scores[entry] += weight * rarity
            counts[entry] += word in core
    methods, factor = _methods_meant([word for word in said if word in core or word not in wanted])
    excluded = other_side(said)
    for entry, count in counts.items() if wanted else ():
        # For equal words, prefer the entry that is closer to the root.
        scores[entry] *= count / len(core) / (1 + 0.04 * index[entry].length)
        if not isinstance(entry, Topic):
            scores[entry] *= factor if entry.method in methods else 1.0
            if excluded and entry.segments[0].startswith(excluded):
                scores[entry] *= _OF_THE_OTHER_SIDE
    best = max(scores.values())
    only_verbs = all(word in unknown or is_plain_verb(word) for word in wanted)
    if best < _LEAST_OF_ALL * total or (unknown and only_verbs):
        return Found((), tuple(unknown), ())
    least = _FAR_BELOW_THE_BEST * best
    hits = [each for each in index if scores[each] >= least > 0]
    hits.sort(key=lambda entry: -scores[entry])
    return Found(tuple(hits), tuple(unknown), tuple(also))


def find_recipes(text: str) -> list[Recipe]:
    """Return the recipes for a request or question, best first.

    Args:
        text: Everyday words. A recipe matches if it has most of the words.
    """
    index = _recipe_index()
    said = list(_weighted_words(text))
    wanted = [word for word in said if not is_small(word)] or said
    scores = dict.fromkeys(index, 0.0)
    total = 0.0
    for word in wanted:
        forms = _forms(word)
        matches = {
            recipe: max(weights.get(form, 0.0) * likeness for form, likeness in forms.items())
            for recipe, weights in index.items()
        }
        found = sum(weight > 0 for weight in matches.values())
        rarity = math.log(1 + len(index) / (found or 1))
        total += rarity
        for recipe, weight in matches.items():
            scores[recipe] += weight * rarity
    best = max(scores.values())
    hits = [
        recipe
        for recipe, score in scores.items()
        if score >= max(_LEAST_OF_A_RECIPE * total, _NEAR_THE_BEST * best) and score > 0
    ]
    return sorted(hits, key=lambda recipe: -scores[recipe])


def _weighted_words(text: str) -> dict[str, float]:
    """Return the words of a search in English, with their weights."""
    weights: dict[str, float] = {}
    weight = 1.0
    for each in words_of(_PERMISSION.sub("permission", _JOINED.sub(r"\1\2", text.lower()))):
        for word in in_english(each):
            if weights.keys() - SMALL_WORDS:
                weight = min(weight, _WEIGHTS_AFTER.get(word, 1.0))
            weights.setdefault(word, weight)
    return weights


@lru_cache(maxsize=1)
def _recipe_index() -> dict[Recipe, dict[str, float]]:
    return {recipe: _weights([(_TOLD, (recipe.words,)), (_PATH, (recipe.heading,))]) for recipe in RECIPES}


def _methods_meant(said: list[str]) -> tuple[frozenset[str], float]:
    """Return the methods that the words suggest, and their factor. Questions suggest reads."""
    if said and (said[0] in _QUESTIONS or (said[0] == "how" and said[1:2] and said[1] in _AMOUNTS)):
        return frozenset({"GET"}), _MEANT_BY_A_QUESTION
    for word in said:
        if methods := METHODS_OF.get(word) or METHODS_OF.get(singular(word)):
            return methods, _MEANT
    return frozenset({"GET"}), _MEANT_BY_NOUNS


_Indexed = dict["Operation | Topic", "_Entry"]


class _Entry(NamedTuple):
    weights: dict[str, float]  # word or stem -> weight
    length: int  # length of its path in segments, and of the resource's name in words


@lru_cache(maxsize=4)
def _index(catalogue: Catalogue) -> _Indexed:
    """The words of each operation and topic."""
    entries: _Indexed = {operation: _entry(catalogue, operation) for operation in catalogue.operations}
    return entries | {topic: _topic_entry(topic) for topic in TOPICS}


def _topic_entry(topic: Topic) -> _Entry:
    return _Entry(_weights([(_TOLD, (topic.words,)), (_SAID, (topic.purpose,))]), 1)


def _entry(catalogue: Catalogue, operation: Operation) -> _Entry:
    literals = [segment for segment in operation.segments if not is_placeholder(segment)]
    places = [
        (_INSIDE, _inside(catalogue, operation)),
        (_SAID, (operation.method, operation.tag, purpose(operation))),
        (_TOLD, (ALSO_SAID.get(str(operation), ""),)),
        (_PATH, literals),
    ]
    return _Entry(_weights(places), len(operation.segments) + len(words_of(literals[0])))


def _weights(places: Iterable[tuple[float, Iterable[str]]]) -> dict[str, float]:
    weights: dict[str, float] = {}
    for weight, words in places:
        for word in words_of(" ".join(words)):
            for form, likeness in _forms(word).items():
                weights[form] = max(weights.get(form, 0.0), weight * likeness)
    return weights


def _forms(word: str) -> dict[str, float]:
    """Return a word's singular and its stem."""
    return {stem(word): _OTHER_FORM, singular(word): 1.0}


def _inside(catalogue: Catalogue, operation: Operation) -> Iterator[str]:
    """Return the filters of a list and the fields of a body."""
    for parameter in operation.query_parameters:
        yield parameter.name.partition("__")[0]
        if parameter.name == "status":
            yield from map(str, allowed_values(catalogue, parameter.schema))
    if operation.body:
        yield from fields(descend(catalogue, operation.body.schema, ()))


def _matches(index: _Indexed, word: str) -> dict[Operation | Topic, float]:
    """Return the weight of a word for each entry with it, or else with its first letters."""
    meant = looked_up(word, THINGS) or looked_up(word, DEEDS)
    forms = _forms(word)
    if meant:
        forms = {form: likeness * _OWN_SENSE for form, likeness in forms.items()}
        forms |= {form: likeness for each in meant for form, likeness in _forms(each).items()}
    matches = {
        operation: max(entry.weights.get(form, 0.0) * weight for form, weight in forms.items())
        for operation, entry in index.items()
    }
    found = {operation: weight for operation, weight in matches.items() if weight}
    if found or len(word) < SHORTEST_STEM:
        return found
    longer = {each for each in EVERYDAY if each.startswith(word)}
    if len(longer) == 1:  # `bil` is `bill`
        return _matches(index, longer.pop())
    beginnings = {
        operation: max(
            (weight for each, weight in entry.weights.items() if each.startswith(word)), default=0.0
        )
        for operation, entry in index.items()
    }
    return {operation: _BEGINNING * weight for operation, weight in beginnings.items() if weight}


def _respelled(index: _Indexed, word: str) -> str | None:
    """Return the closest word for one that no entry has."""
    if len(word) < _SHORTEST_RESPELLED:
        return None
    known = {
        each for entry in index.values() for each in entry.weights if len(each) >= _SHORTEST_RESPELLED - 1
    }
    near = get_close_matches(singular(word), sorted(known | EVERYDAY), n=3, cutoff=0.84)
    if everyday := [each for each in near if each in EVERYDAY]:
        return everyday[0]
    # A stem can be closer than the word itself.
    return max((each for each in near if each.startswith(near[0])), key=len, default=None)
