"""`%monite_watch` in JupyterLab: the table grows while other cells run, and a row opens its object."""

LOGIN = "%load_ext monite_magic\n%monite_login --env local"
BILL = '%%monite POST /payables -o bill\n{"currency": "EUR", "document_id": "SEEN-1", "description": "Rye"}'


def test_a_person_watches_opens_and_stops(lab_page):
    page = lab_page.page
    lab_page.open(
        LOGIN, "%monite_watch payable --for 5", BILL, "%monite POST /payables/{{ bill['id'] }}/cancel"
    )
    lab_page.run(0)
    lab_page.run(1)
    page.get_by_text("Watching payable: 0 events").wait_for()
    lab_page.run(2)
    page.get_by_text("Watching payable: 1 event,").wait_for()
    lab_page.run(3)
    page.get_by_text("Watching payable: 2 events").wait_for()
    rows = lab_page.output(1).get_by_role("button", name="Open")
    assert rows.count() == 2
    rows.first.click()
    lab_page.output(1).get_by_text("SEEN-1").first.wait_for()
    lab_page.screenshot("watch", lab_page.output(1))
    lab_page.narrow(700)
    page.emulate_media(color_scheme="dark")
    lab_page.screenshot("watch-narrow", lab_page.output(1))
    assert lab_page.too_wide(lab_page.output(1)) == []
    lab_page.output(1).get_by_role("button", name="Stop").click()
    lab_page.output(1).get_by_text("Watched payable: 2 events").wait_for()
    lab_page.screenshot("watch-stopped", lab_page.output(1))
    assert "payable.canceled" in lab_page.save()
