"""From a request as it arrived to the answer that leaves."""

from __future__ import annotations

import logging
import re
from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import attrs
import orjson

from clickhouse_cloud_async.apis.clickhouse.emulator.access.doorkeeper import Doorkeeper
from clickhouse_cloud_async.apis.clickhouse.emulator.access.permissions import check
from clickhouse_cloud_async.apis.clickhouse.emulator.cloud import ORGANIZATIONS

from .clock import moment_at
from .endpoints import Endpoint, load_endpoints
from .faults import (
    ConnectionReset,
    ErrorResponse,
    Latency,
    LostResponse,
)
from .json_values import is_array, is_object
from .messages import (
    Call,
    Outgoing,
    RecordedRequest,
    Reply,
    recorded_headers,
)
from .problems import Problem, bad_request
from .randomness import random_uuid, seeded
from .registry import follow, load_pages
from .router import load_router
from .state_file import StateFileError
from .validation import MismatchError, path_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clickhouse_cloud_async.apis.clickhouse.emulator.cloud import Cloud
    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.core.contract import Parameter, Schema

    from .faults import Fault
    from .json_values import JsonObject
    from .messages import Incoming
    from .rate_limit import RateLimiter
    from .registry import Page
    from .router import Match
    from .store import Path

logger: logging.Logger = logging.getLogger("clickhouse_cloud_async.emulator")

MAX_NESTING = 64
"""How deep a body may nest."""

_JSON = "application/json"
_UNREADABLE: Final = object()


@attrs.define
class _Trace:
    """What became known of a request on its way."""

    match: Match | None = None
    headers: dict[str, str] = attrs.Factory(dict[str, str])
    faults: tuple[Fault, ...] = ()
    delay: float = 0.0


class Dispatcher:
    """Answers requests out of an emulated cloud.

    Args:
        cloud: What requests work on.
        token: The bearer token that is accepted beside API keys.
        limiter: Counts requests per key, or None for no limit.
        kept: How many requests are kept at most; None for no end.
        on_request: Called with each request after it was answered.
    """

    def __init__(
        self,
        cloud: Cloud,
        token: str,
        limiter: RateLimiter | None,
        kept: int | None,
        on_request: Callable[[RecordedRequest], None] | None,
    ) -> None:
        self._cloud = cloud
        self._doorkeeper = Doorkeeper(cloud, token, limiter)
        self._kept = kept
        self._on_request = on_request
        self._router = load_router(cloud.contract)
        self._pages = load_pages()
        self._endpoints = load_endpoints(cloud.contract)
        self._dated = (-1, "")
        self._request_ids = seeded(cloud.seed, "requests")

    def answer(self, incoming: Incoming) -> Outgoing:
        """Answer a request; whatever happens, there is an answer."""
        page = self._pages.get((incoming.method, _top(incoming.path)))
        if page is not None:
            return self._show(page, incoming)
        trace, request_id = _Trace(), random_uuid(self._request_ids)
        body = _read_json(incoming.body)
        try:
            outgoing = self._succeed(incoming, body, trace, request_id)
        except Problem as problem:
            outgoing = failure(problem, request_id)
        except Exception:
            logger.exception("the emulator failed on %s %s", incoming.method, incoming.path)
            outgoing = failure(Problem(500, "the emulator failed"), request_id)
        outgoing = self._committed(outgoing, request_id)
        cut = next((f for f in trace.faults if isinstance(f, ConnectionReset | LostResponse)), None)
        status = 0 if isinstance(cut, ConnectionReset) else outgoing.status
        self._keep(_record(incoming, body, trace, status, self._cloud.elapsed))
        outgoing.headers.update(trace.headers)
        outgoing.headers["Date"] = self._date()
        outgoing.headers["X-Request-Id"] = request_id
        outgoing.delay, outgoing.fault = trace.delay, cut
        return outgoing

    def _date(self) -> str:
        """The moment as HTTP writes it, which stays the same for a second."""
        second = int(self._cloud.elapsed)
        if second != self._dated[0]:
            self._dated = second, format_datetime(moment_at(second), usegmt=True)
        return self._dated[1]

    def _show(self, page: Page, incoming: Incoming) -> Outgoing:
        self._cloud.run_due_timers()
        if incoming.method == "GET":
            outgoing = page(self._cloud, incoming)
        else:
            with self._cloud.store.transaction():
                outgoing = page(self._cloud, incoming)
        return self._committed(outgoing, str(uuid4()))

    def _committed(self, outgoing: Outgoing, request_id: str) -> Outgoing:
        """The answer, once what was done is kept; an error where it can not be."""
        try:
            self._cloud.commit()
        except StateFileError as problem:
            logger.error("%s", problem)  # noqa: TRY400 - nothing is wrong with the emulator
            return failure(Problem(500, str(problem)), request_id)
        return outgoing

    def run_due_timers(self) -> None:
        """Run the timers that are due by now."""
        self._cloud.run_due_timers()
        try:
            self._cloud.commit()
        except StateFileError as problem:
            logger.error("%s", problem)  # noqa: TRY400 - as above

    def _keep(self, request: RecordedRequest) -> None:
        requests = self._cloud.requests
        requests.append(request)
        if self._kept is not None and len(requests) > self._kept:
            del requests[: len(requests) - self._kept]
        if self._on_request is not None:
            try:
                self._on_request(request)
            except Exception:
                logger.exception("on_request failed; the request was carried out all the same")

    def _succeed(
        self, incoming: Incoming, body: object, trace: _Trace, request_id: str
    ) -> Outgoing:
        self._cloud.run_due_timers()
        key_path = self._doorkeeper.admit(incoming, trace.headers)
        if incoming.unread is not None:
            raise incoming.unread
        match = trace.match = self._router.match(incoming.method, incoming.path)
        endpoint = self._endpoints[match.operation.id]
        parameters = endpoint.path_parameters(match.path)
        organization = self._organization(parameters, key_path)
        self._check_place(endpoint, match.path)
        check(organization, key_path, endpoint.needed, parameters)
        call = Call(
            organization=organization,
            operation=match.operation,
            path=match.path,
            parameters=parameters,
            query=self._query(endpoint, incoming.query),
            body=self._body(endpoint, body),
            key_path=key_path,
            incoming=incoming,
        )
        if self._cloud.faults:
            self._go_wrong(call, trace)
        return _success(endpoint, self._carry_out(endpoint, call), request_id)

    def _go_wrong(self, call: Call, trace: _Trace) -> None:
        """Let the faults happen that were asked for.

        Raises:
            Problem: A fault is an error of the server, or leaves the request undone.
        """
        happening = self._cloud.faults.of_request(call.operation.id, self._service(call))
        trace.faults = tuple(added.fault for added in happening)
        trace.delay = sum(
            added.draw_latency(added.fault)
            for added in happening
            if isinstance(added.fault, Latency)
        )
        for fault in trace.faults:
            if isinstance(fault, ErrorResponse):
                raise Problem(fault.status, fault.message)
            if isinstance(fault, ConnectionReset):
                raise Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "the connection is reset")

    def _service(self, call: Call) -> JsonObject | None:
        """The service that a call is about, managed Postgres included."""
        if "serviceId" in call.parameters:
            return self._cloud.store.peek(call.service_path)
        if "postgresId" in call.parameters:
            return self._cloud.store.peek(call.path[: len(call.organization.path) + 2])
        return None

    def _carry_out(self, endpoint: Endpoint, call: Call) -> Reply:
        if endpoint.writes:
            with self._cloud.store.transaction():
                result = endpoint.handler(call)
                follow(call)
        else:
            result = endpoint.handler(call)
        return result if isinstance(result, Reply) else Reply(result)

    def _organization(self, parameters: Mapping[str, str], key_path: Path | None) -> Organization:
        """The organisation of the key, which has to be the one that the path names."""
        if key_path is None:
            own = next(self._cloud.organizations)
        else:
            own = self._cloud.organization(key_path[2])
        named = parameters.get("organizationId", own.id)
        if named == own.id:
            return own
        if key_path is None and named in self._cloud.store.collection(ORGANIZATIONS):
            return self._cloud.organization(named)
        raise Problem(403, "the key belongs to another organisation")

    def _check_place(self, endpoint: Endpoint, path: tuple[str, ...]) -> None:
        """Make sure that everything is there that the path leads through."""
        for length in endpoint.items:
            self._cloud.store.document(path[:length])

    def _query(self, endpoint: Endpoint, sent: tuple[tuple[str, str], ...]) -> dict[str, Any]:
        query: dict[str, Any] = {}
        for parameter in endpoint.query:
            values = [value for name, value in sent if name == parameter.name]
            if values:
                query[parameter.name] = self._parameter(endpoint, parameter, values)
            elif parameter.required:
                raise bad_request(f"{parameter.name}: is required")
            elif "default" in parameter.schema:
                query[parameter.name] = parameter.schema["default"]
        return query

    def _parameter(self, endpoint: Endpoint, parameter: Parameter, values: list[str]) -> Any:
        value: object = values[-1]
        if parameter.schema.get("type") == "array":
            value = values
        elif parameter.schema.get("type") == "integer" and re.fullmatch(r"-?\d{1,15}", values[-1]):
            value = int(values[-1])
        return self._checked(endpoint, parameter.schema, value, (parameter.name,))

    def _body(self, endpoint: Endpoint, body: object) -> Any:
        if endpoint.body is None:
            return {}
        if body is _UNREADABLE:
            raise bad_request("the body is no JSON that can be read")
        if not is_object(body):
            raise bad_request("the body must be a JSON object")
        return self._checked(endpoint, endpoint.body, body, ())

    def _checked(
        self, endpoint: Endpoint, schema: Schema, value: object, path: tuple[str, ...]
    ) -> Any:
        try:
            return self._cloud.validator.check(schema, value, path)
        except MismatchError as mismatch:
            problem = bad_request(f"{path_text(mismatch.path)}: {mismatch.problem}")
            if endpoint.has_issues:
                place = {"path": mismatch.path, "code": "invalid", "message": mismatch.problem}
                problem.details["issues"] = [place]
            raise problem from mismatch


def _top(path: str) -> str | None:
    """The first segment of a path; None where it is none."""
    return path[1:].partition("/")[0] if path.startswith("/") else None


def _read_json(body: bytes) -> object:
    """The body's value; an empty object where there is no body."""
    if not body:
        return {}
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _UNREADABLE
    return value if _nests_within(value, MAX_NESTING) else _UNREADABLE


def _nests_within(value: object, depth: int) -> bool:
    if is_object(value):
        return depth > 0 and all(_nests_within(item, depth - 1) for item in value.values())
    if is_array(value):
        return depth > 0 and all(_nests_within(item, depth - 1) for item in value)
    return True


def _success(endpoint: Endpoint, reply: Reply, request_id: str) -> Outgoing:
    headers = {"Content-Type": endpoint.media, **reply.headers}
    if endpoint.media != _JSON:
        return Outgoing(endpoint.status, headers, str(reply.result).encode())
    content: object = reply.result
    if endpoint.enveloped:
        envelope: dict[str, object] = {"status": endpoint.status, "requestId": request_id}
        if endpoint.has_result:
            envelope["result"] = reply.result
        content = {**envelope, **reply.beside}
    return Outgoing(endpoint.status, headers, orjson.dumps(content))


def failure(problem: Problem, request_id: str) -> Outgoing:
    """What is answered to a request that is refused.

    Args:
        problem: Why it is refused.
        request_id: Id of the request.
    """
    envelope = {"status": problem.status, "error": problem.message, "requestId": request_id}
    return Outgoing(
        problem.status,
        {"Content-Type": _JSON, **problem.headers},
        orjson.dumps({**envelope, **problem.details}),
    )


def _record(
    incoming: Incoming, body: object, trace: _Trace, status: int, elapsed: float
) -> RecordedRequest:
    return RecordedRequest(
        operation_id=trace.match.operation.id if trace.match else None,
        method=incoming.method,
        path=incoming.path,
        query=incoming.query,
        headers=recorded_headers(incoming.headers),
        body=body if incoming.body and body is not _UNREADABLE else None,
        status=status,
        elapsed=elapsed,
        faults=trace.faults,
    )
