"""What the simulator does, one module per family of resources.

How to simulate a family: put a module here; it is found and imported by itself. In it, either

- declare a resource that behaves as most do, and say which of the usual operations it has::

      class Tags(Resource):
          kind = "tag"
          path = "/tags/{tag_id}"
          permission = "tag"
          unique = ("name",)

      TAGS = Tags().serve("list", "create", "read", "update", "delete", status="documented")

  with the hooks of `resources.Resource` (`prepare`, `change`, `view`, `before_delete`, ...) for what is its
  own; or

- register a function for one operation; the resource knows the path and the permission::

      @PAYABLES.operation("POST", "validate", may="read", status="documented")
      def validate(call: Call) -> Document:
          "Tell what keeps a payable from leaving draft."
          ...

  The function returns the document; the application shapes it into the documented answer, with the documented
  status. Refusals are raised with `answers.refuse`, `not_found`, `conflict`, `invalid`.

- declare a lifecycle: a `lifecycle.Stateful` has `editable_in`, `deletable_in` and a table of transitions
  (`moves`), with effects registered by `on`::

      PAYABLES.moves(Move("cancel", "A payable is canceled.", may="cancel"))

      @PAYABLES.on("cancel")
      def _cancel(call: Call, payable: Document) -> None: ...

- add what holds beyond one operation to the table with `behaviour(subject, text, status)`.

Every rule says what it rests on: `documented`, `schema` or `unverified`.
"""

from __future__ import annotations

import importlib
import pkgutil

from monite_magic.simulator.registry import OPERATIONS, RULES, Rule, behaviour, operation

__all__ = ["OPERATIONS", "RULES", "Rule", "behaviour", "load", "operation"]


def load() -> None:
    """Import every module of rules, which registers them. Once done, doing it again costs nothing."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
