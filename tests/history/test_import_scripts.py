"""Scripts as people keep them: conditions, functions, arrays, answers, and calls that other programs make."""

import re
import shutil
import subprocess

import pytest

from monite_magic.cell.reading import parse
from monite_magic.core.errors import RequestError
from monite_magic.history import import_text
from monite_magic.history.exchange.wget_import import LETTERS, WITH_VALUE

SANDBOX = "https://api.sandbox.monite.com/v1"
JSON = "-H 'Content-Type: application/json'"


def cell(text):
    (only,) = import_text(text).cells
    return only


def cells(text):
    return import_text(text).cells


def notes(text):
    return "\n".join(import_text(text).notes)


def sent(text, **names):
    line, _, body = cell(text).partition("\n")
    return parse(line.lstrip("%").removeprefix("monite "), body or None).fill(names)


# -- what a shell decides -----------------------------------------------------------------------------------


def test_what_a_script_does_around_its_calls_is_named_in_two_notes():
    text = (
        "set -e\n"
        'for role in admin clerk; do\n  echo "$role"\n'
        f'  if [ "$role" = clerk ]; then\n    curl {SANDBOX}/roles/$role\n  else\n    sleep 1\n  fi\n'
        "  sleep 2\ndone"
    )
    taken = import_text(text)
    assert taken.cells == ("%monite GET '/roles/{{ role }}'",)
    assert taken.notes == (
        "Commands that make no call were left out: set (line 1), echo (line 3), sleep (lines 7, 9).",
        "Conditions, loops and functions were left out, so each call is one cell: for (line 2), if (line 4).",
        "Set these variables in a cell above: role.",
    )


def test_a_value_that_depends_on_a_condition_is_told():
    text = f'case $1 in\n  a) ID=one ;;\n  b) ID=two ;;\nesac\ncurl "{SANDBOX}/tags/$ID"'
    assert cells(text) == ("%monite GET /tags/two",)
    assert "Line 3: ID has several values, under conditions; this last one was taken." in notes(text)
    one_after_the_other = f'ID=one\ncurl "{SANDBOX}/tags/$ID"\nID=two\ncurl "{SANDBOX}/tags/$ID"'
    assert cells(one_after_the_other) == ("%monite GET /tags/one", "%monite GET /tags/two")
    assert notes(one_after_the_other) == ""


def test_a_call_in_a_function_is_a_cell():
    text = f'add() {{ curl "{SANDBOX}/tags" {JSON} -d "{{\\"name\\": \\"$1\\"}}"; }}\nadd red'
    assert cell(text) == '%%monite POST /tags\n{"name": "{{ argument_1 }}"}'
    assert "add() (line 1)" in notes(text)
    assert "Line 2: add was left out: it is a function of the script." in notes(text)
    assert cell(text.replace("add()", "function add()", 1)) == cell(text)


# -- values that are not known ------------------------------------------------------------------------------


def test_what_a_call_prints_is_named_as_the_script_names_it():
    text = (
        f"a=$(curl -s {SANDBOX}/tags | jq -r .data[0].id)\nb=`curl {SANDBOX}/roles`\n"
        f'n="$(wc -l < x.txt)"\ncurl "{SANDBOX}/x/$a/$b?limit=$n"'
    )
    assert cells(text)[-1] == "%monite GET '/x/{{ a }}/{{ b }}?limit={{ n }}'"
    assert "Line 3: Set n to what $(wc -l < x.txt) prints." in notes(text)


def test_two_results_of_one_program_are_two_variables():
    text = f'curl "{SANDBOX}/x/$(date +%F)/$(date +%T)/$(date +%F)"'
    assert cell(text) == "%monite GET '/x/{{ date }}/{{ date_2 }}/{{ date }}'"
    assert "Set date_2 to what $(date +%T) prints." in notes(text)


@pytest.mark.parametrize("value", ["YOUR_TAG_ID", "'<tag-id>'", '"{{tag}}"'])
def test_a_variable_that_is_set_to_a_stand_in_stays_a_variable(value):
    assert cell(f'TAG={value}\ncurl "{SANDBOX}/tags/$TAG"') == "%monite GET '/tags/{{ TAG }}'"
    assert cell(f'$tag = "YOUR_ID"\nirm "{SANDBOX}/tags/$tag"') == "%monite GET '/tags/{{ tag }}'"


def test_a_note_on_a_variable_that_no_cell_has_is_left_out():
    text = f'curl {SANDBOX}/tags -H "Authorization: Bearer $(cat token.txt)"'
    assert cell(text) == "%monite GET /tags"
    assert notes(text) == ""


def test_nothing_to_read_is_no_body():
    assert cell(f"curl {SANDBOX}/tags < /dev/null") == "%monite GET /tags"
    assert "null" not in notes(f"curl {SANDBOX}/tags < /dev/null")


def test_the_words_of_an_array():
    text = f'o=(-H "X-A: b c" {JSON})\no+=(-d \'{{"n": 1}}\')\ncurl "${{o[@]}}" {SANDBOX}/x ${{more[*]}}'
    assert cell(text).startswith("%%monite POST /x -H 'X-A: b c'\n{\"n\": 1}")


def test_what_another_command_prints_as_a_file():
    text = f"curl {SANDBOX}/x {JSON} -d @<(jq . a.json)"
    assert cell(text) == "%monite POST /x --body a_json"
    assert "Line 1: Set a_json to what <(jq . a.json) prints." in notes(text)


# -- answers and lines that went wrong ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        'HTTP/2 200\ncontent-type: application/json\n\n{"it\'s": "one"}',
        '{"data": [{"name": "it\'s"}]}',
        '{\n  "data": []\n}',
        '[\n  {"a": 1}\n]',
    ],
)
def test_an_answer_that_was_copied_with_its_command_is_left_out(answer):
    text = f"$ curl -i {SANDBOX}/tags\n{answer}\n$ curl {SANDBOX}/roles"
    assert cells(text) == ("%monite GET /tags", "%monite GET /roles")
    assert "Line 2: The answer was left out." in notes(text)


@pytest.mark.parametrize(
    "text",
    [
        f"curl -X POST {SANDBOX}/tags\n  \\\n  {JSON} \\\n  -d '{{\"a\": 1}}'",
        f"curl -X POST {JSON} -d '{{\"a\": 1}}'\n    {SANDBOX}/tags",
    ],
)
def test_a_backslash_that_was_lost(text):
    assert cell(text) == '%%monite POST /tags\n{"a": 1}'
    assert "A shell would end the command before this line" in notes(text)


def test_a_remark_between_the_lines_of_a_command_is_no_url():
    text = f"curl {SANDBOX}/tags \\\n  // the name of the tag \\\n  -H 'X-A: b'"
    assert cell(text) == "%monite GET /tags -H 'X-A: b'"
    assert "Line 2: // the name of the tag was left out: it is neither an option nor a URL." in notes(text)


def test_a_word_that_is_no_url_stops_neither_the_command_nor_the_others():
    text = f"curl {SANDBOX}/a @--header 'a: b/c'\ncurl ht!tp:/x\ncurl {SANDBOX}/b ftp://c"
    assert cells(text) == ("%monite GET /a", "%monite GET /b")
    told = notes(text)
    assert "Line 1: @--header a: b/c was left out" in told
    assert "Line 2: 'ht!tp:/x' is not a URL." in told
    assert "Line 3: 'ftp://c' is not a URL" in told


@pytest.mark.parametrize("host", ["api", "my-host", "api:80", "a.b"])
def test_a_host_needs_no_dot(host):
    for tool in ("curl", "wget", "http", "irm"):
        assert cell(f"{tool} {host}/v1/tags") == "%monite GET /tags"


# -- calls that other programs make -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("docker exec -it web curl -H 'X-A: b' {}/x", "docker exec -it web"),
        ("kubectl exec pod \\\n  -- curl -H 'X-A: b' {}/x", "kubectl exec pod --"),
        ("timeout 30 curl -H 'X-A: b' {}/x", "timeout 30"),
        ("cat ids | xargs -n1 curl -H 'X-A: b' {}/x", "xargs -n1"),
        ("bash -c \"curl -H 'X-A: b' {}/x\"", None),
        ("ssh host 'curl -H \"X-A: b\" {}/x'", None),
        ("watch -n 5 \"curl -H 'X-A: b' {}/x | jq\"", None),
        ("U='{}'\neval curl -H \"'X-A: b'\" \"$U/x\"", None),
    ],
)
def test_a_call_within_another_command(text, named):
    text = text.format(SANDBOX)
    assert cell(text) == "%monite GET /x -H 'X-A: b'"
    if named:
        assert f"{named} was left out: it only runs the call." in notes(text)


@pytest.mark.parametrize("runner", ["bash", "ssh -T host", "docker exec -i x sh"])
def test_a_script_that_another_shell_is_given_to_read(runner):
    inner = f"curl {SANDBOX}/x {JSON} -d @- <<'IN'\n{{\"a\": 1}}\nIN\ncurl -s {SANDBOX}/y\n"
    taken = import_text(f"cd /tmp\n{runner} <<'OUT'\n{inner}OUT\ncurl {SANDBOX}/z")
    assert taken.cells == ('%%monite POST /x\n{"a": 1}', "%monite GET /y", "%monite GET /z")
    assert "Line 6: Options of curl left out: -s." in taken.notes


@pytest.mark.parametrize("before", ["script:\n  - ", "tags:\n\t@", "FROM alpine\nRUN ", "Calls:\n* "])
def test_a_call_in_a_list_or_a_recipe(before):
    assert cell(f"{before}curl -X DELETE {SANDBOX}/x\n") == "%monite DELETE /x"


@pytest.mark.parametrize("text", ["which curl", "apt-get install -y curl jq", f"echo curl {SANDBOX}/x"])
def test_a_name_of_curl_is_no_call(text):
    assert cells(f"{text}\ncurl {SANDBOX}/y") == ("%monite GET /y",)


# -- PowerShell ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        "$h = @{}\n$h.Add('X-A', \"b\")\n$h['X-C'] = 'd'",
        '$h = New-Object "System.Collections.Generic.Dictionary[[String],[String]]"\n$h.Add("X-A", "b")\n$h."X-C" = 1\n$h.Add(\'X-C\', \'d\')',  # noqa: E501
        "[hashtable]$h = [ordered]@{ 'X-A' = 'b' }\n$h += @{ 'X-C' = 'd' }",
        "$value = 'd'\n$h = @{\n  'X-A' = 'b' # one\n  'X-C' = $value\n}",
    ],
)
def test_headers_that_are_set_one_by_one(headers):
    assert cell(f"{headers}\nirm {SANDBOX}/x -Headers $h") == "%monite GET /x -H 'X-A: b' -H 'X-C: d'"


@pytest.mark.parametrize(
    "body",
    [
        "$b = @{ n = 1; t = 'x'; ok = $true; none = $null; in = @{ l = @('a', \"$v\") } } | ConvertTo-Json -Depth 5",  # noqa: E501
        "$o = [ordered]@{ n = 1; t = 'x'; ok = $true; none = $null }\n$o.in = @{ l = @('a', $v) }\n$b = ConvertTo-Json $o",  # noqa: E501
        "$o = @{}\n$o.Add('n', 1)\n$o['t'] = 'x'\n$o += @{ ok = $true; none = $null; in = @{ l = 'a', $v } }\n$b = $o | ConvertTo-Json -Compress".replace(  # noqa: E501
            "'a', $v", "@('a', $v)"
        ),
    ],
)
def test_a_table_becomes_json(body):
    text = f"{body}\nirm {SANDBOX}/x -Method Post -ContentType application/json -Body $b"
    assert sent(text, v="w").body.data == {
        "n": 1,
        "t": "x",
        "ok": True,
        "none": None,
        "in": {"l": ["a", "w"]},
    }
    assert "left out" not in notes(text)


@pytest.mark.parametrize(
    "call",
    [
        "irm {}/x -Method Post -Body (@{{ a = 1 }} | ConvertTo-Json) -ContentType application/json",
        "$b = @{{ a = 1 }}\nirm {}/x -Method Post -Body ($b | ConvertTo-Json)",
        "$b = @{{ a = 1 }} | ConvertTo-Json\nirm {}/x -Method Post -Body ([System.Text.Encoding]::UTF8.GetBytes($b))",  # noqa: E501
        "$p = @{{ Uri = '{}/x'; Method = 'Post'; Body = '{{\"a\": 1}}' }}\nInvoke-RestMethod @p",
        '$r = (irm -Method Post -Uri "{}/x" -Body \'{{"a": 1}}\').data.id',
        "try {{\n  $r = irm {}/x -Method Post -Body '{{\"a\": 1}}'\n}} catch {{\n  Write-Host 'no'\n}}",
        "if ($ok) {{ irm ('{}' + \"/x\") -Method Post -Body '{{\"a\": 1}}' }} else {{ exit 1 }}",
        "$r = & curl.exe -X POST {}/x -H 'Content-Type: application/json' -d '{{\"a\": 1}}'",
        'curl.exe {}/x `\n -H "Content-Type: application/json" `\n -d "{{\\"a\\": 1}}"',
    ],
)
def test_a_call_of_powershell_within_other_things(call):
    call = call.format(SANDBOX)
    assert cell(call).startswith("%%monite POST /x\n")
    assert sent(call).body.data == {"a": 1}
    assert notes(call).count("\n") <= 1


def test_a_file_in_a_form_of_powershell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a b.pdf").touch()
    form = "@{ file = Get-Item -Path './a b.pdf'; type = 'x' }"
    text = f"$form = {form}\nirm {SANDBOX}/x -Method Post -Form $form"
    assert cell(text) == "%monite POST /x --file 'file=./a b.pdf' -d type=x"


def test_what_powershell_would_work_out_is_a_variable():
    text = f"$t = Get-Date -Format o\n$b = @{{ at = Get-Date; by = $env:USERNAME }} | ConvertTo-Json\nirm {SANDBOX}/x -Method Post -Body $b"  # noqa: E501
    assert sent(text, at=1, USERNAME="me").body.data == {"at": 1, "by": "me"}
    assert "Line 1: $t was left out: a command of PowerShell sets it." in notes(text)
    assert "Line 2: Set at to what Get-Date gives." in notes(text)
    unknown = f"$c.Add($f)\nirm {SANDBOX}/x"
    assert "Line 1: $c.Add(…) was left out." in notes(unknown)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("Z$([char]252)rich", "Zürich"),  # as Chrome copies it
        ("$([char]55357)$([char]56832)", "😀"),
        ("`u{d83d}`u{de00}$([char]0x20AC)`u{1F600}", "😀€😀"),
        ("$([char]56320)x$([char]56321)", "�x�"),
        ("`u{dc00}x`u{dc01}", "�x�"),
    ],
)
def test_characters_by_their_numbers(written, value):
    text = f'irm {SANDBOX}/x -Method Post -ContentType application/json -Body "{{`"n`": `"{written}`"}}"'
    assert sent(text).body.data == {"n": value}
    assert ("Half a character was replaced by �." in notes(text)) == ("�" in value)


def test_types_before_values():
    table = "@{ a = [int]'5'; b = [string]7; c = [char]0x41 + 'b'; d = 0x1F; e = [string[]]@('x') }"
    text = f"$b = {table} | ConvertTo-Json\nirm {SANDBOX}/x -Method Post -Body $b"
    assert sent(text).body.data == {"a": 5, "b": "7", "c": "Ab", "d": 31, "e": ["x"]}
    dated = f"irm {SANDBOX}/x -Method Post -Body (@{{ a = [datetime]'2024-01-31' }} | ConvertTo-Json)"
    assert "Line 1: PowerShell would change 2024-01-31 into [datetime]" in notes(dated)


@pytest.mark.parametrize(
    "source",
    ["'{0};{1}}' -f $a, 3", '"a;}b".Replace(";", "}")', "[guid]::NewGuid().ToString()", "@($x).Count"],
)
def test_braces_and_semicolons_in_what_powershell_would_work_out(source):
    text = f"$b = @{{ k = {source}; l = 1 }} | ConvertTo-Json\nirm {SANDBOX}/x -Method Post -Body $b"
    assert sent(text, k="v").body.data == {"k": "v", "l": 1}
    assert f"Line 1: Set k to what {source} gives." in notes(text)


def test_what_powershell_would_work_out_in_a_list():
    text = f"irm {SANDBOX}/x -Method Post -Body (@{{ l = @(1, [guid]::NewGuid()) }} | ConvertTo-Json)"
    assert sent(text, value="v").body.data == {"l": [1, "v"]}
    assert "Line 1: Set value to what [guid]::NewGuid() gives." in notes(text)


# -- HTTPie and wget ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("items", "body"),
    [
        ("'a[b]=1' 'a[c][]:=2' 'a[c][]=x'", {"a": {"b": "1", "c": [2, "x"]}}),
        ("'a[1]:=true' 'a[0]=y'", {"a": ["y", True]}),
        ("'a[2]=z'", {"a": [None, None, "z"]}),
        (r"'a\[b\]=c' 'd[e\]f]=g'", {"a[b]": "c", "d": {"e]f": "g"}}),
        ("'=x'", {"": "x"}),
        ("a=1 a=2", {"a": "2"}),
    ],
)
def test_nested_json_of_httpie(items, body):
    assert sent(f"http POST {SANDBOX}/x {items}").body.data == body


@pytest.mark.parametrize("index", ["10000", "1" + 12 * "0", 5000 * "9"], ids=len)
def test_an_index_that_would_fill_the_memory_is_named(index):
    text = f"http {SANDBOX}/x 'a[9999]=1' 'a[{index}]=2' 'b[{index}]=3' c=4"
    body = sent(text).body.data
    assert (len(body["a"]), body["a"][9999], body["c"], set(body)) == (10_000, "1", "4", {"a", "c"})
    assert notes(text).count("was left out: it doesn't fit the items before it.") == 2


def test_an_item_of_httpie_that_does_not_fit_is_named():
    text = f"http {SANDBOX}/x 'a[]=1' 'a[b]=2'"
    assert sent(text).body.data == {"a": ["1"]}
    assert "Line 1: a[b]=2 was left out: it doesn't fit the items before it." in notes(text)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("@b.json", "%monite POST /x --body b"),
        ("q==@f.txt", "%monite GET '/x?q={{ q }}'"),
        ("X-A:@f.txt", "%monite GET /x -H 'X-A: {{ X_A }}'"),
        ("'X-A: b '", "%monite GET /x -H 'X-A: b'"),
        ("-pH", "%monite GET /x"),
        ("-fv a=1", '%%monite POST /x\n{\n  "a": "1"\n}'),
        ("-vf -a me:it --timeout=2", "%monite GET /x --timeout 2"),
    ],
)
def test_words_of_httpie(words, expected):
    assert cell(f"http {SANDBOX}/x {words}") == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (f"xh --http-version 2 {SANDBOX}/x", "%monite GET /x"),
        (f"xh --resolve a:127.0.0.1 --interface eth0 post {SANDBOX}/x", "%monite POST /x"),
        (f"http --some-new-option 2 {SANDBOX}/x a==1", "%monite GET /x?a=1"),
        (f"xh -f {SANDBOX}/x 'f@a.pdf;type=text/css;filename=b.pdf'", "%monite POST /x --file f=a.pdf"),
    ],
)
def test_values_of_options_are_not_urls(words, expected):
    assert cell(words) == expected


@pytest.mark.parametrize(
    ("words", "note"),
    [
        (
            f"http --some-new-option 2 {SANDBOX}/x",
            "Line 1: 2 was left out: it is neither an option nor a URL.",
        ),
        (f"http -a me:pass {SANDBOX}/x", "The user name and password were left out"),
        (f"http -A bearer -a abc {SANDBOX}/x", "The token was left out"),
        (
            f"echo '{{}}' | http {SANDBOX}/x a=1",
            "Line 1: The text of the body was left out: HTTPie refuses it",
        ),
        (
            f"xh -f {SANDBOX}/x 'f@a.pdf;filename=b.pdf'",
            "The file a.pdf is sent under its own name, not as b.pdf.",
        ),
    ],
)
def test_what_a_cell_of_httpie_lacks_is_named(words, note):
    assert note in notes(words)


@pytest.mark.skipif(not shutil.which("wget"), reason="needs wget")
def test_the_options_of_the_installed_wget_are_known():
    help_text = subprocess.run(["wget", "--help"], capture_output=True, text=True, check=True).stdout
    rows = re.findall(r"^ +(?:-(\w+), )? *--([a-z0-9-]+)(=\S+)?", help_text, re.MULTILINE)
    assert len(rows) > 100
    for letter, name, value in rows:
        if value:
            assert name in WITH_VALUE, name
        if len(letter) == 1:
            assert (LETTERS.get(letter) == name) is bool(value), letter


def test_options_of_wget_take_their_values():
    assert cell(f"wget -l 2 -A pdf --ciphers x -qO- {SANDBOX}/x") == "%monite GET /x"
    with pytest.raises(RequestError, match="no method HEAD"):
        import_text(f"wget --spider {SANDBOX}/x")
