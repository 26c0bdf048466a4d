"""Loading another catalogue: from a file, a URL, the command line; and what goes wrong."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from monite_magic import catalogue
from monite_magic.catalogue import CatalogueError, data_file
from monite_magic.catalogue.__main__ import main
from monite_magic.catalogue.check import check
from monite_magic.catalogue.distil import distil

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"version": "2030-01-01", "title": "prose"},
    "components": {
        "parameters": {"Limit": {"name": "limit", "in": "query", "schema": {"type": "integer"}}},
        "responses": {"Gone": {"description": "prose"}},
        "schemas": {
            "Used": {
                "type": "object",
                "description": "prose",
                "properties": {"description": {"type": "string"}},
            },
            "Unused": {"type": "string"},
        },
    },
    "security": [{"HTTPBearer": []}],
    "paths": {
        "/things/{id}": {
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                {"name": "X-Monite-Version", "in": "header", "required": True, "schema": {}},
                {"name": "X-Monite-Entity-Id", "in": "header", "schema": {}},
            ],
            "get": {
                "parameters": [{"$ref": "#/components/parameters/Limit"}],
                "responses": {
                    "200": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Used"}}}
                    },
                    "410": {"$ref": "#/components/responses/Gone"},
                    "default": {"description": "prose"},
                },
            },
        },
        "/internal/things": {"get": {"responses": {}}},
    },
}


@pytest.fixture
def document_file(tmp_path):
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(DOCUMENT))
    return path


@pytest.fixture
def web():
    """A web server; it answers with what `answers` has under the path."""
    answers: dict[str, tuple[int, bytes]] = {}
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(dict(self.headers))
            status, content = answers.get(self.path, (404, b""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", answers, seen
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_document_from_a_file(document_file):
    loaded = catalogue.load_file_or_url(document_file)
    assert loaded.version == "2030-01-01"
    (operation,) = loaded.operations
    assert str(operation) == "GET /things/{id}"
    assert [(p.name, p.place, p.required) for p in operation.parameters] == [
        ("id", "path", True),
        ("limit", "query", False),
    ]
    assert operation.entity_header == "optional"
    assert operation.secured
    assert set(operation.answers) == {200, 410}
    assert dict(loaded.schemas) == {
        "Used": {"type": "object", "properties": {"description": {"type": "string"}}}
    }


def test_a_data_file_made_by_the_command(document_file, tmp_path, capsys):
    target = tmp_path / "made.json.gz"
    assert main(["distil", str(document_file), "-o", str(target)]) == 0
    assert "1 operations, 1 schemas" in capsys.readouterr().out
    assert catalogue.load_file_or_url(str(target)).find("GET", "/things/1").path_params == {"id": "1"}


def test_a_url_is_fetched_without_credentials(web):
    base, answers, seen = web
    answers["/openapi.json"] = 200, json.dumps(DOCUMENT).encode()
    answers["/data.json.gz"] = 200, data_file.write(distil(DOCUMENT))
    assert catalogue.load_file_or_url(f"{base}/openapi.json").version == "2030-01-01"
    assert catalogue.load_file_or_url(f"{base}/data.json.gz").version == "2030-01-01"
    assert not [name for headers in seen for name in headers if name.lower() in ("authorization", "cookie")]


def test_a_url_that_does_not_answer_well(web):
    base, _, _ = web
    with pytest.raises(CatalogueError, match="answered 404 Not Found"):
        catalogue.load_file_or_url(f"{base}/nothing.json")
    with pytest.raises(CatalogueError, match="can't be fetched"):
        catalogue.load_file_or_url("http://127.0.0.1:9/openapi.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"openapi: 3.1.0\npaths: {}", "neither JSON nor"),
        (b"[]", "not an OpenAPI 3 document"),
        (b'{"swagger": "2.0"}', "not an OpenAPI 3 document"),
        (b'{"openapi": "3.1.0"}', 'no "paths"'),
        (b'{"openapi": "3.1.0", "paths": {}}', "no operations"),
        (
            b'{"openapi": "3.1.0", "paths": {"/a": {"get": {"parameters": [{"name": "x"}]}}}}',
            "can't be read",
        ),
        (b"\x1f\x8bnot really gzip", "not a catalogue data file"),
    ],
)
def test_files_that_are_no_catalogue(tmp_path, content, message):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(CatalogueError, match=message):
        catalogue.load_file_or_url(path)


def document(schema):
    """An OpenAPI document whose only body has this schema."""
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}
    tags = {"post": {"requestBody": body, "responses": {"201": {"description": "ok"}}}}
    return {"openapi": "3.1.0", "paths": {"/tags": tags}, "components": {"schemas": {"A": schema}}}


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {"properties": {"a": True, "b": False}},
        {"anyOf": [True, {"type": "object"}]},
        {"type": 5},
        {"properties": {"a": {"pattern": 5, "required": True, "minLength": "3"}}},
        {"properties": {"a": {"multipleOf": 0, "minimum": "1"}}},
    ],
)
def test_a_schema_of_true_or_with_a_wrong_keyword_can_be_checked(tmp_path, schema):
    path = tmp_path / "api.json"
    path.write_text(json.dumps(document(schema)))
    loaded = catalogue.load_file_or_url(path)
    match = loaded.find("POST", "/tags")
    for body in ({"a": 1, "b": 1}, {"a": "x"}, [], 7, None):
        check(loaded, match, query=[], entity=True, entity_header="X", body=body, form=None, locate=None)


@pytest.mark.parametrize("schema", [[1, 2], {"oneOf": {"a": 1}}, {"properties": {"a": 5}}])
def test_a_schema_that_is_none_is_refused(tmp_path, schema):
    path = tmp_path / "api.json"
    path.write_text(json.dumps(document(schema)))
    with pytest.raises(CatalogueError, match="can't be read"):
        catalogue.load_file_or_url(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"info": ["a"]}, "can't be read"), ({"info": {"version": "\ud83d"}}, "half a character")],
)
def test_a_document_with_a_strange_part_gives_a_sentence(tmp_path, change, message):
    path = tmp_path / "api.json"
    path.write_text(json.dumps({**document({}), **change}))
    with pytest.raises(CatalogueError, match=message):
        catalogue.load_file_or_url(path)


def test_a_data_file_of_another_format(tmp_path):
    import gzip

    path = tmp_path / "other.gz"
    path.write_bytes(gzip.compress(b'{"format": "something else"}\n{}'))
    with pytest.raises(CatalogueError, match="from another version"):
        catalogue.load_file_or_url(path)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(CatalogueError, match="File not found"):
        catalogue.load_file_or_url(tmp_path / "missing.json")
    with pytest.raises(CatalogueError, match="can't be read"):
        catalogue.load_file_or_url(tmp_path)


def test_the_command_says_what_is_wrong(tmp_path, capsys):
    path = tmp_path / "bad.json"
    path.write_text("{}")
    assert main(["distil", str(path), "-o", str(tmp_path / "out")]) == 1
    assert "not an OpenAPI 3 document" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_use_and_back(document_file):
    other = catalogue.load_file_or_url(document_file)
    try:
        catalogue.use(other)
        assert catalogue.current() is other
    finally:
        catalogue.use(None)
    assert catalogue.current() is catalogue.load()
    assert catalogue.load() is catalogue.load()


def test_a_version_that_is_not_packaged():
    with pytest.raises(CatalogueError, match="Packaged: 2023-09-01, 2024-01-31, 2024-05-25"):
        catalogue.load("1999-01-01")
    assert catalogue.versions() == ("2023-09-01", "2024-01-31", "2024-05-25")
