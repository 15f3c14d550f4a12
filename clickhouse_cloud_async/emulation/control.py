"""``/_emulator``: endpoints of the emulator itself, for programs in any language."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson

from .fault_documents import add_fault, document_of
from .messages import Outgoing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .faults import AddedFault
    from .messages import Incoming
    from .registry import Page
    from .world import World

TOP = "_emulator"
"""First segment of the paths; no API has one of that name."""

_FAULTS = f"/{TOP}/faults"


def control(world: World, incoming: Incoming) -> Outgoing:
    """Respond to a request to the emulator itself.

    Args:
        world: The world of the emulator.
        incoming: The request.
    """
    path = incoming.path.rstrip("/")
    if path == _FAULTS:
        return _all_faults(world, incoming)
    number = path.removeprefix(f"{_FAULTS}/")
    found = [added for added in world.faults if str(added.number) == number]
    if not found:
        return _refusal(HTTPStatus.NOT_FOUND, f"there is nothing at {incoming.path}")
    return _one_fault(world, incoming, found[0])


def _all_faults(world: World, incoming: Incoming) -> Outgoing:
    if incoming.method == "GET":
        return _reply(HTTPStatus.OK, {"faults": [document_of(each) for each in world.faults]})
    if incoming.method == "DELETE":
        world.faults.clear()
        return _reply(HTTPStatus.NO_CONTENT)
    # Web pages can send other types of bodies to this machine without a preflight request.
    if incoming.headers.get("Content-Type", "").partition(";")[0].strip() != "application/json":
        return _refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the body must be application/json")
    try:
        document = orjson.loads(incoming.body)
        if not isinstance(document, dict):
            raise ValueError("the body must be a JSON object")  # noqa: TRY004, TRY301 - told below
        added = add_fault(world.faults, document)
    except ValueError as problem:
        return _refusal(HTTPStatus.BAD_REQUEST, str(problem))
    return _reply(HTTPStatus.CREATED, document_of(added))


def _one_fault(world: World, incoming: Incoming, added: AddedFault) -> Outgoing:
    if incoming.method == "GET":
        return _reply(HTTPStatus.OK, document_of(added))
    if incoming.method == "DELETE":
        world.faults.remove(added)
        return _reply(HTTPStatus.NO_CONTENT)
    return _refusal(HTTPStatus.METHOD_NOT_ALLOWED, "a fault can only be read and removed")


def _reply(status: HTTPStatus, document: Any = None) -> Outgoing:
    body = b"" if document is None else orjson.dumps(document)
    return Outgoing(int(status), {"Content-Type": "application/json"}, body)


def _refusal(status: HTTPStatus, message: str) -> Outgoing:
    return _reply(status, {"error": message})


PAGES: Mapping[tuple[str, str | None], Page] = {
    (method, TOP): control for method in ("GET", "POST", "DELETE")
}
"""Handlers by method and first segment of the path."""
