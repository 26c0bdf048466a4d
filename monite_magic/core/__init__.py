"""Shared by all other rooms: errors, masking of secrets, environments, limits and texts.

This room doesn't know the API's operations, and sends or displays nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monite_magic.core.lazy import lazily

if TYPE_CHECKING:
    from monite_magic.core.bounds import limits
    from monite_magic.core.environments import (
        DEFAULT_API_VERSION,
        DEFAULT_ENVIRONMENT,
        ENVIRONMENTS,
        LOCAL,
        Environment,
        Origin,
        find_environment,
        origin_of,
    )
    from monite_magic.core.errors import (
        ConfirmationError,
        CredentialsError,
        IncompleteListWarning,
        MoniteError,
        NetworkError,
        OriginError,
        RequestError,
        SecretWarning,
        TemplateError,
        TokenError,
        UnexpectedValuesWarning,
        UnforeseenError,
        without_frames,
    )
    from monite_magic.core.loopback import is_loopback
    from monite_magic.core.masking import (
        MASK,
        Secret,
        has_secret_fields,
        known_secrets,
        mask_answer,
        mask_headers,
        mask_json_bytes,
        mask_json_fields,
        mask_multipart,
        mask_text,
        mask_url,
        sealed_json,
        secrets_in,
    )
    from monite_magic.core.owned_files import share_like_folder, write_private
    from monite_magic.core.progress import progress_bar
    from monite_magic.core.secret_fields import ENDINGS, SECRETS, is_secret_field
    from monite_magic.core.sent import SentRequest
    from monite_magic.core.text import clean, columns_of, fit, one_line
    from monite_magic.core.words import counted, shorten

__all__ = [
    "DEFAULT_API_VERSION",
    "DEFAULT_ENVIRONMENT",
    "ENDINGS",
    "ENVIRONMENTS",
    "LOCAL",
    "MASK",
    "SECRETS",
    "ConfirmationError",
    "CredentialsError",
    "Environment",
    "IncompleteListWarning",
    "MoniteError",
    "NetworkError",
    "Origin",
    "OriginError",
    "RequestError",
    "Secret",
    "SecretWarning",
    "SentRequest",
    "TemplateError",
    "TokenError",
    "UnexpectedValuesWarning",
    "UnforeseenError",
    "clean",
    "columns_of",
    "counted",
    "find_environment",
    "fit",
    "has_secret_fields",
    "is_loopback",
    "is_secret_field",
    "known_secrets",
    "limits",
    "mask_answer",
    "mask_headers",
    "mask_json_bytes",
    "mask_json_fields",
    "mask_multipart",
    "mask_text",
    "mask_url",
    "one_line",
    "origin_of",
    "progress_bar",
    "sealed_json",
    "secrets_in",
    "share_like_folder",
    "shorten",
    "without_frames",
    "write_private",
]

# Loading the extension needs only some of these modules.
__getattr__ = lazily(
    __name__,
    {
        "monite_magic.core.environments": (
            "DEFAULT_API_VERSION",
            "DEFAULT_ENVIRONMENT",
            "ENVIRONMENTS",
            "Environment",
            "LOCAL",
            "Origin",
            "find_environment",
            "origin_of",
        ),
        "monite_magic.core.errors": (
            "ConfirmationError",
            "CredentialsError",
            "IncompleteListWarning",
            "MoniteError",
            "NetworkError",
            "OriginError",
            "RequestError",
            "SecretWarning",
            "UnexpectedValuesWarning",
            "TemplateError",
            "TokenError",
            "UnforeseenError",
            "without_frames",
        ),
        "monite_magic.core.bounds": ("limits",),
        "monite_magic.core.loopback": ("is_loopback",),
        "monite_magic.core.masking": (
            "MASK",
            "Secret",
            "has_secret_fields",
            "known_secrets",
            "mask_answer",
            "mask_headers",
            "mask_json_bytes",
            "mask_json_fields",
            "mask_multipart",
            "mask_text",
            "mask_url",
            "sealed_json",
            "secrets_in",
        ),
        "monite_magic.core.owned_files": (
            "share_like_folder",
            "write_private",
        ),
        "monite_magic.core.progress": ("progress_bar",),
        "monite_magic.core.secret_fields": (
            "ENDINGS",
            "SECRETS",
            "is_secret_field",
        ),
        "monite_magic.core.sent": ("SentRequest",),
        "monite_magic.core.text": (
            "clean",
            "columns_of",
            "fit",
            "one_line",
        ),
        "monite_magic.core.words": (
            "counted",
            "shorten",
        ),
    },
)
