"""Usual column headings, and their fields.

Keys have the form of `plain`: lower case, without punctuation. A field is the end of a path. The first one
that the operation has is used.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SPLIT: Final = re.compile(r"[^0-9a-z%#]+")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def plain(text: str) -> str:
    """Normalize a heading: `E-Mail (billing)` becomes `e mail billing`."""
    text = _CAMEL.sub(" ", text).replace("ß", "ss")
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(_SPLIT.split(folded.lower())).strip()


_GROUPS: Final[dict[tuple[str, ...], str]] = {
    ("organization.legal_name", "name"): (
        "company|company name|company legal name|legal entity|business name|supplier name|vendor name|"
        "customer name|client name|creditor name|debtor name|name of company|firma|firmenname|lieferant name|"
        "lieferantenname|kundenname|organisation|organization|organisation name|organization name"
    ),
    ("counterpart_id", "organization.legal_name"): (
        "counterpart|counterpart name|supplier|vendor|customer|client|creditor|debtor|payee|biller|lieferant|"
        "kunde|kreditor"
    ),
    ("name", "organization.legal_name"): "name|title of product|product name|item name|label|bezeichnung",
    ("individual.first_name", "first_name"): "first name|given name|forename|vorname|firstname",
    ("individual.last_name", "last_name"): "last name|family name|surname|nachname|lastname",
    ("individual.title", "title"): "salutation|anrede",
    (
        "address.line1",
        "line1",
    ): "street|street address|address|address line 1|address 1|line 1|strasse|anschrift",
    ("address.line2", "line2"): "address line 2|address 2|line 2|suite|adresszusatz",
    ("address.postal_code", "postal_code"): "zip|zip code|zipcode|postcode|post code|plz|postleitzahl",
    ("address.city", "city"): "town|ort|stadt|city town|place",
    ("address.country", "country"): "country code|land|country iso|staat",
    ("address.state", "state"): "province|region|county|bundesland|state province",
    ("email",): "e mail|mail|email address|e mail address|mail address",
    ("phone",): "telephone|tel|phone number|telephone number|telefon|mobile|phone no",
    ("is_vendor",): "is supplier|is a vendor|is a supplier|supplier yes no",
    ("is_customer",): "is client|is a customer|is a client",
    ("external_reference",): (
        "reference|ref|external id|external ref|supplier no|supplier number|supplier id|supplier code|"
        "vendor no|vendor number|vendor code|creditor no|creditor number|customer no|customer number|"
        "account code|kreditorennummer|lieferantennummer|kundennummer|lieferanten nr|kunden nr|erp id|sku|"
        "article number|artikelnummer|item number"
    ),
    ("tax_id",): "tax number|tax no|tin|ein|steuernummer|steuer nr|tax identification number",
    ("vat_ids.value",): (
        "vat|vat id|vat number|vat no|vat registration number|vat reg no|ust id|ust idnr|ustid|ust id nr|"
        "umsatzsteuer id|eu vat id"
    ),
    ("bank_accounts.iban",): "iban|account iban|bank iban|iban number",
    ("bank_accounts.bic",): "bic|swift|swift code|bic swift|swift bic|bic code",
    (
        "bank_accounts.account_number",
    ): "account number|account no|bank account|bank account number|kontonummer",
    ("bank_accounts.account_holder_name",): "account holder|account name|holder|kontoinhaber|beneficiary",
    ("bank_accounts.sort_code",): "sort code|sortcode|bankleitzahl|blz",
    ("bank_accounts.routing_number",): "routing number|aba|routing no",
    ("bank_accounts.currency",): "bank currency|account currency|bank account currency|currency of account",
    ("bank_accounts.country",): "bank country|account country|bank account country",
    ("document_id",): (
        "invoice|invoice number|invoice no|invoice #|bill number|bill no|document number|document no|number|"
        "rechnung|rechnungsnummer|rechnungs nr|belegnummer|bill id|invoice id|document|no"
    ),
    ("issued_at",): (
        "date|invoice date|bill date|issue date|issued|issued on|document date|date of invoice|"
        "rechnungsdatum|datum|belegdatum"
    ),
    ("due_date",): "due|due on|payment due|date due|pay by|payable by|faellig|fallig|falligkeit|faelligkeit",
    ("total_amount",): (
        "total|amount|gross|gross amount|gross total|total gross|invoice total|invoice amount|bill amount|"
        "amount due|brutto|bruttobetrag|betrag|summe|total incl vat"
    ),
    ("subtotal",): "net|net amount|net total|amount net|netto|nettobetrag|sub total|total excl vat",
    ("tax_amount",): "vat amount|tax total|sales tax|ust|umsatzsteuer|mwst betrag|vat total",
    (
        "tax",
        "line_items.tax",
    ): "vat rate|tax rate|vat %|tax %|vat percent|ust satz|mwst|mwst satz|steuersatz|tax percent",
    (
        "price.value",
        "line_items.unit_price",
    ): "price|unit price|sales price|net price|preis|einzelpreis|price per unit",
    ("currency", "price.currency"): "ccy|currency code|waehrung|wahrung|iso currency|cur",
    ("measure_unit_id", "line_items.unit"): "unit|measure unit|unit of measure|uom|einheit|units",
    ("line_items.quantity",): "quantity|qty|menge|anzahl|line quantity|pieces",
    ("line_items.name",): "item|line item|line|position|line description|item description",
    ("line_items.product_id",): "product|article|artikel|line product",
    ("line_items.vat_rate_id",): "line vat rate",
    ("description",): "notes|note|comment|comments|memo|beschreibung|text|remark|remarks",
    ("project_id",): "project|projekt",
    ("tag_ids",): "tags|tag|labels|categories",
    ("ledger_account_id",): "ledger account|gl account|sachkonto|account ledger",
    ("language",): "lang|sprache|locale",
    ("type",): "kind|typ|counterpart type",
}

#: The ends of field paths by word, likeliest first.
SYNONYMS: Final[dict[str, tuple[str, ...]]] = {
    word: fields for fields, words in _GROUPS.items() for word in words.split("|")
}
