"""The walk over all operations before openapi-core, which reads the vendor's document and nothing of ours.

The same walk before our own catalogue is test_simulator_walk.py.
"""

from __future__ import annotations

import httpx
import pytest
from walk import Walk

from monite_magic import catalogue

pytestmark = pytest.mark.referee


@pytest.fixture
def api(local, client_of, version):
    """A partner's client of the version that is judged."""
    return client_of(local, version=version).log_in().at(local.credentials["MONITE_ENTITY_ID"])


def test_every_answer_is_valid_by_the_vendors_document(referee, api, version):
    answers = list(Walk(api, api.local.credentials, api.local.clock.advance)())
    assert len(answers) == len(catalogue.load(version).operations)
    problems = [referee.problem(operation, answer) for operation, answer in answers]
    assert not any(problems), "\n".join(filter(None, problems))
    assert all(answer.is_success for _, answer in answers)


def test_the_referee_notices_what_is_wrong(referee, api, version):
    operation = catalogue.load(version).find("GET", "/counterparts").operation
    answer = api.get("/counterparts")
    assert referee.problem(operation, answer) is None
    for content in (b"{}", answer.content.replace(b'"organization"', b'"club"'), b"[]", b"{", b""):
        changed = httpx.Response(200, content=content, headers={"Content-Type": "application/json"})
        assert referee.problem(operation, changed), content
    undeclared = httpx.Response(418, json={}, headers={"Content-Type": "application/json"})
    assert referee.problem(operation, undeclared)
