"""The packaged catalogue: what is in it, what is not, and that it can be made again."""

from __future__ import annotations

import json
import subprocess
import sys
import zlib
from collections import Counter
from pathlib import Path

import pytest
import vendor
from jsonschema import Draft202012Validator

from monite_magic import catalogue
from monite_magic.catalogue import data_file
from monite_magic.catalogue.distil import distil

DATA = Path(catalogue.__file__).parent / "data"
NEWEST = DATA / "monite-2024-05-25.json.gz"
#: Version -> the next newer one, which its data file holds the differences from.
BASES = {"2023-09-01": "2024-01-31", "2024-01-31": "2024-05-25"}
COUNTS = {"2023-09-01": (274, 211), "2024-01-31": (284, 219), "2024-05-25": (391, 313)}
PROSE = {"description", "summary", "title", "example", "examples", "externalDocs"}
MAPS = {"properties", "$defs", "patternProperties"}


def keywords(schema, *, is_map=False):
    """The keywords that a schema uses, itself and below; names of properties are not keywords."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if not is_map:
                yield key
            if is_map or key not in ("default", "enum", "const", "required", "mapping"):
                yield from keywords(value, is_map=not is_map and key in MAPS)
    elif isinstance(schema, list):
        for item in schema:
            yield from keywords(item)


@pytest.fixture(scope="module")
def packaged():
    return catalogue.load()


@pytest.fixture(scope="module")
def of_version(version):
    return catalogue.load(version)


def test_counts_of_each_version(of_version, version):
    assert of_version.version == version
    with_entity = [each for each in of_version.operations if each.entity_header == "required"]
    assert (len(of_version.operations), len(with_entity)) == COUNTS[version]
    assert [str(o) for o in of_version.operations if not o.secured] == ["POST /auth/token"]


def test_counts_of_the_public_operations(packaged):
    assert packaged.version == "2024-05-25"
    assert len(packaged.operations) == 391
    assert Counter(o.entity_header for o in packaged.operations) == {
        "required": 313,
        "optional": 4,
        "absent": 74,
    }
    assert [str(o) for o in packaged.operations if not o.secured] == ["POST /auth/token"]
    assert sorted(str(o) for o in packaged.operations if o.deprecated) == [
        "GET /entities/me",
        "GET /entities/{entity_id}/onboarding_requirements",
        "GET /payables/analytics",
        "PATCH /entities/me",
        "POST /entities/{entity_id}/documents",
        "POST /persons/{person_id}/documents",
        "POST /receivables/{receivable_id}/mark_as_partially_paid",
        "PUT /entities/{entity_id}/onboarding_data",
    ]
    assert Counter(o.body.content_type for o in packaged.operations if o.body) == {
        "application/json": 135,
        "multipart/form-data": 8,
    }


def test_no_operation_of_the_portal_or_the_vendors_own(of_version):
    assert not [o.path for o in of_version.operations if o.path.startswith(("/portal", "/internal"))]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/payables", 200),
        ("POST", "/receivables", 201),
        ("POST", "/ocr_tasks", 202),
        ("DELETE", "/counterparts/{counterpart_id}", 204),
        ("POST", "/receivables/{receivable_id}/cancel", 204),
        ("GET", "/payables", 200),
    ],
)
def test_success_codes(packaged, method, path, status):
    assert packaged.find(method, path).operation.success == status


def test_answers_without_content_and_with_other_content(packaged):
    deletion = packaged.find("DELETE", "/counterparts/{counterpart_id}").operation
    assert deletion.answers[204] == (None, None)
    assert deletion.answers[422].content_type == "application/json"
    preview = packaged.find("GET", "/document_templates/{document_template_id}/preview").operation
    assert preview.answers[200].content_type == "application/pdf"
    too_big = packaged.find("POST", "/ocr_tasks").operation.answers[413]
    assert too_big.schema is None


def test_parameters_are_the_operations_own(packaged):
    headers = {p.name for o in packaged.operations for p in o.header_parameters}
    assert headers == {"x-entity-name"}
    listing = packaged.find("GET", "/payables").operation
    limit = next(p for p in listing.query_parameters if p.name == "limit")
    assert (limit.schema["minimum"], limit.schema["maximum"], limit.schema["default"]) == (1, 100, 100)
    assert not limit.required
    one = packaged.find("GET", "/payables/{payable_id}").operation
    assert [(p.name, p.required, p.schema["format"]) for p in one.path_parameters] == [
        ("payable_id", True, "uuid")
    ]


def test_no_prose_in_the_data_file(version):
    content = zlib.decompress((DATA / f"monite-{version}.json.gz").read_bytes(), wbits=31)
    head, schemas = json.loads("[" + content.decode().replace("\n", ",") + "]")
    schemas = schemas.get("own", schemas)
    used = set(keywords({"$defs": schemas}))
    for part in [
        *head["parameters"],
        *head["answers"],
        *filter(None, (o.get("body") for o in head["operations"])),
    ]:
        used |= set(keywords(part.get("schema")))
    assert not used & PROSE
    assert {key for operation in head["operations"] for key in operation} <= {
        "method", "path", "tag", "parameters", "answers", "entity_header", "secured", "body",
        "deprecated",
    }  # fmt: skip


def test_every_component_is_reached_and_there(of_version):
    packaged, reached = of_version, set()
    for operation in packaged.operations:
        parts = [p.schema for p in operation.parameters] + [
            a.schema or {} for a in operation.answers.values()
        ]
        parts += [operation.body.schema] if operation.body else []
        for schema in parts:
            reached |= set(packaged.standalone(schema).get("$defs", {}))
    assert reached == set(packaged.schemas)


def test_every_schema_stands_alone_as_json_schema_2020_12(of_version):
    packaged = of_version
    for name in packaged.schemas:
        schema = packaged.standalone({"$ref": f"#/$defs/{name}"})
        Draft202012Validator.check_schema(schema)
        # Every reference resolves: validating anything touches them.
        list(Draft202012Validator(schema).iter_errors({}))
    assert "nullable" not in set(keywords({"$defs": dict(packaged.schemas)}))


def test_bodies_that_read_strictly_refuse_everything_are_mended(packaged):
    schema = packaged.standalone({"$ref": "#/$defs/CounterpartCreatePayload"})
    address = {"country": "DE", "city": "Berlin", "postal_code": "10115", "line1": "Street 1"}
    organization = {"legal_name": "A", "address": address, "is_customer": True, "is_vendor": False}
    body = {"type": "organization", "organization": organization}
    validator = Draft202012Validator(schema)
    assert validator.is_valid(body)
    assert not validator.is_valid({**body, "colour": "red"})


def test_three_oh_nullable_is_read_as_or_null(packaged):
    field = {"type": "string", "nullable": True, "enum": ["a"]}
    document = {
        "openapi": "3.0.3",
        "info": {"version": "1"},
        "paths": {
            "/things": {
                "post": {
                    "requestBody": {
                        "content": {"application/json": {"schema": {"properties": {"f": field}}}}
                    },
                    "responses": {"200": {"description": "prose"}},
                }
            }
        },
    }
    body = catalogue.from_openapi(document).find("POST", "/things").operation.body
    validator = Draft202012Validator(body.schema)
    assert validator.is_valid({"f": None})
    assert validator.is_valid({"f": "a"})
    assert not validator.is_valid({"f": "b"})


def test_distilling_again_gives_the_same_facts(vendor_document, version, tmp_path):
    base = BASES.get(version)
    again = data_file.write(distil(vendor_document), catalogue.packed(base) if base else None)
    kept = (DATA / f"monite-{version}.json.gz").read_bytes()
    # Decompressed, because another zlib may pack the same bytes otherwise.
    assert zlib.decompress(again, wbits=31) == zlib.decompress(kept, wbits=31)
    target = tmp_path / "again.json.gz"
    command = [
        sys.executable,
        "-m",
        "monite_magic.catalogue",
        "distil",
        vendor.path_of(version),
        "-o",
        target,
    ]
    command += ["--base", base] if base else []
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"{COUNTS[version][0]} operations" in done.stdout
    assert target.read_bytes() == again


def test_a_file_of_changes_holds_what_the_whole_file_does(vendor_document, version):
    whole = data_file.read(data_file.write(distil(vendor_document)))
    known = catalogue.load(version)
    assert known.operations == whole.operations
    assert list(known.schemas.items()) == list(whole.schemas.items())


def test_size_of_the_data_files():
    assert NEWEST.stat().st_size < 150_000
    others = [path.stat().st_size for path in DATA.glob("*.gz") if path != NEWEST]
    assert len(others) == 2
    assert sum(others) < 60_000


def test_a_file_of_changes_is_nothing_without_its_base():
    content = (DATA / "monite-2024-01-31.json.gz").read_bytes()
    with pytest.raises(catalogue.CatalogueError, match="from another version of monite-magic"):
        data_file.read(content)


def test_importing_and_loading_imports_nothing_heavy():
    code = (
        "import sys\nfrom monite_magic import catalogue\ncatalogue.load().find('GET', '/payables')\n"
        "print(sorted({'jsonschema', 'httpx', 'IPython', 'werkzeug'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
