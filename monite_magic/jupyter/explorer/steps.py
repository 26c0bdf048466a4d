"""Next steps from an answer: open a row or its lists, or an action that its status allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from monite_magic.catalogue.formats import looks_like_id
from monite_magic.catalogue.lifecycles import action_of
from monite_magic.jupyter.assist.phrases import purpose
from monite_magic.session.seen import label_of

if TYPE_CHECKING:
    from monite_magic.catalogue import Catalogue, Operation
    from monite_magic.session import MoniteResponse

_MAX_ROWS: Final = 50


class Step(NamedTuple):
    """One next step.

    Attributes:
        label: The label of its button.
        operation: The operation to call.
        ids: The values of the parameters in its path.
    """

    label: str
    operation: Operation
    ids: dict[str, str]


class Thing(NamedTuple):
    """An object of an answer.

    Attributes:
        label: The name to show.
        steps: Its next steps.
    """

    label: str
    steps: tuple[Step, ...]


def things_of(catalogue: Catalogue, response: MoniteResponse) -> list[Thing]:
    """Return the objects of an answer that have next steps.

    Args:
        catalogue: The catalogue in use.
        response: A successful answer. Others have none.
    """
    match = catalogue.find(response.request.method, response.request.path)
    if not response.ok or match is None or not response.is_json or match.operation.method == "DELETE":
        return []
    template = _template_of_one(catalogue, match.operation, is_list=response.is_list)
    if template is None:
        return []
    name = template.rpartition("/")[2].strip("{}")
    found = []
    for item in response.items[:_MAX_ROWS]:
        identifier = item.get("id") if isinstance(item, dict) else None
        # Any other text from a server could be a placeholder, or words of a line, in the next cell.
        if isinstance(identifier, str) and looks_like_id(identifier):
            ids = {**match.path_params, name: identifier}
            steps = tuple(_steps(catalogue, template, item, ids))
            if steps:
                status = f" · {item['status']}" if isinstance(item.get("status"), str) else ""
                found.append(Thing(f"{label_of(item) or identifier}{status}", steps))
    return found


def _template_of_one(catalogue: Catalogue, operation: Operation, *, is_list: bool) -> str | None:
    """Return the path template of the objects in an operation's answer."""
    path = operation.path
    if (name := catalogue.row_parameter(path)) and (is_list or operation.method == "POST"):
        return f"{path}/{{{name}}}"
    if path.endswith("}"):
        return path
    above = path.rpartition("/")[0]  # /payables/{payable_id}/cancel answers with the payable
    return above if above.endswith("}") and operation.method == "POST" else None


def _steps(catalogue: Catalogue, template: str, item: dict[str, Any], ids: dict[str, str]) -> list[Step]:
    steps = []
    for operation in catalogue.operations:
        if not operation.path.startswith(template):
            continue
        rest = operation.path[len(template) :].strip("/")
        if "/" in rest or "{" in rest or operation.deprecated:
            continue
        action = action_of(operation.method, operation.path)
        if action is not None:
            if item.get("status") in action.possible_in:
                label = purpose(operation) if not rest else rest.replace("_", " ").capitalize()
                steps.append(Step(label, operation, ids))
        elif not rest and operation.method in ("GET", "PATCH"):
            steps.append(Step("Open" if operation.method == "GET" else "Change", operation, ids))
        elif operation.method == "GET":
            steps.append(Step(rest.replace("_", " ").capitalize(), operation, ids))
    return steps
