"""Charts show what the rows say: the numbers are right, currencies are kept apart, nothing open is lost."""

import itertools
import json
from datetime import UTC, date, datetime

import pytest

from monite_magic.core.environments import LOCAL
from monite_magic.core.errors import IncompleteListWarning, RequestError, UnexpectedValuesWarning
from monite_magic.core.sent import SentRequest
from monite_magic.session.response import MoniteResponse
from monite_magic.tables import charts
from monite_magic.tables.charts.labels import number_form

pytest.importorskip("matplotlib")
pd = pytest.importorskip("pandas")
TODAY = date(2026, 3, 1)


def answer(rows, path="/payables", next_page=None, day=TODAY):
    """An answer that came on a day, by the clock of the server."""
    return MoniteResponse(
        request=SentRequest("GET", LOCAL.base_url + path, path),
        status=200,
        headers={"Content-Type": "application/json", "Date": f"{day:%a, %d %b %Y} 12:00:00 GMT"},
        content=json.dumps({"data": rows, "next_pagination_token": next_page}).encode(),
        elapsed=0.1,
        environment=LOCAL,
        template=path,
    )


def bill(due="2026-03-01", amount=10_000, currency="EUR", status="waiting_to_be_paid", **fields):
    known = {"due_date": due, "total_amount": amount, "currency": currency, "status": status}
    return {**known, "updated_at": "2026-03-01T00:00:00Z", **fields}


def test_aging_sorts_open_amounts_into_buckets():
    rows = [
        bill("2026-03-01"), bill("2026-03-20"),  # not due
        bill("2026-02-28"), bill("2026-01-30"),  # 1 and 30 days
        bill("2026-01-29"), bill("2025-12-31"),  # 31 and 60 days
        bill("2025-12-30"), bill("2025-12-01"),  # 61 and 90 days
        bill("2025-11-30", 5),  # 91 days
    ]  # fmt: skip
    table = charts.aging(answer(rows).df(), today=TODAY).table
    assert table["EUR"].tolist() == [200.0, 200.0, 200.0, 200.0, 0.05]
    assert table.index.tolist() == ["not due", "1–30 days", "31–60 days", "61–90 days", "over 90 days"]


def test_only_what_is_open_counts():
    rows = [bill(status=status) for status in ("paid", "canceled", "draft", "rejected")]
    rows += [bill(status="new", amount_due=2_500), bill(status="partially_paid")]
    rows += [bill(type="quote"), bill(type="credit_note"), bill(type="invoice", amount_due=0)]
    assert charts.aging(answer(rows).df(), today=TODAY).table["EUR"].sum() == 125.0


def test_what_has_no_due_date_is_not_left_out_in_silence():
    rows = [bill(), bill(due=None), bill(due=None, currency="KWD"), bill(due=None, type="quote")]
    aging = charts.aging(answer(rows).df(), today=TODAY).table
    assert aging.loc["no due date"].to_dict() == {"EUR": 100.0, "KWD": 10.0}
    assert aging["EUR"].sum() == 200.0
    flow = charts.cash_flow(payables=answer(rows).df())
    assert flow.table.sum().sum() == -100.0
    assert flow.note == "Not shown because of a missing due date: 100.00 EUR, 10.000 KWD (out)."
    assert charts.cash_flow(payables=answer([bill()]).df()).note == ""
    with pytest.warns(IncompleteListWarning):
        note = answer(rows, next_page="more").plot("cash_flow").note
    assert "(out). These are 4 rows; more pages follow" in note


@pytest.mark.parametrize("backend", ["polars", "pyarrow"])
def test_tables_of_other_libraries_are_taken_too(backend):
    pytest.importorskip(backend)
    fields = {"issued_at": "2026-01-01", "paid_at": "2026-01-11T12:00:00Z", "counterpart_id": "a"}
    came = answer([bill(**fields), bill("2026-01-01", 5, **fields), bill(due=None, **fields)])
    other, usual = came.df(backend=backend), came.df()
    for chart in (lambda table: charts.aging(table, today=TODAY), charts.spend, charts.days_to_pay):
        pd.testing.assert_frame_equal(chart(other).table, chart(usual).table)
    flow = charts.cash_flow(payables=other, by="week").table
    pd.testing.assert_frame_equal(flow, charts.cash_flow(payables=usual, by="week").table)


def test_a_table_from_a_file_is_taken_too(tmp_path):
    came = answer([bill(), bill("2026-01-01", 5), bill(due=None)])
    pytest.importorskip("pyarrow.parquet").write_table(came.df(backend="pyarrow"), tmp_path / "a.parquet")
    came.df().to_csv(tmp_path / "a.csv")
    usual = charts.aging(came.df(), today=TODAY).table
    for table in (pd.read_parquet(tmp_path / "a.parquet"), pd.read_csv(tmp_path / "a.csv")):
        pd.testing.assert_frame_equal(charts.aging(table, today=TODAY).table, usual)


def test_what_is_no_table_is_refused():
    with pytest.raises(RequestError, match="A list is not a table"):
        charts.aging([bill()])
    with pytest.raises(RequestError, match="The column due_date doesn't contain dates"):
        charts.aging(pd.DataFrame([bill("soon")]))


def test_spend_leaves_out_quotes_and_credit_notes():
    rows = [bill(type=kind, counterpart_id="a") for kind in ("invoice", "quote", "credit_note")]
    assert charts.spend(answer(rows, "/receivables").df()).table["EUR"].tolist() == [100.0]


def test_currencies_are_never_added():
    rows = [bill(), bill(currency="JPY"), bill(currency=None)]
    with pytest.warns(UnexpectedValuesWarning, match="not an amount with a currency"):
        frame = answer(rows).df()
    table = charts.aging(frame, today=TODAY).table
    assert table.loc["not due"].to_dict() == {"EUR": 100.0, "JPY": 10_000.0}


def test_cash_flow_by_month_and_week():
    bills = answer([bill("2026-01-15"), bill("2026-01-31"), bill("2026-03-02")]).df()
    invoices = answer([bill("2026-01-05", status="issued")], "/receivables").df()
    table = charts.cash_flow(receivables=invoices, payables=bills).table
    assert table.index.tolist() == ["2026-01", "2026-02", "2026-03"]
    assert table["out, EUR"].tolist() == [-200.0, 0.0, -100.0]
    assert table["in, EUR"].tolist() == [100.0, 0.0, 0.0]
    weeks = charts.cash_flow(payables=bills, by="week").table
    assert weeks.index[0] == "2026-01-12"
    assert weeks.loc["2026-01-26", "out, EUR"] == -100.0
    assert len(weeks) == 8


def test_spend_names_the_largest_and_adds_up_the_rest():
    rows = [bill(amount=100 * i, counterpart={"name": f"c{i}"}) for i in range(1, 14)]
    rows += [bill(amount=50_000, status="canceled", counterpart={"name": "c1"}), bill(amount=7)]
    table = charts.spend(answer(rows).df(), top=3).table
    assert table.index.tolist() == ["c13", "c12", "c11", "all others"]
    assert table["EUR"].tolist() == [13.0, 12.0, 11.0, 55.07]


def test_spend_knows_counterparts_by_name_else_by_id():
    rows = [bill(counterpart_name="Ada"), bill(counterpart_id="id-1"), bill()]
    assert set(charts.spend(answer(rows, "/receivables").df()).table.index) == {"Ada", "id-1", "unknown"}


def test_days_to_pay():
    rows = [
        bill(issued_at="2026-01-01", paid_at=f"2026-01-{day:02}T23:00:00Z", status="paid")
        for day in (1, 2, 8, 9, 31)
    ] + [bill(issued_at="2026-01-01"), bill(issued_at="2026-01-01", paid_at="2026-01-02T10:00:00Z")]
    chart = charts.days_to_pay(answer(rows).df())
    assert chart.table["documents"].to_dict() == {
        "same day": 1, "1–7": 2, "8–14": 1, "15–30": 1, "31–45": 0, "46–60": 0, "61–90": 0, "over 90": 0,
    }  # fmt: skip
    assert chart.title == "Days to pay, median 7"


@pytest.mark.parametrize("kind", [None, "aging", "cash_flow", "spend", "days_to_pay"])
@pytest.mark.parametrize("count", [0, 1, 30])
@pytest.mark.parametrize("path", ["/payables", "/receivables"])
def test_an_answer_plots_itself(kind, count, path):
    issued = "issued_at" if path == "/payables" else "issue_date"
    rows = [
        bill(f"2026-{1 + i % 12:02}-05", currency="EUR" if i % 2 else "USD", paid_at="2026-05-01T00:00:00Z")
        | {issued: "2026-01-01", "type": "invoice", "counterpart_name": f"<b>{i}" * 9}
        for i in range(count)
    ]
    bundle, metadata = answer(rows, path).plot(kind)._repr_mimebundle_()
    assert metadata["image/png"]["alt"].startswith("Chart: ")
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert 2_000 < len(bundle["image/png"]) < 65_536
    assert bundle["text/plain"]


def test_each_currency_has_a_panel_of_its_own():
    rows = [bill(), bill("2026-01-05"), bill(currency="GBP"), bill(status="paid", currency="JPY")]
    figure = charts.aging(answer(rows).df(), today=TODAY).figure()
    assert [axes.get_ylabel() for axes in figure.axes] == ["EUR", "GBP"]
    assert figure.axes[0].get_xticklabels()[0].get_text() == "not due"
    assert [len(axes.patches) for axes in figure.axes] == [5, 5]
    assert figure.axes[0].get_title("left") == "Open amounts by days overdue, as of 2026-03-01"
    spend = charts.spend(answer([*rows, bill(amount=5, counterpart_name="Ada")]).df()).figure()
    assert [axes.get_xlabel() for axes in spend.axes] == ["EUR", "GBP", "JPY"]
    assert [text.get_text() for text in spend.axes[0].get_yticklabels()] == ["unknown", "Ada"]


def test_many_currencies_are_cut_and_it_is_said():
    rows = [bill(currency=code) for code in ("EUR", "GBP", "JPY", "USD", "CHF", "SEK", "PLN")]
    chart = charts.aging(answer(rows).df(), today=TODAY)
    assert (len(chart.figure().axes), len(chart.table.columns)) == (5, 7)
    assert chart.title == "Open amounts by days overdue, as of 2026-03-01 (2 more currencies: .table)"


@pytest.mark.parametrize("name", ["$\\frac{", "Cash $ & Carry $", "\x1b[31mred\u202e", "two\nlines"])
def test_names_are_nothing_but_text(name):
    chart = charts.spend(answer([bill(counterpart_name=name, currency="EUR")]).df())
    (label,) = chart.figure().axes[0].get_yticklabels()
    assert label.get_parse_math() is False
    assert label.get_text().isprintable()
    assert chart.png()
    assert all(line.isprintable() for line in repr(chart).split("\n"))


def test_in_and_out_share_the_panel_of_their_currency():
    bills = answer([bill(), bill(currency="GBP")]).df()
    invoices = answer([bill(status="issued")], "/receivables").df()
    euro, pound = charts.cash_flow(receivables=invoices, payables=bills).figure().axes
    assert (euro.get_ylabel(), pound.get_ylabel()) == ("EUR", "GBP")
    for axes in (euro, pound):
        assert [text.get_text() for text in axes.get_legend().get_texts()] == ["in", "out"]


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([17_000, 460.6, 0.05, 0], ["17,000", "461", "< 1", "0"]),
        ([460.6, 1, -0.001], ["460.60", "1.00", "> -0.01"]),
        ([950, 3], ["950", "3"]),
        ([0.005, 0.01], ["0.005", "0.010"]),
        ([-3_100_000, 12_500, 460], ["-3,100 k", "12 k", "< 1 k"]),
        ([2e9, 5e6], ["2,000 M", "5 M"]),
        ([], []),
    ],
)
def test_numbers_of_one_axis_have_one_form(values, shown):
    form = number_form(values)
    assert [form(value) for value in values] == shown
    assert float(form(1e-17)) == 0  # as an axis may have its zero


def test_an_axis_is_written_like_its_bars():
    rows = [bill("2026-03-20", 1_700_000), bill("2026-02-20", 46_060)]
    (axes,) = answer(rows).plot(today=TODAY).figure().axes
    assert [text.get_text() for text in axes.texts if text.get_text()] == ["17,000", "461"]
    assert axes.yaxis.get_major_formatter()(2_500) == "2,500"
    (axes,) = (
        answer([bill(issued_at="2026-01-01", paid_at="2026-01-09T00:00:00Z", status="paid")])
        .plot("days_to_pay")
        .figure()
        .axes
    )
    assert all(tick == int(tick) for tick in axes.get_yticks())  # there is no half of a document


@pytest.mark.parametrize(
    "today",
    [
        "2027-01-02",
        date(2027, 1, 2),
        datetime(2027, 1, 2, 23, 59, tzinfo=UTC),
        pd.Timestamp("2027-01-02 23:00"),
        pd.Timestamp("2027-01-02 23:00", tz="America/New_York"),
    ],
)
def test_a_day_is_a_date_or_an_iso_text(today):
    chart = answer([bill("2027-01-01")], day=date(2027, 1, 2)).plot(today=today)
    assert chart.title == "Open amounts by days overdue, as of 2027-01-02"
    assert chart.table.loc["1–30 days", "EUR"] == 100.0


@pytest.mark.parametrize(
    "today", ["02.01.2027", "nonsense", "", "2027-02-30", "2027-1-2", "20270102", 20270102, 0, True, pd.NaT]
)
def test_no_day_is_guessed(today):
    with pytest.raises(RequestError, match=r"^Invalid date today=.*Write today='2027-01-31'"):
        answer([bill()]).plot(today=today)


def test_labels_of_a_long_time_are_thinned_evenly():
    rows = [bill("2025-01-06"), bill("2026-05-25")]
    (axes,) = answer(rows).plot("cash_flow", by="week").figure().axes
    places = list(axes.get_xticks())
    assert len(axes.patches) == 73
    assert 8 <= len(places) <= 12
    assert len({after - before for before, after in itertools.pairwise(places)}) == 1
    assert axes.get_xticklabels()[1].get_text() == "2025-02-24"


@pytest.mark.parametrize(
    ("kind", "rows", "nothing"),
    [
        ("aging", [], "Nothing is open."),
        ("aging", [bill(status="paid")], "Nothing is open."),
        ("aging", [bill(amount_due=0)], "Nothing is open."),
        ("aging", [bill(due=None, amount_due=0)], "Nothing is open."),
        ("cash_flow", [bill(status="paid")], "No money is expected in or out."),
        ("spend", [], "No amounts."),
        ("days_to_pay", [bill(issued_at="2026-01-01")], "Nothing has been paid."),
    ],
)
def test_where_there_is_nothing_to_draw_a_sentence_says_so(kind, rows, nothing):
    chart = answer(rows).plot(kind)
    (axes,) = chart.figure().axes
    assert [text.get_text() for text in axes.texts] == [nothing]
    assert not axes.axison
    bundle, metadata = chart._repr_mimebundle_()
    assert nothing in bundle["text/plain"]
    assert metadata["image/png"]["alt"] == f"Chart: {chart.title}. {nothing}"


def test_a_currency_in_which_nothing_is_open_has_no_empty_panel():
    chart = answer([bill(), bill(currency="GBP", amount_due=0)]).plot(today=TODAY)
    assert [axes.get_ylabel() for axes in chart.figure().axes] == ["EUR"]
    assert list(chart.table.columns) == ["EUR", "GBP"]


def test_wrong_wishes():
    payables = answer([bill()])
    with pytest.raises(RequestError, match=r"Unknown chart: 'pie'.*cash_flow, aging"):
        payables.plot("pie")
    with pytest.raises(RequestError, match="by='day': use one of 'week', 'month'"):
        payables.plot("cash_flow", by="day")
    with pytest.raises(RequestError, match="Nothing to show"):
        charts.cash_flow()
    with pytest.raises(RequestError, match="no column due_date, currency"):
        charts.aging(pd.DataFrame({"a": [1]}))


def test_a_chart_of_some_pages_says_that_more_follow():
    with pytest.warns(IncompleteListWarning, match="This is 1 row; more pages follow"):
        chart = answer([bill()], next_page="more").plot(today=TODAY)
    bundle, metadata = chart._repr_mimebundle_()
    assert bundle["text/plain"].endswith(
        "This is 1 row; more pages follow: use --all or .pages() to read them."
    )
    assert "more pages follow" in metadata["image/png"]["alt"]
    assert any("more pages follow" in text.get_text() for text in chart.figure().texts)
    assert answer([bill()]).plot(today=TODAY).note == ""
