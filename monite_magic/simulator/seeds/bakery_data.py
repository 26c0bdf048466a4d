"""Data of the seed `bakery`: parties, goods and costs. All names are invented."""

from __future__ import annotations

from typing import NamedTuple


class Party(NamedTuple):
    """A vendor or a customer.

    Attributes:
        name: Legal name.
        country: Country of the address.
        currency: The currency of its documents.
        habit: Days after (or before) the due date on which it pays, or is paid.
    """

    name: str
    country: str
    currency: str = "EUR"
    habit: int = 0


class Cost(NamedTuple):
    """A regular purchase from a vendor.

    Attributes:
        vendor: Its name.
        item: The item.
        price: Price of one unit, in minor units.
        quantity: The quantity in an average month.
        tax: Percent x 100.
        every: Months between two bills.
        season: Which curve the quantity follows: `bread`, `heat` or `flat`.
    """

    vendor: str
    item: str
    price: int
    quantity: float
    tax: int = 700
    every: int = 1
    season: str = "bread"


CITIES = {
    "DE": ("Potsdam", "14467"),
    "AT": ("Bregenz", "6900"),
    "NL": ("Utrecht", "3511"),
    "FR": ("Colmar", "68000"),
    "JP": ("Uji", "611-0021"),
    "KW": ("Salmiya", "22001"),
}

VENDORS = (
    Party("Haferfeld Mill AG", "DE"),
    Party("Lindenhof Dairy GmbH", "DE"),
    Party("Verpakt Packaging B.V.", "NL", habit=-3),
    Party("Eichgrund Eggs GbR", "DE"),
    Party("Stadtwerk Muehlau GmbH", "DE"),
    Party("Altbau Hausverwaltung KG", "DE", habit=-2),
    Party("Zuckerspeicher Nord GmbH", "DE"),
    Party("Moulin des Trois Saules SARL", "FR", habit=4),
    Party("Alpenquell Butter GmbH", "AT"),
    Party("Ofenbau Rothenfels GmbH", "DE", habit=9),
    Party("Blitzblank Hygiene GmbH", "DE"),
    Party("Uji Hanano Tea K.K.", "JP", "JPY", habit=2),
    Party("Nusskontor Elbe GmbH", "DE"),
    Party("Obsthof Werdersee GbR", "DE"),
    Party("Laufwerk Logistics B.V.", "NL", habit=6),
    Party("Kassandra Software GmbH", "DE"),
    Party("Versicherungskontor Havel AG", "DE"),
    Party("Gaertnerei Kressbach GbR", "DE"),
    Party("Kakaohaus van Dorrn B.V.", "NL"),
    Party("Steuerbuero Lamprecht Partner", "DE"),
    Party("Schild & Schrift GmbH", "DE", habit=12),
    Party("Vanille Bourbonne SAS", "FR", habit=3),
)

CUSTOMERS = (
    Party("Cafe Morgenrot GmbH", "DE", habit=-4),
    Party("Hotel Seeblick KG", "AT", habit=3),
    Party("Kantine Rotor GmbH", "DE", habit=18),
    Party("Weinstube Zur Linde GbR", "DE", habit=1),
    Party("Bistro Quai Sud SARL", "FR", habit=6),
    Party("Dune Pearl Hotels W.L.L.", "KW", "KWD", habit=8),
    Party("Kita Pusteblume gGmbH", "DE", habit=-6),
    Party("Feinkost Tramm GmbH", "DE", habit=0),
    Party("Theatercafe Kulisse GbR", "DE", habit=35),
    Party("Broodje Bas B.V.", "NL", habit=2),
    Party("Seniorenstift Abendsonne gGmbH", "DE", habit=-2),
    Party("Eventwerk Berglicht GmbH", "AT", habit=12),
    Party("Markthalle Neun Bogen GmbH", "DE", habit=4),
    Party("Kaffeeroesterei Schwarzholz GmbH", "DE", habit=1),
    Party("Pension Alte Post GbR", "DE", habit=7),
    Party("Schulmensa Westend e.V.", "DE", habit=24),
    Party("Salon du The Amandine SARL", "FR", habit=5),
    Party("Hofladen Storchennest GbR", "DE", habit=0),
)

COSTS = (
    Cost("Haferfeld Mill AG", "Wheat flour, type 550, 25 kg", 1790, 62),
    Cost("Haferfeld Mill AG", "Rye flour, type 1150, 25 kg", 1680, 34),
    Cost("Lindenhof Dairy GmbH", "Fresh milk, 10 l", 1120, 48),
    Cost("Lindenhof Dairy GmbH", "Cream, 5 l", 1990, 14),
    Cost("Verpakt Packaging B.V.", "Paper bags, 1000", 2890, 9, 1900),
    Cost("Eichgrund Eggs GbR", "Eggs, 360", 6480, 12),
    Cost("Stadtwerk Muehlau GmbH", "Gas and electricity", 100, 1650, 1900, season="heat"),
    Cost("Altbau Hausverwaltung KG", "Rent", 285000, 1, 1900, season="flat"),
    Cost("Zuckerspeicher Nord GmbH", "Sugar, 25 kg", 2150, 18),
    Cost("Moulin des Trois Saules SARL", "Spelt flour, 25 kg", 3290, 10, 0, 2),
    Cost("Alpenquell Butter GmbH", "Butter, 10 kg", 7450, 21, 0),
    Cost("Ofenbau Rothenfels GmbH", "Oven maintenance", 48000, 1, 1900, 4, "flat"),
    Cost("Blitzblank Hygiene GmbH", "Cleaning", 64000, 1, 1900, season="flat"),
    Cost("Uji Hanano Tea K.K.", "Matcha, 1 kg", 18400, 4, 0, 3),
    Cost("Nusskontor Elbe GmbH", "Hazelnuts, 5 kg", 6890, 7),
    Cost("Obsthof Werdersee GbR", "Apples, 13 kg", 1490, 15),
    Cost("Laufwerk Logistics B.V.", "Delivery tours", 8900, 12, 0),
    Cost("Kassandra Software GmbH", "Till software", 12900, 1, 1900, season="flat"),
    Cost("Versicherungskontor Havel AG", "Insurance", 89000, 1, 0, 6, "flat"),
    Cost("Gaertnerei Kressbach GbR", "Herbs", 240, 40),
    Cost("Kakaohaus van Dorrn B.V.", "Cocoa, 5 kg", 7990, 4, 0, 2),
    Cost("Steuerbuero Lamprecht Partner", "Bookkeeping", 42000, 1, 1900, season="flat"),
    Cost("Schild & Schrift GmbH", "Printing", 31500, 1, 1900, 5, "flat"),
    Cost("Vanille Bourbonne SAS", "Vanilla, 250 g", 11900, 2, 0, 3),
)

#: Name, price in cents, measure unit.
PRODUCTS = (
    ("Country loaf", 420, "piece"),
    ("Rye sourdough", 460, "piece"),
    ("Baguette", 190, "piece"),
    ("Roll", 45, "piece"),
    ("Pretzel", 85, "piece"),
    ("Croissant", 140, "piece"),
    ("Butter cake, tray", 2400, "tray"),
    ("Apple cake, tray", 2650, "tray"),
    ("Stollen", 1890, "piece"),
    ("Wedding cake", 38000, "piece"),
    ("Catering", 6500, "hour"),
)
#: Prices of sales to Kuwait, in fils: a dinar has a thousand.
EXPORT_PRODUCTS = (("Frozen croissants, 100", 28750, "box"), ("Frozen rolls, 200", 19500, "box"))

#: The production in each month, January first, in percent of the average.
SEASONS = {
    "bread": (88, 90, 100, 112, 98, 94, 82, 76, 97, 104, 118, 141),
    "heat": (152, 144, 121, 92, 74, 64, 60, 61, 78, 103, 122, 129),
    "flat": (100,) * 12,
}
