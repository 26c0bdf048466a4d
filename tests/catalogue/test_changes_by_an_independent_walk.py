"""What changes between two API versions, by a walk over the vendor's documents that shares no code with ours.

It reads the documents themselves: it follows references, unfolds choices, and notes for each place of a body,
of an answer and of the parameters what is allowed there. The list of `changes` must be exactly what it finds.
"""

from __future__ import annotations

import itertools
import json

import pytest
import vendor

from monite_magic import catalogue
from monite_magic.catalogue.changes import changes

pytestmark = pytest.mark.referee

METHODS = ("get", "post", "put", "patch", "delete")
LIMITS = (
    *("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength"),
    *("pattern", "minItems", "maxItems", "uniqueItems"),
)


class Document:
    """One document, read plainly."""

    def __init__(self, version):
        self.root = vendor.fixed(vendor.read(version) or pytest.skip(vendor.MISSING))
        self.operations = {}
        for path, item in self.root["paths"].items():
            if not path.startswith(("/portal", "/internal")):
                for method in METHODS:
                    if method in item:
                        shared = item.get("parameters", [])
                        self.operations[method.upper(), path] = (item[method], shared)

    def follow(self, node):
        while isinstance(node, dict) and "$ref" in node:
            target = self.root
            for step in node["$ref"][2:].split("/"):
                target = target[step]
            node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
        return node

    def plain(self, schema):
        """The alternatives that a schema allows, each a dict without references and choices."""
        schema = self.follow(schema)
        rest = {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf", "allOf")}
        choices = [[rest]]
        for word in ("anyOf", "oneOf"):
            if word in schema:
                rest.pop("discriminator", None)
                rest.pop("unevaluatedProperties", None)
                choices.append([each for part in schema[word] for each in self.plain(part)])
        choices.extend(self.plain(part) for part in schema.get("allOf", ()))
        found = []
        for combination in itertools.product(*choices):
            whole = {}
            for part in combination:
                for key, value in part.items():
                    if key == "properties" and key in whole:
                        whole[key] = {**whole[key], **value}
                    elif key == "required" and key in whole:
                        whole[key] = whole[key] + value
                    else:
                        whole[key] = value
            kinds = whole.get("type")
            found += [{**whole, "type": kind} for kind in kinds] if isinstance(kinds, list) else [whole]
        return found

    def places(self, schema):
        """Path -> what is allowed there; the path of the schema itself is empty."""
        found, waiting = {}, [("", [schema], "always")]
        while waiting:
            path, schemas, needed = waiting.pop()
            parts = [each for one in schemas for each in self.plain(one)]
            found[path] = (needed, *self.facts(parts))
            objects = [each for each in parts if each.get("properties")]
            for name in {name for each in objects for name in each["properties"]}:
                having = [each for each in objects if name in each["properties"]]
                count = sum(name in each.get("required", []) for each in objects)
                how = "always" if count == len(objects) else "sometimes" if count else "never"
                step = f"{path}.{name}" if path else name
                waiting.append((step, [each["properties"][name] for each in having], how))
            for mark, key in (("[]", "items"), (".*", "additionalProperties")):
                inner = [each[key] for each in parts if isinstance(each.get(key), dict)]
                if inner:
                    waiting.append((path + mark if path or mark == "[]" else "*", inner, "never"))
        return found

    @staticmethod
    def facts(parts):
        kinds, values, anything, limits = set(), set(), False, {}
        for part in parts:
            kind = part.get("type")
            if kind is None:
                listed = "enum" in part or "const" in part
                kind = "object" if "properties" in part else "string" if listed else "any value"
            kinds.add(f"{kind} ({part['format']})" if "format" in part else kind)
            if "const" in part:
                values.add(text(part["const"]))
            elif "enum" in part:
                values |= {text(value) for value in part["enum"] if value is not None}
            elif kind != "null":
                anything = True
            for key in LIMITS:
                if key in part:
                    limits.setdefault(key, set()).add(text(part[key]))
        objects = [part for part in parts if part.get("properties")]
        closed = bool(objects) and all(
            part.get("additionalProperties") is False or part.get("unevaluatedProperties") is False
            for part in objects
        )
        return kinds, None if anything or not values else values, limits, closed


def text(value):
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value)


def ordered(values):
    return None if values is None else tuple(sorted(values))


def compared(where, olds, news):
    for path in olds.keys() & news.keys():
        (old_needed, old_kinds, old_values, old_limits, old_closed) = olds[path]
        (needed, kinds, values, limits, closed) = news[path]
        if needed != old_needed:
            rank = ["never", "sometimes", "always"].index
            kind = "required" if rank(needed) > rank(old_needed) else "optional"
            yield where, path, kind, old_needed, needed, ""
        if kinds != old_kinds:
            yield where, path, "type", ordered(old_kinds), ordered(kinds), ""
        if values != old_values:
            yield where, path, "values", ordered(old_values), ordered(values), ""
        for key in old_limits.keys() | limits.keys():
            if old_limits.get(key) != limits.get(key):
                yield where, path, "limit", ordered(old_limits.get(key)), ordered(limits.get(key)), key
        if closed != old_closed and where == "body":
            yield where, path, "closed" if closed else "open", None, None, ""
    for path in olds.keys() - news.keys():
        if parent(path) in news:
            is_closed = where == "body" and news[parent(path)][-1]
            yield where, path, "gone", None, "refused" if is_closed else None, ""
    for path in news.keys() - olds.keys():
        if parent(path) in olds:
            yield where, path, "new", None, "required" if news[path][0] == "always" else None, ""


def parent(path):
    return path[:-2] if path.endswith("[]") else path.rpartition(".")[0]


def parameters(document, operation):
    source, shared = operation
    found = {}
    for each in [*shared, *source.get("parameters", [])]:
        each = document.follow(each)
        name = each["name"]
        if each["in"] == "path":
            name = f"{{{sum(place == 'path' for place, _ in found)}}}"
        found[each["in"], name] = each
    return found


def content(document, node):
    node = document.follow(node or {})
    kinds = node.get("content") or {}
    kind = "application/json" if "application/json" in kinds else next(iter(kinds), None)
    return kind, kinds[kind].get("schema") if kind else None


def success(operation):
    codes = [int(code) for code in operation[0]["responses"] if code.isdecimal() and code.startswith("2")]
    return min(codes, default=200)


def found_in(old, new):
    """All differences, as `Change` has them."""
    for key in old.operations.keys() - new.operations.keys():
        yield (*key, "operation", "", "gone", None, None, "")
    for key in new.operations.keys() - old.operations.keys():
        yield (*key, "operation", "", "new", None, None, "")
    for key in old.operations.keys() & new.operations.keys():
        for difference in differences(old, new, old.operations[key], new.operations[key]):
            yield (*key, *difference)


def differences(old, new, one, other):
    olds, news = parameters(old, one), parameters(new, other)
    entity = ("header", "x-monite-entity-id")
    before, after = (
        ("required" if each[entity].get("required") else "optional") if entity in each else "absent"
        for each in (olds, news)
    )
    if before != after:
        yield "header", entity[1], "required" if after == "required" else "optional", before, after, ""
    for key in olds.keys() | news.keys():
        where, name = key
        if where == "cookie" or name in ("x-monite-version", "x-monite-entity-id"):
            continue
        if key not in news:
            yield where, name, "gone", None, None, ""
        elif key not in olds:
            yield where, name, "new", None, "required" if news[key].get("required") else None, ""
        else:
            needed = [bool(each[key].get("required")) for each in (olds, news)]
            if needed[0] != needed[1]:
                yield where, name, "required" if needed[1] else "optional", None, None, ""
            here = old.places(olds[key].get("schema", {})), new.places(news[key].get("schema", {}))
            for _, path, *rest in compared(where, *here):
                yield where, name + path, *rest
    if success(one) != success(other):
        yield "answer", "", "status", success(one), success(other), ""
    bodies = ["requestBody" in each[0] for each in (one, other)]
    kind, schema = content(old, one[0].get("requestBody"))
    new_kind, new_schema = content(new, other[0].get("requestBody"))
    needed = [bool(each[0].get("requestBody", {}).get("required")) for each in (one, other)]
    if bodies == [True, False]:
        yield "body", "", "gone", None, None, ""
    elif bodies == [False, True]:
        yield "body", "", "new", None, "required" if needed[1] else None, ""
    elif all(bodies):
        if kind != new_kind:
            yield "body", "", "type", kind, new_kind, ""
        if needed[0] != needed[1]:
            yield "body", "", "required" if needed[1] else "optional", None, None, ""
        yield from compared("body", old.places(schema or {}), new.places(new_schema or {}))
    kind, schema = content(old, one[0]["responses"].get(str(success(one))))
    new_kind, new_schema = content(new, other[0]["responses"].get(str(success(other))))
    if kind != new_kind:
        yield "answer", "", "type", kind or "no content", new_kind or "no content", ""
    if schema and new_schema:
        yield from compared("answer", old.places(schema), new.places(new_schema))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2023-09-01", "2024-01-31"),
        ("2024-01-31", "2024-05-25"),
        ("2023-09-01", "2024-05-25"),
        ("2024-05-25", "2024-01-31"),
    ],
)
def test_the_list_of_changes_is_what_the_documents_differ_in(before, after):
    wanted = set(found_in(Document(before), Document(after)))
    listed = changes(catalogue.load(before), catalogue.load(after))
    found = {tuple(change) for change in listed}
    assert len(found) == len(listed), "no change is listed twice"
    assert len(wanted) > 500
    assert sorted(map(str, wanted - found)) == []
    assert sorted(map(str, found - wanted)) == []
