"""A small API of the tests' own, which is as unlike others as the engine has to bear.

It has harbours and ships. A ship's path does not lead through its harbour, which is part of the
ship's id; there is no version in front, no organisation and no envelope; credentials are a header
of its own, and states are words of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import orjson

from clickhouse_cloud_async.core.contract import Contract
from clickhouse_cloud_async.emulation.api import EmulatedAPI
from clickhouse_cloud_async.emulation.emulator import BaseEmulator
from clickhouse_cloud_async.emulation.messages import Outgoing
from clickhouse_cloud_async.emulation.problems import Problem, bad_request
from clickhouse_cloud_async.emulation.registry import Registry
from clickhouse_cloud_async.emulation.state_machines import StateMachine
from clickhouse_cloud_async.emulation.transitions import GONE, Transition

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.context import Context
    from clickhouse_cloud_async.emulation.endpoints import Endpoint
    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.validation import MismatchError
    from clickhouse_cloud_async.emulation.world import World

KEY = "a key of the harbour master"
MAX_BODY_BYTES = 100


@attrs.frozen
class Port:
    """What timers and calls of the API act on: the whole world, as it has no accounts."""

    world: World


def _port_at(world: World, _path: Path) -> Port:
    return Port(world)


REGISTRY: Registry[Context, Port] = Registry(_port_at, "ship")

SHIPS = StateMachine(
    REGISTRY,
    "ship",
    {"arriving": Transition("moored", 60.0), "leaving": Transition(GONE, 60.0)},
    field="berth",
)


def _operation(method: str, path: str, status: int, body: Any = None) -> dict[str, Any]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    facts: dict[str, Any] = {
        "method": method,
        "path": path,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in names
        ],
        "responses": {str(status): {"content": {"application/json": {"type": "object"}}}},
    }
    if body is not None:
        facts["body"] = {"content": {"application/json": body}}
    return facts


_NAMED = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}},
    "additionalProperties": False,
}

CONTRACT = Contract({
    "title": "Harbour",
    "schemas": {},
    "operations": {
        "harbour_build": _operation("PUT", "/harbours/{harbour}", 200, _NAMED),
        "harbour_close": _operation("DELETE", "/harbours/{harbour}", 204),
        "ship_call": _operation("PUT", "/ships/{ship}", 202, _NAMED),
        "ship_show": _operation("GET", "/ships/{ship}", 200),
        "ship_paint": _operation("POST", "/ships/{ship}/paint", 200),
        "tide_show": {
            **_operation("GET", "/seas/{sea}/tide", 200),
            "parameters": [{"name": "high", "in": "query", "schema": {"type": "boolean"}}],
        },
    },
})  # fmt: skip


def _home(template: tuple[str, ...], path: tuple[str, ...]) -> Path:
    """A ship lies below its harbour, which the part of its id before the dot names.

    Seas are not kept.
    """
    if template[0] == "seas":
        return ()
    if template[0] != "ships":
        return path
    harbour, _, ship = path[1].partition(".")
    return ("harbours", harbour, "ships", ship, *path[2:])


def _authenticate(context: Context) -> None:
    if context.incoming.headers.get("Harbour-Key") != KEY:
        raise Problem(403, "no such key")


def _no_route(_context: Context) -> Problem:
    return Problem(404, "no such quay")


def _authorise(_context: Context) -> None:
    pass


def _call(context: Context) -> Context:
    return context


def _wrap(context: Context) -> Outgoing:
    assert context.reply is not None
    headers = {"Content-Type": "application/json"}
    return Outgoing(context.located.status, headers, orjson.dumps(context.reply.result))


def _refuse(problem: Problem, _request_id: str) -> Outgoing:
    headers = {"Content-Type": "application/problem+json", **problem.headers}
    return Outgoing(problem.status, headers, orjson.dumps({"title": problem.message}))


def _mismatch(_endpoint: Endpoint, mismatch: MismatchError) -> Problem:
    return bad_request(str(mismatch))


@REGISTRY.operation("harbour_build")
def _build(context: Context) -> JsonObject:
    return context.world.store.put(context.path, {"name": context.body["name"]})


@REGISTRY.operation("harbour_close")
def _close(context: Context) -> None:
    context.world.store.remove(context.path)


@REGISTRY.operation("ship_call")
def _arrive(context: Context) -> object:
    context.world.store.document(context.path[:2])
    context.world.store.put(context.path, {"name": context.body["name"]})
    SHIPS.enter(Port(context.world), context.path, "arriving")
    return _shown(context)


@REGISTRY.operation("ship_show")
def _shown(context: Context) -> object:
    ship = context.world.store.document(context.path)
    return {"name": ship["name"], "berth": ship["berth"]}


@REGISTRY.operation("tide_show")
def _tide(context: Context) -> object:
    return {"high": context.query["high"]}


API = EmulatedAPI(
    contract=CONTRACT,
    registry=REGISTRY,
    home=_home,
    authenticate=_authenticate,
    authorise=_authorise,
    no_route=_no_route,
    call=_call,
    wrap=_wrap,
    refuse=_refuse,
    mismatch=_mismatch,
    max_body_bytes=MAX_BODY_BYTES,
)


class HarbourEmulator(BaseEmulator):
    """An emulator of the harbours."""

    def __init__(self, **options: Any) -> None:
        super().__init__(API, **options)
        self._load_state()
