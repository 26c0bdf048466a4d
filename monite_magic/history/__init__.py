"""The history of a session: record, find, compare, replay, import and export calls.

This room doesn't import IPython. It contains no secrets: calls are recorded masked, and exports use variables
such as `$MONITE_TOKEN` instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monite_magic.core.lazy import lazily
from monite_magic.history.diff import VOLATILE, Change, diff
from monite_magic.history.exchange.export import FORMS, Exported, export_call, export_session
from monite_magic.history.recipe import Recipe, recipe_of_filled, recipe_of_sent, token_recipe
from monite_magic.history.record import COLUMNS, Attempt, Call, History, body_of, rows
from monite_magic.history.recorder import HistoryRecorder, Trace
from monite_magic.history.replay import Replay, replay_of

if TYPE_CHECKING:
    from monite_magic.history.exchange.cells import Cells
    from monite_magic.history.exchange.imported import Imported
    from monite_magic.history.exchange.importing import import_text

# Reading what other tools write is not needed by a session's first call.
__getattr__ = lazily(
    __name__,
    {
        "monite_magic.history.exchange.cells": ["Cells"],
        "monite_magic.history.exchange.imported": ["Imported"],
        "monite_magic.history.exchange.importing": ["import_text"],
    },
)

__all__ = [
    "COLUMNS",
    "FORMS",
    "VOLATILE",
    "Attempt",
    "Call",
    "Cells",
    "Change",
    "Exported",
    "History",
    "HistoryRecorder",
    "Imported",
    "Recipe",
    "Replay",
    "Trace",
    "body_of",
    "diff",
    "export_call",
    "export_session",
    "import_text",
    "recipe_of_filled",
    "recipe_of_sent",
    "replay_of",
    "rows",
    "token_recipe",
]
