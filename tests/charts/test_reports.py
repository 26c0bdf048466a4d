"""Reports say what their titles say: figures against arithmetic in whole minor units, made here."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import pytest

from monite_magic import catalogue
from monite_magic.core.errors import RequestError
from monite_magic.tables import charts
from monite_magic.tables.charts.statuses import PAYMENT_STATUSES, STATUSES, TYPES

pd = pytest.importorskip("pandas")
pytest.importorskip("matplotlib")
DAY = "2026-06-30"


def invoice(number=0, amount=10_000, *, issued="2026-01-10", due="2026-02-10", **fields):
    row = {
        "id": f"i{number}", "type": "invoice", "status": "issued", "currency": "EUR",
        "counterpart_id": f"c{number}", "counterpart_name": f"Firm {number}",
        "issue_date": f"{issued}T10:00:00Z" if issued else None, "due_date": due,
        "total_amount": amount, "amount_due": amount, "amount_paid": 0,
        "total_amount_with_credit_notes": amount,
    }  # fmt: skip
    return {**row, **fields}


def paid_invoice(number, day, amount=10_000, **fields):
    paid = {"status": "paid", "amount_due": 0, "amount_paid": amount, "paid_at": f"{day}T10:00:00Z"}
    return invoice(number, amount, **{**paid, **fields})


def payment(of, amount, day, **fields):
    row = {
        "id": f"p-{of}-{day}", "object": {"id": of, "type": "receivable"}, "amount": amount,
        "currency": "EUR", "status": "succeeded", "paid_at": f"{day}T10:00:00Z", "overpaid_amount": 0,
    }  # fmt: skip
    return {**row, **fields}


@pytest.fixture(scope="session")
def frame(reply):
    def make(rows, path="/receivables", day=date(2026, 3, 1)):
        return reply(rows, path, day).df()

    return make


@pytest.fixture(scope="session")
def payments(frame):
    return lambda *rows: frame(list(rows), "/payment_records")


# -- the bakery on a day that has passed --------------------------------------------------------------------


@pytest.fixture(scope="session")
def books(bakery, frame):
    names = ("receivables", "payables", "payment_records")
    return {name: frame(bakery[name], f"/{name}", date(2027, 1, 1)) for name in names}


def open_in_minor_units(bakery, day):
    """What was open of each invoice at the end of a day, in whole minor units."""
    settled = Counter()
    for record in bakery["payment_records"]:
        if record["status"] == "succeeded" and record["paid_at"][:10] <= day:
            settled[record["object"]["id"]] += record["amount"]
    for row in bakery["receivables"]:
        if row["type"] == "credit_note" and row["issue_date"][:10] <= day:
            settled[row["based_on"]] += row["total_amount"]
    for row in bakery["receivables"]:
        if row["type"] == "invoice" and row["issue_date"] and row["issue_date"][:10] <= day:
            left = row["total_amount"] - settled[row["id"]]
            if left:
                yield row, left


def bucket_of(row, day):
    late = (date.fromisoformat(day) - date.fromisoformat(row["due_date"])).days
    names = [(0, "not due"), (30, "1–30 days"), (60, "31–60 days"), (90, "61–90 days")]
    return next((name for most, name in names if late <= most), "over 90 days")


def test_the_bakery_had_this_open_at_the_end_of_june(books):
    chart = charts.aging(books["receivables"], payments=books["payment_records"], today=DAY)
    assert chart.title == "Open amounts by days overdue, as of 2026-06-30"
    assert chart.table["EUR"].to_dict() == {
        "not due": 22_164.90, "1–30 days": 6_283.87, "31–60 days": 0.0, "61–90 days": 0.0,
        "over 90 days": 872.05,
    }  # fmt: skip
    assert chart.table["EUR"].sum().round(2) == 29_320.82
    assert "Counted as open: 2 documents written off on an unknown date (872.05 EUR" in chart.note


@pytest.mark.parametrize("day", ["2025-09-30", "2025-12-31", "2026-03-15", "2026-06-30", "2026-12-24"])
def test_any_past_day_of_the_bakery_is_what_the_records_say(day, bakery, books):
    wanted = defaultdict(int)
    for row, left in open_in_minor_units(bakery, day):
        wanted[bucket_of(row, day), row["currency"]] += left
    table = charts.aging(books["receivables"], payments=books["payment_records"], today=day).table
    for (bucket, currency), minor in wanted.items():
        assert table.loc[bucket, currency] == minor / (1000 if currency == "KWD" else 100)
    assert (table != 0).to_numpy().sum() == len(wanted)


def test_a_past_day_of_payables(bakery, books):
    settled = Counter()
    for record in bakery["payment_records"]:
        if record["paid_at"][:10] <= DAY:
            settled[record["object"]["id"]] += record["amount"]
    wanted, rejected = Counter(), []
    for row in bakery["payables"]:
        if row["issued_at"] <= DAY and row["status"] == "rejected":
            rejected.append(row["total_amount"])
        elif row["issued_at"] <= DAY and row["status"] != "draft":
            wanted[bucket_of(row, DAY), row["currency"]] += row["total_amount"] - settled[row["id"]]
    chart = charts.aging(books["payables"], payments=books["payment_records"], today=DAY)
    for (bucket, currency), minor in wanted.items():
        if minor:
            assert chart.table.loc[bucket, currency] == minor / (1 if currency == "JPY" else 100)
    many = f"{len(rejected)} document{'s' if len(rejected) > 1 else ''}"
    assert f"Left out: {many} canceled, rejected or deleted" in chart.note
    assert f"{sum(rejected) / 100:,.2f} EUR" in chart.note


def test_aging_by_counterpart_of_a_past_day(bakery, books):
    wanted = defaultdict(int)
    for row, left in open_in_minor_units(bakery, DAY):
        wanted[row["currency"], row["counterpart_name"], bucket_of(row, DAY)] += left
    chart = charts.aging_by_counterpart(books["receivables"], payments=books["payment_records"], today=DAY)
    table = chart.table
    for (currency, name, bucket), minor in wanted.items():
        assert table.loc[(currency, name), bucket] == minor / (1000 if currency == "KWD" else 100)
    assert table.loc[("EUR", "total"), "total"] == 29_320.82
    parties = table.drop(index="total", level="counterpart")
    assert (parties.drop(columns="total") != 0).to_numpy().sum() == len(wanted)
    assert chart.title == "Open amounts by days overdue and counterpart, as of 2026-06-30"
    assert chart.png()


def test_days_overdue_are_weighted_by_amount(bakery, books):
    amounts, weighted = Counter(), Counter()
    for row, left in open_in_minor_units(bakery, DAY):
        late = (date.fromisoformat(DAY) - date.fromisoformat(row["due_date"])).days
        if late > 0 and row["currency"] == "EUR":
            for name in (row["counterpart_name"], "total"):
                amounts[name] += left
                weighted[name] += left * late
    chart = charts.days_overdue(books["receivables"], payments=books["payment_records"], today=DAY)
    table = chart.table.loc["EUR"]
    assert table["days"].to_dict() == {name: round(weighted[name] / amounts[name], 1) for name in amounts}
    assert table["overdue"].to_dict() == {name: minor / 100 for name, minor in amounts.items()}
    assert chart.png()


def test_days_to_pay_of_a_past_day(bakery, books):
    last, wanted = {}, Counter()
    for record in bakery["payment_records"]:
        last[record["object"]["id"]] = max(last.get(record["object"]["id"], ""), record["paid_at"])
    for row in bakery["receivables"]:
        if row["type"] == "invoice" and row["status"] == "paid" and last[row["id"]][:10] <= DAY:
            days = (
                date.fromisoformat(last[row["id"]][:10]) - date.fromisoformat(row["issue_date"][:10])
            ).days
            wanted[next(n for most, n in ((0, "same day"), (7, "1–7"), (14, "8–14"), (30, "15–30"),
                                          (45, "31–45"), (60, "46–60"), (90, "61–90"), (9e9, "over 90"))
                        if days <= most)] += 1  # fmt: skip
    chart = charts.days_to_pay(books["receivables"], payments=books["payment_records"], today=DAY)
    assert {k: v for k, v in chart.table["documents"].to_dict().items() if v} == dict(wanted)
    assert chart.title.endswith(", as of 2026-06-30")


def test_cash_flow_of_a_past_day(bakery, books):
    wanted = Counter()
    for row, left in open_in_minor_units(bakery, DAY):
        wanted[row["due_date"][:7], row["currency"]] += left
    chart = charts.cash_flow(receivables=books["receivables"], payments=books["payment_records"], today=DAY)
    for (month, currency), minor in wanted.items():
        assert chart.table.loc[month, f"in, {currency}"] == minor / (1000 if currency == "KWD" else 100)
    assert chart.title == "Expected money in and out, by month, as of 2026-06-30"


def test_the_clock_of_the_simulator_is_in_its_answers(bakery):
    assert bakery["date"] == "Fri, 01 Jan 2027 08:00:00 GMT"


def test_a_plot_counts_from_the_day_of_its_answer(reply):
    rows = [invoice(due="2030-01-10")]
    chart = reply(rows, day=date(2030, 1, 20)).plot()
    assert chart.title == "Open amounts by days overdue, as of 2030-01-20"
    assert chart.table.loc["1–30 days", "EUR"] == 100.0


# -- which state is known -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "report",
    [charts.aging, charts.aging_by_counterpart, charts.days_overdue, charts.days_to_pay,
     lambda table, **options: charts.cash_flow(receivables=table, **options)],
)  # fmt: skip
def test_a_past_day_needs_payments(report, frame):
    with pytest.raises(RequestError, match=r"on 2026-03-01, not on 2026-02-28.*payments="):
        report(frame([invoice()]), today="2026-02-28")


def test_answers_are_taken_as_they_are_and_say_that_more_follow(reply):
    rows = [paid_invoice(0, "2026-02-20")]
    records = [payment("i0", 10_000, "2026-02-20")]
    whole = reply(records, "/payment_records")
    chart = charts.aging(reply(rows), payments=whole, today="2026-01-31")
    assert (chart.table["EUR"].sum(), chart.note) == (100.0, "")
    for today in ("2026-01-31", None):
        chart = charts.aging(reply(rows, more="next"), payments=whole, today=today)
        assert chart.note == "This is 1 row; more pages follow: use --all or .pages() to read them."
    with pytest.raises(RequestError, match=r"payments are not complete.*more pages follow"):
        charts.aging(reply(rows), payments=reply(records, "/payment_records", more="x"), today="2026-01-31")


def test_the_last_payment_stands_for_a_missing_day_of_payment(frame, payments):
    records = payments(payment("i0", 5_000, "2026-01-12"), payment("i0", 5_000, "2026-01-17"))
    table = frame([paid_invoice(0, "x", paid_at=None)])
    assert charts.days_to_pay(table, payments=records).table["documents"]["1–7"] == 1
    assert "1 document paid, without an issue or payment date" in charts.days_to_pay(table).note


def test_a_table_that_did_not_change_since_tells_of_that_day(frame):
    table = frame([invoice(updated_at="2026-02-20T10:00:00Z")], day=None)
    assert charts.aging(table, today="2026-02-21").table.loc["1–30 days", "EUR"] == 100.0
    with pytest.raises(RequestError, match="what is open on 2026-02-20"):
        charts.aging(table, today="2026-02-19")


def test_a_day_to_come_says_what_it_can_not_know(frame):
    chart = charts.aging(frame([invoice()]), today="2026-05-01")
    assert chart.title == "Open amounts by days overdue, on 2026-05-01 if nothing is paid after 2026-03-01"


@pytest.mark.parametrize(
    ("row", "records", "left"),
    [
        (invoice(), [], 100.0),
        (invoice(issued="2026-02-02"), [], None),  # not there yet
        (invoice(status="draft", issued=None), [], None),
        (paid_invoice(0, "2026-01-20"), [payment("i0", 10_000, "2026-01-20")], None),
        (paid_invoice(0, "2026-02-20"), [payment("i0", 10_000, "2026-02-20")], 100.0),
        (paid_invoice(0, "2026-02-20"),
         [payment("i0", 2_500, "2026-01-31"), payment("i0", 7_500, "2026-02-20")], 75.0),
        (paid_invoice(0, "2026-02-20"), [], 100.0),  # marked as paid by hand, on a day that is known
        (paid_invoice(0, "2026-01-20"), [], None),
        (paid_invoice(0, "2026-02-20"), [payment("i0", 4_000, "2026-01-15")], 60.0),
        (invoice(amount_due=4_000, amount_paid=6_000, status="partially_paid"),
         [payment("i0", 6_000, "2026-02-05")], 100.0),
        (invoice(amount_due=4_000, amount_paid=6_000, status="partially_paid"),
         [payment("i0", 6_000, "2026-01-31"), payment("i0", 1, "2026-01-20", status="processing")], 40.0),
    ],
)  # fmt: skip
def test_the_state_of_the_end_of_january(row, records, left, frame, payments):
    chart = charts.aging(frame([row]), payments=payments(*records), today="2026-01-31")
    assert chart.table.to_numpy().sum() == (left or 0)
    assert "Left out" not in chart.note


@pytest.mark.parametrize(
    ("row", "records", "words"),
    [
        (invoice(status="canceled"), [],
         "Left out: 1 document canceled, rejected or deleted on an unknown date (100.00 EUR)."),
        (invoice(amount_due=4_000, amount_paid=6_000, status="partially_paid"), [],
         "Left out: 1 document with a payment or credit note of unknown date (100.00 EUR)."),
        (paid_invoice(0, "2026-02-20", paid_at=None), [], "1 document with a payment"),
        (paid_invoice(0, "2026-02-20"), [payment("i0", 10_000, "2026-02-20", paid_at=None)],
         "1 document with a payment"),
        (invoice(total_amount_with_credit_notes=7_000, amount_due=7_000), [],
         "1 document with a payment"),
        (invoice(issued=None), [], "Left out: 1 document without an issue date (100.00 EUR)."),
        (invoice(), [payment("i0", 5_000, "2026-01-20", currency="USD")],
         "Left out: 1 payment in another currency than the document (50.00 USD)."),
        (invoice(), [payment("i0", 5_000, "2026-01-20", status="on_hold")],
         "Left out: 1 payment with the unknown status 'on_hold' (50.00 EUR)."),
    ],
)  # fmt: skip
def test_what_can_not_be_known_is_said(row, records, words, frame, payments):
    chart = charts.aging(frame([row]), payments=payments(*records), today="2026-01-31")
    assert words in chart.note


def credit(number, of, amount, issued, **fields):
    note = {"type": "credit_note", "based_on": of, "due_date": None, "amount_due": None}
    return invoice(number, amount, issued=issued, **{**note, **fields})


@pytest.mark.parametrize(("issued", "left"), [("2026-01-20", 70.0), ("2026-02-20", 100.0)])
@pytest.mark.parametrize("apart", [False, True])
def test_credit_notes_count_from_their_day(issued, left, apart, frame, payments):
    bill = invoice(total_amount_with_credit_notes=7_000, amount_due=7_000)
    notes = [credit(1, "i0", 3_000, issued), credit(2, "i0", 9_000, issued, status="draft")]
    given = {"credit_notes": frame(notes)} if apart else {}
    table = frame([bill] if apart else [bill, *notes])
    chart = charts.aging(table, payments=payments(), today="2026-01-31", **given)
    assert chart.table["EUR"].sum() == left


@pytest.mark.parametrize(("issued", "left"), [("2026-01-20", 0.0), ("2026-02-20", 100.0)])
def test_an_invoice_that_credit_notes_canceled_ended_on_their_day(issued, left, frame, payments):
    canceled = invoice(status="canceled", total_amount_with_credit_notes=0, amount_due=0)
    chart = charts.aging(
        frame([canceled, credit(1, "i0", 10_000, issued)]), payments=payments(), today="2026-01-31"
    )
    assert (chart.table.to_numpy().sum(), chart.note) == (left, "")


def test_overpaid_and_fully_credited_invoices_are_what_they_are(frame, payments):
    rows = [
        paid_invoice(0, "2026-01-20"),
        invoice(1, status="paid", amount_due=0, total_amount_with_credit_notes=0),
        credit(2, "i1", 10_000, "2026-01-15"),
    ]
    records = payments(payment("i0", 12_500, "2026-01-20", overpaid_amount=None))
    chart = charts.aging(frame(rows), payments=records, today="2026-01-31")
    assert chart.table.to_numpy().sum() == 0
    assert chart.note == "Overpaid: 1 document paid or credited beyond its amount (25.00 EUR)."
    record = payments(payment("i0", 12_500, "2026-01-20", overpaid_amount=2_500))
    told = charts.aging(frame(rows), payments=record, today="2026-01-31")
    assert told.note == ""
    now = charts.aging(frame([invoice(amount_due=-500), invoice(1)]))
    assert now.table["EUR"].sum() == 100.0
    assert now.note == "Overpaid: 1 document paid or credited beyond its amount (5.00 EUR)."
    days = charts.days_to_pay(frame([*rows, paid_invoice(3, "2026-01-05")]))
    assert days.table["documents"].to_dict()["before issue"] == 1
    assert days.table["documents"].sum() == 2
    assert "Left out: 1 document settled by credit notes, not paid (100.00 EUR)." in days.note


def test_reports_keep_the_four_decimals_of_a_currency(frame, payments):
    rows = [invoice(n, 1, currency="CLF", counterpart_id="c", counterpart_name="Firm") for n in range(3)]
    rows.append(invoice(9, 123_456_789, currency="CLF"))
    table = frame(rows)
    exact = {"Firm": 0.0003, "Firm 9": 12_345.6789}
    assert charts.aging(table).table.loc["1–30 days", "CLF"] == 12_345.6792
    by_firm = charts.aging_by_counterpart(table).table["total"].loc["CLF"]
    assert by_firm.to_dict() == {**exact, "total": 12_345.6792}
    assert charts.days_overdue(table).table["overdue"].loc["CLF"].to_dict() == {**exact, "total": 12_345.6792}
    assert charts.spend(table).table["CLF"].to_dict() == exact
    assert charts.concentration(table).table["amount"].loc["CLF"].to_dict() == exact
    assert charts.cash_flow(receivables=table).table.loc["2026-02", "in, CLF"] == 12_345.6792
    paid = payments(payment("i9", 123_456_788, "2026-01-20", currency="CLF"))
    rows[-1] = invoice(9, 123_456_789, currency="CLF", amount_due=1, amount_paid=123_456_788)
    assert charts.aging(frame(rows), payments=paid, today="2026-01-31").table["CLF"].sum() == 0.0004
    gone = frame([invoice(0, 5, currency="CLF", status="canceled")])
    note = charts.aging(gone, payments=paid, today="2026-01-31").note
    assert "1 document canceled, rejected or deleted on an unknown date (0.0005 CLF)" in note


@pytest.mark.parametrize("past", [False, True])
def test_a_negative_total_is_not_an_overpayment(past, frame, payments):
    table = frame([invoice(0, -5_000), invoice(1, 3_000)])
    at = {"payments": payments(), "today": "2026-01-31"} if past else {}
    chart = charts.aging(table, **at)
    assert chart.table["EUR"].sum() == 30.0
    assert chart.note == "Not subtracted: 1 document with a negative total (-50.00 EUR)."


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("negative", [-5_000, -100, -900_000])
def test_counterparts_with_a_negative_sum_have_no_share(negative, frame):
    rows = [invoice(0, negative), invoice(1, 3_000), invoice(2, 2_000), invoice(3, 100, currency="USD")]
    chart = charts.concentration(frame(rows), exchange_rates={"USD": Decimal("0.5")}, to="EUR")
    shares = chart.table["share_percent"]
    assert shares.loc["EUR"].dropna().to_dict() == {"Firm 1": 60.0, "Firm 2": 40.0}
    assert chart.table.loc[("EUR", "Firm 0"), "amount"] == negative / 100
    assert shares.loc["all in EUR"].dropna().to_dict() == {"Firm 1": 59.41, "Firm 2": 39.6, "Firm 3": 0.99}
    words = "Without a share because of a negative sum: 1 counterpart (EUR), 1 counterpart (all in EUR)."
    assert words in chart.note
    assert chart.png()


@pytest.mark.parametrize(
    "merged",
    [
        lambda one, two: pd.concat([one, two]),
        lambda one, two: pd.concat([one, two]).set_index("id", drop=False),
        lambda one, two: pd.concat([one, two]).assign(entity="a").set_index("entity"),
    ],
)
def test_tables_of_two_entities_are_one_whatever_their_index(merged, frame, payments):
    one, two = [invoice(0), invoice(1, 5_000)], [invoice(2, 7_000), invoice(3, currency="USD")]
    table = merged(frame(one), frame(two))
    paid = merged(payments(payment("i0", 2_500, "2026-01-20")), payments(payment("i2", 700, "2026-01-20")))
    past = charts.aging(table, payments=paid, today="2026-01-31").table
    assert past.sum().to_dict() == {"EUR": 188.0, "USD": 100.0}
    assert charts.aging_by_counterpart(table).table["total"].loc[("EUR", "total")] == 220.0
    assert charts.days_overdue(table).table["overdue"].loc[("EUR", "total")] == 220.0
    assert charts.spend(table).table["EUR"].sum() == 220.0
    assert charts.concentration(table).table["amount"].loc["EUR"].sum() == 220.0


def test_a_row_that_is_there_twice_counts_once(frame, payments):
    old = invoice(0, updated_at="2026-01-20T00:00:00Z")
    new = invoice(0, amount_due=4_000, amount_paid=6_000, updated_at="2026-02-01T00:00:00Z")
    new["status"] = "partially_paid"
    words = "Left out: 2 rows with the same ID as a newer or later row."
    for rows in ([new, old, invoice(1), invoice(1)], [invoice(1), old, invoice(1), new]):
        chart = charts.aging(frame(rows))
        assert (chart.table["EUR"].sum(), chart.note) == (140.0, words)
    record = payment("i0", 6_000, "2026-01-25")
    past = charts.aging(frame([new, invoice(1)]), payments=payments(record, record), today="2026-01-31")
    assert past.table["EUR"].sum() == 140.0
    assert past.note == "Left out: 1 row with the same ID as a newer or later row."


# -- which documents count ----------------------------------------------------------------------------------

COUNTS = {  # status: owed, billed, paid
    "draft": "", "new": "ob", "approve_in_progress": "ob", "waiting_to_be_paid": "ob",
    "partially_paid": "ob", "paid": "bp", "canceled": "", "rejected": "", "issuing": "", "failed": "",
    "recurring": "", "issued": "ob", "overdue": "ob", "uncollectible": "b", "accepted": "", "declined": "",
    "expired": "", "deleted": "",
}  # fmt: skip


def statuses_of_the_contract(path, version):
    from monite_magic.catalogue.shapes import rows_shape, shape_from

    known = catalogue.load(version)
    shape = rows_shape(shape_from(known, known.find("GET", path).operation.answers[200].schema))
    return shape.field("status").enum, shape.field("type").enum


def test_every_status_and_type_of_the_contract_is_listed_with_a_reason():
    known, kinds = set(), set()
    for version in catalogue.versions():
        for path in ("/payables", "/receivables"):
            statuses, types = statuses_of_the_contract(path, version)
            known.update(statuses)
            kinds.update(types)
    assert set(STATUSES) == known == set(COUNTS)
    assert set(TYPES) == kinds
    assert all(status.reason for status in STATUSES.values())
    assert {name for name, counts in PAYMENT_STATUSES.items() if counts} == {"succeeded"}


@pytest.mark.parametrize("status", COUNTS)
def test_each_status_counts_where_it_should(status, frame):
    table = frame([invoice(status=status, paid_at="2026-02-01T00:00:00Z")])
    assert charts.aging(table).table.to_numpy().sum() == (100.0 if "o" in COUNTS[status] else 0)
    assert charts.cash_flow(receivables=table).table.to_numpy().sum() == (100 if "o" in COUNTS[status] else 0)
    assert charts.spend(table).table.to_numpy().sum() == (100.0 if "b" in COUNTS[status] else 0)
    assert charts.days_to_pay(table).table["documents"].sum() == ("p" in COUNTS[status])


@pytest.mark.parametrize("report", [charts.aging, charts.spend, charts.concentration, charts.days_to_pay])
def test_a_new_status_or_type_is_reported_and_does_not_count(report, frame):
    rows = [invoice(0, status="frozen"), invoice(1, status=None), invoice(2, type="pro_forma")]
    chart = report(frame(rows))
    assert chart.table.empty or chart.table.to_numpy().sum() == 0
    for words in ("the unknown status 'frozen'", "no status", "the unknown type 'pro_forma'"):
        assert f"Left out: 1 document with {words} (100.00 EUR)." in chart.note


def test_a_table_without_statuses_counts_them_all_and_says_so(frame):
    table = frame([invoice()]).drop(columns="status")
    chart = charts.aging(table)
    assert chart.table["EUR"].sum() == 100.0
    assert chart.note == "The table has no status, so all its documents count."


@pytest.mark.filterwarnings("ignore::monite_magic.UnexpectedValuesWarning")
def test_documents_without_a_currency_are_counted(frame):
    rows = [invoice(0), invoice(1, currency=None), invoice(2, currency="")]
    for report in (charts.aging, charts.spend, charts.concentration, charts.days_overdue):
        assert "Left out: 2 documents without a currency." in report(frame(rows)).note
    alone = charts.aging(frame(rows[1:]))
    assert "Left out: 2 documents without a currency." in repr(alone)
    assert "Nothing is open" not in repr(alone)
    assert [text.get_text() for text in alone.figure().axes[0].texts] == ["No amounts to show: see the note."]
    flow = charts.cash_flow(receivables=frame(rows))
    assert "Left out: 2 documents without a currency (in)." in flow.note


@pytest.mark.filterwarnings("ignore::monite_magic.UnexpectedValuesWarning")
def test_documents_whose_amount_can_not_be_read_are_counted(frame, payments):
    odd = invoice(1, "250.00", amount_due=None, amount_paid=None, total_amount_with_credit_notes=None)
    table = frame([invoice(0), odd])
    for report in (charts.aging, charts.spend, charts.concentration, charts.days_overdue):
        chart = report(table)
        assert "Left out: 1 document without an amount." in chart.note
        assert chart.table.to_numpy().sum() >= 100
    past = charts.aging(table, payments=payments(), today="2026-01-31")
    assert past.note == "Left out: 1 document without an amount."
    assert past.table["EUR"].sum() == 100.0


def test_a_relation_of_duckdb_is_a_table(frame, payments):
    duckdb = pytest.importorskip("duckdb")
    table, records = (
        frame([invoice(0), paid_invoice(1, "2026-02-15")]),
        payments(payment("i1", 10_000, "2026-02-15")),
    )
    with duckdb.connect() as books:
        rows, paid = books.from_df(table), books.from_df(records)
        chart = charts.aging(rows, payments=paid, today="2026-01-31")
    assert chart.table["EUR"].sum() == 200.0


def test_texts_among_the_amounts_of_a_table_are_refused_in_words(frame):
    table = frame([invoice(0), invoice(1)]).astype({"amount_due": object})
    table.loc[0, "amount_due"] = "a lot"
    with pytest.raises(RequestError, match="The column amount_due doesn't contain amounts"):
        charts.aging(table)


@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
def test_tables_of_other_types_are_taken_too(backend, frame, payments, tmp_path):
    pytest.importorskip("pyarrow")
    rows, paid = (
        frame([invoice(0), paid_invoice(1, "2026-02-15")]),
        payments(payment("i1", 10_000, "2026-02-15")),
    )
    tables = []
    for table in (rows, paid):
        name = tmp_path / f"{len(tables)}.parquet"
        table.to_parquet(name)
        tables.append(pd.read_parquet(name, dtype_backend=backend))
    chart = charts.aging(tables[0], payments=tables[1], today="2026-01-31")
    assert chart.table["EUR"].sum() == 200.0
    for report in (charts.aging_by_counterpart, charts.days_to_pay, charts.spend):
        pd.testing.assert_frame_equal(report(tables[0]).table, report(rows).table)


def test_minor_units_are_refused(reply):
    with pytest.raises(RequestError, match="in minor units"):
        charts.aging(reply([invoice()]).df(money="minor"))


# -- counterparts -------------------------------------------------------------------------------------------


def test_a_renamed_firm_is_one_and_two_of_a_name_are_two(frame):
    a, b = "aaaaaaaa-1111", "bbbbbbbb-2222"
    rows = [
        invoice(0, 100, counterpart_id=a, counterpart_name="Old", updated_at="2026-01-01T00:00:00Z"),
        invoice(1, 200, counterpart_id=a, counterpart_name="Same", updated_at="2026-02-01T00:00:00Z"),
        invoice(2, 400, counterpart_id=a, counterpart_name=None, updated_at="2026-02-09T00:00:00Z"),
        invoice(3, 800, counterpart_id=b, counterpart_name="Same", updated_at="2026-01-01T00:00:00Z"),
        invoice(4, 1_600, counterpart_id=None, counterpart_name="Loose"),
    ]
    wanted = {"Same (aaaaaaaa)": 7.0, "Same (bbbbbbbb)": 8.0, "Loose": 16.0}
    assert charts.spend(frame(rows)).table["EUR"].to_dict() == wanted
    by_party = charts.aging_by_counterpart(frame(rows)).table.loc["EUR"]["total"]
    assert by_party.to_dict() == {**wanted, "total": 31.0}


def test_concentration(frame):
    rows = [invoice(n, amount) for n, amount in enumerate((50_00, 30_00, 20_00))]
    rows.append(invoice(9, 7_000, currency="JPY"))
    chart = charts.concentration(frame(rows), top=2)
    table = chart.table.loc["EUR"]
    assert table["amount"].tolist() == [50.0, 30.0, 20.0]
    assert table["share_percent"].tolist() == [50.0, 30.0, 20.0]
    assert table["cumulative_percent"].tolist() == [50.0, 80.0, 100.0]
    labels = [text.get_text() for text in chart.figure().axes[0].get_yticklabels()]
    assert labels == ["Firm 0", "Firm 1", "all others"]


# -- buckets, periods, time zones, currencies ---------------------------------------------------------------


def test_own_buckets(frame):
    late = [
        invoice(n, 100, due=(date(2026, 3, 1) - timedelta(days=n)).isoformat()) for n in (0, 1, 7, 8, 15, 99)
    ]
    table = charts.aging(frame(late), buckets=(7, 14)).table["EUR"]
    assert table.to_dict() == {"not due": 1.0, "1–7 days": 2.0, "8–14 days": 1.0, "over 14 days": 2.0}


def test_aging_from_the_issue_date(frame):
    rows = [invoice(0, issued="2026-03-01"), invoice(1, issued="2026-01-30"), invoice(2, issued="2026-01-29")]
    chart = charts.aging(frame(rows), count_from="issue_date")
    assert chart.table["EUR"].tolist() == [200.0, 100.0, 0.0, 0.0]
    assert chart.table.index.tolist() == ["0–30 days", "31–60 days", "61–90 days", "over 90 days"]
    assert chart.title == "Open amounts by days since issue, as of 2026-03-01"
    ahead = charts.aging(frame([*rows, invoice(3, issued="2026-04-01"), invoice(4, issued=None)]),
                         count_from="issue_date").table["EUR"]  # fmt: skip
    assert ahead.loc[["issued later", "no issue date"]].tolist() == [100.0, 100.0]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"buckets": ()}, "the days must increase"),
        ({"buckets": (30, 10)}, "the days must increase"),
        ({"buckets": (-5, 10)}, "the days must increase"),
        ({"buckets": "ab"}, "the days must increase"),
        ({"count_from": "birth"}, "use 'due_date' or 'issue_date'"),
        ({"time_zone": "Mars/Base"}, "Unknown time zone: 'Mars/Base'"),
        ({"to": "EUR"}, "must be used together"),
        ({"exchange_rates": {"USD": 1}}, "must be used together"),
        ({"exchange_rates": {"USD": "x"}, "to": "EUR"}, "not a positive number"),
        ({"exchange_rates": {"USD": 0}, "to": "EUR"}, "not a positive number"),
        ({"exchange_rates": {"USD": "1e400"}, "to": "EUR"}, "not a positive number"),
        ({"exchange_rates": {"USD": "1e-400"}, "to": "EUR"}, "not a positive number"),
        ({"exchange_rates": [("USD", 1)], "to": "EUR"}, "they must be a dict"),
        ({"exchange_rates": "USD", "to": "EUR"}, "they must be a dict"),
        ({"exchange_rates": {"usd": 1}, "to": "EUR"}, "Invalid currency in the exchange rates: 'usd'"),
        ({"exchange_rates": {"USD": 1}, "to": "euro"}, "Invalid currency in the exchange rates: 'euro'"),
        ({"exchange_rates": {"USD": 1, "EUR": 2}, "to": "EUR"}, "one EUR is 1 EUR"),
        ({"buckets": (30.5, 60)}, "the days must increase"),
        ({"buckets": (30, float("inf"))}, "the days must increase"),
    ],
)
def test_wrong_options(options, words, frame):
    with pytest.raises(RequestError, match=words):
        charts.aging(frame([invoice()]), **options)


@pytest.mark.parametrize("kind", ["polars", "pyarrow", "duckdb", "csv"])
def test_whole_numbers_without_a_unit_are_mentioned(kind, reply, tmp_path):
    """Amounts in minor units would count a hundredfold."""
    page = reply([invoice(), invoice(1, amount=None, amount_due=None)])
    table = page.df(backend={"csv": "pandas", "duckdb": "pyarrow"}.get(kind, kind), money="minor")
    text = "total_amount has whole numbers and no unit, and is read as major units of its currency."
    if kind == "duckdb":
        table = pytest.importorskip("duckdb").from_arrow(table).select("*")
    elif kind == "pyarrow":
        table = table.replace_schema_metadata(None)
    elif kind == "csv":
        table.head(1).to_csv(tmp_path / "a.csv")
        table = pd.read_csv(tmp_path / "a.csv")
    assert text in charts.aging(table).note
    assert text not in charts.aging(page.df(backend="polars")).note
    assert text not in charts.aging(page).note


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"first_month": 13}, "Invalid month first_month=13"),
        ({"by": "day"}, "by='day': use one of"),
        ({"receivables": None, "recurrences": 1}, "Nothing to show"),
    ],
)
def test_wrong_options_of_cash_flow(options, words, frame):
    with pytest.raises(RequestError, match=words):
        charts.cash_flow(**{"receivables": frame([invoice()]), **options})


def test_the_firms_time_zone_says_on_what_day_a_moment_is(frame, payments):
    moment = "2026-01-31T23:30:00Z"  # the first of February in Berlin
    assert datetime.fromisoformat(moment).astimezone(ZoneInfo("Europe/Berlin")).day == 1
    rows = [paid_invoice(0, "x", issued="2026-01-10", paid_at=moment)]
    records = payments(payment("i0", 10_000, "x", paid_at=moment))
    for zone, left in ((None, 0.0), ("Europe/Berlin", 100.0), ("America/New_York", 0.0)):
        chart = charts.aging(frame(rows), payments=records, today="2026-01-31", time_zone=zone)
        assert chart.table.to_numpy().sum() == left
    late = frame([paid_invoice(0, "x", issued="2026-01-31", paid_at=moment)])
    assert charts.days_to_pay(late).table["documents"]["same day"] == 1
    assert charts.days_to_pay(late, time_zone="Europe/Berlin").table["documents"]["1–7"] == 1


@pytest.mark.parametrize(
    ("by", "first_month", "labels"),
    [
        ("month", 4, ["2025/26-11", "2025/26-12", "2026/27-01"]),
        ("quarter", 4, ["2025/26-Q4", "2026/27-Q1"]),
        ("year", 4, ["2025/26", "2026/27"]),
        ("month", 1, ["2026-02", "2026-03", "2026-04"]),
        ("quarter", 1, ["2026-Q1", "2026-Q2"]),
        ("year", 1, ["2026"]),
        ("week", 4, ["2026-02-09", *(f"2026-{d:%m-%d}" for d in
                     (date(2026, 2, 16) + timedelta(weeks=n) for n in range(7)))]),
    ],
)  # fmt: skip
def test_periods_of_the_firms_own_year(by, first_month, labels, frame):
    rows = [invoice(0, due="2026-02-10"), invoice(1, due="2026-04-01")]
    table = charts.cash_flow(receivables=frame(rows), by=by, first_month=first_month).table
    assert table.index.tolist() == labels
    assert table.index.name == by
    assert table["in, EUR"].sum() == 200.0


def test_what_is_due_long_before_or_after_has_a_bar_of_its_own(frame):
    dues = ["1900-01-01", "2026-03-20", "2206-05-01", "9999-12-31"]
    rows = [invoice(n, 100 * 2**n, due=due) for n, due in enumerate(dues)]
    for by in ("week", "month", "quarter", "year"):
        chart = charts.cash_flow(receivables=frame(rows), by=by)
        assert chart.table.loc["earlier", "in, EUR"] == 1.0
        assert chart.table.loc["later", "in, EUR"] == 12.0
        assert len(chart.table) <= 125
        assert "Earlier: 1 document due before" in chart.note
        assert "Later: 2 documents due after" in chart.note
        assert "12.00 EUR (in)." in chart.note
        assert chart.table.index[0] == "earlier"
        assert chart.table.index[-1] == "later"
    far = charts.cash_flow(receivables=frame(rows[-1:])).table
    assert far.index.tolist() == ["9999-12"]


def test_old_books_are_shown_in_their_own_time(frame):
    rows = [invoice(n, due=f"2015-{n + 1:02}-15") for n in range(12)]
    table = charts.cash_flow(receivables=frame(rows)).table
    assert table.index.tolist() == [f"2015-{month:02}" for month in range(1, 13)]


def test_a_reporting_currency_stands_next_to_the_originals(frame):
    rows = [invoice(0, 10_000), invoice(1, 20_000, currency="USD"), invoice(2, 500, currency="GBP")]
    rates = {"USD": Decimal("0.92")}
    table, words = (
        frame(rows),
        "All in EUR is converted: 1 USD = 0.92 EUR. Not included because of a missing rate: GBP.",
    )
    aging = charts.aging(table, exchange_rates=rates, to="EUR")
    assert aging.table.loc["1–30 days"].to_dict() == {
        "EUR": 100.0, "GBP": 5.0, "USD": 200.0, "all in EUR": 284.0,
    }  # fmt: skip
    assert words in aging.note
    spend = charts.spend(table, exchange_rates=rates, to="EUR")
    assert spend.table["all in EUR"].to_dict() == {"Firm 1": 184.0, "Firm 0": 100.0, "Firm 2": 0.0}
    flow = charts.cash_flow(receivables=table, exchange_rates=rates, to="EUR")
    assert flow.table["in, all in EUR"].sum() == 284.0
    assert [axes.get_ylabel() for axes in flow.figure().axes] == ["EUR", "GBP", "USD", "all in EUR"]
    none = charts.aging(frame(rows[2:]), exchange_rates=rates, to="EUR")
    assert list(none.table.columns) == ["GBP"]


RATES = {"USD": Decimal("0.92"), "JPY": Decimal("0.0061"), "KWD": "3.01"}  # GBP has none
SIZES = {"EUR": 100, "USD": 100, "GBP": 100, "JPY": 1, "KWD": 1000}


@pytest.fixture(scope="module")
def mixed():
    """Open invoices of five firms in five currencies, some of them late."""
    dice = Random(11)
    rows = []
    for number in range(200):
        due = date(2026, 3, 1) + timedelta(days=dice.randrange(-120, 40))
        rows.append(
            invoice(
                number,
                dice.randrange(1, 10**6),
                due=due.isoformat(),
                currency=dice.choice([*SIZES]),
                counterpart_id=f"c{number % 5}",
                counterpart_name=f"Firm {number % 5}",
            )
        )
    return rows


def converted(row, to):
    """An amount in another currency, exactly; None without a rate."""
    rate = {**RATES, to: 1}.get(row["currency"])
    return None if rate is None else Decimal(row["total_amount"]) / SIZES[row["currency"]] * Decimal(rate)


def sums_in(to, rows, key, decimals=2):
    sums = defaultdict(Decimal)
    for row in rows:
        if (amount := converted(row, to)) is not None:
            sums[key(row)] += amount
    return {name: pytest.approx(float(value), abs=0.5001 * 10**-decimals) for name, value in sums.items()}


@pytest.mark.parametrize(("to", "decimals"), [("EUR", 2), ("JPY", 0), ("KWD", 3)])
def test_every_report_of_money_takes_a_reporting_currency(to, decimals, mixed, frame):
    label, table = f"all in {to}", frame(mixed)
    given = {"exchange_rates": {code: rate for code, rate in RATES.items() if code != to}, "to": to}
    by_firm = sums_in(to, mixed, lambda row: row["counterpart_name"], decimals)
    whole = sums_in(to, mixed, lambda _: "all", decimals)["all"]

    aging = charts.aging(table, **given)
    by_bucket = sums_in(to, mixed, lambda row: bucket_of(row, "2026-03-01"), decimals)
    assert aging.table[label].to_dict() == by_bucket

    chart = charts.aging_by_counterpart(table, **given)
    assert chart.table.loc[label]["total"].to_dict() == {**by_firm, "total": whole}
    by_both = sums_in(
        to, mixed, lambda row: (row["counterpart_name"], bucket_of(row, "2026-03-01")), decimals
    )
    cells = chart.table.loc[label].drop(index="total", columns="total").stack()
    assert {place: amount for place, amount in cells.items() if amount} == by_both

    assert charts.spend(table, **given).table[label].to_dict() == by_firm
    flow = charts.cash_flow(receivables=table, **given)
    by_month = sums_in(to, mixed, lambda row: row["due_date"][:7], decimals)
    assert flow.table[f"in, {label}"].to_dict() == by_month

    shares = charts.concentration(table, **given).table.loc[label]
    assert shares["amount"].to_dict() == by_firm
    exact = [float(value.expected) for value in by_firm.values()]
    assert sorted(shares["share_percent"]) == [
        pytest.approx(part / sum(exact) * 100, abs=0.006) for part in sorted(exact)
    ]
    assert shares["cumulative_percent"].iloc[-1] == 100.0

    late = [row for row in mixed if row["due_date"] < "2026-03-01"]
    weights = defaultdict(Decimal)
    for row in late:
        if (amount := converted(row, to)) is not None:
            weights[row["counterpart_name"]] += (
                amount * (date(2026, 3, 1) - date.fromisoformat(row["due_date"])).days
            )
    overdue = sums_in(to, late, lambda row: row["counterpart_name"], decimals)
    chart = charts.days_overdue(table, **given)
    found = chart.table.loc[label].drop(index="total")
    assert found["overdue"].to_dict() == overdue
    assert found["days"].to_dict() == {
        name: pytest.approx(float(weights[name]) / overdue[name].expected, abs=0.06) for name in overdue
    }


REPORTS_OF_MONEY = [
    charts.aging, charts.aging_by_counterpart, charts.days_overdue, charts.spend, charts.concentration,
    lambda table, **options: charts.cash_flow(receivables=table, **options),
]  # fmt: skip


@pytest.mark.parametrize("report", REPORTS_OF_MONEY)
def test_a_reporting_currency_changes_none_of_the_originals(report, mixed, frame):
    table = frame(mixed)
    plain, both = report(table), report(table, exchange_rates=RATES, to="EUR")
    same = both.table.drop(columns=[name for name in both.table if "all in" in str(name)])
    if "all in EUR" in same.index.get_level_values(0):
        same = same.drop(index="all in EUR", level=0)
    pd.testing.assert_frame_equal(same, plain.table, check_like=True)
    words = "All in EUR is converted: 1 JPY = 0.0061 EUR, 1 KWD = 3.01 EUR, 1 USD = 0.92 EUR."
    assert f"{words} Not included because of a missing rate: GBP." in both.note
    units = [axes.get_ylabel() or axes.get_xlabel() for axes in both.figure().axes]
    assert "all in EUR" not in "".join(units[:-1])


@pytest.mark.parametrize("report", REPORTS_OF_MONEY)
def test_the_reporting_currency_is_drawn_however_many_there_are(report, frame):
    codes = ("AUD", "CAD", "CHF", "GBP", "NOK", "SEK", "USD")
    table = frame([invoice(number, currency=code) for number, code in enumerate(codes)])
    chart = report(table, exchange_rates={"USD": "0.92", "CHF": 1}, to="EUR")
    units = [axes.get_ylabel() or axes.get_xlabel() for axes in chart.figure().axes]
    assert "all in EUR" in units[-1]
    assert len(units) == 5


@pytest.mark.parametrize("report", REPORTS_OF_MONEY)
def test_without_any_rate_there_is_no_reporting_currency(report, frame):
    chart = report(frame([invoice(currency="GBP")]), exchange_rates={"USD": 1}, to="EUR")
    assert "all in EUR" not in repr(chart.table)
    assert chart.note == "Not included because of a missing rate: GBP."


# -- recurrences --------------------------------------------------------------------------------------------


def recurrence(number, template, days, **fields):
    done = [{"issue_at": "2026-02-01", "iteration": 1, "status": "completed"}]
    coming = [{"issue_at": day, "iteration": 2 + n, "status": "pending"} for n, day in enumerate(days)]
    row = {"id": f"r{number}", "invoice_id": template, "status": "active", "automation_level": "issue"}
    return {**row, "iterations": done + coming, **fields}


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_invoices_that_recurrences_will_issue_are_planned(backend, reply, frame):
    pytest.importorskip(backend)
    terms = {"id": "t", "name": "14", "term_final": {"number_of_days": 14}}
    template = invoice(7, 5_000, status="recurring", issued=None, due=None, payment_terms=terms)
    rows = [
        recurrence(0, "i7", ["2026-03-20", "2026-04-20"]),
        recurrence(1, "i7", ["2026-04-01"], status="paused"),
        recurrence(2, "i7", ["2026-04-01"], automation_level="draft"),
        recurrence(3, "gone", ["2026-04-01"]),
        recurrence(4, "i7", ["2026-02-27"]),  # its day has passed
    ]
    chart = charts.cash_flow(
        receivables=frame([invoice(0, due="2026-04-10"), template]),
        recurrences=reply(rows, "/recurrences").df(backend=backend),
    )
    assert chart.table["in, EUR"].to_dict() == {"2026-04": 100.0, "2026-05": 0.0}
    assert chart.table["planned in, EUR"].to_dict() == {"2026-04": 50.0, "2026-05": 50.0}
    assert "Left out: 1 recurrence whose template is not among the receivables." in chart.note
    assert "Left out: 1 recurrence that only create drafts." not in chart.note
    assert "1 recurrence that only creates drafts" in chart.note


def test_recurrences_need_their_templates_and_the_present(frame, payments):
    plans = frame([recurrence(0, "i7", ["2026-03-20"])], "/recurrences")
    with pytest.raises(RequestError, match="needs receivables="):
        charts.cash_flow(payables=frame([], "/payables"), recurrences=plans)
    with pytest.raises(RequestError, match="not available for a past day"):
        charts.cash_flow(
            receivables=frame([invoice()]), recurrences=plans, payments=payments(), today="2026-01-31"
        )


# -- many rows, and dates far away --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many(frame):
    """6,000 invoices in six currencies, of 1,500 firms; three are due in other centuries."""
    dice, rows = Random(5), []
    start = date(2024, 6, 1)
    for number in range(6_000):
        issued = start + timedelta(days=dice.randrange(900))
        amount, is_paid = dice.randrange(1, 10**6), dice.random() < 0.8
        paid = (issued + timedelta(days=dice.randrange(90))).isoformat()
        code = dice.choice(["EUR", "USD", "GBP", "CHF", "SEK", "JPY"])
        common = {"currency": code, "counterpart_id": f"c{dice.randrange(1500)}"}
        common |= {"issued": issued.isoformat(), "due": (issued + timedelta(days=30)).isoformat()}
        rows.append(
            paid_invoice(number, paid, amount, **common) if is_paid else invoice(number, amount, **common)
        )
    for number, due in enumerate(("1900-01-01", "2206-01-01", "9999-12-31")):
        rows[number] = invoice(number, due=due)
    return frame(rows, day=date(2027, 1, 1))


@pytest.mark.parametrize(
    "report",
    [charts.aging, charts.aging_by_counterpart, charts.days_overdue, charts.spend, charts.concentration,
     charts.days_to_pay, lambda table: charts.cash_flow(receivables=table, payables=table, by="week"),
     lambda table: charts.cash_flow(receivables=table, by="month")],
)  # fmt: skip
def test_many_rows_and_dates_far_away_make_a_picture_of_a_page(report, many):
    picture = report(many).png()
    assert picture.startswith(b"\x89PNG")
    width, height = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))
    assert width < 3000
    assert height < 3000


def test_a_long_table_is_printed_in_part(many):
    assert len(repr(charts.aging_by_counterpart(many)).splitlines()) < 150


def test_today_is_the_default_where_no_answer_tells(frame):
    chart = charts.aging(frame([invoice()], day=None))
    assert chart.title == f"Open amounts by days overdue, as of {datetime.now(UTC).date()}"
