"""What a draft of a call still lacks: fields that nothing requires, and ids that only its reader knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from monite_magic.catalogue.samples import EXAMPLE_ID
from monite_magic.session import wanted_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from monite_magic.catalogue import Catalogue, Operation
    from monite_magic.catalogue.skeleton import Skeleton

# By the end of a path: the fields without which a new object says nothing, though the document requires none.
_TELLING: Final = {"line_items": ("name", "quantity", "unit_price", "total", "tax")}
# Lists that hold copies of what is kept elsewhere.
_COPIES: Final = "/accounting/"


def with_telling_fields(drafted: Skeleton, full_body: Callable[[], Any]) -> Skeleton:
    """Return a draft whose empty body got the fields that matter, where they are known.

    Args:
        drafted: A draft with an empty body.
        full_body: Writes the body with all of its fields.
    """
    names = _TELLING.get(drafted.path.rpartition("/")[2]) if drafted.method == "POST" else None
    if names is None:
        return drafted
    body = full_body()
    return drafted._replace(body={name: body[name] for name in names if name in body})


def remarks(catalogue: Catalogue, operation: Operation, drafted: Skeleton) -> list[str]:
    """Return what the reader of a draft has to do before it is run.

    Args:
        catalogue: The catalogue that the operation comes from.
        operation: The operation.
        drafted: The draft.
    """
    said = []
    if drafted.body == {}:
        said.append(f"No field is required; %monite_new {operation} --full writes all of them.")
    lists = _lists(catalogue, operation, drafted)
    if lists:
        said.append("An id of zeros is nobody's: put yours in its place.")
    said += [f"{name}: %monite GET {path}" for name, path in lists.items() if path]
    return said


def _lists(catalogue: Catalogue, operation: Operation, drafted: Skeleton) -> dict[str, str | None]:
    """Return the names of the ids of zeros, and the list in which each is found, where that is known."""
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
    """Return the template of the list that holds what an id names, or None.

    Args:
        catalogue: The catalogue that the operation comes from.
        operation: The operation that takes the id.
        name: A parameter of its path, or a field such as `counterpart_id`.
    """
    for index, segment in enumerate(operation.segments):
        above = "/" + "/".join(operation.segments[:index])
        if segment == f"{{{name}}}" and catalogue.find("GET", above):
            return above
    return _list_of(catalogue, name)


def _zeros(data: Any, name: str = "") -> Iterator[str]:
    """Yield the names of the fields whose value is an id of zeros."""
    if data == EXAMPLE_ID:
        yield name
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _zeros(value, key)
    elif isinstance(data, list):
        for value in data:
            yield from _zeros(value, name)


def _list_of(catalogue: Catalogue, name: str) -> str | None:
    """Return the list that holds what a field such as `counterpart_billing_address_id` names, or None.

    Of several lists of a kind, the one that the beginning of the name speaks of is taken, else the shortest.
    """
    kinds = {path: kind for path in catalogue.paths if (kind := _kind(catalogue, path))}
    wanted = wanted_kind(name, kinds.values())
    owner = f"/{name.partition('_')[0]}"
    fitting = (path for path, kind in kinds.items() if kind == wanted)
    return min(fitting, key=lambda path: (not path.startswith(owner), len(path)), default=None)


def _kind(catalogue: Catalogue, path: str) -> str | None:
    """Return what the id of a list's row is called elsewhere; None if the path is no list to be read."""
    if path.startswith(_COPIES) or path.endswith("}") or not catalogue.find("GET", path):
        return None
    if parameter := catalogue.row_parameter(path):
        return parameter if parameter != "id" else None  # which says nothing
    last = path.rpartition("/")[2]
    return f"{last.removesuffix('s')}_id" if path.count("/") == 1 and last.endswith("s") else None
