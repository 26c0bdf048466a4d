"""The WSGI application. A request passes the gates in order, then reaches its rule.

Gates, in order: rate limit (429), route (404, 405), version header (400), bearer token (401), entity header
(422, 404, 403), permission (403, 409), validation (422). The version header selects routes and validation
(see `versions`). The API is served under `/v1`, the portal
under `/portal/v1`, and the content of files under `/files`.
"""

from __future__ import annotations

import logging
import re
import time
import uuid
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import http_date
from werkzeug.wrappers import Request, Response

from monite_magic import catalogue
from monite_magic._version import __version__
from monite_magic.core import LOCAL
from monite_magic.simulator import rules
from monite_magic.simulator.answers import Answer, Refusal, not_found, refuse
from monite_magic.simulator.call import Call
from monite_magic.simulator.contract import Contract
from monite_magic.simulator.control import PREFIX as CONTROL_PREFIX
from monite_magic.simulator.control import answer_control
from monite_magic.simulator.faults import Fault, broken, changed
from monite_magic.simulator.limits import Throttle
from monite_magic.simulator.portal import Portal
from monite_magic.simulator.portal_http import PREFIX as PORTAL_PREFIX
from monite_magic.simulator.portal_http import answer_portal
from monite_magic.simulator.principal import Principal
from monite_magic.simulator.registry import INTERNAL, OPERATIONS, behaviour
from monite_magic.simulator.registry import Rule as SimulatedRule
from monite_magic.simulator.rules.files import FILES_PREFIX, served_file
from monite_magic.simulator.rules.older_operations import log_write
from monite_magic.simulator.shape import without_own_members
from monite_magic.simulator.store import dump
from monite_magic.simulator.timers import catch_up
from monite_magic.simulator.versions import adapt_answer, adapt_request
from monite_magic.simulator.world import API_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from monite_magic.catalogue import Operation
    from monite_magic.simulator.validation import Checked
    from monite_magic.simulator.world import World

PREFIX = "/v1"
VERSION_HEADER = LOCAL.version_header.lower()
ENTITY_HEADER = LOCAL.entity_header.lower()
# An upload can have 20 MB (OpenAPI 2024-05-25, POST /payables/upload_from_file), plus its envelope.
LARGEST_BODY = 21_000_000
# Portal requests per client and minute. Getting credentials takes fewer than ten.
PORTAL_LIMIT = 30

#: WSGI environment key: how many seconds the client waits. A simulated delay takes no longer.
PATIENCE = "monite_magic.patience"

_log = logging.getLogger(__name__)

behaviour(VERSION_HEADER, "A missing version header is answered with 400.", "documented")
behaviour(VERSION_HEADER, "An unknown version is answered with 400.", "unverified")
behaviour(ENTITY_HEADER, "A missing or malformed entity header is answered with 422.", "unverified")
behaviour("content type", "A body without a JSON content type is answered with 422.", "unverified")
behaviour("portal", f"{PORTAL_LIMIT} requests per minute for each client, then 429.", "unverified")
behaviour("request size", "A body of more than 21 MB is answered with the gateway's 413.", "unverified")


class Application:
    """Answers the requests to one world."""

    def __init__(self, world: World) -> None:
        rules.load()
        self._world = world
        self._portal = Portal(world)
        self._portal_throttle = Throttle(PORTAL_LIMIT)
        newest = catalogue.load(API_VERSION)
        self._versions = frozenset(newest.schemas["APIVersion"]["enum"])
        self._newest = Contract(newest, INTERNAL)
        self._contracts = {API_VERSION: self._newest}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        started = time.perf_counter()
        request = Request(environ)
        request.max_content_length = LARGEST_BODY
        try:
            path = request.path
            base_url = request.host_url.rstrip("/")
            faulty = path.startswith(PREFIX + "/")
            faults = self._world.faults
            fault = faults.take(request.method, path.removeprefix(PREFIX)) if faulty else None
            answer, headers = self._answer(request, fault)
        finally:
            # Uploaded files are kept open until now.
            request.close()
        headers["x-request-id"] = str(uuid.uuid4())
        headers["x-process-time"] = f"{time.perf_counter() - started:.6f}"
        headers["x-monite-simulator"] = __version__
        headers["date"] = http_date(self._world.clock.now())
        for name in (VERSION_HEADER, ENTITY_HEADER):
            if name in request.headers:
                headers[name] = request.headers[name]
        return _response(answer, headers, fault, base_url)(environ, start_response)

    def _answer(self, request: Request, fault: Fault | None) -> tuple[Answer, dict[str, str]]:
        headers: dict[str, str] = {}
        try:
            # Read the body before locking the store, so that a slow sender does not block other calls.
            request.get_data()
            if request.path.startswith(PORTAL_PREFIX):
                self._portal_throttle.count(request.remote_addr or "")
                with self._world.store.transaction():
                    return answer_portal(self._portal, request), headers
            if request.path.startswith(CONTROL_PREFIX + "/"):
                return answer_control(self._world, request), headers
            if request.path.startswith(FILES_PREFIX):
                return self._answer_file(request.path.removeprefix(FILES_PREFIX)), headers
            if fault:
                self._apply_fault(fault, request)
            return self._answer_api(request, headers), headers
        except Refusal as refusal:
            return refusal.answer, headers
        except RequestEntityTooLarge:
            return Answer(413, {"message": "Request size limit exceeded"}), headers
        except Exception:  # noqa: BLE001 - whatever fails is answered with 500, and logged
            _log.exception("the simulator failed at %s %s", request.method, request.path)
            return Answer(500, {"error": {"message": "Internal server error"}}), headers

    def _apply_fault(self, fault: Fault, request: Request) -> None:
        """Apply the part of a fault that comes before the rule."""
        patience = request.environ.get(PATIENCE)
        time.sleep(fault.delay if patience is None else min(fault.delay, patience))
        if fault.status is not None:
            raise fault.refusal()
        if fault.expired_token:
            self._world.authority.refuse_expired(request.headers.get(VERSION_HEADER, ""))

    def _answer_file(self, key: str) -> Answer:
        return served_file(self._world.store, key) or not_found("file")

    def _answer_api(self, request: Request, headers: dict[str, str]) -> Answer:
        authorization = request.headers.get("Authorization", "")
        client = self._world.authority.client_of(authorization) or request.remote_addr or ""
        headers.update(self._world.limiter.count(client))
        contract = self._contract(request.headers.get(VERSION_HEADER, ""))
        operation, path = self._route(request, contract)
        version = self._version(request)
        catch_up(self._world)
        with self._world.store.transaction():
            principal = self._principal(operation, authorization, version)
            rule = OPERATIONS[operation.method, operation.path]
            entity_id = self._entity(operation, request, principal)
            self._require_active(principal, entity_id)
            self._world.authority.permit(principal, rule.access, path)
            checked = contract.validation.check(operation, request, path)
            call = self._call(request, operation, rule, principal, entity_id, version, checked)
            adapt_request(call, contract, self._newest)
            result = adapt_answer(call, contract, rule.handler(call) if rule.handler else None)
            answer = self._finish(operation, contract, result)
            log_write(call, answer.status)
            self._world.after.extend(call.after)
        self._world.finish()
        return answer

    def _contract(self, version: str) -> Contract:
        """The contract of a version. An unknown version gets the newest one and is refused later."""
        wanted = catalogue.nearest_version(version) if version in self._versions else API_VERSION
        contract = self._contracts.get(wanted)
        if contract is None:
            contract = self._contracts[wanted] = Contract(catalogue.load(wanted), INTERNAL)
        return contract

    def _route(self, request: Request, contract: Contract) -> tuple[Operation, Mapping[str, str]]:
        if not request.path.startswith(PREFIX + "/") or "//" in request.path:
            refuse(404, f"Nothing found at {request.path}. The API is under {PREFIX}.")
        return contract.route(request.method, request.path.removeprefix(PREFIX))

    def _version(self, request: Request) -> str:
        version = request.headers.get(VERSION_HEADER)
        if not version:
            refuse(400, "Missing the x-monite-version HTTP header", kind="missing_api_version")
        if version not in self._versions:
            refuse(400, f"There is no API version {version}", kind="invalid_api_version")
        return version

    def _principal(self, operation: Operation, authorization: str, version: str) -> Principal:
        if not operation.secured:
            return Principal("", "")
        return self._world.authority.principal(authorization, version)

    def _entity(self, operation: Operation, request: Request, principal: Principal) -> str:
        """The ID of the call's entity, or ""."""
        named = request.headers.get(ENTITY_HEADER)
        if operation.entity_header == "absent":
            return principal.entity_id or ""
        if named is None:
            if operation.entity_header == "required":
                raise Refusal(422, {"detail": [_header_problem("Field required", "missing")]})
            return principal.entity_id or ""
        try:
            entity_id = str(uuid.UUID(named))
        except ValueError:
            raise Refusal(
                422, {"detail": [_header_problem("Input should be a valid UUID", "uuid_parsing")]}
            ) from None
        if principal.entity_id not in (None, entity_id):
            refuse(403, "The access token belongs to another entity.")
        if self._world.store.get("entity", entity_id, owner=principal.project) is None:
            not_found("entity", entity_id)
        return entity_id

    def _require_active(self, principal: Principal, entity_id: str) -> None:
        """Refuse calls for a deactivated entity and calls by its users."""
        entity = self._world.store.get("entity", entity_id, owner=principal.project) if entity_id else None
        if entity is not None and entity["status"] != "active":
            refuse(403, f"Entity {entity_id} is {entity['status']}: it can't perform any operations.")

    def _call(
        self,
        request: Request,
        operation: Operation,
        rule: SimulatedRule,
        principal: Principal,
        entity_id: str,
        version: str,
        checked: Checked,
    ) -> Call:
        return Call(
            world=self._world,
            operation=operation,
            principal=principal,
            entity_id=entity_id,
            version=version,
            base_url=request.host_url.rstrip("/"),
            access=rule.access,
            path=checked.path,
            query=checked.query,
            body=checked.body,
            files=checked.files,
            cause=f"{request.method} {request.path.removeprefix(PREFIX)}",
        )

    def _finish(self, operation: Operation, contract: Contract, result: Any) -> Answer:
        """Turn the result of a rule into the documented answer."""
        if isinstance(result, Answer):
            return result
        documented = operation.answers.get(operation.success)
        if documented is None:
            return Answer(operation.success, result)
        if result is None or documented.content_type is None:
            return Answer(operation.success)
        shown = without_own_members(result)
        shaped = contract.shapes.of(documented.schema)(shown) if documented.schema else shown
        return Answer(operation.success, shaped)


def _header_problem(message: str, kind: str) -> dict[str, Any]:
    return {"loc": ["header", ENTITY_HEADER], "msg": message, "type": kind}


# Documents keep the path of a file. The host of its URL depends on the request.
_FILE_URL = re.compile(rb'"(/files/[\w-]{32})"')


def _response(answer: Answer, headers: dict[str, str], fault: Fault | None, base_url: str) -> Response:
    if answer.content is not None:
        body, content_type = answer.content, answer.content_type
    elif answer.data is not None:
        data = changed(answer.data) if fault and fault.changed_schema else answer.data
        body = _FILE_URL.sub(b'"%s\\1"' % base_url.encode(), dump(data).encode())
        content_type = "application/json"
    else:
        body, content_type = b"", ""
    response = Response(body, status=answer.status, headers={**headers, **answer.headers})
    if content_type:
        response.content_type = content_type
    else:
        del response.headers["Content-Type"]
    if fault and (fault.drop or fault.truncate):
        # Content-Length stays, so the client can see that part of the body is missing.
        response.headers["Content-Length"] = str(len(body))
        response.response = broken(body) if fault.drop else [body[: len(body) // 2]]
    return response
