"""German words that people mix into their questions, in English: for `%monite_help`."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: English words -> what is said for them in German, umlauts as two letters. Endings may follow.
_SAID_FOR: Final[Mapping[str, str]] = {
    # people and things
    "customer": "kunde",
    "supplier": "lieferant kreditor",
    "counterpart": "geschaeftspartner",
    "company": "firma unternehmen mandant",
    "user": "benutzer nutzer anwender",
    "clerk": "sachbearbeiter",
    "employee": "mitarbeiter",
    "role": "rolle",
    "permission": "berechtigung recht",
    "approver": "genehmiger freigeber",
    # Words with several senses, which `search` knows. Here they only lose their endings.
    "rechnung": "rechnung",
    "beleg": "beleg",
    "bill": "eingangsrechnung",
    "invoice": "ausgangsrechnung",
    "quote": "angebot",
    "credit note": "gutschrift",
    "purchase order": "bestellung",
    "delivery note": "lieferschein",
    "overdue reminder": "mahnung",
    "reminder": "erinnerung",
    "payment": "zahlung",
    "payment terms": "zahlungsziel zahlungsbedingung",
    "discount": "rabatt",
    "amount": "betrag",
    "currency": "waehrung",
    "total": "summe",
    "vat": "mwst mehrwertsteuer ust umsatzsteuer",
    "vat id": "ustid ustidnr",
    "vat rate": "steuersatz mwstsatz mehrwertsteuersatz",
    "rate": "satz",
    "tax id": "steuernummer",
    "account": "konto",
    "bank account": "bankkonto bankverbindung kontoverbindung",
    "number": "nummer",
    "address": "adresse anschrift",
    "contact": "ansprechpartner kontakt",
    "product": "produkt artikel",
    "unit": "einheit",
    "tag": "schlagwort etikett",
    "comment": "kommentar notiz bemerkung",
    "history": "verlauf protokoll historie",
    "event": "ereignis",
    "file": "datei anhang",
    "sheet": "tabelle tabellenblatt",
    "template": "vorlage",
    "document": "dokument",
    "draft": "entwurf",
    "status": "zustand",
    "error": "fehler",
    "environment": "umgebung",
    "key": "schluessel",
    "password": "passwort kennwort",
    "secret": "geheimnis",
    "regenerate": "erneuern",
    "clock": "uhr",
    "chart": "diagramm grafik schaubild",
    "report": "bericht auswertung",
    "spend": "ausgabe",
    "revenue": "umsatz erloes",
    "cash flow": "liquiditaet zahlungsstrom",
    "accounting": "buchhaltung",
    "quarter": "quartal",
    "month": "monat",
    "week": "woche",
    "year": "jahr",
    "today": "heute",
    # what they want
    "create": "anlegen erstellen erzeugen schreiben",
    "add": "hinzufuegen",
    "new": "neu",
    "change": "aendern bearbeiten",
    "delete": "loeschen entfernen",
    "find": "suchen finden",
    "show": "zeigen anzeigen ansehen",
    "send": "verschicken senden schicken versenden",
    "download": "herunterladen runterladen",
    "upload": "hochladen",
    "read": "einlesen",
    "import": "importieren",
    "export": "exportieren",
    "save": "speichern",
    "pay": "bezahlen zahlen zahlt ueberweisen",
    "paid": "bezahlt gezahlt",
    "unpaid": "unbezahlt offen",
    "due": "faellig",
    "overdue": "ueberfaellig",
    "late": "spaet verspaetet",
    "record": "erfassen verbuchen buchen",
    "issue": "ausstellen",
    "approve": "freigeben genehmigen freigibt genehmigt",
    "approval": "freigabe genehmigung",
    "submit": "einreichen vorlegen",
    "reject": "ablehnen zurueckweisen",
    "cancel": "stornieren",
    "undo": "rueckgaengig",
    "deactivate": "sperren deaktivieren",
    "owe": "schulden schuldet",
    "remind": "mahnen erinnern",
    "recurring": "wiederkehrend regelmaessig",
    "duplicate": "doppelt",
    "clone": "kopieren",
    "print": "drucken",
    "login": "anmelden einloggen anmeldung",
    "logout": "abmelden ausloggen abmeldung",
    "switch": "wechseln umschalten",
    "simulate": "simulieren",
    "all": "alle saemtliche",
    # questions
    "which": "welche",
    "who": "wer wem wessen",
    "when": "wann",
    "why": "warum wieso weshalb",
    "where": "wo",
    "how": "wie wieviel",
    "much": "viel viele",
    "long": "lange",
    # small words
    "the": "der die das den dem des ein eine mein unser ihr",
    "with": "mit",
    "for": "fuer",
    "and": "und oder",
    "i": "ich wir uns mir mich man",
    "can": "kann koennen darf duerfen muss soll",
    "is": "ist sind wird werden hat haben",
    "of": "pro von vom bei beim auf aus zu zum zur im nach noch nicht als wenn ob",
}
_ENGLISH: Final = {
    word: tuple(english.split()) for english, words in _SAID_FOR.items() for word in words.split()
}
_ENDINGS: Final = ("n", "e", "en", "er", "es", "em", "s", "t", "te", "ten", "nen", "r")
_SHORTEST: Final = 4


@lru_cache(maxsize=1024)
def in_english(word: str) -> tuple[str, ...]:
    """Return what a German word is in English; the word itself if it isn't one.

    Args:
        word: In lower case, umlauts as two letters.
    """
    return _of_one(word) or next(_of_two(word), (word,))


def _of_two(word: str) -> Iterator[tuple[str, ...]]:
    """Yield what a compound of two known words is: `kundenadresse` is `customer address`."""
    for cut in range(_SHORTEST, len(word) - _SHORTEST + 1):
        if (first := _of_one(word[:cut])) and (second := _of_one(word[cut:])):
            yield (*first, *second)


def _of_one(word: str) -> tuple[str, ...]:
    stems = [word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending)]
    long_enough = (stem for stem in stems if len(stem) >= _SHORTEST)
    forms = (word, *(f"{stem}{ending}" for stem in long_enough for ending in ("", "en", "e")))
    return next((_ENGLISH[form] for form in forms if form in _ENGLISH), ())
