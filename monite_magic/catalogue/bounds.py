"""Limits for a catalogue from elsewhere: size, depth, branches and patterns.

The limits are far above what the vendor's documents need: 63,000 nodes in 14 levels.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from monite_magic.catalogue.model import REF_PREFIX, CatalogueError
from monite_magic.core.clean_text import is_clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monite_magic.catalogue.model import Schema

MAX_BYTES: Final = 50_000_000
_MAX_NODES: Final = 1_500_000
_MAX_DEPTH: Final = 100
_MAX_BRANCHES: Final = 5_000
_MAX_WAYS: Final = 1_000
_MAX_PATTERN: Final = 500
_CHOICES: Final = ("allOf", "anyOf", "oneOf")
_TOO_DEEP: Final = f"This document is nested more than {_MAX_DEPTH} levels deep."


def check_size(document: Any) -> None:
    """Refuse a JSON value that is too deep or has too many nodes.

    Raises:
        CatalogueError: The value exceeds a limit.
    """
    count, waiting = 0, [(document, 1)]
    while waiting:
        node, depth = waiting.pop()
        count += 1
        if depth > _MAX_DEPTH:
            raise CatalogueError(_TOO_DEEP)
        if count > _MAX_NODES:
            raise CatalogueError(f"This document has more than {_MAX_NODES:,} nodes.")
        inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        waiting.extend((each, depth + 1) for each in inner)


def check_facts(head: Any, schemas: dict[str, Schema]) -> tuple[str, ...]:
    """Refuse a catalogue that is too large to process, and remove patterns that could be slow to match.

    Args:
        head: Operations, parameters and answers, as in a data file; changed in place.
        schemas: The components; changed in place.

    Returns:
        The removed patterns.

    Raises:
        CatalogueError: A path or name contains a control character, or a schema has too many branches.
    """
    check_size([head, schemas])
    for operation in head["operations"]:
        if not is_clean(operation["path"]) or " " in operation["path"]:
            raise CatalogueError(
                f"The path {operation['path']!r} contains a space, a line break or a control character."
            )
    branches: dict[str, int] = {}
    for name in schemas:
        _branches({"$ref": REF_PREFIX + name}, schemas, branches, ())
    skipped: dict[str, None] = {}
    for node in _objects([head, schemas]):
        if any(word in node for word in _CHOICES):
            _branches(node, schemas, branches, ())
        pattern = node.get("pattern")
        if isinstance(pattern, str) and not is_linear(pattern):
            del node["pattern"]
            skipped[pattern] = None
        by_pattern = node.get("patternProperties")
        if isinstance(by_pattern, dict):
            slow = [each for each in by_pattern if not is_linear(each)]
            for each in slow:
                del by_pattern[each]
                skipped[each] = None
            if slow:  # without the pattern we no longer know which fields are allowed, so allow all
                node.pop("additionalProperties", None)
                node.pop("unevaluatedProperties", None)
    return tuple(skipped)


def _objects(data: Any) -> Iterator[dict[str, Any]]:
    waiting = [data]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
        inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        waiting.extend(inner)


def _branches(schema: Any, schemas: dict[str, Schema], known: dict[str, int], above: tuple[str, ...]) -> int:
    """Return the number of variants of a schema. `known` has the numbers of the components."""
    if not isinstance(schema, dict):
        return 1
    count = 1
    reference = schema.get("$ref")
    if isinstance(reference, str):
        name = reference.removeprefix(REF_PREFIX)
        if name not in known:
            if name in above or len(above) > _MAX_DEPTH:
                raise CatalogueError(f"The schema {name} contains itself.")
            if name not in schemas:
                raise CatalogueError(f"Reference to a missing schema: {name}.")
            known[name] = _branches(schemas[name], schemas, known, (*above, name))
        count += known[name]
    for word in _CHOICES:
        for item in schema.get(word, ()):
            count += _branches(item, schemas, known, above)
    if count > _MAX_BRANCHES:
        raise CatalogueError(f"A schema of this document has more than {_MAX_BRANCHES:,} variants.")
    return count


def is_linear(pattern: str) -> bool:
    """Whether a search for a pattern certainly takes linear time.

    Such a pattern has no nested repeats, no choice in a repeat, no look-around or back-reference, and at most
    one unbounded repeat, after a leading `^`.
    """
    from re import _parser  # type: ignore[attr-defined] # Python has no public parser of its patterns

    if len(pattern) > _MAX_PATTERN:
        return False
    try:
        re.compile(pattern)
        parsed = _parser.parse(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    ways, unbounded = _ways(parsed, within_repeat=False)
    anchored = (
        bool(len(parsed))
        and str(parsed[0][0]) == "AT"
        and "BEGINNING" in str(parsed[0][1])
        and not parsed.state.flags & re.MULTILINE  # with it, ^ matches at each line
    )
    return ways <= _MAX_WAYS and (unbounded == 0 or (unbounded == 1 and anchored))


_PLAIN: Final = frozenset({"LITERAL", "NOT_LITERAL", "IN", "ANY", "AT"})


def _ways(parsed: Any, *, within_repeat: bool) -> tuple[int, int]:
    """Return the number of ways in which the bounded parts can match, and the number of unbounded repeats."""
    from re import _constants  # type: ignore[attr-defined]

    ways, unbounded = 1, 0
    for operator, argument in parsed:
        kind = str(operator)
        if kind in _PLAIN:
            continue
        if kind in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
            least, most, inner = argument
            if least != most and within_repeat:
                return _MAX_WAYS + 1, 0
            inner_ways, inner_unbounded = _ways(inner, within_repeat=within_repeat or most > 1)
            if most == _constants.MAXREPEAT:
                unbounded += 1
            else:
                ways *= most - least + 1
        elif kind == "SUBPATTERN":
            inner_ways, inner_unbounded = _ways(argument[3], within_repeat=within_repeat)
        elif kind == "BRANCH" and not within_repeat:
            found = [_ways(branch, within_repeat=False) for branch in argument[1]]
            inner_ways = sum(each[0] for each in found)
            inner_unbounded = sum(each[1] for each in found)
        else:
            return _MAX_WAYS + 1, 0
        ways *= inner_ways
        unbounded += inner_unbounded
        if ways > _MAX_WAYS:
            break
    return ways, unbounded
