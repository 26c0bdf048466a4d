"""The contract of one API version: operations, routes and validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, RequestRedirect, Rule

from monite_magic.simulator.answers import refuse
from monite_magic.simulator.shape import Shapes
from monite_magic.simulator.validation import Validation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from monite_magic.catalogue import Catalogue, Operation


class Contract:
    """One version's contract.

    Args:
        catalogue: The version's facts.
        internal: Operations that the catalogue does not have.

    Attributes:
        version: The API version.
        catalogue: The version's facts.
        shapes: Shapes answers.
        validation: Checks its requests.
    """

    def __init__(self, catalogue: Catalogue, internal: Iterable[Operation] = ()) -> None:
        self.version = catalogue.version
        self.shapes = Shapes(catalogue)
        self.catalogue = catalogue
        self.validation = Validation(catalogue)
        self._operations: dict[str, dict[str, Operation]] = {}
        for operation in (*catalogue.operations, *internal):
            self._operations.setdefault(operation.path, {})[operation.method] = operation
        self._routes = Map(
            [Rule(_werkzeug_path(path), endpoint=path) for path in self._operations], merge_slashes=False
        ).bind("")

    def route(self, method: str, path: str) -> tuple[Operation, Mapping[str, str]]:
        """Return the operation of a call, and the values in its path.

        Raises:
            Refusal: 404 if the version does not have the path, 405 if the path does not have the method.
        """
        try:
            template, values = self._routes.match(path, method="GET")
        except (NotFound, RequestRedirect):
            refuse(404, "Not Found")
        methods = self._operations[template]
        if method not in methods:
            refuse(405, "Method Not Allowed", allow=", ".join(sorted(methods)))
        return methods[method], values

    def operation(self, method: str, template: str) -> Operation | None:
        """Return the operation with this method and path template, if the version has it."""
        return self._operations.get(template, {}).get(method)


def _werkzeug_path(template: str) -> str:
    return template.replace("{", "<").replace("}", ">")
