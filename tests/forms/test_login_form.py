"""The log-in form as the kernel sees it: messages of a front end go in, widget states come out."""

import json

import pytest

from monite_magic.core.environments import ENVIRONMENTS, find_environment
from monite_magic.core.errors import CredentialsError
from monite_magic.core.masking import Secret
from monite_magic.jupyter.forms.login import LoginForm, Outcome

CLIENT_ID = "11111111-1111-4111-8111-111111111111"
SECRET = "canary-secret-7a1f"


@pytest.fixture
def submitted():
    return []


@pytest.fixture
def person(person_at, submitted):
    def log_in(values):
        submitted.append(values)
        return Outcome(ok=True, message="Logged in to <sandbox>.")

    return person_at(LoginForm(log_in))


@pytest.mark.parametrize("how", ["button", "enter before the value", "enter after the value"])
def test_sending_takes_the_secret_out_of_the_form(person, submitted, how):
    person.type("Client ID", CLIENT_ID)
    if how == "enter before the value":
        person.enter("Client secret")
    person.type("Client secret", SECRET)
    if how == "button":
        person.click("Log in")
    elif how == "enter after the value":
        person.enter("Client secret")
    (values,) = submitted
    assert values.credentials.client_id == CLIENT_ID
    assert values.credentials.client_secret == Secret(SECRET)
    assert values.environment == ENVIRONMENTS["sandbox"]
    assert values.write_dotenv is False
    assert SECRET not in person.state()
    assert CLIENT_ID not in person.state()
    assert "✓ Logged in to &lt;sandbox&gt;." in person.message_shown
    assert not person.is_shown("Log in")
    assert SECRET not in repr(values)


def test_leaving_the_secret_field_sends_nothing(person, submitted):
    person.message("Client secret", method="custom", content={"event": "something else"})
    person.type("Client secret", SECRET)
    assert submitted == []


def test_an_enter_long_ago_sends_nothing(person, submitted, monkeypatch):
    person.enter("Client secret")
    monkeypatch.setattr("monite_magic.jupyter.forms.parts.time.monotonic", lambda: 1e12)
    person.type("Client secret", SECRET)
    assert submitted == []


def test_the_kernel_does_not_echo_the_secret(person, wire):
    for label in ("Client ID", "Client secret"):
        person.find(label).comm = wire
    person.type("Client ID", CLIENT_ID)
    person.type("Client secret", SECRET)
    assert CLIENT_ID in json.dumps(wire.sent)
    assert SECRET not in json.dumps(wire.sent)


@pytest.mark.parametrize(
    ("label", "value", "message"),
    [
        ("Client ID", "", "The client ID is missing"),
        ("Client ID", "abc", "The client ID is not a UUID"),
        ("Client secret", " ", "The client secret is missing"),
        ("API version", "soon", "The API version &#x27;soon&#x27; is not a date"),
    ],
)
def test_what_is_wrong_is_said_in_place_and_can_be_corrected(person, submitted, label, value, message):
    person.type("Client ID", CLIENT_ID)
    person.type("Client secret", SECRET)
    person.type(label, value)
    person.click("Log in")
    assert f"✗ {message}" in person.message_shown
    assert submitted == []
    assert SECRET not in person.state()
    assert person.is_shown("Log in")
    person.type("Client ID", CLIENT_ID)
    person.type("API version", "2024-05-25")
    person.type("Client secret", SECRET)
    person.click("Log in")
    assert len(submitted) == 1


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (CredentialsError("Refused.", hint="Check both."), "Refused. Check both."),
        (ZeroDivisionError("oops"), "Unexpected ZeroDivisionError: oops"),
        (ValueError(f"has {SECRET}"), "has ••••••••"),
    ],
)
def test_a_failure_leaves_the_form_open(person_at, error, message):
    def log_in(values):
        raise error

    person = person_at(LoginForm(log_in))
    person.type("Client ID", CLIENT_ID)
    person.type("Client secret", SECRET)
    person.click("Log in")
    assert message in person.message_shown
    assert SECRET not in person.message_shown
    assert person.is_shown("Log in")
    assert not person.find("Log in").disabled
    assert person.find("Client ID").value == CLIENT_ID


@pytest.mark.parametrize("answer", ["Replace", "Keep the file as it is"])
def test_a_question_is_answered_once(person_at, answer):
    replaced = []

    def replace():
        replaced.append(True)
        return Outcome(ok=True, message="Logged in; written.")

    def log_in(values):
        assert values.write_dotenv
        return Outcome(ok=True, message="Logged in.", question="Replace A in .env?", on_yes=replace)

    person = person_at(LoginForm(log_in))
    assert not person.is_shown("Replace")
    person.type("Client ID", CLIENT_ID)
    person.type("Client secret", SECRET)
    person.type("Write to .env, readable only by you", value=True)
    person.click("Log in")
    assert "Logged in. Replace A in .env?" in person.message_shown
    assert person.is_shown("Replace")
    person.click(answer)
    person.click("Replace")
    assert replaced == ([True] if answer == "Replace" else [])
    assert not person.is_shown("Replace")
    assert ("Logged in; written." if replaced else "not changed") in person.message_shown


def test_choosing_an_environment_says_what_it_means(person, submitted):
    labels = list(person.find("Environment")._options_labels)
    successor = ["tesouro-sandbox (unverified)", "tesouro (PRODUCTION, unverified)"]
    assert labels == ["sandbox", "eu (PRODUCTION)", "us (PRODUCTION)", *successor, "local (simulated)"]
    person.choose("Environment", 1)
    assert "eu is production" in person.message_shown
    person.choose("Environment", 0)
    assert person.message_shown == ""
    person.choose("Environment", 3)
    assert person.find("API version").value == "2025-06-23"
    person.choose("Environment", 5)
    assert person.find("API version").value == "2024-05-25"
    assert "needs no credentials" in person.message_shown
    assert person.find("Client secret").disabled
    person.click("Log in")
    assert submitted[0].credentials is None
    assert submitted[0].environment.simulated


def test_the_environment_that_was_asked_for_is_chosen(person_at, submitted):
    asked = find_environment(base_url="http://127.0.0.1:9/v1").with_version("2024-01-31")
    person = person_at(
        LoginForm(lambda values: submitted.append(values) or Outcome(True, ""), environment=asked)
    )
    person.type("Client ID", CLIENT_ID)
    person.type("Client secret", SECRET)
    assert person.find("API version").value == "2024-01-31"
    person.click("Log in")
    assert submitted[0].environment == asked


def test_where_widgets_do_not_show_the_text_says_what_to_do(person):
    bundle = person.form._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert ".env" in bundle["text/plain"]
    assert "--env local" in bundle["text/plain"]
