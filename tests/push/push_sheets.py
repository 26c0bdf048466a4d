"""Rows of suppliers."""

ENTITY = "11111111-1111-4111-8111-111111111111"
SUPPLIER = ["Company name", "Street", "Zip", "City", "Country", "IBAN", "Bank currency", "VAT ID"]
CONSTANTS = {"is_vendor": "yes", "is_customer": "no"}


def iban(number):
    """A German IBAN with proper check digits."""
    account = f"{number:018d}"
    return f"DE{98 - int(account + '131400') % 97:02d}{account}"


def supplier(number):
    """A row of a sheet of suppliers."""
    name, place = f"Supplier {number:04d} GmbH", [f"Way {number}", f"{number:05d}", "Berlin", "DE"]
    return [name, *place, iban(number), "EUR", f"DE{number:09d}"]
