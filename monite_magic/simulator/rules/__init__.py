"""The rules of the simulator, one module per family of resources.

To simulate a family, add a module here. It is imported automatically. In it, do one or more of these:

- declare a usual resource and list its operations::

      class Tags(Resource):
          kind = "tag"
          path = "/tags/{tag_id}"
          permission = "tag"
          unique = ("name",)

      TAGS = Tags().serve("list", "create", "read", "update", "delete", status="documented")

  and override hooks of `resources.Resource` (`prepare`, `change`, `view`, `before_delete`, ...) for
  special behaviour;

- register a function for one operation (the resource has the path and the permission)::

      @PAYABLES.operation("POST", "validate", may="read", status="documented")
      def validate(call: Call) -> Document:
          "List what is missing before a payable can leave draft."
          ...

  The function returns the document. The application shapes it into the documented answer, with the
  documented status. Raise refusals with `answers.refuse`, `not_found`, `conflict`, `invalid`.

- declare a lifecycle: a `lifecycle.Stateful` has `editable_in`, `deletable_in` and a table of transitions
  (`moves`), with effects registered by `on`::

      PAYABLES.moves(Move("cancel", "A payable is canceled.", may="cancel"))

      @PAYABLES.on("cancel")
      def _cancel(call: Call, payable: Document) -> None: ...

- add rules that are not about a single operation with `registry.behaviour(subject, text, status)`.

Every rule has a source: `documented`, `schema` or `unverified`.
"""

from __future__ import annotations

import importlib
import pkgutil


def load() -> None:
    """Import all modules of rules, which registers them. Repeated calls do nothing."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
