"""Two other readers of commands: tree-sitter's bash grammar for words, curlconverter for requests.

tree-sitter comes with the extra `referee`, curlconverter with `npm install --prefix tests/history`. The tests
skip without them.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path
from random import Random
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

import pytest
from shell_commands import command

from monite_magic.cell.reading import parse
from monite_magic.history import import_text
from monite_magic.history.exchange.posix_shell import read_posix

BASE = "http://127.0.0.1:8123"
SANDBOX = "https://api.sandbox.monite.com/v1"

POSTED = f"""curl --location --request POST '{SANDBOX}/counterparts' \\
--header 'X-Monite-Version: 2024-05-25' \\
--header 'Content-Type: application/json' \\
--data-raw '{{
    "type": "organization"
}}'"""
#: Commands as people write them.
WRITTEN = [
    f"curl {SANDBOX}/payables",
    f"curl -X DELETE '{SANDBOX}/payables/p-1'",
    f"curl -sSL '{SANDBOX}/payables?limit=5&sort=created_at&order=desc' -H 'accept: application/json'",
    POSTED,
    f"curl {SANDBOX}/x --json '{{\"a\": [1, 2.50, null, true]}}' -A 'me/1.0' -e https://r.example/",
    f"curl -G {SANDBOX}/x --data-urlencode 'q=a b&c' -d z=1",
    f"curl {SANDBOX}/x --url-query 'q=a b' -X PATCH -d '{{}}' -H Content-Type:application/json",
    f"curl {SANDBOX}/x -F a=1 -F 'b=two words' --form-string 'c=@x' -F file=@a.pdf",
    f"curl '{SANDBOX}/x' -H $'X-Note: it\\'s' --data-binary $'{{\"a\":\"\\u00e9\"}}' -H 'content-type: application/json'",  # noqa: E501
    f"curl -XPUT -d'{{\"a\":1}}' -H'Content-Type: application/json' {SANDBOX}/x # done",
    f"curl {SANDBOX}/x -d a=1 -d a=2 -d b=%20",
    f'curl {SANDBOX}/x \\\n  -H "X-A: \\"quoted\\" \\$5" \\\n  -H \'X-B: a\\b\'',
]


def without_prefix(text):
    return re.sub(r'^(?:command |time |"curl")', lambda match: "curl" if '"' in match[0] else "", text)


# -- tree-sitter: where words begin and end -----------------------------------------------------------------


def words_of_tree(text):
    tree_sitter = pytest.importorskip("tree_sitter")
    bash = pytest.importorskip("tree_sitter_bash")
    source = text.encode()
    tree = tree_sitter.Parser(tree_sitter.Language(bash.language())).parse(source)
    pending = [tree.root_node]
    while pending:
        node = pending.pop(0)
        if node.type == "command":
            kept = [child for child in node.children if not child.type.endswith("redirect")]
            spans = [(child.start_byte, child.end_byte) for child in kept]
            words = []
            for start, end in spans:  # the grammar parts quoted text from what is glued to it
                glued = words and not re.sub(rb"\\.", b"", source[words[-1][1] : start])
                words[-1:] = [(words[-1][0], end)] if glued else [*words[-1:], (start, end)]
            return [source[start:end].decode() for start, end in words], tree.root_node.has_error
        pending += node.children
    return [], True


@pytest.mark.parametrize("seed", range(10))
def test_words_end_where_the_grammar_of_bash_ends_them(seed):
    judged = 0
    for case in range(40):
        text = without_prefix(command(Random(f"w{seed}-{case}"), BASE, case))
        words, is_unsure = words_of_tree(text)
        if is_unsure:  # the grammar does not know all of bash
            continue
        judged += 1
        ours = [word.text for word in read_posix(text, {}).commands[0].words]
        alone = [read_posix(f"x {word}", {}).commands[0].words for word in words]
        assert [len(one) for one in alone] == [2] * len(words), text
        assert [one[1].text for one in alone] == ours, text
    assert judged > 20


# -- curlconverter: which request a command makes -----------------------------------------------------------


@pytest.fixture(scope="module")
def convert(node_modules):
    if not (node_modules / "curlconverter").is_dir() or not shutil.which("node"):
        pytest.skip("Install the tools first: npm install --prefix tests/history")

    def convert(commands):
        script = str(Path(__file__).parent / "curlconverter.mjs")
        done = subprocess.run(
            ["node", script, str(node_modules)],
            input=json.dumps(commands).encode(),
            capture_output=True,
            check=True,
        )
        return json.loads(done.stdout)

    return convert


def ours_of(cell):
    line, _, body = cell.partition("\n")
    filled = parse(line.lstrip("%").removeprefix("monite "), body or None).fill({})
    headers = {name.lower(): value for name, value in filled.headers if name.lower().startswith("x-")}
    content = (
        filled.body.data
        if filled.body
        else sorted([*filled.fields, *((name, None) for name, _ in filled.files)], key=repr)
    )
    return (
        filled.method,
        [unquote(part) for part in filled.path.split("/")],
        sorted(filled.query),
        headers,
        content,
    )


def theirs_of(request):
    url = urlsplit(urljoin(request["url"], request["url"]))
    path = [
        unquote(part)
        for part in urljoin(f"http://a{url.path}", url.path).removeprefix("http://a/v1").split("/")
    ]
    pairs = sorted((pair["name"], pair["value"]) for pair in request["queryString"])
    headers = {
        pair["name"].lower(): pair["value"]
        for pair in request["headers"]
        if pair["name"].lower().startswith("x-")
    }
    headers = {
        name: value for name, value in headers.items() if name != "x-monite-version"
    }  # the session's own
    data = request.get("postData") or {}
    if "multipart" in data.get("mimeType", ""):
        named = [
            (part["name"], None if "fileName" in part else part["value"]) for part in data.get("params", [])
        ]
        return request["method"], path, pairs, headers, sorted(named, key=repr)
    if data.get("params") or ("=" in data.get("text", "") and "json" not in data.get("mimeType", "")):
        form = [(part["name"], part["value"]) for part in data.get("params", [])] or parse_qsl(
            data["text"], keep_blank_values=True
        )
        grouped = {}
        for name, value in form:
            grouped.setdefault(name, []).append(value)
        return (
            request["method"],
            path,
            pairs,
            headers,
            {name: values[0] if len(values) == 1 else values for name, values in grouped.items()},
        )
    try:
        content = json.loads(data["text"]) if data.get("text") else []
    except ValueError:
        content = data["text"]
    return request["method"], path, pairs, headers, content


#: Where curlconverter 4.12 differs, by what differs. For each of these, test_import_differential shows that bash  # noqa: E501
#: and curl send what we send.
DIFFERENCES = {
    "content": [
        (
            "its HAR leaves multipart bodies out",
            lambda text, ours, theirs: theirs == [],
        ),
        ("it does not read <<< and here-documents", lambda text, ours, theirs: theirs == "@-"),
    ],
    "query": [
        (
            "its HAR leaves a query with a bare name out",
            lambda text, ours, theirs: theirs == [] and ("b", "") in ours,
        ),
        ("its HAR leaves --url-query +… out", lambda text, ours, theirs: theirs == [] and ("y", "A") in ours),
    ],
    "headers": [
        (
            "it keeps blanks at the end of a header",
            lambda text, ours, theirs: {k: v.strip() for k, v in theirs.items()} == ours,
        ),
    ],
}
DIFFERENCES["content"].append(
    ("it keeps backslashes of here-documents", lambda text, ours, theirs: "<<E" in text and "\\\\" in text)
)
_BYTES = (
    "it reads \\xNN in $'…' as characters",
    lambda text, ours, theirs: re.search(r"\\x[89a-f]|\\[23]\d\d", text),
)
for _part in DIFFERENCES.values():
    _part.append(_BYTES)

#: It takes 'a'\ b and $'a'b for two words; bash takes each for one.
SPLIT_WORD = re.compile(r"""['"]\\|\$'(?:[^'\\]|\\.)*'\S""")
PARTS = ("method", "path", "query", "headers", "content")


def unexplained(text, ours, theirs):
    """The parts of a request that differ for no reason that is listed."""
    return [
        (part, mine, other)
        for part, mine, other in zip(PARTS, ours, theirs, strict=True)
        if mine != other and not any(applies(text, mine, other) for _, applies in DIFFERENCES.get(part, ()))
    ]


def test_curlconverter_makes_the_same_requests(convert, tmp_path, monkeypatch):
    for name in ("a.pdf", "b c.txt"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    commands = WRITTEN + [without_prefix(command(Random(f"c{case}"), BASE, case)) for case in range(200)]
    agreed = 0
    for text, theirs in zip(commands, convert(commands), strict=True):
        if SPLIT_WORD.search(text) or (isinstance(theirs, dict) and "Bash parsing error" in theirs["error"]):
            continue  # what its grammar can't read
        assert isinstance(theirs, list), (text, theirs)
        assert len(theirs) == 1, (text, theirs)
        ours, (theirs,) = ours_of(import_text(text).cells[0]), map(theirs_of, theirs)
        agreed += ours == theirs
        assert not unexplained(text, ours, theirs), text
    assert agreed > 50
