"""`%monite_login --seed … --at …`: data and day in one step; and seeds without a second log-in."""

from __future__ import annotations

import pytest

from monite_magic.cell.options import MAGICS
from monite_magic.core.environments import CUSTOM, ENVIRONMENTS
from monite_magic.simulator.seeds import SEEDS


@pytest.fixture(autouse=True)
def simulator(kernel):
    """The simulator of the kernel as it starts, before and after; kernels are shared by tests."""
    start = "%monite_simulator seed starter\n%monite_simulator clock reset"
    kernel.good(start)
    yield
    kernel.good(start)


@pytest.mark.slow
def test_seed_and_clock_are_set_with_the_log_in(kernel):
    kernel.good("%monite_login --env local")
    kernel.good("%monite GET /counterparts -o before")
    ran = kernel.good("%monite_login --env local --seed bakery --at 2027-01-01")
    assert "clock is set to 2027-01-01 08:00 UTC" in ran.text
    assert "Deleted: all data of the seed starter and since: 5 counterparts" in " ".join(ran.text.split())
    ran = kernel.good("%monite GET /payables?due_date__gte=2027-01-01 -o bills")
    assert "note: The server refused the token" not in ran.text
    assert kernel.value("len(bills.items)") > 5
    assert kernel.value("bills.headers['date']").startswith("Fri, 01 Jan 2027 08:00")
    # What is said of the start is not said again.
    assert "seed bakery" not in kernel.good("%monite_use --partner").text


def test_a_time_of_the_day_can_be_given(kernel):
    assert "2031-02-03 16:45 UTC" in kernel.good("%monite_login --env local --at 2031-02-03T16:45").text


def test_the_session_goes_on_after_a_seed(kernel):
    kernel.good("%monite_login --env local")
    body = '{"type": "individual", "email": "a@b.example", "address": {"country": "DE", "city": "X", '
    body += '"line1": "Y", "postal_code": "1"}, "individual": {"first_name": "A", "last_name": "B"}}'
    kernel.good(f"%%monite POST /entities -o entity\n{body}")
    kernel.good("%monite_use --entity {{ entity.id }}")
    ran = kernel.good("%monite_simulator seed starter")
    assert "You are still logged in" in ran.text
    ran = kernel.good("%monite GET /counterparts -o firms")
    assert "refused the token" not in ran.text
    assert kernel.value("len(firms.items)") == 5
    assert "Entity" in kernel.good("%monite_simulator reset").text


def test_without_a_log_in_a_seed_logs_nobody_in(kernel):
    assert "logged in" not in kernel.good("%monite_simulator seed empty").text
    assert "not logged in" in kernel.run("%monite GET /counterparts").problem.lower()


@pytest.mark.parametrize("option", ["--seed starter", "--at 2027-01-01"])
def test_elsewhere_they_are_refused_or_said_to_do_nothing(kernel, server, variables, option):
    problem = kernel.run(f"%monite_login --env sandbox {option}").problem
    assert "--seed and --at only work with the simulator in this kernel, not with sandbox" in problem
    kernel.good(f"os.environ.update({variables})")
    problem = kernel.run(f"%monite_login --base-url {server.url} {option}").problem
    assert "Add --env local" in problem
    assert server.exchanges() == []
    ran = kernel.good(f"%monite_login --or-local --base-url {server.url} {option}")
    assert "--seed and --at only work with the simulator. They were ignored." in ran.text
    assert len(server.exchanges()) == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--env local --at tomorrow", "Invalid value --at tomorrow"),
        ("--env local --at 2027-02-30", "For instance: --at 2027-01-01"),
        ("--env local --at 9999-01-01", "8999"),
        ("--env local --seed baker", "Did you mean bakery?"),
        ("--form --seed bakery", "--seed"),
    ],
)
def test_what_makes_no_sense_is_said_and_changes_nothing(kernel, line, said):
    kernel.good("%monite_simulator seed empty")
    assert said in kernel.run(f"%monite_login {line}").problem
    assert "empty" in kernel.good("%monite_simulator").text
    assert "real time" in kernel.good("%monite_simulator").text


def test_the_partner_is_used_though_the_file_names_a_user(kernel, server, variables):
    user = "33333333-3333-4333-8333-333333333333"
    kernel.good(f"os.environ.update({ {**variables, 'MONITE_ENTITY_USER_ID': user} })")
    ran = kernel.good(f"%monite_login --base-url {server.url} --partner")
    assert "partner token" in ran.text
    assert [exchange["grant_type"] for exchange in server.exchanges()] == ["client_credentials"]


def test_the_names_of_environments_are_those_of_the_table():
    [known] = [option for option in MAGICS["monite_login"].options if "--env" in option.flags]
    assert known.choices == tuple(ENVIRONMENTS)
    [shown] = [option for option in MAGICS["monite_history"].options if "--env" in option.flags]
    assert shown.choices == (*ENVIRONMENTS, CUSTOM)


def test_the_names_of_the_seeds_are_those_of_the_simulator():
    [seed] = [option for option in MAGICS["monite_login"].options if "--seed" in option.flags]
    assert seed.choices == tuple(SEEDS)
