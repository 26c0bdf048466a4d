"""Find secrets in the text of a line or a cell.

The parser rejects such text with `refuse_secrets`. The wrapper around IPython's history database calls
`contains_secret` and `redact` for every input. They recognize a secret by the text before it (`Bearer …`,
`MONITE_CLIENT_SECRET=…`), by its shape (a JSON web token), or by its value if it is in use.
"""

from __future__ import annotations

import re
from typing import Final

from monite_magic.core import ENDINGS, MASK, SECRETS, RequestError, is_secret_field, mask_text

#: Options that people try, without dashes. No magic has any of them.
SECRET_OPTIONS: Final = frozenset(
    {"secret", "client-secret", "token", "access-token", "bearer", "bearer-token", "password", "api-key"}
    | {"apikey", "auth-token", "authorization"}
)

HINT: Final = (
    "Keep it in .env or the environment (MONITE_CLIENT_ID, MONITE_CLIENT_SECRET) and run %monite_login, "
    "or let %monite_login --form ask for it. To send a value from a variable, write {{ name }}."
)

# Rejects stand-ins for a secret: dots, a placeholder (also of an f-string), a shell variable (in a JSON
# body also with the quotes that end the shell's), "<your secret>", "...".
_NOT_A_STAND_IN = r"(?!•|\{|(?:'\")?\$\{?[A-Z_]+\b|%[A-Z_]+%|<|\.\.\.|…|None\b|null\b)"
_QUOTED = (
    r"[rbfu]{0,2}(?:"
    rf'"""(?P<triple>{_NOT_A_STAND_IN}(?:[^"\\]|\\.|"(?!""))+)|'
    rf"'''(?P<triple_single>{_NOT_A_STAND_IN}(?:[^'\\]|\\.|'(?!''))+)|"
    rf'"(?P<double>{_NOT_A_STAND_IN}(?:[^"\\\n]|\\.)+)|'
    rf"'(?P<single>{_NOT_A_STAND_IN}(?:[^'\\\n]|\\.)+))"
)
# A bare word, but not the start of a Python expression such as `getpass()` or `os.environ[…]`.
_BARE = rf"(?P<bare>{_NOT_A_STAND_IN}[^\s\"'`,;&()\[\]{{}}<>]{{4,}}+)(?![(\[])"
_FIELDS = "client_secret|access_token|refresh_token"
# A name that may belong to a secret; `is_secret_field` decides.
_ENDS = "|".join(sorted({ending.rpartition("_")[2] for ending in ENDINGS}))
_NAME = rf"(?P<name>(?<![\w.-])[\w.-]*(?:{_ENDS}))"
_VARIABLE = rf"(?P<name>(?<!\w)\w*(?:{_ENDS}))"
_NAME_MARKS: Final = tuple(sorted({ending.rpartition("_")[2] for ending in ENDINGS}))
_MONITE = r"\bMONITE_(?:\w+_)?(?:SECRET|TOKEN|PASSWORD)"
_ASSIGNMENT = r"\s*(?::\s*[\w.\[\]| ]+?\s*=|:=|[=:])\s*\(?\s*"  # = , := , : str =
# Also += , == and != ; a line that goes on; a second name.
_SET_OR_COMPARED = r"\s*+(?::\s*+[\w.\[\]| ]+?\s*=|[:+!=]?=)(?:\s|\\\n)*+(?:\(\s*+)?(?:\w++\s*+=\s*+)*+"
# SecretStr("…") , os.getenv("NAME") or "…"
_WRAPPED = r"(?:(?:[\w.]*\.)?(?:SecretStr|SecretBytes|Secret|str|bytes|b64decode)\(\s*|[^\n#;]*?\bor\s+)??"
_PASSED = r"\b(?:setdefault|setattr|getenv|get|pop|putenv|setenv|set_key|__setitem__)\s*\([^()]*?"
_SCHEME = r"(?:(?:Bearer|Basic|Token)\s+)?+"

# Each pattern and its marker words, in lower case. A match always contains one of them: a cheap first test.
_PATTERNS: Final = tuple(
    (marks, re.compile(pattern, re.IGNORECASE))
    for marks, pattern in (
        # export MONITE_CLIENT_SECRET=… , os.environ["MONITE_CLIENT_SECRET"] = "…" , {"MONITE_TOKEN": "…"}
        (("monite_",), rf"{_MONITE}(?:[\"']?\]?{_ASSIGNMENT}{_QUOTED}|[= ]{_BARE})"),
        # os.environ.setdefault("MONITE_CLIENT_SECRET", "…") , os.getenv, os.putenv, dotenv.set_key
        (("monite_",), rf"{_PASSED}{_MONITE}[\"']\s*,\s*{_QUOTED}"),
        # settings.get("client_secret", "…") , setattr(settings, "client_secret", "…")
        (_NAME_MARKS, rf"{_PASSED}[\"']{_NAME}[\"']\s*,\s*{_QUOTED}"),
        # keyring.set_password("…", "…", "…")
        (("set_password",), rf"\bset_password\s*\([^(),]*,[^(),]*,\s*{_QUOTED}"),
        # "client_secret": "…" , settings["client_secret"] = "…"
        (_NAME_MARKS, rf"[\"']{_NAME}[\"'](?:\]\s*=|\s*:)\s*\(?\s*{_WRAPPED}(?:{_QUOTED}|(?=\S*\d){_BARE})"),
        # client_secret = "…" , client_secret="…"
        (_NAME_MARKS, rf"{_VARIABLE}{_SET_OR_COMPARED}{_WRAPPED}{_QUOTED}"),
        # client_secret=…&… , ?token=… , -d auth_password=… , --set a.public_token=…
        (("client_secret", "_token"), rf"\b(?:{_FIELDS})={_BARE}"),
        (_NAME_MARKS, rf"(?:[?&]|(?<!\S)(?:-[dq]|--set)\s+[\"']?){_NAME}={_BARE}"),
        # X-Api-Key: … , Cookie: …
        (
            ("-", "cookie"),
            rf"(?P<name>(?<![\w-])(?:(?:\w+-)+(?:{_ENDS})|cookie))[\"']?\s*:\s*[\"']?{_BARE}",
        ),
        # Authorization: Bearer … , "Authorization": "Bearer …" , Bearer …
        (("authorization",), rf"\bAuthorization\s*:\s*{_SCHEME}{_BARE}"),
        (("authorization",), rf"\bAuthorization[\"']\s*:\s*[\"']{_SCHEME}{_BARE}"),
        (("bearer",), r"\bBearer\s+(?!(?:tokens?|auth\w*|scheme|header)\b)" + _BARE),
        # "Bearer " + "…"
        (("bearer",), rf"\bBearer\s*[\"']\s*\+\s*{_QUOTED}(?=[\"'](?!\s*\[))"),
        # --client-secret …
        (("--",), rf"(?<!\S)--(?:{'|'.join(sorted(SECRET_OPTIONS))})(?:\s+|=)(?:{_QUOTED}|{_BARE})"),
        # curl -u user:…
        (("curl",), rf"(?<!\S)(?:-u|--user)[\s=]*[\"']?[^\s:\"']+:{_BARE}"),
        # https://user:…@host , s3://key:…@bucket
        (("://",), rf"\b[a-z][a-z0-9+.-]*://[^\s/:@\"']*:(?P<bare>{_NOT_A_STAND_IN}[^\s/@\"']+)(?=@)"),
        # a JSON web token
        (("eyj",), r"\b(?P<jwt>eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)"),
    )
)

_MARKS: Final = frozenset(mark for marks, _ in _PATTERNS for mark in marks)

# Variables with these names hold an API secret only if the text mentions the API.
_GENERAL: Final = frozenset({"token", "secret", "password", "otp", "cookie", "authorization", "passphrase"})
_SHORTEST_OF_GENERAL: Final = 6

# In a body this is a secret without quotes. In Python it is a variable's name, so only bodies are
# refused for it.
_BARE_FIELD: Final = re.compile(rf"[\"']{_NAME}[\"']\s*:\s*{_BARE}", re.IGNORECASE)


def _patterns_for(text: str) -> list[re.Pattern[str]]:
    lowered = text.lower()
    found = {mark for mark in _MARKS if mark in lowered}
    return [pattern for marks, pattern in _PATTERNS if not found.isdisjoint(marks)]


def _is_secret(match: re.Match[str]) -> bool:
    """Whether the name in the match is a secret's; a match without a name always counts."""
    name = match.groupdict().get("name")
    if name is None:
        return True
    if name.lower() == "authorization" or not is_secret_field(name.lstrip("_")):
        return False  # Authorization has its own patterns, which keep the scheme
    # `"token": "…"` is API data; `token = "…"` is a variable that can hold anything.
    is_variable = name.lower() in _GENERAL and match.string[match.end("name")] not in "\"':"
    long_enough = len(match[match.lastgroup or 0]) >= _SHORTEST_OF_GENERAL
    return not is_variable or (long_enough and "monite" in match.string.lower())


def _found(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    return next(filter(_is_secret, pattern.finditer(text)), None)


def contains_secret(text: str) -> bool:
    """Whether `text` contains something like a secret, or the value of a secret in use."""
    return any(_found(pattern, text) for pattern in _patterns_for(text)) or mask_text(text) != text


_OF_THE_API: Final = ("monite", *(name.replace("_", "") for name in SECRETS if "_" in name))


def is_about_the_api(text: str) -> bool:
    """Whether a cell mentions the API. Other cells are searched only for secrets in use, not for names."""
    plain = text.lower().replace("_", "")
    return any(word in plain for word in _OF_THE_API)


def redact(text: str) -> str:
    """Return `text` with everything that `contains_secret` finds replaced by dots."""
    for pattern in _patterns_for(text):
        while (clean := pattern.sub(_mask, text)) != text:  # a match can hold another
            text = clean
    return mask_text(text)


def _mask(match: re.Match[str]) -> str:
    """Replace the match's last named group with dots; every pattern ends with that group."""
    if not _is_secret(match):
        return match[0]
    start = match.start(match.lastgroup or 0)
    return match.string[match.start() : start] + MASK


def refuse_secrets(text: str, *, first_line: int = 1, offset: int = 0) -> None:
    """Refuse `text` if it contains a secret.

    Args:
        text: A magic's line, or the body of its cell.
        first_line: The number of its first line in the cell.
        offset: Number of characters before it in that line.

    Raises:
        RequestError: It contains a secret. The message has its position, never its value.
    """
    for pattern in [*_patterns_for(text), _BARE_FIELD]:
        match = _found(pattern, text)
        if match:
            position = match.start()
            break
    else:
        masked = mask_text(text)
        if masked == text:
            return
        position = masked.index(MASK)
    before = text[:position]
    line = before.count("\n")
    column = position - before.rfind("\n") + (0 if line else offset)
    raise RequestError(
        "Don't put a secret in a notebook: it would be saved with it.",
        hint=HINT,
        line=first_line + line,
        column=column,
    )
