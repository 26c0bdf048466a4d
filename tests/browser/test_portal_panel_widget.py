"""The simulated portal's panel in JupyterLab, used as a person does."""

PANEL = """
from monite_magic.jupyter.portal_panel import PortalPanel
panel = PortalPanel()
panel
"""
PASSWORD = "canary-password-3c"
REVEAL = "from pathlib import Path; _ = Path('revealed').write_text(panel.credentials.client_secret.reveal())"


def test_a_person_makes_credentials_and_the_notebook_holds_none(saves_state, lab_page):
    page = lab_page.page
    lab_page.open(PANEL, REVEAL)
    lab_page.run(0)
    page.get_by_text("SIMULATION").wait_for()
    page.get_by_label("Password").fill("short")
    lab_page.screenshot("portal-register", lab_page.output(0))
    page.get_by_role("button", name="Register").click()
    lab_page.said("✗ password: String should have at least 12 characters.")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")
    lab_page.said("Registered. An e-mail was sent to robin@example.com.")
    lab_page.screenshot("portal-confirm", lab_page.output(0))
    page.get_by_role("button", name="Follow the link").click()
    lab_page.said("Confirmed")
    page.get_by_role("button", name="Create project").click()
    lab_page.said("The project Tutorial was created.")
    page.get_by_role("button", name="Create credentials").click()
    lab_page.said("Both are also in .env.practice")
    lab_page.screenshot("portal-secret", lab_page.output(0))
    lab_page.run(1)
    secret = (lab_page.lab.folder / "revealed").read_text()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy", exact=True).click()
    page.get_by_text("Copied", exact=True).wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    page.get_by_role("button", name="I have copied it").click()
    lab_page.said("The secret is hidden.")
    page.get_by_role("button", name="Add another set").click()
    page.get_by_role("button", name="Create credentials").click()
    page.get_by_role("button", name="I have copied it").click()
    lab_page.screenshot("portal-sets", lab_page.output(0))
    page.get_by_role("button", name="Done").click()
    page.get_by_text("The tutorial continues with").wait_for()
    lab_page.screenshot("portal-done", lab_page.output(0))
    saved = lab_page.save()
    assert len(secret) > 20
    assert secret not in saved
    assert PASSWORD not in saved
    file = (lab_page.lab.folder / ".env.practice").read_text()
    assert f"MONITE_MY_NOTEBOOK_CLIENT_SECRET={secret}\n" in file
    assert "MONITE_MY_SERVER_CLIENT_SECRET=" in file
