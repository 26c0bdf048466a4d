"""Names of countries, currencies and languages, and words for yes and no."""

from __future__ import annotations

import functools
from typing import Final, Literal

from monite_magic.catalogue.nearest import nearest_words
from monite_magic.core.words import either
from monite_magic.tables.push.numbers_text import BadValueError
from monite_magic.tables.push.synonyms import plain

Kind = Literal["country", "currency", "language", ""]

_YES: Final = frozenset(
    [
        "yes",
        "y",
        "true",
        "t",
        "1",
        "x",
        "on",
        "ja",
        "j",
        "wahr",
        "oui",
        "o",
        "vrai",
        "si",
        "s",
        "verdadero",
        "vero",
    ]
)
_NO: Final = frozenset(["no", "n", "false", "f", "0", "off", "nein", "falsch", "non", "faux", "falso"])
_LOCALES: Final = ("en", "de", "fr", "es", "it", "nl")
_MORE: Final[dict[str, dict[str, str]]] = {
    "country": {
        "uk": "GB", "great britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
        "northern ireland": "GB", "usa": "US", "u s a": "US", "u s": "US", "america": "US",
        "united states of america": "US", "holland": "NL", "the netherlands": "NL", "czech republic": "CZ",
        "germany": "DE", "deutschland": "DE", "brd": "DE", "france": "FR", "united kingdom": "GB",
        "united states": "US", "spain": "ES", "italy": "IT", "austria": "AT", "switzerland": "CH",
        "belgium": "BE", "poland": "PL", "ireland": "IE", "sweden": "SE", "denmark": "DK", "norway": "NO",
        "portugal": "PT", "japan": "JP", "kuwait": "KW", "uae": "AE", "turkey": "TR", "ivory coast": "CI",
    },
    "currency": {
        "euro": "EUR", "euros": "EUR", "pound": "GBP", "pounds": "GBP", "pound sterling": "GBP",
        "us dollar": "USD", "us dollars": "USD", "swiss franc": "CHF", "yen": "JPY", "japanese yen": "JPY",
    },
    "language": {"english": "en", "german": "de", "deutsch": "de", "french": "fr"},
}  # fmt: skip
_SIGNS: Final = {"€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "₪": "ILS", "us$": "USD", "zł": "PLN"}
_MANY: Final = 40


def truth(text: str) -> bool:
    """Convert a word for yes or no.

    Raises:
        BadValueError: It is neither.
    """
    word = plain(text)
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise BadValueError(f"{text!r} must be yes or no")


def kind_of(values: tuple[object, ...]) -> Kind:
    """Return the kind of a list of codes."""
    codes = set(values)
    if len(codes) < _MANY:
        return ""
    if {"DE", "FR", "JP"} <= codes:
        return "country"
    if {"EUR", "JPY"} <= codes:
        return "currency"
    return "language" if {"de", "fr", "ja"} <= codes else ""


def choice(text: str, values: tuple[object, ...]) -> str:
    """Return the enum value for a text.

    Raises:
        BadValueError: It matches no value, or several.
    """
    texts = [value for value in values if isinstance(value, str)]
    if text in texts:
        return text
    same = [value for value in texts if value.casefold() == text.casefold()]
    same = same or [value for value in texts if plain(value) == plain(text) != ""]
    if len(same) == 1:
        return same[0]
    kind = kind_of(values)
    if kind:
        return _named(text, kind, texts)
    near = nearest_words(text, texts)
    known = ", ".join(texts if len(texts) <= 10 else near)
    raise BadValueError(f"{text!r} is not one of the choices{': ' + known if known else ''}")


def _named(text: str, kind: Kind, codes: list[str]) -> str:
    if kind == "currency" and text.strip().casefold() in _SIGNS:
        return _SIGNS[text.strip().casefold()]
    found = _names(kind).get(plain(text), frozenset()) & set(codes)
    if len(found) == 1:
        return next(iter(found))
    if found:
        raise BadValueError(f"{text!r} can be {either(sorted(found))}: use the code")
    near = nearest_words(plain(text), _english(kind), n=1, likeness=0.75)
    advice = (
        f"; did you mean {near[0].title()} ({_english(kind)[near[0]]})?" if near else ": use its ISO code"
    )
    raise BadValueError(f"{text!r} is not a known {kind}{advice}")


@functools.cache
def _english(kind: str) -> dict[str, str]:
    """Codes by English name, for suggestions."""
    try:
        from babel import Locale
    except ImportError:
        return _MORE[kind]
    locale = Locale("en")
    table = {"country": locale.territories, "currency": locale.currencies}.get(kind, locale.languages)
    return {plain(name): code for code, name in table.items() if not code.isdigit()}


@functools.cache
def _names(kind: str) -> dict[str, frozenset[str]]:
    """Return codes by name. Names come from CLDR if Babel is installed."""
    names: dict[str, set[str]] = {}
    try:
        from babel import Locale
    except ImportError:
        pass
    else:
        for language in _LOCALES:
            locale = Locale(language)
            table = {"country": locale.territories, "currency": locale.currencies}.get(kind, locale.languages)
            for code, name in table.items():
                if not code.isdigit() and plain(name):
                    names.setdefault(plain(name), set()).add(code)
    for name, code in _MORE[kind].items():
        names[name] = {code}
    return {name: frozenset(codes) for name, codes in names.items()}
