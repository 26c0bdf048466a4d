"""The check and openapi-core, which reads the vendor's document, on generated bodies.

Half of the bodies are made to fit, the other half is broken in one place. Both judges must say the same of
nearly all, and the check must find nothing wrong with a body that the other accepts.
"""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from monite_magic import catalogue
from monite_magic.catalogue.check import check
from monite_magic.catalogue.fields import variants

#: Rules that are ours, not the document's: what it allows, and a person hardly means.
ADVICE = {"money", "rate", "deprecated", "ignored", "unchecked"}

BODIES = 2_400
TEXTS = {
    "uuid": "8f2a1c9e-5b7d-4c3e-9a1f-2b6d8e4c7a90",
    "date": "2026-02-28",
    "date-time": "2026-02-28T12:30:00+00:00",
    "email": "ada@example.com",
    "uri": "https://example.com/a?b=c",
    "hostname": "mail.example.com",
    "ipvanyaddress": "192.0.2.7",
    "color": "#aabbcc",
}
STRANGE = [
    "",
    "x",
    "not-a-value",
    "2026-13-45",
    -1,
    0,
    3,
    10**17,
    1.5,
    True,
    False,
    None,
    [],
    {},
    [1],
    {"a": 1},
]


class Maker:
    """Makes bodies that fit a schema, at random."""

    def __init__(self, known, chance):
        self.known = known
        self.chance = chance

    def value(self, schema, depth=0):
        schema = self.chance.choice(variants(self.known, schema))
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self.chance.choice(schema["enum"])
        make = getattr(self, f"make_{schema.get('type', 'object')}")
        return make(schema, depth)

    def make_object(self, schema, depth):
        required = schema.get("required", ())
        likely = 0.5 if depth < 3 else 0.1
        return {
            name: self.value(below, depth + 1)
            for name, below in schema.get("properties", {}).items()
            if name in required or self.chance.random() < likely
        }

    def make_array(self, schema, depth):
        least = schema.get("minItems", 0)
        most = min(schema.get("maxItems", 3), max(least, 3 if depth < 3 else least))
        items = [
            self.value(schema.get("items", {}), depth + 1) for _ in range(self.chance.randint(least, most))
        ]
        return items[:1] if schema.get("uniqueItems") else items

    def make_string(self, schema, depth):
        if schema.get("format") in TEXTS:
            return TEXTS[schema["format"]]
        least, most = schema.get("minLength", 0), schema.get("maxLength", 40)
        length = self.chance.randint(least, min(most, max(least, 40)))
        letters = "abcXYZ019" if "pattern" in schema else 'abcXYZ019 äß€/"\\'
        return "".join(self.chance.choice(letters) for _ in range(length))

    def make_integer(self, schema, depth):
        least = int(schema.get("minimum", -1000))
        return self.chance.randint(least, int(min(schema.get("maximum", 10**9), 10**15)))

    def make_number(self, schema, depth):
        least = schema.get("minimum", schema.get("exclusiveMinimum", -5) + 1)
        return round(self.chance.uniform(least, min(schema.get("maximum", 1000), 1000)), 2)

    def make_boolean(self, schema, depth):
        return self.chance.random() < 0.5

    def make_null(self, schema, depth):
        return None


def places(data, path=()):
    """All places in a body: the containers and keys that lead to each value."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield data, key
            yield from places(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield data, index
            yield from places(value, (*path, index))


def twisted(value):
    if isinstance(value, str):
        return f"{value}~"
    return value * -7 - 1 if isinstance(value, (int, float)) else [value]


def broken(body, chance):
    """The body with one thing changed at one place; now and then it still fits."""
    found = list(places(body))
    objects = [body] + [c[k] for c, k in found if isinstance(c[k], dict)]
    how = chance.choice(["stranger", "missing", "strange", "strange", "twisted"])
    if how == "stranger" or not found:
        chance.choice(objects)["stranger"] = 1
    elif how == "missing":
        container, key = chance.choice(found)
        del container[key]
    elif how == "strange":
        container, key = chance.choice(found)
        container[key] = chance.choice(STRANGE)
    else:
        container, key = chance.choice(found)
        container[key] = twisted(container[key])
    return body


def test_the_check_and_the_document_say_the_same(vendor_validator, version):
    known = catalogue.load(version)
    operations = [o for o in known.operations if o.body and o.body.content_type == "application/json"]
    verdicts = []
    differences = []

    @settings(
        max_examples=BODIES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(operations), st.booleans(), st.randoms(use_true_random=True))
    def compare(operation, is_broken, chance):
        body = Maker(known, chance).value(operation.body.schema)
        if is_broken and isinstance(body, dict):
            body = broken(body, chance)
        findings = [
            finding
            for finding in check(known, known.find(operation.method, operation.path), body=body)
            if finding.where == "body" and finding.rule not in ADVICE
        ]
        path = operation.path.replace("{", "").replace("}", "")
        problem = vendor_validator.problem(operation.method, path, body)
        verdicts.append(problem is None)
        if bool(findings) != (problem is not None):
            differences.append((problem is None, str(operation), body, findings, repr(problem)[:300]))

    compare()
    assert len(verdicts) >= 2_000
    share = sum(verdicts) / len(verdicts)
    assert 0.3 < share < 0.8, "the bodies are neither all right nor all wrong"
    assert not [difference for difference in differences if difference[0]], "a false alarm"
    assert len(differences) <= len(verdicts) * 0.005, differences
