"""The form in JupyterLab: what a person sees, what the keyboard does, what a saved notebook holds."""

import pytest

SECRET = "canary-secret-7a1f"
CLIENT_ID = "11111111-1111-4111-8111-111111111111"

FORM = """
from pathlib import Path
from monite_magic.api.credentials import Profile, save_profile
from monite_magic.api.dotenv import DotenvConflict
from monite_magic.core.errors import CredentialsError
from monite_magic.jupyter.forms.login import LoginForm, Outcome

seen = []

def log_in(values):
    seen.append(values)
    if values.credentials and values.credentials.client_secret.reveal() != "canary" + "-secret-7a1f":
        raise CredentialsError("The pair was refused.", hint="Check both.")
    def write(replace):
        profile = Profile(None, values.environment, values.credentials)
        try:
            save_profile(profile, Path(".env"), replace=replace)
        except DotenvConflict as conflict:
            question = f"Replace {', '.join(conflict.names)} in .env?"
            return Outcome(True, "Logged in.", question, lambda: write(True))
        return Outcome(True, "Logged in and written.")
    return write(False) if values.write_dotenv else Outcome(True, "Logged in.")

LoginForm(log_in)
"""
REPORT = """
print(len(seen), seen[-1].environment.label, seen[-1].environment.api_version, seen[-1].write_dotenv)
"""


@pytest.fixture
def form_page(lab_page):
    (lab_page.lab.folder / ".env").unlink(missing_ok=True)
    lab_page.open(FORM, REPORT)
    lab_page.run(0)
    lab_page.page.get_by_label("Client secret").wait_for()
    return lab_page


def test_a_wrong_pair_is_corrected_and_no_secret_stays(saves_state, form_page):
    page = form_page.page
    page.get_by_label("Client ID").fill(CLIENT_ID)
    page.get_by_label("Client secret").fill("canary-wrong-pair")
    form_page.screenshot("login-form", form_page.output(0))
    page.get_by_role("button", name="Log in").click()
    form_page.said("The pair was refused. Check both.")
    assert page.get_by_label("Client secret").input_value() == ""
    form_page.screenshot("login-form-refused", form_page.output(0))
    assert "canary-wrong-pair" not in form_page.save()

    page.get_by_label("Client secret").fill(SECRET)
    page.get_by_label("Client secret").press("Enter")
    assert form_page.said("Logged in.") == "✓ Logged in."
    assert not page.get_by_label("Client secret").is_visible()
    form_page.screenshot("login-form-done", form_page.output(0))
    assert form_page.run(1).inner_text().strip() == "2 sandbox 2024-05-25 False"

    saved = form_page.save()
    assert SECRET not in saved
    assert CLIENT_ID not in saved
    assert ("application/vnd.jupyter.widget-state+json" in saved) is saves_state


def test_the_tab_key_walks_the_form_and_leaving_the_secret_sends_nothing(form_page):
    page = form_page.page
    page.get_by_label("Client ID").click()
    page.keyboard.type(CLIENT_ID)
    page.keyboard.press("Tab")
    page.keyboard.type(SECRET)
    page.keyboard.press("Tab")
    page.get_by_label("Environment").select_option("eu (PRODUCTION)")
    form_page.said("calls there touch real money")
    page.get_by_label("API version").fill("soon")
    page.get_by_role("button", name="Log in").focus()
    page.keyboard.press("Enter")
    form_page.said("The API version 'soon' is not a date.")
    page.get_by_label("API version").fill("2024-01-31")
    page.get_by_label("Client secret").fill(SECRET)
    page.get_by_label("Client secret").press("Enter")
    form_page.said("Logged in.")
    assert form_page.run(1).inner_text().strip() == "1 eu (PRODUCTION) 2024-01-31 False"


def test_writing_asks_before_it_replaces(form_page):
    page, dotenv = form_page.page, form_page.lab.folder / ".env"
    dotenv.write_text("# mine\nMONITE_CLIENT_SECRET=other\n")
    page.get_by_label("Client ID").fill(CLIENT_ID)
    page.get_by_label("Client secret").fill(SECRET)
    page.get_by_label("Write to .env").check()
    page.get_by_role("button", name="Log in").click()
    form_page.said("Replace MONITE_CLIENT_SECRET in .env?")
    form_page.screenshot("login-form-replace", form_page.output(0))
    assert dotenv.read_text() == "# mine\nMONITE_CLIENT_SECRET=other\n"
    page.get_by_role("button", name="Replace").click()
    form_page.said("Logged in and written.")
    assert f"# mine\nMONITE_CLIENT_SECRET={SECRET}\n" in dotenv.read_text()
    assert not page.get_by_role("button", name="Replace").is_visible()


def test_the_file_can_be_kept(form_page):
    page, dotenv = form_page.page, form_page.lab.folder / ".env"
    dotenv.write_text("MONITE_CLIENT_SECRET=other\n")
    page.get_by_label("Client ID").fill(CLIENT_ID)
    page.get_by_label("Client secret").fill(SECRET)
    page.get_by_label("Write to .env").check()
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Keep the file").click()
    form_page.said("The file was not changed")
    assert dotenv.read_text() == "MONITE_CLIENT_SECRET=other\n"


def test_the_simulator_needs_no_pair(form_page):
    page = form_page.page
    page.get_by_label("Environment").select_option("local (simulated)")
    form_page.said("The simulator needs no credentials")
    assert page.get_by_label("Client secret").is_disabled()
    page.get_by_role("button", name="Log in").click()
    form_page.said("Logged in.")
