"""Completes drafts of calls: useful optional fields, and IDs that the user has to fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from monite_magic.catalogue.samples import EXAMPLE_ID
from monite_magic.session import wanted_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from monite_magic.catalogue import Catalogue, Operation
    from monite_magic.catalogue.skeleton import Skeleton

# By end of path: fields that a new object should have, although the document requires none.
_TELLING: Final = {"line_items": ("name", "quantity", "unit_price", "total", "tax")}
# Lists with copies of objects from other lists.
_COPIES: Final = "/accounting/"


def with_telling_fields(drafted: Skeleton, full_body: Callable[[], Any]) -> Skeleton:
    """Return a draft with an empty body, completed with useful fields if they are known.

    Args:
        drafted: A draft with an empty body.
        full_body: Returns the body with all its fields.
    """
    names = _TELLING.get(drafted.path.rpartition("/")[2]) if drafted.method == "POST" else None
    if names is None:
        return drafted
    body = full_body()
    return drafted._replace(body={name: body[name] for name in names if name in body})


def remarks(catalogue: Catalogue, operation: Operation, drafted: Skeleton) -> list[str]:
    """Return what to do before running a draft.

    Args:
        catalogue: The catalogue of the operation.
        operation: The operation.
        drafted: The draft.
    """
    said = []
    if drafted.body == {}:
        said.append(f"No field is required. %monite_new {operation} --full writes all fields.")
    lists = _lists(catalogue, operation, drafted)
    if lists:
        said.append("Replace the IDs of zeros with your own.")
    said += [f"{name}: %monite GET {path}" for name, path in lists.items() if path]
    return said


def _lists(catalogue: Catalogue, operation: Operation, drafted: Skeleton) -> dict[str, str | None]:
    """Return the names of the IDs of zeros, with the list to find each one in, if known."""
    path, _, query = drafted.path.partition("?")
    found: dict[str, str | None] = {}
    written = path.strip("/").split("/")
    for index, (template, segment) in enumerate(zip(operation.segments, written, strict=True)):
        if segment == EXAMPLE_ID:
            steps = [
                named if given == EXAMPLE_ID else given
                for named, given in zip(operation.segments[:index], written[:index], strict=True)
            ]
            above = "/" + "/".join(steps)
            found[template.strip("{}")] = above if catalogue.find("GET", above) else None
    for name in (*_zeros(dict(parse_qsl(query))), *_zeros(drafted.body), *_zeros(dict(drafted.fields))):
        found.setdefault(name, _list_of(catalogue, name))
    return found


def list_of(catalogue: Catalogue, operation: Operation, name: str) -> str | None:
    """Return the template of the list with the objects of an ID, or None.

    Args:
        catalogue: The catalogue of the operation.
        operation: The operation with the ID.
        name: A parameter of its path, or a field such as `counterpart_id`.
    """
    for index, segment in enumerate(operation.segments):
        above = "/" + "/".join(operation.segments[:index])
        if segment == f"{{{name}}}" and catalogue.find("GET", above):
            return above
    return _list_of(catalogue, name)


def _zeros(data: Any, name: str = "") -> Iterator[str]:
    """Yield the names of the fields whose value is an ID of zeros."""
    if data == EXAMPLE_ID:
        yield name
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _zeros(value, key)
    elif isinstance(data, list):
        for value in data:
            yield from _zeros(value, name)


def _list_of(catalogue: Catalogue, name: str) -> str | None:
    """Return the list for a field such as `counterpart_billing_address_id`, or None.

    If there are several lists of a kind, prefer one that matches the start of the name, then the shortest.
    """
    kinds = {path: kind for path in catalogue.paths if (kind := _kind(catalogue, path))}
    wanted = wanted_kind(name, kinds.values())
    owner = f"/{name.partition('_')[0]}"
    fitting = (path for path, kind in kinds.items() if kind == wanted)
    return min(fitting, key=lambda path: (not path.startswith(owner), len(path)), default=None)


def _kind(catalogue: Catalogue, path: str) -> str | None:
    """Return the name of the IDs of a list's rows in other places, or None if the path can't be listed."""
    if path.startswith(_COPIES) or path.endswith("}") or not catalogue.find("GET", path):
        return None
    if parameter := catalogue.row_parameter(path):
        return parameter if parameter != "id" else None  # too generic
    last = path.rpartition("/")[2]
    return f"{last.removesuffix('s')}_id" if path.count("/") == 1 and last.endswith("s") else None
