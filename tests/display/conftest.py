"""Answers to be displayed, made without a network."""

import json
from html.parser import HTMLParser

import nbformat
import pytest

from monite_magic.core.environments import ENVIRONMENTS
from monite_magic.core.sent import SentRequest
from monite_magic.session.response import MoniteResponse

ID = "8f14e45f-ceea-467a-9575-6d1f3c2b7e01"


def make_answer(
    data=None,
    *,
    status=200,
    method="GET",
    path="/payables",
    template="same",
    env="local",
    content=None,
    content_type="application/json",
    query="",
    headers=(),
    sent_headers=(),
    body=None,
    notes=(),
    elapsed=0.042,
):
    """An answer as the client makes it."""
    environment = ENVIRONMENTS[env]
    return MoniteResponse(
        request=SentRequest(method, environment.base_url + path + query, path, dict(sent_headers), body),
        status=status,
        headers={"Content-Type": content_type, "X-Request-Id": "request-1", **dict(headers)},
        content=json.dumps(data).encode() if content is None else content,
        elapsed=elapsed,
        environment=environment,
        template=path if template == "same" else template,
        notes=notes,
    )


def make_payable(number=1, **fields):
    """A payable as `GET /payables` answers it, cut to what matters."""
    return {
        "id": f"{number:08x}{ID[8:]}",
        "created_at": "2024-05-25T10:31:07.123456+00:00",
        "amount_due": 119000,
        "counterpart": {"name": "Blumen Müller", "address": {"city": "Berlin", "country": "DE"}},
        "counterpart_id": ID,
        "currency": "EUR",
        "document_id": f"INV-{number:04}",
        "due_date": "2024-06-24",
        "status": "new",
        "tax": 1900,
        "total_amount": 119000,
        "tags": [],
        **fields,
    }


def make_page(rows, next_token=None):
    return {"data": rows, "next_pagination_token": next_token, "prev_pagination_token": None}


class Page(HTMLParser):
    """What a browser would see: the tags with their attributes, and the text."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts, self.open, self.heads = [], [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag == "th":
            self.heads.append("")
        if tag not in {"img", "br", "wbr"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)
        if "th" in self.open:
            self.heads[-1] += data

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")

    @property
    def text(self):
        return "".join(self.texts)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def count_notebook_bytes(bundle):
    """How many bytes an output with this bundle adds to a notebook file."""

    def size(outputs):
        cell = nbformat.v4.new_code_cell(outputs=outputs, id="cell")
        return len(nbformat.writes(nbformat.v4.new_notebook(cells=[cell])).encode())

    output = nbformat.v4.new_output("execute_result", data=bundle, execution_count=1)
    empty = nbformat.v4.new_output(
        "execute_result", data={"text/plain": "", "text/html": ""}, execution_count=1
    )
    return size([output]) - size([empty])


@pytest.fixture(scope="session")
def answer():
    return make_answer


@pytest.fixture
def payable():
    return make_payable


@pytest.fixture
def page():
    return make_page


@pytest.fixture(scope="session")
def read_html():
    return Page


@pytest.fixture
def notebook_bytes():
    return count_notebook_bytes


@pytest.fixture
def options():
    """The display's options, put back afterwards."""
    from monite_magic.display import Options
    from monite_magic.display import options as shared

    yield shared
    for name in Options.__dataclass_fields__:
        setattr(shared, name, getattr(Options(), name))


@pytest.fixture
def text(options):
    """Plain text of an answer in a terminal of 100 columns, or as many as asked for."""

    def plain(response, width=100):
        options.width = width
        return response._repr_mimebundle_()["text/plain"]

    return plain
