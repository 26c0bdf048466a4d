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
    assert "✓ Registered. A mail went to robin@example.com" in person.message_shown
    assert not person.is_shown("Register")
    person.click("Follow the link")
    assert "✓ Confirmed" in person.message_shown
    person.type("Project", "My project")
    person.click("Create project")
    assert "My project is there" in person.message_shown
    person.click("Create credentials")
    assert "both are in" in person.message_shown
    assert panel.credentials.masked_id in person.message_shown

    profile = find_profile(dotenv=tmp_path / ".env.practice", environ={})
    assert profile.environment.simulated
    assert profile.credentials == panel.credentials
    assert panel._simulator.wsgi is not None
    listed = panel._portal.credentials(panel._session, panel._project_id)
    assert [entry["client_id"] for entry in listed] == [panel.credentials.client_id]


def test_no_secret_is_in_the_widgets(person, panel):
    register(person)
    assert PASSWORD not in person.state()
    for label in ("Follow the link", "Create project", "Create credentials"):
        person.click(label)
    state = person.state()
    assert panel.credentials.client_secret.reveal() not in state
    assert panel.credentials.client_id not in state
    assert panel._simulator.outbox[-1]["token"] not in state


def test_several_sets_can_be_made(person, panel):
    register(person)
    for label in ("Follow the link", "Create project", "Create credentials"):
        person.click(label)
    first = panel.credentials
    person.click("Create credentials")
    assert panel.credentials != first


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
    register(person)
    for label in ("Follow the link", "Create project", "Create credentials"):
        person.click(label)
    assert "✗ .env.practice can&#x27;t be read" in person.message_shown


def test_where_widgets_do_not_show_the_text_points_to_the_code(panel):
    bundle = panel._repr_mimebundle_()
    assert "SIMULATED" in bundle["text/plain"]
    assert "cells below" in bundle["text/plain"]
    assert json.dumps(bundle)
