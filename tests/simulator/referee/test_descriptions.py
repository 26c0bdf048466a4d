"""Rules that only descriptions in the vendor's documents hold: each is classified."""

import re

import pytest
from descriptions import CLASSES, digest, known, sentences
from vendor import MISSING, read_all

from monite_magic.simulator import default


@pytest.fixture(scope="module")
def found():
    """Every such sentence of all documents, by its digest."""
    documents = read_all()
    if not documents:
        pytest.skip(MISSING)
    return {
        digest(sentence): f"{name}: {place}: {sentence}"
        for name, document in documents.items()
        for sentence, place in sentences(document).items()
    }


def test_every_sentence_with_a_rule_is_classified(found):
    assert len(found) > 300
    left = [sentence for key, sentence in found.items() if key not in known()]
    assert not left, "python tests/simulator/referee/descriptions.py DOCUMENT... lists them:\n" + "\n".join(
        left
    )


def test_nothing_is_classified_that_no_document_says(found):
    assert not known().keys() - found.keys()


def test_a_new_sentence_is_noticed():
    text = "An idea. The colour of a tag must be blue unless it is red. Any text."
    document = {"paths": {"/tags": {"post": {"description": text, "example": "It must not be read."}}}}
    assert sentences(document) == {
        "The colour of a tag must be blue unless it is red.": "paths /tags post",
    }
    assert digest("The colour of a tag must be blue unless it is red.") not in known()


def test_what_is_enforced_names_a_rule_that_there_is():
    rows = [f"{rule.subject}: {rule.text}" for rule in default().rules]
    for entry in known().values():
        assert entry["is"] in CLASSES
        by = entry.get("by")
        assert (by is not None) == (entry["is"] == "enforced")
        assert by in (None, "schema") or any(row.startswith(by) for row in rows), by


def test_the_file_quotes_nothing():
    for key, entry in known().items():
        assert len(key) == 16
        assert set(entry) - {"by"} == {"at", "is"}
        # A place is a path of names; a rule is our own row.
        assert not re.search(r"[a-z][.;:] [A-Za-z]", entry["at"])
