"""The string formats that the API checks: UUIDs, dates, moments, addresses of all kinds, colours."""

from __future__ import annotations

import re
import uuid
from datetime import date, datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monite_magic.catalogue.quick_jsonschema import FormatChecker

if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS = FormatChecker(formats=())

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_HOSTNAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")
# Colours as CSS writes them, which is how pydantic reads the format "color".
_COLOR = re.compile(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|(rgb|hsl)a?\([\d\s.,%/-]+\)")
_COLOR_NAMES = """
    aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet
    brown burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan
    darkblue darkcyan darkgoldenrod darkgray darkgreen darkgrey darkkhaki darkmagenta darkolivegreen
    darkorange darkorchid darkred darksalmon darkseagreen darkslateblue darkslategray darkslategrey
    darkturquoise darkviolet deeppink deepskyblue dimgray dimgrey dodgerblue firebrick floralwhite
    forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray green greenyellow grey honeydew
    hotpink indianred indigo ivory khaki lavender lavenderblush lawngreen lemonchiffon lightblue
    lightcoral lightcyan lightgoldenrodyellow lightgray lightgreen lightgrey lightpink lightsalmon
    lightseagreen lightskyblue lightslategray lightslategrey lightsteelblue lightyellow lime
    limegreen linen magenta maroon mediumaquamarine mediumblue mediumorchid mediumpurple
    mediumseagreen mediumslateblue mediumspringgreen mediumturquoise mediumvioletred midnightblue
    mintcream mistyrose moccasin navajowhite navy oldlace olive olivedrab orange orangered orchid
    palegoldenrod palegreen paleturquoise palevioletred papayawhip peachpuff peru pink plum
    powderblue purple rebeccapurple red rosybrown royalblue saddlebrown salmon sandybrown seagreen
    seashell sienna silver skyblue slateblue slategray slategrey snow springgreen steelblue tan teal
    thistle tomato transparent turquoise violet wheat white whitesmoke yellow yellowgreen
"""
_COLORS = frozenset(_COLOR_NAMES.split())
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")


def _register(name: str) -> Callable[[Callable[[str], object]], Callable[[str], object]]:
    """Register a check of strings; a ValueError or a false result means that the string is refused."""

    def decorate(check: Callable[[str], object]) -> Callable[[str], object]:
        FORMATS.checks(name, raises=ValueError)(
            lambda value: not isinstance(value, str) or check(value) not in (False, None)
        )
        return check

    return decorate


@_register("uuid")
def _uuid(text: str) -> object:
    return len(text) >= 32 and uuid.UUID(text)


@_register("date")
def _date(text: str) -> object:
    return len(text) == 10 and date.fromisoformat(text)


@_register("date-time")
def _moment(text: str) -> object:
    return _MOMENT.fullmatch(text) and datetime.fromisoformat(text)


@_register("email")
def _email(text: str) -> object:
    return _EMAIL.fullmatch(text)


@_register("hostname")
def _hostname(text: str) -> object:
    return len(text) <= 253 and _HOSTNAME.fullmatch(text)


@_register("uri")
def _uri(text: str) -> object:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.netloc)


@_register("color")
def _color(text: str) -> object:
    return text.lower() in _COLORS or _COLOR.fullmatch(text.lower())


@_register("ipvanyaddress")
def _ip_address(text: str) -> object:
    return ip_address(text)
