"""Check IBANs, and find the countries of IBANs and VAT IDs."""

from __future__ import annotations

import re
from typing import Final

from monite_magic.catalogue.text_values import EU_VAT_COUNTRIES

_VAT_ID: Final = re.compile(r"[A-Z]{2}(?=.*\d{2})[A-Z0-9+*]{2,12}")


def iban_is_valid(iban: str) -> bool:
    """Whether the check digits of an IBAN are correct (ISO 13616, modulo 97)."""
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}", iban):
        return False
    return int("".join(str(int(each, 36)) for each in iban[4:] + iban[:4])) % 97 == 1


def country_of_iban(iban: str) -> str:
    """Return the country of an IBAN, or an empty text if its check digits are wrong."""
    return iban[:2] if iban_is_valid(iban) else ""


def country_of_vat_id(vat_id: str) -> str:
    """Return the country of a VAT ID of the European Union, or an empty text for any other."""
    text = re.sub(r"[\s.-]", "", vat_id).upper()
    return EU_VAT_COUNTRIES.get(text[:2], "") if _VAT_ID.fullmatch(text) else ""
