"""Before credentials are entered for a host that only the line names, a person confirms the host."""

from __future__ import annotations

import pytest


# A host that was confirmed is remembered for the session, so each case has its own.
@pytest.mark.parametrize(
    ("option", "host", "punycode"),
    [
        ("", "b\u00fccher.invalid", "xn--bcher-kva.invalid"),
        ("--form", "m\u00fcnchen.invalid", "xn--mnchen-3ya.invalid"),
    ],
)
def test_no_form_is_shown_for_an_unknown_host_before_it_is_confirmed(kernel, option, host, punycode):
    ran = kernel.run(f"%monite_login {option} --base-url https://{host}/v1", answers=[])
    assert "The cell stops at this question" in ran.problem
    (asked,) = (bundle["text/plain"] for bundle in ran.bundles)
    assert "log-in form" not in asked
    for words in ("Unknown host", punycode, host):
        assert words in asked
    (shown,) = kernel.click("Log in").updates
    assert "log-in form" in shown["text/plain"]


def test_a_host_that_was_confirmed_is_not_asked_about_again(kernel):
    line = "%monite_login --form --base-url https://again.invalid/v1"
    assert "stops at this question" in kernel.run(line, answers=[]).problem
    kernel.click("Log in")
    assert "log-in form" in kernel.good(line, answers=[]).text


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "https://api.sandbox.monite.com/v1"])
def test_loopback_and_known_hosts_are_not_asked_about(kernel, url):
    assert "log-in form" in kernel.good(f"%monite_login --form --base-url {url}", answers=[]).text
