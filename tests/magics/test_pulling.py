"""`%monite_pull` in a real kernel: what it says of where the rows are."""

from __future__ import annotations

import pytest

pytest.importorskip("pandas")


def test_it_says_by_which_name_the_rows_are_to_be_had(local):
    assert "The DataFrame is _['counterparts']." in local.good("%monite_pull counterparts").text
    assert local.value("type(_['counterparts']).__name__") == "DataFrame"
    assert "The DataFrame is everyone." in local.good("%monite_pull counterparts -o everyone").text
    assert local.value("type(everyone).__name__") == "DataFrame"
    several = local.good("%monite_pull counterparts tags -o both").text
    assert "Each is a DataFrame: both['counterparts']." in several
    assert local.value("type(both['tags']).__name__") == "DataFrame"


def test_it_says_that_a_dataset_is_a_folder(local):
    pytest.importorskip("pyarrow")
    assert "Kept in tags.parquet, a folder." in local.good("%monite_pull tags --to tags.parquet").text


def test_it_says_what_since_means_where_the_api_knows_no_changes(local):
    shown = " ".join(local.good("%monite_pull payables approval_policies --since 2024-01-01").text.split())
    assert "payables were asked for by created_at: what is older and changed since is not here." in shown
    assert "For the documents of a month, pull all and filter by issued_at." in shown
    assert "approval_policies were" not in shown


def test_a_name_that_can_not_be_kept_is_refused_before_anything_is_read(local):
    assert "-o 'a-b' is no name for a variable" in local.run("%monite_pull tags -o a-b").problem
    assert "-o sum would hide Python's own sum" in local.run("%monite_pull tags -o sum").problem
    assert local.value("sum([1])") == 1


def test_a_pull_of_nothing_is_told_how(local):
    problem = local.run("%monite_pull").problem
    assert "For instance: %monite_pull payables" in problem
