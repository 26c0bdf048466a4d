"""A call that is ready to send, and the question about it. What you confirm is exactly what is sent."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from monite_magic import catalogue
from monite_magic.catalogue.shapes import UNKNOWN, shape_from
from monite_magic.core.masking import mask_json_bytes
from monite_magic.core.methods import READING_METHODS
from monite_magic.core.words import shorten
from monite_magic.display.annotated import annotated_json
from monite_magic.session.confirming import Question, Stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from monite_magic.api import Note, Prepared, Profile
    from monite_magic.catalogue import Catalogue, Match
    from monite_magic.display.annotated import Labels
    from monite_magic.session.client import MoniteClient
    from monite_magic.session.response import MoniteResponse

_MAX_PREVIEW: Final = 2_000  # characters of a body in a question
_SKIP_QUESTION: Final = "To skip this question: --yes for one call, or %monite_use --allow-writes MINUTES."
_NO_ENTITY: Final = "none: the call names no entity"
_GATEWAY: Final = (
    "This host is unknown and may be a gateway to production. If it isn't, set MONITE_PRODUCTION=0 next to "
    "the credentials, or log in with --not-production."
)


@dataclass(frozen=True, slots=True)
class Grant:
    """A permission to write without a question: for a limited time, environment, account and entity."""

    profile: Profile
    minutes: float
    _since: Stopwatch = field(default_factory=Stopwatch)

    @property
    def minutes_left(self) -> float:
        """Minutes until it expires; 0 afterwards."""
        return max(0.0, self.minutes - self._since.seconds / 60)

    def covers(self, profile: Profile, entity_id: str | None) -> bool:
        """Whether it allows a call for this entity, or for none."""
        mine = self.profile
        return (
            self.minutes_left > 0
            and mine.environment == profile.environment
            and mine.credentials == profile.credentials
            and entity_id in {None, mine.entity_id}
        )


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A call that is ready to send. It stays the same even if the session changes.

    Attributes:
        client: Sends it.
        profile: Environment, credentials and defaults.
        prepared: The complete request.
        notes: Notes to show above the answer.
        grant: The permission to write without a question, as of when the call was built.
    """

    client: MoniteClient
    profile: Profile
    prepared: Prepared
    notes: tuple[Note, ...]
    grant: Grant | None

    @property
    def writes_where_asked(self) -> bool:
        """Whether it changes data in an environment that asks before writes."""
        writes = self.prepared.method not in READING_METHODS
        return writes and self.profile.environment.asks_before_writes

    @property
    def needs_yes(self) -> bool:
        """Whether it needs a confirmation."""
        allowed = self.grant is not None and self.grant.covers(self.profile, self.prepared.entity_id)
        return self.writes_where_asked and not allowed

    @property
    def call(self) -> str:
        """Method and path with the query."""
        return f"{self.prepared.method} {self.prepared.target}"

    @property
    def key(self) -> str:
        """Equal for calls with the same method and path in the same environment."""
        return f"{self.prepared.method} {self.profile.environment.base_url}{self.prepared.path}"

    @property
    def refusal(self) -> tuple[str, str]:
        """Message and hint of the error if the call is not confirmed."""
        environment = self.profile.environment
        where = "in PRODUCTION"
        if not environment.production:
            where = f"at {environment.host}, which may be PRODUCTION"
        return (
            f"{self.call} would change data {where}. It was not sent.",
            "Confirm it, add --yes for this call, or run %monite_use --allow-writes MINUTES.",
        )

    def question(self, act: Callable[[], MoniteResponse], *, label: Labels) -> Question:
        """Return the question that confirms it."""
        prepared, environment = self.prepared, self.profile.environment
        entity = prepared.entity_id
        found = catalogue.find(prepared.api_version, prepared.method, prepared.path)
        facts = [
            ("Environment", environment.label),
            ("Host", environment.host),
            ("Call", self.call),
            ("Entity", _named(entity, label("entity_id", entity)) if entity else _NO_ENTITY),
        ]
        facts += [
            (name, _named(value, label(name, value)))
            for name, value in (found[1].path_params.items() if found else ())
        ]
        facts += [(f"Field {name}", shorten(value, _MAX_PREVIEW)) for name, value in prepared.fields]
        facts += [
            (f"File {file.field}", f"{file.name}, {file.size:,} bytes, SHA-256 {file.digest[:16]}…")
            for file in prepared.files
        ]
        where = "PRODUCTION" if environment.production else environment.host
        return Question(
            subject=self.call,
            text=f"Send {self.call} to {where}?",
            facts=tuple(facts),
            act=act,
            refusal=self.refusal,
            title="PRODUCTION" if environment.production else "May be PRODUCTION",
            notes=(_SKIP_QUESTION,) if environment.production else (_GATEWAY, _SKIP_QUESTION),
            preview=_preview(prepared, found, label),
        )


def _named(identifier: str, name: str) -> str:
    return f"{identifier} ({name})" if name else identifier


def _preview(prepared: Prepared, found: tuple[Catalogue, Match] | None, label: Labels) -> str:
    """Return the body as masked, shortened text with amounts and names. A form's parts are in the facts."""
    if prepared.files or prepared.fields or not prepared.content:
        return ""
    text = mask_json_bytes(prepared.content).decode("utf-8", "replace")
    with contextlib.suppress(ValueError, RecursionError):
        body = found[1].operation.body if found else None
        shape = shape_from(found[0], body.schema) if found and body else UNKNOWN
        text = annotated_json(json.loads(text), shape, label)
    return text if len(text) <= _MAX_PREVIEW else f"{text[:_MAX_PREVIEW]}\n… {len(text):,} characters in all"
