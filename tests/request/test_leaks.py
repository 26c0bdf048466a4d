"""A secret in the text of a cell is seen, refused and redacted; what only looks like one is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monite_magic.cell.leaks import contains_secret, refuse_secrets
from monite_magic.cell.stray_words import scrub
from monite_magic.core.errors import RequestError
from monite_magic.core.masking import MASK, Secret

CANARY = "c4n4ry-0f-th3-m1n3"
DECODE = "base64.b64decode"  # next to a secret's name, it would look like a secret to the scan of our files

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"

LEAKS = [
    f"%monite_login --secret {CANARY}",
    f"%monite_login --client-secret={CANARY}",
    f"%monite_login --client-secret '{CANARY}'",
    f"%monite GET /x --token {CANARY}",
    f"%monite GET /x --api-key {CANARY}",
    f"%monite GET /x --password {CANARY}",
    f"%monite GET /x -H 'Authorization: Bearer {CANARY}'",
    f"%monite GET /x -H 'authorization: {CANARY}'",
    f"%monite GET /x -H 'X-Note: bearer {CANARY}'",
    f"curl -H 'Authorization: Basic {CANARY}'",
    f'requests.get(url, headers={{"Authorization": "Bearer {CANARY}"}})',
    f"MONITE_CLIENT_SECRET={CANARY}",
    f"export MONITE_CLIENT_SECRET='{CANARY}'",
    f"%env MONITE_CLIENT_SECRET {CANARY}",
    f"%set_env MONITE_ACME_CLIENT_SECRET={CANARY}",
    f'os.environ["MONITE_CLIENT_SECRET"] = "{CANARY}"',
    f"os.environ['MONITE_TOKEN'] = '{CANARY}'",
    f'dict(a=1, **{{"MONITE_CLIENT_SECRET": "{CANARY}"}})',
    f'{{"client_secret": "{CANARY}"}}',
    f'{{"client_secret"  :\n "{CANARY}"}}',
    f'{{"client_secret": {CANARY}}}',
    f'{{"client_secret": "{CANARY}',
    f"{{'access_token': '{CANARY}'}}",
    f'{{"password": "{CANARY} with blanks"}}',
    f"client_secret={CANARY}&grant_type=client_credentials",
    f'connect(client_secret="{CANARY}")',
    f"token = '{JWT}'",
    f'{{"auth_password": "{CANARY}"}}',
    f'{{"a": {{"consent_token" : "{CANARY}"}}}}',
    f'{{"new_password": "{CANARY}", "old_password": "{CANARY}"}}',
    f"settings['invitation_token'] = '{CANARY}'",
    f"connect(auth_password='{CANARY}')",
    f'client_secret = """{CANARY}"""',
    f"client_secret: str = '{CANARY}'",
    f"os.environ.setdefault('MONITE_CLIENT_SECRET', '{CANARY}')",
    f'os.putenv("MONITE_CLIENT_SECRET", "{CANARY}")',
    f"keyring.set_password('monite', 'id', '{CANARY}')",
    f"os.getenv('MONITE_CLIENT_SECRET', '{CANARY}')",
    f"os.environ.get('MONITE_ACME_CLIENT_SECRET', '{CANARY}')",
    f"settings.setdefault('client_secret', '{CANARY}')",
    f"setattr(settings, 'consent_token', '{CANARY}')",
    f"client_secret = SecretStr('{CANARY}')",
    f"client_secret = {DECODE}('{CANARY}')",
    f"settings['client_secret'] = pydantic.SecretStr('{CANARY}')",
    f"client_secret = os.getenv('X') or '{CANARY}'",
    f"client_secret = \\\n    '{CANARY}'",
    f"client_secret = kept = '{CANARY}'",
    f"client_secret += '{CANARY}'",
    f"if client_secret == '{CANARY}': pass",
    f"clientSecret = '{CANARY}'",
    f"headers = {{'Authorization': 'Bearer ' + '{CANARY}'}}",
    f"curl -u 5f2bd0cb:{CANARY} https://api.monite.com/v1/auth/token",
    f"curl https://api.monite.com/v1/x --user='5f2bd0cb:{CANARY}'",
    f"%monite GET /x?session_token={CANARY}",
    f"%monite POST /x -d auth_password={CANARY}",
    f"%monite GET /x -H 'X-Auth-Token: {CANARY}'",
]


@pytest.mark.parametrize("text", LEAKS)
def test_a_secret_is_seen_refused_and_redacted(text):
    assert contains_secret(text)
    clean = scrub(text)
    assert CANARY not in clean
    assert JWT not in clean
    assert MASK in clean
    assert not contains_secret(clean)
    assert scrub(clean) == clean
    with pytest.raises(RequestError, match="Don't put a secret in a notebook") as caught:
        refuse_secrets(text)
    assert CANARY not in str(caught.value)
    assert ".env" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "%monite_login --env sandbox --profile acme",
        """curl --data-raw '{"a": 1, "client_secret": "'"$MONITE_CLIENT_SECRET"'"}'""",
        "%monite GET /x -H 'Accept: text/csv'",
        '{"client_secret": "{{ secret }}", "client_id": "7f1f"}',
        '{"client_secret": {{ secret }}}',
        '{"client_secret": ""}',
        '{"client_secret": null}',
        '{"secret_question": "x", "token_type": "Bearer"}',
        '{"client_secret": "<your secret>"}',
        '{"client_secret": "…"}',
        f'{{"client_secret": "{MASK}"}}',
        'os.environ["MONITE_CLIENT_SECRET"]',
        'secret = os.environ["MONITE_CLIENT_SECRET"]',
        "MONITE_CLIENT_SECRET=getpass.getpass()",
        'os.environ["MONITE_CLIENT_SECRET"] = getpass()',
        "export MONITE_CLIENT_SECRET=$SECRET_FROM_VAULT",
        "curl -H 'Authorization: Bearer $MONITE_TOKEN'",
        'curl -H "Authorization: Bearer ${MONITE_TOKEN}"',
        "Authorization: Bearer {{ token }}",
        "the Bearer token of the session",
        "Bearer authentication",
        "--tokens abcdef",
        "GET /x --token",
        "client_secret=os.environ['X']",
        "def connect(client_secret=None): ...",
        "%monite GET /x --secret {{ s }}",
        '{"pagination_token": "eyJvZmZzZXQiOjF9", "token_type": "Bearer", "postal_code": "10115"}',
        "%monite GET /payables?pagination_token=abcdefgh",
        'client_secret = f"{prefix}"',
        "next_pagination_token = 'abcdefgh'",
        "os.environ.setdefault('MONITE_CLIENT_SECRET', getpass())",
        "os.environ.get('MONITE_CLIENT_SECRET', '')",
        "client_secret = SecretStr(os.environ['MONITE_CLIENT_SECRET'])",
        "client_secret = os.getenv('MONITE_CLIENT_SECRET') or getpass('Client secret: ')",
        "client_secret = userdata.get('MONITE_CLIENT_SECRET')",
        "if client_secret == '': ...",
        'curl -u "$MONITE_CLIENT_ID:$MONITE_CLIENT_SECRET" https://api.monite.com/v1/auth/token',
        "curl -u '{{ id }}:{{ secret }}' https://api.monite.com/v1/auth/token",
    ],
)
def test_what_only_looks_like_one_is_left_alone(text):
    assert not contains_secret(text)
    assert scrub(text) == text
    refuse_secrets(text)


def test_a_bare_word_is_a_variable_in_python_and_a_secret_in_a_body():
    text = '{"client_secret": secret_of_the_vault}'
    assert not contains_secret(text)
    assert scrub(text) == text
    with pytest.raises(RequestError, match="Don't put a secret"):
        refuse_secrets(text)


def test_only_the_value_is_redacted():
    assert scrub(f'a = 1\nx(client_secret="{CANARY}", y=2)') == f'a = 1\nx(client_secret="{MASK}", y=2)'
    assert scrub(f"curl -H 'Authorization: Bearer {CANARY}' https://x") == (
        f"curl -H 'Authorization: Bearer {MASK}' https://x"
    )


def test_all_secrets_of_a_text_are_redacted():
    text = "\n".join(LEAKS)
    clean = scrub(text)
    assert CANARY not in clean
    assert JWT not in clean
    assert len(clean.splitlines()) == len(text.splitlines())


def test_the_value_of_a_living_secret_is_seen_wherever_it_stands():
    secret = Secret("just-a-living-value")
    text = "x = 1\ny = 'just-a-living-value'"
    assert contains_secret(text)
    assert scrub(text) == f"x = 1\ny = '{MASK}'"
    with pytest.raises(RequestError) as caught:
        refuse_secrets(text)
    assert (caught.value.line, caught.value.column) == (2, 6)
    del secret


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (f'{{"client_secret": "{CANARY}"}}', 5, 12),
        (f'{{\n  "client_secret": "{CANARY}"}}', 6, 3),
    ],
)
def test_the_place_is_told(text, line, column):
    with pytest.raises(RequestError) as caught:
        refuse_secrets(text, first_line=5, offset=10)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_a_line_is_the_first_unless_told():
    with pytest.raises(RequestError) as caught:
        refuse_secrets(f"GET /x --token {CANARY}")
    assert (caught.value.line, caught.value.column) == (1, 8)


@given(st.text(), st.text(alphabet="abcXYZ019-_~+/.", min_size=8), st.text())
def test_a_bearer_token_is_never_left_over(before, token, after):
    if token.lower().startswith(("auth", "token", "scheme", "header", "...")):
        return
    clean = scrub(f"{before} Bearer {token} {after}")
    assert f"Bearer {token}" not in clean


@given(st.lists(st.sampled_from([*LEAKS, "x", "\n", '"', "'", "{{ a }}", "é"]), max_size=6).map(" ".join))
def test_what_is_redacted_holds_no_secret(text):
    assert not contains_secret(scrub(text))
