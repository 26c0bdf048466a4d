"""The vendor's OpenAPI document, as the referees of the simulator and of the catalogue read it.

The documents are not ours to ship. `MONITE_OPENAPI` names a folder that has them as `monite-VERSION.json`, or
one of them, next to which the others are.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from monite_magic import catalogue

VARIABLE = "MONITE_OPENAPI"
MISSING = f"{VARIABLE} does not name the vendor's OpenAPI documents"
NEWEST = "2024-05-25"
_CHOICES = ("anyOf", "oneOf", "allOf")


def path_of(version=NEWEST):
    """The file of a version's document, or None where there is none."""
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    folder = Path(named) if Path(named).is_dir() else Path(named).parent
    path = folder / f"monite-{version}.json"
    return path if path.is_file() else None


def read(version=NEWEST):
    """A version's document as it is, or None where there is none."""
    path = path_of(version)
    return json.loads(path.read_bytes()) if path else None


def read_all():
    """The documents of all packaged versions that there are, by version."""
    found = {version: read(version) for version in catalogue.versions()}
    return {version: document for version, document in found.items() if document is not None}


def fixed(document):
    """The document with its quirks read as they are meant; the rest as it is."""

    def visit(node):
        if isinstance(node, list):
            return [visit(item) for item in node]
        if not isinstance(node, dict):
            return node
        node = {key: visit(value) for key, value in node.items()}
        if node.get("additionalProperties") is False and "properties" not in node and "type" in node:
            del node["additionalProperties"]
            if any(word in node for word in _CHOICES):
                node["unevaluatedProperties"] = False
        elif node.get("additionalProperties") is False and any(word in node for word in _CHOICES):
            del node["additionalProperties"]
            node["unevaluatedProperties"] = False
        if node.get("exclusiveMinimum") is True:  # 3.0's, with no minimum next to it
            del node["exclusiveMinimum"]
        if node.get("nullable") is True and isinstance(node.get("type"), str):
            node["type"] = [node["type"], "null"]
        return node

    return visit(document)


def public(document):
    """The document with the public operations only."""
    paths = {}
    for operation in catalogue.load(document["info"]["version"]).operations:
        shared = document["paths"][operation.path]
        kept = paths.setdefault(operation.path, {})
        kept[operation.method.lower()] = shared[operation.method.lower()]
    return {**document, "paths": paths}


def fields_of(node):
    """Yield name and schema of every property and parameter below a node of a document."""
    if isinstance(node, list):
        for item in node:
            yield from fields_of(item)
    if not isinstance(node, dict):
        return
    properties = node.get("properties")
    if isinstance(properties, dict):
        yield from ((name, schema) for name, schema in properties.items() if isinstance(schema, dict))
    for parameter in node["parameters"] if isinstance(node.get("parameters"), list) else ():
        if "name" in parameter:
            yield parameter["name"], {**parameter.get("schema", {}), **parameter}
    for value in node.values():
        yield from fields_of(value)


def packaged(version=NEWEST):
    """A packaged catalogue in the shape of a document: its components, and the parameters of operations."""
    known = catalogue.load(version)
    operations = [
        {"parameters": [{"name": each.name, "schema": each.schema} for each in operation.parameters]}
        for operation in known.operations
    ]
    return {"components": known.schemas, "operations": operations}


_WORD_BREAK = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-.\s]+")
_CANDIDATE_NAME = re.compile(
    r"(?:^|_)(?:secrets?|tokens?|pass\w*|pwd|otp|pin|cvv|cvc|credentials?|keys?|auth|authorization|signature"
    r"|code|sca|login|cookie|bearer|verifier)(?:_|$)"
)
_CANDIDATE_WORDS = re.compile(
    r"\b(?:secret|(?<!pagination )token|password|passcode|one-time|OTP|credentials?|api key|private key"
    r"|bearer|(?:verification|confirmation|authorization) code)\b",
    re.IGNORECASE,
)

_NEVER_SECRET = frozenset({"uuid", "date", "date-time"})  # their descriptions often mention tokens


def may_be_secret(name, schema):
    """Whether a person has to decide whether a field is secret, by its name and its schema in a document."""
    words = _WORD_BREAK.sub("_", name).lower()
    name_looks_secret = (
        _CANDIDATE_NAME.search(words) or schema.get("format") == "password" or schema.get("writeOnly")
    )
    described_as_secret = _CANDIDATE_WORDS.search(str(schema.get("description", "")))
    return bool(name_looks_secret) or (
        bool(described_as_secret) and schema.get("format") not in _NEVER_SECRET
    )
