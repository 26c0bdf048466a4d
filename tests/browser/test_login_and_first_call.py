"""A person logs in with the form against a served simulator, wrong secret first, and makes a call."""


def test_wrong_secret_first_then_the_right_one_and_a_call(account, saves_state, lab_page):
    page = lab_page.page
    lab_page.open(
        "%load_ext monite_magic",
        f"%monite_login --form --base-url {account['MONITE_BASE_URL']}",
        f"%monite GET /entities/{account['MONITE_ENTITY_ID']}",
        "%monite_status",
    )
    lab_page.run(0)
    lab_page.run(1)
    page.get_by_label("Client ID").fill(account["MONITE_CLIENT_ID"])
    page.get_by_label("Client secret").fill("canary-wrong-secret")
    page.get_by_label("Client secret").press("Enter")
    lab_page.said("✗")
    assert "canary-wrong-secret" not in page.content()

    page.get_by_label("Client secret").fill(account["MONITE_CLIENT_SECRET"])
    page.get_by_role("button", name="Log in").click()
    lab_page.said("✓")
    lab_page.screenshot("first-call-form", lab_page.output(1))

    assert "200" in lab_page.run(2).inner_text()
    lab_page.run(3)
    lab_page.screenshot("first-call")
    saved = lab_page.save()
    assert account["MONITE_CLIENT_SECRET"] not in saved
    assert "canary-wrong-secret" not in saved
    assert ("application/vnd.jupyter.widget-state+json" in saved) is saves_state
