"""Describes what an operation does, by rules for its method, path and group.

Also tells who can call it, based on the vendor's guide to tokens.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from monite_magic.core.api_path import is_placeholder

if TYPE_CHECKING:
    from monite_magic.catalogue import Operation

_VERBS = {"GET": "Show", "POST": "Create", "PATCH": "Change", "PUT": "Replace", "DELETE": "Delete"}
# Descriptions for last segments that are not resources and need other words.
_ACTIONS = {
    "token": "Get an access token",
    "revoke": "Revoke an access token",
    "search": "Search the {things}",
    "me": "{verb} the {thing} of the token",
    "my_entity": "{verb} the entity of the token's user",
    "my_role": "{verb} the role of the token's user",
    "upload_from_file": "Create {a_thing} from a file",
    "attach_file": "Attach a file to {a_thing}",
    "mark_as_paid": "Mark {a_thing} as paid",
    "mark_as_partially_paid": "Mark {a_thing} as partly paid",
    "mark_as_uncollectible": "Mark {a_thing} as uncollectible",
    "mark_as_succeeded": "Mark {a_thing} as succeeded",
    "approve_payment_operation": "Approve {a_thing} for payment",
    "submit_for_approval": "Submit {a_thing} for approval",
    "preview": "Preview {a_thing}",
    "pdf_link": "Get the link to the PDF of {a_thing}",
    "next_document_numbers": "Show the next document numbers",
    "mark_as_delivered": "Mark {a_thing} as delivered",
    "cancel_ocr": "Cancel OCR of {a_thing}",
    "push": "Push {a_thing} to the accounting system",
    "start_verification": "Start the verification of a bank account",
    "complete_verification": "Complete the verification of a bank account",
    "refresh_verification": "Renew the verification of a bank account",
    "send_test_reminder": "Send a reminder of {a_thing} to yourself, as a test",
    "analytics": "Aggregate the {things}",
    "commentary": "Add a comment to a feedback",
    "system": "List the {things} that Monite provides",
    "settings": "{verb} the settings{of}",
    "make_default": "Make {a_thing} the default",
    "set_as_default": "Make {a_thing} the default",
    "regenerate_secret": "Replace the secret of {a_thing}; the old one stops working",
    "verify": "Verify {a_thing}",
    "send": "Send {a_thing}",
    "reset": "Reset {things} to their defaults",
}
# Last segments that are verbs: `/payables/{payable_id}/cancel`.
_PLAIN_VERBS = frozenset(
    {
        "accept", "activate", "approve", "cancel", "clone", "complete", "deactivate", "decline", "disable",
        "disconnect", "enable", "expire", "issue", "pause", "reject", "reopen", "resume", "start_processing",
        "sync", "validate",
    }
)  # fmt: skip
_SPELLINGS = (("vat", "VAT"), ("ocr", "OCR"), (" id", " ID"), ("pdf", "PDF"), ("einvoic", "e-invoic"))
_ENDINGS = (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("IDs", "ID"), ("settings", "settings"))
_PARTNER_ONLY = (
    "/settings", "/webhook_subscriptions", "/mailbox_domains", "/mail_templates", "/payables/validations",
    "/payable_credit_notes/validations",
)  # fmt: skip
_USER_ONLY = ("/entity_users/me", "/entity_users/my_", "/entities/me")


@lru_cache(maxsize=2048)
def purpose(operation: Operation) -> str:
    """Return what an operation does, in one short sentence without a full stop.

    Args:
        operation: Any operation. Without a matching rule, the method and the last segment describe it.
    """
    segments = operation.segments
    last = segments[-1] if segments else ""
    if is_placeholder(last):
        return f"{_VERBS[operation.method]} {_a(_thing(segments[:-1]))}{_of(segments[:-1])}"
    words = {
        "verb": _VERBS[operation.method],
        "thing": _thing(segments[:-1]),
        "things": _things(segments[:-1]),
        "a_thing": _a(_thing(segments[:-1])),
        "of": _of(segments),
    }
    if last in _ACTIONS:
        return _ACTIONS[last].format(**words)
    if last in _PLAIN_VERBS:
        return f"{_words(last).capitalize()} {words['a_thing']}"
    if segments[0] == "analytics":
        return f"Aggregate the {_words(last)}"
    if operation.method == "GET":
        verb = "List" if last.endswith("s") else "Show"
        return f"{verb} the {_words(last)}{_of(segments)}"
    if operation.method == "POST" and last.endswith("s"):
        return f"Create {_a(_singular(_words(last)))}{_of(segments)}"
    return f"{_VERBS[operation.method]} the {_words(last)}{_of(segments)}"


def token_kind(operation: Operation) -> str:
    """Return which token can call an operation (API facts, "Token kinds"; header rules of the document).

    Args:
        operation: Any operation.
    """
    if not operation.secured:
        return "none: this call returns one"
    path = operation.path
    if path.startswith(_USER_ONLY):
        return "entity-user token"
    preview = path.endswith("/preview")
    is_event = path == "/events/{event_id}"
    if (
        (path.startswith(_PARTNER_ONLY) and not preview)
        or is_event
        or (path.startswith("/entities") and operation.entity_header == "absent")
    ):
        return "partner token"
    return "partner token, or entity-user token if the role allows it"


def entity_need(operation: Operation) -> str:
    """Return whether an operation needs the entity header, as text."""
    return {
        "required": "required (--entity, or the session's own)",
        "optional": "optional",
        "absent": "not used",
    }[operation.entity_header]


def resource(operation: Operation) -> str:
    """Return the resource that an operation belongs to: the first segment, `payables`."""
    return operation.segments[0] if operation.segments else ""


def _thing(segments: tuple[str, ...]) -> str:
    """Return the name of the object at a path, such as `contact` for `/counterparts/{id}/contacts/{id}`."""
    literal = next((segment for segment in reversed(segments) if not is_placeholder(segment)), "object")
    return _singular(_words(literal))


def _things(segments: tuple[str, ...]) -> str:
    return _words(next((segment for segment in reversed(segments) if not is_placeholder(segment)), "objects"))


def _of(segments: tuple[str, ...]) -> str:
    """Return ` of a counterpart` if the path is below one."""
    for index in range(len(segments) - 2, 0, -1):
        if is_placeholder(segments[index]):
            return f" of {_a(_thing(segments[:index]))}"
    return ""


def _words(segment: str) -> str:
    words = segment.replace("_", " ")
    for plain, proper in (
        ("vat", "VAT"),
        ("ocr", "OCR"),
        (" id", " ID"),
        ("pdf", "PDF"),
        ("einvoic", "e-invoic"),
    ):
        words = words.replace(plain, proper)
    return words


def _singular(words: str) -> str:
    for plural, singular in (
        ("ies", "y"),
        ("sses", "ss"),
        ("xes", "x"),
        ("IDs", "ID"),
        ("settings", "settings"),
    ):
        if words.endswith(plural):
            return words.removesuffix(plural) + singular
    return words.removesuffix("s") if not words.endswith("ss") else words


def _a(thing: str) -> str:
    return f"an {thing}" if thing[0] in "aeioAEIO" and not thing.startswith("one") else f"a {thing}"
