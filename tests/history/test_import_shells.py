"""Commands for POSIX shells, cmd and PowerShell, of curl, wget, HTTPie and PowerShell's own."""

import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monite_magic.cell.leaks import contains_secret
from monite_magic.cell.reading import parse
from monite_magic.core.errors import RequestError
from monite_magic.history import import_text
from monite_magic.history.exchange.ansi_quotes import ansi_text
from monite_magic.history.exchange.curl_options import LETTERS, TAKES_VALUE

SANDBOX = "https://api.sandbox.monite.com/v1"
JSON = "-H 'Content-Type: application/json'"


def cell(text):
    (only,) = import_text(text).cells
    return only


def notes(text):
    return "\n".join(import_text(text).notes)


def filled(text, **names):
    line, _, body = text.partition("\n")
    return parse(line.lstrip("%").removeprefix("monite "), body or None).fill(names)


# -- quoting ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (r"\ud83d\ude00", "😀"),
        (r"\U1F600", "😀"),
        (r"\xf0\x9f\x98\x80", "😀"),
        (r"\360\237\230\200", "😀"),
        (r"\x41\101\u41\U41", "AAAA"),
        (r"\cA|\ca|\c?", "\x01|\x01|\x1f"),
        (r"\a\b\e\E\f\n\r\t\v", "\a\b\x1b\x1b\f\n\r\t\v"),
        (r"\'\"\\\?", "'\"\\?"),
        (r"\z\8", r"\z\8"),
        (r"a\0b", "a"),
        (r"\u00e9\xc3\xa9", "éé"),
        (r"\x4g\u12", "\x04g\x12"),
        (r"\ud83d!", "�!"),
        (r"\xff", "�"),
    ],
)
def test_ansi_quotes(inside, expected):
    assert ansi_text(inside) == expected


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
@given(
    st.lists(
        st.sampled_from(
            [
                *(f"\\{letter}" for letter in "abeEfnrtv'\"?\\zx8"),
                "\\x4",
                "\\x41",
                "\\101",
                "\\7",
                "\\u41",
                "\\u00e9",
                "\\U1F600",
                "\\cB",
                "a",
                "0",
                "é",
                " ",
                "$",
                '"',
            ]
        ),
        max_size=6,
    )
)
def test_ansi_quotes_are_those_of_bash(pieces):
    inside = "".join(pieces)
    done = subprocess.run(
        ["bash", "-c", f"printf %s $'{inside}'"], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"}
    )
    try:
        expected = done.stdout.decode()
    except UnicodeDecodeError:
        assert "�" in ansi_text(inside)
    else:
        assert ansi_text(inside) == expected


def test_an_emoji_in_two_halves_is_one_character():
    text = f'curl {SANDBOX}/x {JSON} --data-raw $\'{{"name":"\\ud83d\\ude00"}}\''
    assert cell(text) == '%%monite POST /x\n{"name":"😀"}'


def test_half_a_character_is_replaced_and_told():
    text = f'curl {SANDBOX}/x {JSON} -d \'{{"a": "\ud83d"}}\''
    assert cell(text) == '%%monite POST /x\n{"a": "�"}'
    assert "Half a character" in notes(text)
    alone = f'curl {SANDBOX}/x {JSON} -d $\'{{"a": "\\ud83d"}}\''
    assert cell(alone) == '%%monite POST /x\n{"a": "�"}'
    assert "Line 1: Bytes that aren't text" in notes(alone)


# -- where commands begin and end ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        f"/usr/bin/curl {SANDBOX}/x",
        f"curl.exe {SANDBOX}/x",
        f"\\curl {SANDBOX}/x",
        f"~/bin/curl {SANDBOX}/x",
        f"$ curl {SANDBOX}/x",
        f"% curl {SANDBOX}/x",
        f"me@host:~/work$ curl {SANDBOX}/x",
        f"root@host:/# curl {SANDBOX}/x",
        f"sudo curl {SANDBOX}/x",
        f"time curl {SANDBOX}/x",
        f"env A=1 curl {SANDBOX}/x",
        f"A=1 curl {SANDBOX}/x",
        f"# A comment\ncurl {SANDBOX}/x # it's one",
        f"#!/bin/sh\nset -e\n\ncurl {SANDBOX}/x",
        f"( curl {SANDBOX}/x )",
        f"if curl {SANDBOX}/x; then echo ok; fi",
        f"r=$(curl {SANDBOX}/x)",
        f"r=`curl {SANDBOX}/x`",
        f"curl \\\n  {SANDBOX}/x",
        f"curl \\\r\n  {SANDBOX}/x",
        f"$ curl \\\n> {SANDBOX}/x",
        f"> curl {SANDBOX}/x",
        f"```\ncurl {SANDBOX}/x\n```",
        f"Text.\n\n~~~sh\n$ curl {SANDBOX}/x\n~~~\nMore.",
        f"cat a.json | curl {SANDBOX}/x -X GET",
        f"PS C:\\x> curl.exe {SANDBOX}/x",
        f"C:\\Users\\x>curl {SANDBOX}/x",
        f"@curl {SANDBOX}/x".replace("@", "\ufeff"),
        f"curl {SANDBOX}/x;",
        f"curl {SANDBOX}/x &",
    ],
)
def test_what_is_around_a_command(text):
    assert cell(text) == "%monite GET /x"


def test_each_command_becomes_a_cell_and_the_rest_is_named():
    text = f"cd /tmp\ncurl {SANDBOX}/a | jq .id\n\ncurl -X DELETE {SANDBOX}/b && echo done\ncurl {SANDBOX}/c {SANDBOX}/d"  # noqa: E501
    taken = import_text(text)
    assert taken.cells == ("%monite GET /a", "%monite DELETE /b", "%monite GET /c", "%monite GET /d")
    assert taken.notes == (
        "Commands that make no call were left out: cd (line 1), jq (line 2), echo (line 4).",
    )


@pytest.mark.parametrize(
    "text",
    [
        "1  curl -X POST \\\n2    {}/x \\\n3    --json '{{\"a\": 1}}'",
        ' 9 | POST {}/x\n10 | Content-Type: application/json\n11 |\n12 | {{"a": 1}}',
        "1. http {}/x a:=1\n2.\n\n3. # a comment",
    ],
)
def test_numbers_of_lines_are_left_out(text):
    text = text.format(SANDBOX)
    assert filled(cell(text)).body.data == {"a": 1}
    assert "The numbers of the lines were left out." in notes(text)


def test_numbers_that_count_no_lines_are_text():
    text = f"curl {SANDBOX}/x {JSON} -d @- <<E\n[\n1\n,2]\nE"
    assert "numbers of the lines" not in notes(text)


@pytest.mark.parametrize("image", ["curlimages/curl", "docker.io/curlimages/curl:8.5.0"])
def test_an_image_of_docker_that_is_curl(image):
    text = f"docker run --rm {image} -X DELETE {SANDBOX}/x"
    assert cell(text) == "%monite DELETE /x"
    assert "Line 1: docker run --rm was left out: it only runs the call." in notes(text)


def test_one_unreadable_command_leaves_the_others():
    text = f'curl {SANDBOX}/a\n\ncurl {SANDBOX}/b -d \'{{"it": 1}}\n\ncurl -I {SANDBOX}/c\ncurl {SANDBOX}/d'
    taken = import_text(text)
    assert taken.cells == ("%monite GET /a", "%monite GET /d")
    assert "Line 3: the quote ' is not closed" in taken.notes[0]
    assert "Line 5 (HEAD /c) was not imported: The API has no method HEAD." in taken.notes[1]


def test_lines_count_from_the_cell_when_it_is_one():
    assert import_text(f"curl {SANDBOX}/x --foo", first_line=4).notes == (
        "Line 4: --foo was left out: curl has no such option.",
    )


def test_backslashes_that_were_lost_are_told():
    text = f"curl -X POST {SANDBOX}/x \\ \n  {JSON}\n  -d '{{}}'"
    assert cell(text) == "%%monite POST /x\n{}"
    assert "Line 1: The blanks after the backslash were left out." in notes(text)
    assert "Line 3: A shell would end the command before this line" in notes(text)


# -- variables ----------------------------------------------------------------------------------------------


def test_variables_of_the_shell_become_placeholders():
    text = (
        f'curl "{SANDBOX}/payables/$ID/items/${{ITEM}}?status=$STATUS" -H "X-Note: a$NOTE" {JSON} '
        '-d "{\\"id\\": \\"$ID\\", \\"n\\": $N, \\"t\\": \\"a $B b\\", \\"cost\\": \\"5\\$\\"}"'
    )
    assert cell(text) == (
        "%%monite POST '/payables/{{ ID }}/items/{{ ITEM }}?status={{ STATUS }}' -H 'X-Note: a{{ NOTE }}'\n"
        '{"id": "{{ ID }}", "n": {{ N }}, "t": "a {{ B }} b", "cost": "5$"}'
    )
    assert notes(text) == "Set these variables in a cell above: ID, ITEM, STATUS, NOTE, N, B."
    request = filled(cell(text), ID="i/1", ITEM=2, STATUS="a b", NOTE="!", N=3, B='"')
    assert request.path == "/payables/i%2F1/items/2"
    assert request.body.data == {"id": "i/1", "n": 3, "t": 'a " b', "cost": "5$"}


def test_variables_that_the_text_sets_are_filled_in():
    text = f'BASE={SANDBOX}\nexport ID=\'p 1\'\ncurl "$BASE/payables" -H "X-Note: ${{ID}}"'
    assert cell(text) == "%monite GET /payables -H 'X-Note: p 1'"
    assert notes(text) == ""


CHANGES = [
    "#a",
    "##a",
    "%c",
    "%%/",
    "%/",
    ":1",
    ":0:2",
    ":9",
    "/b/x",
    "//b/",
    "//-/_",
    "^^",
    ",,",
    "#x",
    "/z/y",
]


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
@pytest.mark.parametrize("value", ["abc", "a-b-b/", "Zü x"])
def test_values_are_changed_as_bash_changes_them(value):
    expansions = [f"${{V{change}}}" for change in CHANGES]
    script = f"V='{value}'; printf '%s\\n' " + " ".join(f'"{each}"' for each in expansions)
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"})
    for expansion, expected in zip(expansions, done.stdout.decode().split("\n"), strict=False):
        text = f'V=\'{value}\'\ncurl {SANDBOX}/x {JSON} -d "{{\\"v\\": \\"{expansion}\\"}}"'
        assert filled(cell(text)).body.data == {"v": expected}, expansion


def test_two_changes_of_one_variable_are_two():
    text = f'ID=a\ncurl "{SANDBOX}/x/${{ID##*-}}/${{#ID}}"\ncurl "{SANDBOX}/${{O%%.*}}/$O"'
    assert import_text(text).cells == (
        "%monite GET '/x/{{ ID }}/{{ ID_2 }}'",
        "%monite GET '/{{ O }}/{{ O_2 }}'",
    )
    told = notes(text)
    assert "Line 2: The shell would change ID: set it to what ${ID##*-} gives." in told
    assert "Line 2: The shell would change ID: set ID_2 to what ${#ID} gives." in told
    assert "Line 3: Set O_2 to $O." in told


@pytest.mark.parametrize(
    "text",
    [
        'B=$(printf \'{{"a": "%s", "n": %s}}\\n\' "it\'s" 5)\ncurl {}/x --json "$B"',
        'read -r -d \'\' B <<\'E\'\n{{"a": "it\'s",\n "n": 5}}\nE\ncurl {}/x --json "$B"',
        'read -r N <<< 5\n{{ curl {}/x --json "{{\\"a\\": \\"it\'s\\", \\"n\\": $N}}"; }}',
        '[ -n "$X" ] && curl -X POST -T - {}/x <<< \'{{"a": "it\u2019s", "n": 5}}\''.replace(
            "\u2019", "\\u0027"
        ),
    ],
)
def test_what_the_text_itself_says_is_read(text):
    request = filled(cell(text.format(SANDBOX)))
    assert (request.method, request.path, request.body.data) == ("POST", "/x", {"a": "it's", "n": 5})


def test_headers_that_curl_is_given_to_read():
    assert cell(f"curl {SANDBOX}/x -H @- <<< 'X-A: b'") == "%monite GET /x -H 'X-A: b'"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("curl -T a/b.json {}/x/", "%monite PUT /x/b.json --body b"),
        ("curl -T a.pdf {}/x/", "%monite PUT /x/a.pdf"),
        ("curl -T data -H 'Content-Type: application/json' {}/x", "%monite PUT /x --body data"),
    ],
)
def test_a_file_that_curl_uploads(text, expected):
    assert cell(text.format(SANDBOX)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cat ids | xargs -I{{}} curl {}/x/{{}}", "%monite GET '/x/{{ item }}'"),
        ("cat ids | xargs -P4 -I ID curl {}/x/ID/y", "%monite GET '/x/{{ item }}/y'"),
        ("echo a | xargs -I % curl {}/x/%", "%monite GET /x/a"),
        ("echo {}/x | xargs curl -s", "%monite GET /x"),
        ("find . -exec curl -T {{}} {}/x/{{}} ';'", "%monite PUT '/x/{{ item }}'"),
    ],
)
def test_what_another_program_puts_into_a_call(text, expected):
    assert cell(text.format(SANDBOX)) == expected


def test_single_quotes_keep_dollars():
    text = f'curl {SANDBOX}/x {JSON} -d \'{{"a": "$5 $ID ${{x}} `y`"}}\''
    assert filled(cell(text)).body.data == {"a": "$5 $ID ${x} `y`"}


@pytest.mark.parametrize(
    ("written", "name", "note"),
    [
        ("${ID:-5}", "ID", "ID has a default in the shell text: 5"),
        ("${ID%/}", "ID", "The shell would change ID"),
        ("$(uuidgen)", "uuidgen", "Set uuidgen to what $(uuidgen) prints"),
        ("`date +%F`", "date", "Set date to what $(date +%F) prints"),
        ("$(cat a/id.txt)", "id_txt", "Set id_txt to what"),
        ("$1", "argument_1", "argument_1"),
        ("$((1 + 1))", "number", "Set number to what $((1 + 1)) gives"),
        ("${class}", "class_", "class_"),
    ],
)
def test_what_the_shell_would_work_out_is_a_variable(written, name, note):
    text = f'curl "{SANDBOX}/x/{written}"'
    assert cell(text) == f"%monite GET '/x/{{{{ {name} }}}}'"
    assert note in notes(text)


@pytest.mark.parametrize(
    "text",
    [
        f'curl {SANDBOX}/x {JSON} -d @- <<EOF\n{{"a": "$A"}}\nEOF',
        f'cat <<EOF | curl {SANDBOX}/x {JSON} -d @-\n{{"a": "$A"}}\nEOF',
        f'curl {SANDBOX}/x {JSON} -d @- <<-EOF\n\t{{"a": "$A"}}\n\tEOF',
        f'curl {SANDBOX}/x {JSON} -d "$(cat <<EOF\n{{"a": "$A"}}\nEOF\n)"',
        f'echo "{{\\"a\\": \\"$A\\"}}" | curl {SANDBOX}/x {JSON} --data @-',
        f'curl {SANDBOX}/x {JSON} --data-binary @- <<< "{{\\"a\\": \\"$A\\"}}"',
        f"printf '%s' '{{\"a\": \"'$A'\"}}' | curl {SANDBOX}/x {JSON} -d @-",
    ],
)
def test_what_curl_is_given_to_read(text):
    assert cell(text) == '%%monite POST /x\n{"a": "{{ A }}"}'


def test_a_here_document_in_quotes_is_literal():
    text = f'curl {SANDBOX}/x {JSON} -d @- <<\'EOF\'\n{{"a": "$A"}}\nEOF'
    assert filled(cell(text)).body.data == {"a": "$A"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("<id>", "{{ id }}"),
        ("<payable-id>", "{{ payable_id }}"),
        (":id", "{{ id }}"),
        ("YOUR_ID", "{{ YOUR_ID }}"),
        ("{{id}}", "{{ id }}"),
        ("{id}", "{{ id }}"),
        ("your-id-here", "{{ your_id_here }}"),
        ("PAYABLE_ID", "{{ PAYABLE_ID }}"),
    ],
)
def test_what_documents_print_in_place_of_a_value(path, expected):
    assert cell(f"curl '{SANDBOX}/x/{path}'") == f"%monite GET '/x/{expected}'"
    header = cell(f"curl {SANDBOX}/x -H 'X-A: {path}'")
    assert header == f"%monite GET /x -H 'X-A: {expected}'" or path == ":id"
    if path != "{id}":
        body = cell(f'curl {SANDBOX}/x {JSON} -d \'{{"{path}": "a {path}"}}\'')
        assert filled(body).body.data == {path: f"a {path}"}
    if path.startswith(("<", "YOUR", "{{", ":")):
        assert cell(f'curl {SANDBOX}/x {JSON} -d \'{{"a": "{path}"}}\'').endswith(f'{{"a": "{expected}"}}')


def test_a_backquote_at_the_end_of_a_line_is_not_powershell():
    text = f"curl {SANDBOX}/x --data-raw `cat a.txt`\ncurl {SANDBOX}/y"
    assert import_text(text).cells == ("%monite POST /x --body a_txt", "%monite GET /y")


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (f"curl –X PUT {SANDBOX}/x", "–X was read as -X."),
        (f"curl —request PUT {SANDBOX}/x", "—request was read as --request."),
        (f"curl –-request PUT {SANDBOX}/x", "–-request was read as --request."),
        (f"curl -X\u00a0PUT {SANDBOX}/x", "No-break spaces were read as blanks."),
        (f"curl -X “PUT” {SANDBOX}/x", "Typographic quotes were read as plain ones."),
        (f"curl -X ‘PUT’ {SANDBOX}/x", "Typographic quotes were read as plain ones."),
        (f"curl “{SANDBOX}/x” -X PUT", "Typographic quotes were read as plain ones."),
    ],
)
def test_what_a_word_processor_did_is_undone_and_told(text, note):
    assert cell(text) == "%monite PUT /x"
    assert f"Line 1: {note}" in notes(text)


@pytest.mark.parametrize(
    ("text", "expected", "note"),
    [
        (f"cu\u200brl {SANDBOX}/x", "%monite GET /x", "cu\\u200brl was read as curl."),
        (f"$ \u2060curl {SANDBOX}/x", "%monite GET /x", "\\u2060curl was read as curl."),
        (f"Invoke\u2011WebRequest -Uri {SANDBOX}/x", "%monite GET /x", "was read as Invoke-WebRequest."),
        (f"\u200eGET {SANDBOX}/x", "%monite GET /x", "\\u200eGET was read as GET."),
        (f"curl \u2011X PUT {SANDBOX}/x", "%monite PUT /x", "\u2011X was read as -X."),
        (f"wget \u2013\u2013method=PUT {SANDBOX}/x", "%monite PUT /x", "was read as --method=PUT."),
        (f"http \u2014form PUT {SANDBOX}/x", "%monite PUT /x", "\u2014form was read as --form."),
        (f"curl {SANDBOX}/x -H 'X\u2011A: 1'", "%monite GET /x -H 'X-A: 1'", "was read as X-A."),
        (
            f"curl {SANDBOX}/x\u200b",
            "%monite GET /x%E2%80%8B",
            "The URL has an invisible character, U+200B (zero width space): check that it is meant.",
        ),
        (f"curl {SANDBOX}/x \\\u00a0", "%monite GET /x", "An empty word was left out"),
    ],
)
def test_what_can_not_be_seen_is_named(text, expected, note):
    assert cell(text) == expected
    assert note in notes(text)
    assert notes(text).startswith("Line 1: ")


def test_invisible_characters_within_a_body_are_text():
    text = f'curl {SANDBOX}/x {JSON} -d \'{{"a":\n"cu\u200brl \u2011X"}}\''
    assert filled(cell(text)).body.data == {"a": "cu\u200brl \u2011X"}
    assert notes(text) == ""


def test_a_letter_of_another_alphabet_is_named():
    with pytest.raises(RequestError, match=r"has U\+0441 \(cyrillic small letter es\) in its first word"):
        import_text(f"сurl {SANDBOX}/x")


def test_typographic_characters_in_quotes_are_text():
    text = f'curl {SANDBOX}/x {JSON} -d \'{{"a": "say “hi” – to\u00a0you"}}\''
    assert filled(cell(text)).body.data == {"a": "say “hi” – to\u00a0you"}
    assert notes(text) == ""


@pytest.mark.parametrize(
    "value", ["EUR", "DE", "organization", "ABC", "12:30", ":-)", "a <b> c", "https://x/y"]
)
def test_what_stands_for_itself(value):
    body = f'curl {SANDBOX}/x {JSON} -d \'{{"a": "{value}"}}\''
    assert filled(cell(body)).body.data == {"a": value}


# -- curl's options -----------------------------------------------------------------------------------------


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_the_options_of_the_installed_curl_are_known():
    help_text = subprocess.run(["curl", "--help", "all"], capture_output=True, text=True, check=True).stdout
    rows = re.findall(r"^ *(?:-(.), )?--([\w.-]+)( [<\[]\S*)?", help_text, re.MULTILINE)
    assert len(rows) > 200
    for letter, name, value in rows:
        assert TAKES_VALUE[name] is bool(value), name
        if letter:
            assert LETTERS[letter] in {name, "show-headers", "include"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("-I -X GET", "GET /x"),
        ("--json '{}'", None),
        ("-G -d a=1 --data-urlencode 'b=c d'", "GET /x?a=1&b=c%20d"),
        ("--url-query a=b --url-query '+c=%41'", "GET /x?a=b&c=A"),
        ("--url-query 'a b'", "GET /x?a%20b"),
        ("-e https://r", "GET /x -H 'Referer: https://r'"),
        ("-A me", "GET /x -H 'User-Agent: me'"),
        ("-m 5", "GET /x --timeout 5"),
        ("-H 'X-A;'", "GET /x -H 'X-A: '"),
        ("-H 'X-A: 1' -H 'x-a: 2'", "GET /x -H 'X-A: 1, 2'"),
        ("--no-keepalive", "GET /x"),
        ("-XPUT -sS", "PUT /x"),
        ("-sSLXPUT", "PUT /x"),
        ("--heade X-A:1", "GET /x -H 'X-A: 1'"),
        ("-F a=1 -F b=2", "POST /x -d a=1 -d b=2"),
        ("-F 'a=x;type=text/plain'", "POST /x -d a=x"),
        ("-F a=@f.pdf,g.pdf", "POST /x --file a=f.pdf --file a=g.pdf"),
        ("--form-string 'a=@x;y'", "POST /x -d 'a=@x;y'"),
        ("-F 'a=\"x;y\"'", "POST /x -d 'a=x;y'"),
        ("-d @b.json", "POST /x --body b"),
        ("-d '$x' --path-as-is", None),
        ("-F 'a=<n.txt'", "POST /x -d 'a={{ a }}'"),
    ],
)
def test_options_that_change_the_request(options, expected):
    taken = cell(f"curl {SANDBOX}/x {options}")
    assert expected is None or taken == f"%monite {expected}"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("-s -L --compressed -o a.json", "Options of curl left out: -s, -L, --compressed, -o."),
        ("--proxy http://p:1 --cacert a.pem", "Options of curl left out: --proxy, --cacert."),
        ("-T a.pdf", "The file a.pdf was left out: a cell sends files with --file FIELD=PATH."),
        ("-b a=b", "Headers left out, as a call can't set them: Cookie."),
        (
            "-H Host:x -H Content-Length:1 -H Connection:close",
            "call can't set them: Host, Content-Length, Connection.",
        ),
        ("-H X-A", "The header X-A was left out: it has no colon."),
        ("-H 'Expect:'", "-H 'Expect:' was left out"),
        ("-d @a.csv -H 'Content-Type: text/csv'", "The body (text/csv) was left out"),
        ("-H @headers.txt", "The headers in the file headers.txt are not known."),
        ("-K options.txt", "The options in the file options.txt are not known."),
        ("--frobnicate yes", "--frobnicate with its value was left out: curl has no such option."),
        ("--frobnicate=yes", "--frobnicate=yes was left out: curl has no such option."),
        ("-@ -s", "-@ was left out: curl has no such option."),
        ("-X", "-X was left out: its value is missing."),
        ("-H 'Content-Type: application/json'", "Headers left out, as the call has no body: Content-Type."),
        (
            "-H 'X-A: 1' -H 'x-a: 2'",
            "The header X-A was given more than once; its values were joined by commas.",
        ),
        ("-H $'X-A: a\\nb'", "The header X-A was left out: headers are one line of ASCII."),
        (
            "-F 'a=@f.pdf;filename=g.pdf;type=text/css'",
            "The file f.pdf is sent under its own name, not as g.pdf.",
        ),
        ("-F 'a=@f.pdf;type=text/css'", "The file f.pdf is sent as application/pdf, not as text/css."),
        ("-F 'a=x;type=text/css'", "The field a loses its type text/css"),
        ("-F 'a=x;y'", ";y was left out the form's field"),
        ("-F a", "a was left out: a form's field is NAME=VALUE."),
        ("-F 'a=(;type=multipart/mixed'", "The parts within the field a were left out"),
        ("-F a=@-", "The file of a is what is piped into curl"),
        ("-d @-", "The body is what is piped into curl: set body to its JSON"),
        ("--data-urlencode a@f.txt", "Set a to the text of the file f.txt."),
        ("-d '<a/>' -H 'Content-Type: application/xml'", "The body (application/xml) was left out"),
        (
            "-d '[1]' -H 'Content-Type: application/json'",
            "The body was left out: a cell sends JSON objects, and this is not one.",
        ),
        (
            "-d '{\"a\": 1,}' -H 'Content-Type: application/json'",
            "Fix the cell before you run it: Trailing comma",
        ),
        ("-d '{\"a\": 1}'", "curl sends this JSON as a form"),
        ("-d '{\"a\": 1}' -H 'Content-Type: text/plain'", "The body is JSON, but was sent as text/plain"),
        ("-d a=1 -d a=2", "The form was turned into JSON, which the API takes."),
        ("-d @a.json -d '{}'", "The other parts of the body were left out"),
        ("-F $'a=x\\ny'", "Set a = 'x\\ny' in a cell above: a line can't hold the value."),
        ("-d a=1 -F b=2", "The data of -d was left out: curl refuses it next to -F."),
        ("-H 'Content-Type: multipart/related' -F b=2", "as the client writes its own: Content-Type."),
        ("-H 'X-Api-Key: 123456789abc'", "Headers left out, as they contain secrets: X-Api-Key."),
        ("nonsense", "nonsense was left out: it is neither an option nor a URL."),
        ('-d "$DATA"', "The body is the variable DATA: set it to an object, or to JSON text."),
        ("--url-query _method=PUT", "The parameter _method was left out: it would change the method."),
        (
            "-H 'Authorization: Basic YTpi'",
            "The user name and password were left out: the session logs in by itself.",
        ),
    ],
)
def test_what_is_left_off_is_named(options, words):
    taken = import_text(f"curl {SANDBOX}/x {options}")
    assert len(taken.cells) == 1
    assert words in "\n".join(taken.notes)


def test_repeated_fields_stay_repeated():
    assert filled(cell(f"curl {SANDBOX}/x -d ids=a -d ids=b -d c=1")).body.data == {
        "ids": ["a", "b"],
        "c": "1",
    }


def test_next_begins_another_call():
    taken = import_text(f"curl {SANDBOX}/a -H 'X-A: 1' --next -X DELETE {SANDBOX}/b -: {SANDBOX}/c")
    assert taken.cells == ("%monite GET /a -H 'X-A: 1'", "%monite DELETE /b", "%monite GET /c")


def test_headers_of_a_browser_are_left_out_and_named():
    text = f"curl '{SANDBOX}/x' -H 'sec-ch-ua: \"x\"' -H 'user-agent: Mozilla/5.0' -H 'origin: https://a' -H 'accept: */*'"  # noqa: E501
    assert cell(text) == "%monite GET /x"
    assert "as only a browser needs them: sec-ch-ua, user-agent, origin." in notes(text)
    without_browser = f"curl '{SANDBOX}/x' -H 'origin: https://a' -A script/1"
    assert cell(without_browser) == "%monite GET /x -H 'origin: https://a' -H 'User-Agent: script/1'"


@pytest.mark.parametrize("url", ["/v1/a/../x", "/v1/./x", "/v1/a/b/../../x", "/v1/a/%2e%2e/x"])
def test_dots_in_a_path_are_followed_as_curl_follows_them(url):
    assert cell(f"curl https://api.sandbox.monite.com{url}") == "%monite GET /x"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("curl", "Line 1: the curl command has no URL."),
        ("curl -s -d '{}'", "Line 1: the curl command has no URL."),
        (f"curl '{SANDBOX}/x", "Line 1: the quote ' is not closed."),
        (f'curl {SANDBOX}/x \\\n -d "a', 'Line 2: the quote " is not closed.'),
        (f"curl {SANDBOX}/x -d $'a", "Line 1: the quote $' is not closed."),
        (f"curl {SANDBOX}/x `a", "Line 1: the quote ` is not closed."),
        (f"curl {SANDBOX}/${{x", "Line 1: ${ is not closed."),
        (f"curl '{SANDBOX}/x/{{a,b}}'", "Line 1: curl makes several calls of {a,b}."),
        (f"curl '{SANDBOX}/x/[1-9]'", "Line 1: curl makes several calls of [1-9]."),
        ("curl $URL", "The whole URL is the variable URL."),
        ("curl ::::", "'::::' is not a URL."),
        (f"curl -X PROPFIND {SANDBOX}/x", "The API has no method PROPFIND."),
        ("wget -q", "Line 1: the wget command has no URL."),
        ("http", "Line 1: the HTTPie command has no URL."),
        ("Invoke-WebRequest -Method Post", "Line 1: Invoke-WebRequest has no URL."),
        ('curl ^"https://x/v1/y', 'Line 1: the quote " is not closed.'),
        ("irm 'https://x/v1/y", "Line 1: the quote ' is not closed."),
        ('irm "https://x/v1/y', 'Line 1: the quote " is not closed.'),
        ("irm https://x/v1/y -Headers @{a=", "Line 1: @{ is not closed."),
        ("fetch('https://x/v1/y')", "This is a fetch call of JavaScript."),
        ("curl " + "$(" * 5000, "The text is nested too deeply to be read."),
        ("ls -la", "is not a URL."),
        ("", "It contains no API call."),
        ("curl -K c.txt", "Line 1: the URL of the curl command is in the file c.txt, which isn't read."),
        ("curl -K - <<E\nurl = x\nE", "the URL of the curl command is in the text it is given"),
        ("wget -i urls.txt", "Line 1: the URLs of the wget command are in a file, which isn't read."),
        ("%%monite POST /x\n{}", "This is a cell already, and needs no import."),
        ("const a = await fetch('https://x/v1/y')", "This is a fetch call of JavaScript."),
        ("import axios from 'axios'\naxios.get('https://x/v1/y')", "This is code of JavaScript."),
        ("import requests\nrequests.get('https://x/v1/y')", "This is code of Python."),
        ("var client = new HttpClient();", "This is code of C#."),
        ('req, err := http.NewRequest("GET", "https://x/v1/y", nil)', "This is code of Go."),
        ("<?php\n$ch = curl_init();", "This is code of PHP."),
        ("require 'net/http'\nNet::HTTP.get(uri)", "This is code of Ruby."),
        ("HttpRequest r = HttpRequest.newBuilder().build();", "This is code of Java."),
        ("```json\n{}\n```", "is not a URL."),
    ],
)
def test_what_can_not_be_imported_says_why(text, message):
    with pytest.raises(RequestError) as caught:
        import_text(text)
    assert message in str(caught.value)


# -- Windows ------------------------------------------------------------------------------------------------

CMD = r'''curl ^"https://api.sandbox.monite.com/v1/payables?limit=5^&sort=id^" ^
  -H ^"content-type: application/json^" ^
  -H ^"x-note: 50^%^ ^" ^
  --data-raw ^"^{^\^"name^\^":^\^"a^%^20b ^& ^<c^>^\^",^\^"path^\^":^\^"C:^\^\x^\^"^}^"'''


def test_a_command_that_a_browser_copied_for_cmd():
    request = filled(cell(CMD))
    assert (request.method, request.path, request.query) == (
        "POST",
        "/payables",
        [("limit", "5"), ("sort", "id")],
    )
    assert request.headers == [("x-note", "50%")]
    assert request.body.data == {"name": "a%20b & <c>", "path": r"C:\x"}


def test_line_breaks_and_variables_of_cmd():
    text = 'C:\\> curl -X POST "https://%HOST%/v1/x" -H "Content-Type: application/json" -d "{\\"a\\": \\"%NAME%\\"}" > a.txt\r\necho done'  # noqa: E501
    assert cell(text) == '%%monite POST /x\n{"a": "{{ NAME }}"}'
    assert "> a.txt was left out" in notes(text)
    assert "echo was left out" in notes(text)
    broken = 'curl ^"https://a/v1/x^" ^\n --json ^"^{^\\^"a^\\^":^\n\n1^}^"'
    assert cell(broken) == '%%monite POST /x\n{"a":\n1}'
    assert cell('curl ^\n "https://a/v1/x?a=""b"""').startswith("%monite GET '/x?a=\"b\"'")


@pytest.mark.parametrize(
    "text",
    [
        "curl.exe -X POST \"https://a/v1/x\" `\n -H 'Content-Type: application/json' `\n -d '{\\\"a\\\": \\\"it''s\\\"}'",  # noqa: E501
        "curl.exe -X POST \"https://a/v1/x\" `\n -H 'Content-Type: application/json' `\n -d '{\"a\": \"it''s\"}'",  # noqa: E501
        'Invoke-WebRequest -UseBasicParsing -Uri "https://a/v1/x" `\n-Method "POST" `\n-Headers @{\n"authority"="a"\n  "method"="POST"\n} `\n-ContentType "application/json" `\n-Body "{`"a`": `"it\'s`"}"',  # noqa: E501
        "irm https://a/v1/x -Method Post -ContentType application/json -Body '{\"a\": \"it''s\"}'",
        "$b = @'\n{\"a\": \"it's\"}\n'@\n$r = Invoke-RestMethod -Uri 'https://a/v1/x' -Method POST -Body $b -ContentType 'application/json'",  # noqa: E501
        '$base = "https://a/v1"\nInvoke-RestMethod "$base/x" -Method:POST -ContentType application/json -Body ([System.Text.Encoding]::UTF8.GetBytes("{`"a`": `"it\'s`"}"))',  # noqa: E501
        "curl -Uri https://a/v1/x -Method POST -Body '{\"a\": \"it''s\"}'",
        'curl.exe https://a/v1/x --json \'{\\"a\\": \\"it\\u0027s\\"}\'',
    ],
)
def test_powershell(text):
    request = filled(cell(text))
    assert (request.method, request.path, request.body.data) == ("POST", "/x", {"a": "it's"})


def test_variables_and_tables_of_powershell():
    text = (
        "$session = New-Object X\n# a comment\n"
        "$headers = @{ 'X-Monite-Entity-Id' = $entityId; Authorization = \"Bearer $token\" }\n"
        '$r = irm "https://a/v1/x/$id/$($item.id)?a=$env:A" -Headers $headers -WebSession $session | ConvertTo-Json'  # noqa: E501
    )
    assert cell(text) == "%monite GET '/x/{{ id }}/{{ item }}?a={{ A }}' --entity '{{ entityId }}'"
    told = notes(text)
    assert "Line 1: $session was left out" in told
    assert "Line 4: Options of PowerShell left out: -WebSession." in told
    assert "| ConvertTo-Json was left out" in told
    assert "Set item to what ($item.id) gives." in told
    form = "irm https://a/v1/x -Method Post -Body @{ a = 1; b = 'c' }"
    assert filled(cell(form)).body.data == {"a": "1", "b": "c"}
    assert cell("irm https://a/v1/x -Body @{ a = 1 }") == "%monite GET /x?a=1"
    assert (
        cell("irm https://a/v1/x -Method Put -InFile b.json -TimeoutSec 5")
        == "%monite PUT /x --timeout 5 --body b"
    )
    assert cell("irm https://a/v1/x -Method Post -Form @{ a = 'b' }") == "%monite POST /x -d a=b"
    named = "$body = @{ a = 1 } | ConvertTo-Json\nirm https://a/v1/x -Method Post -Body $body -Token $t -Headers $h"  # noqa: E501
    assert cell(named) == '%%monite POST /x\n{"a": 1}'
    assert "Line 2: The headers in h are not known." in notes(named)


# -- other tools --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"wget -qO- {SANDBOX}/x", "%monite GET /x"),
        (
            f"wget --method DELETE --header 'X-A: b' --timeout=5 {SANDBOX}/x",
            "%monite DELETE /x -H 'X-A: b' --timeout 5",
        ),
        (f"wget --post-data '{{\"a\": 1}}' -O out {SANDBOX}/x", '%%monite POST /x\n{"a": 1}'),
        (
            f"wget --method=PUT --body-file=b.json -U me {SANDBOX}/x",
            "%monite PUT /x -H 'User-Agent: me' --body b",
        ),
        (f"http {SANDBOX}/x", "%monite GET /x"),
        (
            f"http PATCH {SANDBOX}/x a=b n:=1 l:='[1, {{}}]' X-A:c q=='d e'",
            '%%monite PATCH /x?q=d%20e -H \'X-A: c\'\n{"a": "b", "n": 1, "l": [1, {}]}',
        ),
        (
            f"https --form POST {SANDBOX}/x a=1 a=2",
            '%%monite POST /x\n{\n  "a": [\n    "1",\n    "2"\n  ]\n}',
        ),
        (f"http -f {SANDBOX}/x file@a.pdf t=1", "%monite POST /x --file file=a.pdf -d t=1"),
        (f"http --auth a:b --raw '{{\"a\": 1}}' {SANDBOX}/x", '%%monite POST /x\n{"a": 1}'),
        (f"echo '{{\"a\": 1}}' | http POST {SANDBOX}/x", '%%monite POST /x\n{"a": 1}'),
        ("xh :8000/v1/x 'a\\=b=c'", '%%monite POST /x\n{"a=b": "c"}'),
        (
            f"http {SANDBOX}/x 'X-A;' b=@n.txt --timeout 3",
            '%%monite POST /x -H \'X-A: \' --timeout 3\n{"b": "{{ b }}"}',
        ),
    ],
)
def test_commands_of_other_tools(text, expected):
    assert cell(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"wget -qO- --user=a {SANDBOX}/x", "Options of wget left out: -qO-, --user."),
        (f"http --follow --verify=no {SANDBOX}/x", "Options of HTTPie left out: --follow, --verify."),
        (f"http {SANDBOX}/x nonsense n:=x", "nonsense was left out: it is not a request item."),
        (f"http {SANDBOX}/x n:=x", "n:=x was left out: its value is not JSON."),
        (f"http {SANDBOX}/x X-A:", "X-A: was left out: it takes a header of HTTPie's own away."),
    ],
)
def test_what_other_tools_do_beside_is_named(text, words):
    assert words in notes(text)


# -- whatever comes -----------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        "curl",
        "wget",
        "http",
        "irm",
        SANDBOX,
        f"{SANDBOX}/x",
        "-X",
        "POST",
        "-d",
        "'{}'",
        "-F",
        "a=@b",
        "'",
        '"',
        "\\",
        "\\\n",
        "^",
        "^\n",
        "`",
        "`\n",
        "$'",
        "$(",
        ")",
        "${",
        "}",
        "$x",
        "@{",
        "<<EOF",
        "EOF",
        "<<<",
        "<",
        ">",
        "|",
        "&",
        "&&",
        ";",
        "\n",
        "#",
        "```",
        "~~~sh",
        "=",
        "a=b",
        "--json",
        "-H",
        "A: b",
        "%A%",
        "@'\n",
        "\n'@",
        "(",
        "{",
        "{{",
        "-Headers",
        "-Body",
        "\ud83d",
    ]
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=14), st.sampled_from([" ", "", "\n"]))
def test_no_text_breaks_the_import(pieces, between):
    for text in (between.join(pieces), f"curl {SANDBOX}/x " + between.join(pieces)):
        try:
            taken = import_text(text, keep=lambda values: None)
        except RequestError:
            continue
        for made in [*taken.cells, *taken.notes]:
            made.encode()  # no half a character
        assert not any(contains_secret(made) for made in taken.cells)


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "text",
    [
        "curl " + "a=a= " * 20_000,
        "curl http://a/v1/" + "{{" * 20_000,
        "curl http://a/v1/x?" + "a=b&" * 20_000,
        "curl " + "<a" * 20_000,
        "curl " + "`" * 20_001,
        'curl -d "' + '\\"a' * 200_000 + '" http://a/v1/x',
        "irm " + "@{" * 20_000,
        "curl x\n" * 3000,
    ],
)
def test_long_texts_are_read_in_seconds(text):
    try:
        import_text(text)
    except RequestError:
        return
