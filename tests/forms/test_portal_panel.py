"""The simulated portal's panel: the steps of a person, and what becomes of the secret."""

import json

import pytest

from monite_magic.api.credentials import find_profile
from monite_magic.jupyter.portal_panel import PortalPanel
from monite_magic.simulator import Simulator

PASSWORD = "canary-password-3c"


@pytest.fixture
def panel(tmp_path):
    local = Simulator()
    yield PortalPanel(local, path=tmp_path / ".env.practice")
    local.close()


@pytest.fixture
def person(person_at, panel):
    return person_at(panel)


def register(person, email="robin@example.com", password=PASSWORD):
    person.type("E-mail", email)
    person.type("Password", password)
    person.click("Register")


def test_from_registering_to_a_pair_that_logs_in(person, panel, tmp_path):
    assert "SIMULATION" in person.root.children[0].value
    register(person)
    assert "✓ Registered. An e-mail was sent to robin@example.com" in person.message_shown
    assert not person.is_shown("Register")
    person.click("Follow the link")
    assert "✓ Confirmed" in person.message_shown
    person.type("Project", "My project")
    person.click("Create project")
    assert "My project was created" in person.message_shown
    person.click("Create credentials")
    assert "Both are also in" in person.message_shown
    assert "the profile my_notebook" in person.message_shown
    person.click("I have copied it")

    profile = find_profile(profile="my_notebook", dotenv=tmp_path / ".env.practice", environ={})
    assert profile.environment.simulated
    assert profile.credentials == panel.credentials
    assert panel._simulator.wsgi is not None
    listed = panel._portal.credentials(panel._session, panel._project_id)
    assert [entry["client_id"] for entry in listed] == [panel.credentials.client_id]


def make_a_set(person, label=None):
    if label:
        person.type("Name of the set", label)
    person.click("Create credentials")


def get_to_credentials(person):
    register(person)
    person.click("Follow the link")
    person.click("Create project")


def test_a_secret_is_shown_once_with_a_button_that_copies_it(person, panel):
    get_to_credentials(person)
    make_a_set(person)
    secret = panel.credentials.client_secret.reveal()
    assert person.is_shown("I have copied it")
    assert not person.is_shown("Create credentials")
    state = person.state()
    assert state.count(secret) == 1
    assert "navigator.clipboard.writeText" in state
    assert "shown only once" in state
    person.click("I have copied it")
    assert secret not in person.state()
    assert panel.credentials.client_id not in person.state()


def test_no_secret_stays_in_the_widgets(person, panel):
    get_to_credentials(person)
    assert PASSWORD not in person.state()
    make_a_set(person)
    person.click("I have copied it")
    state = person.state()
    assert panel.credentials.client_secret.reveal() not in state
    assert panel.credentials.client_id not in state
    assert panel._simulator.outbox[-1]["token"] not in state


def test_several_sets_are_side_by_side_each_with_its_profile(person, panel, tmp_path):
    get_to_credentials(person)
    made = {}
    for label, profile in ((None, "my_notebook"), (None, "my_server"), ("Für Tests!", "f_r_tests")):
        make_a_set(person, label)
        made[profile] = panel.credentials
        person.click("I have copied it")
        person.click("Add another set")
    assert len(set(map(id, made.values()))) == 3
    for profile, credentials in made.items():
        found = find_profile(profile=profile, dotenv=tmp_path / ".env.practice", environ={})
        assert found.credentials == credentials
        assert json.dumps(credentials.masked_id)[1:-1] in person.state()


def test_two_sets_of_one_name_do_not_replace_each_other(person, panel, tmp_path):
    get_to_credentials(person)
    for label in ("Same", "same", "Tutorial", "???"):
        make_a_set(person, label)
        person.click("I have copied it")
        person.click("Add another set")
    text = (tmp_path / ".env.practice").read_text()
    for profile in ("SAME", "SAME_2", "TUTORIAL_2", "SET"):
        assert f"MONITE_{profile}_CLIENT_ID=" in text
    assert "MONITE_TUTORIAL_CLIENT_ID=" not in text


def test_the_panel_ends_and_says_which_pair_the_lesson_goes_on_with(person, panel):
    get_to_credentials(person)
    make_a_set(person)
    person.click("I have copied it")
    person.click("Done")
    for label in ("Register", "Follow the link", "Create project", "Create credentials", "Done"):
        assert not person.is_shown(label)
    assert "continues with the profile <code>tutorial</code>" in person.state()
    assert "--profile my_notebook" in person.message_shown


def test_enter_in_the_password_registers(person):
    person.enter("Password")
    person.type("Password", PASSWORD)
    assert "Registered" in person.message_shown


def test_what_the_portal_refuses_is_said_in_place(person):
    register(person, password="short")
    assert "✗ password: String should have at least 12 characters." in person.message_shown
    assert person.is_shown("Register")
    register(person)
    assert person.is_shown("Follow the link")


def test_an_address_is_registered_once(person, person_at, panel):
    register(person)
    again = person_at(PortalPanel(panel._simulator))
    register(again)
    assert "✗ An account with this email address already exists." in again.message_shown


def test_a_file_that_can_not_be_written_is_said(person, panel, tmp_path):
    (tmp_path / ".env.practice").mkdir()
    get_to_credentials(person)
    make_a_set(person)
    assert "✗ .env.practice can&#x27;t be read" in person.message_shown
    assert panel.credentials.client_secret.reveal() in person.state()
    person.click("I have copied it")
    person.click("Done")
    assert "No set is in" in person.message_shown


def test_where_widgets_do_not_show_the_text_points_to_the_code(panel):
    bundle = panel._repr_mimebundle_()
    assert "SIMULATED" in bundle["text/plain"]
    assert "cells below" in bundle["text/plain"]
    assert json.dumps(bundle)
