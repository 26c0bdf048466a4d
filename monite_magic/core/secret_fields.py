"""Decide which fields are secret, with one rule and two reviewed lists.

The end of a name decides: `client_secret` is a secret, `token_type` is a type. `SECRETS` lists the API's
secrets. `NO_SECRETS` lists fields that only look secret. The rule also masks fields on neither list, so that
a newer API version can't expose secrets.

A test finds the fields to review in each version of the vendor's OpenAPI document, and checks that each of
them is on one of the lists.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Secret fields of the API, and what they give access to (OpenAPI 2023-09-01, 2024-01-31, 2024-05-25).
SECRETS: Final[Mapping[str, str]] = {
    "access_token": "calls to the API, until it expires",
    "auth_password": "a person's account at a bank",
    "authorization_code": "an onboarding component of Airwallex",
    "client_secret": "calls to the API",
    "connect_token": "a session with a lender",
    "consent_token": "payments from a person's bank account",
    "invitation_token": "a new user's account",
    "link_token": "a session with Plaid",
    "new_password": "a user's account",
    "old_invitation_token": "a new user's account",
    "old_password": "a user's account",
    "password": "a user's account",
    "public_token": "a bank account at Plaid, once",
    "refresh_token": "new access tokens (OAuth 2.0)",
    "sca_code": "one payment: the code that the bank has sent to a person",
    "secret": "webhook signatures, or one payment",
    "session_token": "a session with a lender",
    "token": "whatever it was issued for",
}

#: Fields that look secret but are not, and why.
NO_SECRETS: Final[Mapping[str, str]] = {
    "address.postal_code": "a part of an address",
    "auth": "an object; its access_token is the secret",
    "auth_flow": "the ways to confirm a payment at a bank",
    "auth_user": "the name that goes with auth_password, as a client ID does with its secret",
    "authorization_methods": "the ways to confirm a payment at a bank",
    "authorization_url": "a link to open, where the person logs in at the bank",
    "client_secret_mask": "the first letters of a secret, to tell it from others",
    "code": "an error's code, or a tax rate's; no partner route takes a one-time code",
    "code_challenge": "a hash that may be seen (RFC 7636)",
    "counterpart_einvoicing_credentials": "an identifier in a network of e-invoices",
    "counterpart_einvoicing_credentials_id": "an ID",
    "created_by_entity_user_id": "an ID",
    "credential_id": "an ID",
    "credentials": "a list of identifiers in a network of e-invoices",
    "default_currency_code": "a currency",
    "display_signature": "yes or no",
    "display_signature_placeholder": "yes or no",
    "entity_user_id__in": "IDs",
    "exists": "yes or no",
    "external_qr_code_link": "a link",
    "key": "an object; its secret is the secret",
    "language_code": "a language",
    "login": "a name",
    "network_credentials": "an identifier in a network of e-invoices",
    "network_credentials_id": "an ID",
    "network_credentials_identifier": "an identifier in a network of e-invoices",
    "network_credentials_schema": "which network it is",
    "next_pagination_token": "a place in a list",
    "nominal_code": "the number of a ledger account",
    "pagination_token": "a place in a list",
    "pass_through": "what an accounting system adds to an invoice",
    "postal_code": "a part of an address",
    "prev_pagination_token": "a place in a list",
    "quote_signature_required": "yes or no",
    "response_status_code": "the status of an HTTP answer",
    "sca_method_id": "an ID",
    "sca_methods": "the ways to get a bank's code",
    "secrets": "a list of objects, each with the mask of a secret",
    "selected_sca_method": "one of the ways to get a bank's code",
    "signature": "the picture and name under a quote",
    "signature_image": "the picture under a quote",
    "signature_image_url": "a link to a picture",
    "signature_required": "yes or no",
    "sort_code": "a part of a British account number",
    "status_code": "the status of an HTTP answer",
    "token_type": "the kind of a token",
}

#: Endings of secret names.
ENDINGS: Final = (
    *("token", "secret", "password", "passwd", "passcode", "passphrase", "otp", "cvv", "cvc"),
    *("api_key", "apikey", "private_key", "secret_key", "access_key", "signing_key", "auth_key"),
    *("authorization_code", "sca_code", "code_verifier", "cookie", "authorization"),
)
_ENDS: Final = re.compile(rf"(?:.*_)?(?:{'|'.join(ENDINGS)})")
_WORD_BREAK: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-.\s]+")


@functools.lru_cache(maxsize=4_000)
def is_secret_field(name: str) -> bool:
    """Whether a field, parameter or header with this name is secret.

    Works for `client_secret`, `clientSecret` and `Client-Secret`.
    """
    plain = _WORD_BREAK.sub("_", name).lower()
    return plain in SECRETS or (plain not in NO_SECRETS and bool(_ENDS.fullmatch(plain)))
