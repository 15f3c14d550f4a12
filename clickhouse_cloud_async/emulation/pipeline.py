"""The request pipeline: from an incoming request to its response, stage by stage."""

from __future__ import annotations

import logging
import re
from contextlib import nullcontext
from email.utils import format_datetime
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import orjson

from clickhouse_cloud_async.core.contract import types_of

from .clock import moment_at
from .context import Context
from .control import PAGES
from .endpoints import Endpoint
from .faults import ConnectionReset, ErrorResponse, Latency, LostResponse
from .json_values import is_array, is_object
from .messages import MASK, RecordedRequest, Reply, recorded_headers
from .problems import Problem, bad_request
from .randomness import random_uuid
from .router import Router
from .state_file import StateFileError
from .validation import MismatchError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clickhouse_cloud_async.core.contract import Parameter, Schema

    from .api import EmulatedAPI, Stage
    from .context import Gate
    from .faults import AddedFault, StaleRead
    from .messages import Incoming, Outgoing
    from .registry import Page
    from .store import Key
    from .world import World

logger: logging.Logger = logging.getLogger("clickhouse_cloud_async.emulator")

MAX_NESTING = 64
"""Maximum nesting of a body."""

_UNREADABLE: Final = object()
_BOOLEANS: Final = {"true": True, "false": False}


class Pipeline:
    """Responds to the requests of an emulated API.

    A request is authenticated, located, authorised, validated and handled, in this order; then its
    reply, or the problem that ended it, is wrapped into a response.

    Args:
        api: The API.
        world: The world that requests read and change.
        gate: The access settings.
        kept: Maximum number of recorded requests; None for no limit.
        on_request: Called with each request after it was answered.
    """

    def __init__(
        self,
        api: EmulatedAPI,
        world: World,
        gate: Gate,
        kept: int | None,
        on_request: Callable[[RecordedRequest], None] | None,
    ) -> None:
        self._api = api
        self._world = world
        self._gate = gate
        self._kept = kept
        self._on_request = on_request
        self._pages = {**PAGES, **api.registry.pages}
        self._router, self._endpoints = _routes(api)
        self._stages: tuple[Stage, ...] = (
            api.authenticate,
            self._locate,
            api.authorise,
            self._look_back,
            self._serve,
        )
        self._dated = (-1, "")
        self._request_ids = world.draw("requests")

    @property
    def max_body_bytes(self) -> int:
        """The largest request body that is accepted."""
        return self._api.max_body_bytes

    def answer(self, incoming: Incoming) -> Outgoing:
        """Respond to a request; any failure becomes a response, too."""
        page = self._pages.get((incoming.method, _top(incoming.path)))
        if page is not None:
            return self._show(page, incoming)
        context = Context(
            world=self._world,
            gate=self._gate,
            incoming=incoming,
            request_id=random_uuid(self._request_ids),
            content=_read_json(incoming.body),
        )
        self._run(context)
        return self._wrap(context)

    def refuse(self, problem: Problem) -> Outgoing:
        """Return the response to a malformed request."""
        return self._api.refuse(problem, str(uuid4()))

    def run_due_timers(self) -> None:
        """Run the timers that are due by now."""
        self._world.run_due_timers()
        try:
            self._world.commit()
        except StateFileError as problem:
            logger.error("%s", problem)  # noqa: TRY400 - nothing is wrong with the emulator

    def _run(self, context: Context) -> None:
        """Take a request through the stages, up to the first problem."""
        try:
            self._world.run_due_timers()
            for stage in self._stages:
                stage(context)
        except Problem as problem:
            context.problem = problem
        except Exception:
            incoming = context.incoming
            logger.exception("the emulator failed on %s %s", incoming.method, incoming.path)
            context.problem = Problem(500, "the emulator failed")

    def _locate(self, context: Context) -> None:
        """Find the operation, and its place in the store."""
        incoming = context.incoming
        if incoming.unread is not None:
            raise incoming.unread
        match = self._router.match(incoming.method, incoming.path)
        if match is None:
            raise self._api.no_route(context)
        endpoint = self._endpoints[match.operation.id]
        context.endpoint = endpoint
        context.segments = match.path
        context.path = self._api.home(endpoint.template, match.path)
        context.parameters = endpoint.path_parameters(match.path)

    def _look_back(self, context: Context) -> None:
        """Decide whether a read is stale, and which versions it shows."""
        endpoint, world = context.located, self._world
        if endpoint.writes or not world.faults.need_history:
            return

        def hidden(added: AddedFault, stale: StaleRead) -> Mapping[Key, bytes | None]:
            moment = world.elapsed - stale.seconds
            return world.history.changed_since(moment, context.path, added.resource)

        context.stale = world.faults.stale_read(endpoint.operation.id, hidden)

    def _serve(self, context: Context) -> None:
        """Validate and handle a request, on present or stale documents."""
        stale = context.stale
        with self._world.history.shown(stale) if stale else nullcontext():
            self._validate(context)
            self._disturb(context)
            if context.problem is None:
                self._handle(context)

    def _validate(self, context: Context) -> None:
        """Check that the resources on the path exist, and validate the request."""
        endpoint = context.located
        if endpoint.handler is None:
            message = f"the emulator does not implement {endpoint.operation.id}"
            raise Problem(HTTPStatus.NOT_IMPLEMENTED, message)
        path = context.segments
        for length in endpoint.items:
            home = self._api.home(endpoint.template[:length], path[:length])
            if home:
                self._world.store.document(home)
        context.query = self._query(endpoint, context.incoming.query)
        context.body = self._body(endpoint, context.content)

    def _disturb(self, context: Context) -> None:
        """Apply the injected faults."""
        if not self._world.faults:
            return
        names = self._api.registry.names(self._world.store, context.path)
        happening = self._world.faults.of_request(context.located.operation.id, names)
        context.delay = sum(
            added.draw_latency(added.fault)
            for added in happening
            if isinstance(added.fault, Latency)
        )
        context.faults = tuple(added.fault for added in happening)
        context.problem = next(filter(None, map(_problem, context.faults)), None)

    def _handle(self, context: Context) -> None:
        """Call the operation's handler, in a transaction if it may change documents."""
        endpoint = context.located
        assert endpoint.handler is not None
        call = self._api.call(context)
        if endpoint.writes:
            with self._world.store.transaction():
                result = endpoint.handler(call)
                self._api.registry.changed(call)
        else:
            result = endpoint.handler(call)
        context.reply = result if isinstance(result, Reply) else Reply(result)

    def _wrap(self, context: Context) -> Outgoing:
        """Create the response, once changes are saved, and record the request."""
        problem = context.problem
        outgoing = (
            self._api.wrap(context)
            if problem is None
            else self._api.refuse(problem, context.request_id)
        )
        outgoing = self._committed(outgoing, context.request_id)
        outgoing.headers.update(context.headers)
        outgoing.headers["Date"] = self._date()
        outgoing.delay = context.delay
        outgoing.fault = next(
            (f for f in context.faults if isinstance(f, ConnectionReset | LostResponse)), None
        )
        status = 0 if isinstance(outgoing.fault, ConnectionReset) else outgoing.status
        self._record(_recorded(context, status))
        return outgoing

    def _committed(self, outgoing: Outgoing, request_id: str) -> Outgoing:
        """Return the response, once changes are saved; an error if saving fails."""
        try:
            self._world.commit()
        except StateFileError as problem:
            logger.error("%s", problem)  # noqa: TRY400 - nothing is wrong with the emulator
            return self._api.refuse(Problem(500, str(problem)), request_id)
        return outgoing

    def _show(self, page: Page, incoming: Incoming) -> Outgoing:
        self._world.run_due_timers()
        if incoming.method == "GET":
            outgoing = page(self._world, incoming)
        else:
            with self._world.store.transaction():
                outgoing = page(self._world, incoming)
        return self._committed(outgoing, str(uuid4()))

    def _record(self, request: RecordedRequest) -> None:
        requests = self._world.requests
        requests.append(request)
        if self._kept is not None and len(requests) > self._kept:
            del requests[: len(requests) - self._kept]
        if self._on_request is not None:
            try:
                self._on_request(request)
            except Exception:
                logger.exception("on_request failed; the request was carried out nevertheless")

    def _date(self) -> str:
        """Return the time as in HTTP headers; cached for a second."""
        second = int(self._world.elapsed)
        if second != self._dated[0]:
            self._dated = second, format_datetime(moment_at(second), usegmt=True)
        return self._dated[1]

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
        elif parameter.schema.get("type") == "boolean":
            value = _BOOLEANS.get(values[-1], values[-1])
        return self._checked(endpoint, parameter.schema, value, (parameter.name,))

    def _body(self, endpoint: Endpoint, body: object) -> Any:
        if endpoint.body is None:
            return {}
        if body is _UNREADABLE:
            raise bad_request("the body is not valid JSON")
        takes_object = "array" not in types_of(self._world.contract.resolve(endpoint.body))
        if takes_object and not is_object(body):
            raise bad_request("the body must be a JSON object")
        return self._checked(endpoint, endpoint.body, body, ())

    def _checked(
        self, endpoint: Endpoint, schema: Schema, value: object, path: tuple[str, ...]
    ) -> Any:
        try:
            return self._world.validator.check(schema, value, path)
        except MismatchError as mismatch:
            raise self._api.mismatch(endpoint, mismatch) from mismatch


@cache
def _routes(api: EmulatedAPI) -> tuple[Router, dict[str, Endpoint]]:
    """Return router and endpoints of an API, computed once."""
    operations = api.contract.operations.values()
    endpoints = {operation.id: Endpoint.of(operation, api.registry) for operation in operations}
    return Router(operations), endpoints


def _problem(fault: object) -> Problem | None:
    """Return the response of a fault that keeps a request from being carried out."""
    if isinstance(fault, ErrorResponse):
        return Problem(fault.status, fault.message)
    if isinstance(fault, ConnectionReset):
        return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "the connection is reset")
    return None


def _top(path: str) -> str | None:
    """Return the first segment of a path; None for a malformed path."""
    return path[1:].partition("/")[0] if path.startswith("/") else None


def _read_json(body: bytes) -> object:
    """Return the parsed body; an empty object if there is none."""
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


def _recorded(context: Context, status: int) -> RecordedRequest:
    incoming, content = context.incoming, context.content
    secrets = context.endpoint.secrets if context.endpoint else frozenset[str]()
    return RecordedRequest(
        operation_id=context.endpoint.operation.id if context.endpoint else None,
        method=incoming.method,
        path=incoming.path,
        query=tuple((name, MASK if name in secrets else value) for name, value in incoming.query),
        headers=recorded_headers(incoming.headers),
        body=content if incoming.body and content is not _UNREADABLE else None,
        status=status,
        elapsed=context.world.elapsed,
        faults=context.faults,
    )
