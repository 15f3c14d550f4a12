"""The actions of a fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.apis.clickhouse.models.services import (
    ServicePatchRequest,
    ServiceReplicaScalingPatchRequest,
)
from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.core.codec import encode
from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.values import UNSET
from clickhouse_cloud_async.fleet.states import GONE
from clickhouse_cloud_async.fleet.steps import Action, Step, in_state, never

from .changes import has_changes, has_scaling, runs_scaling
from .deletion_order import DeletionOrder

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.models.services import Service
    from clickhouse_cloud_async.core.values import Secret

    from .service import AsyncFleetService


async def _start(each: AsyncFleetService, timeout: float | None) -> Service:
    return await each.cloud.services.start(
        each.service.id, organization_id=each.organization_id, timeout=timeout
    )


async def _stop(each: AsyncFleetService, timeout: float | None) -> Service:
    return await each.cloud.services.stop(
        each.service.id, organization_id=each.organization_id, timeout=timeout
    )


async def _wake(each: AsyncFleetService, timeout: float | None) -> Service:
    return await each.cloud.services.wake(
        each.service.id, organization_id=each.organization_id, timeout=timeout
    )


async def _delete(each: AsyncFleetService, timeout: float | None) -> None:
    await each.cloud.services.delete(
        each.service.id, organization_id=each.organization_id, timeout=timeout
    )


async def _reset_password(each: AsyncFleetService, timeout: float | None) -> Secret | None:
    response = await each.cloud.services.reset_password(
        each.service.id, organization_id=each.organization_id, timeout=timeout
    )
    return response.password


_UP, _AWAKE = LIFECYCLE.up, LIFECYCLE.awake
_COMING_UP = LIFECYCLE.leading_to(_UP)
_STOPPED = frozenset(("stopped",))
_GOING_DOWN = LIFECYCLE.leading_to(_STOPPED)
_FAILED, _GONE = LIFECYCLE.terminal, LIFECYCLE.gone | {GONE}

START_STEP = Step(
    name="start",
    send=_start,
    allowed=in_state(_STOPPED | _FAILED),
    in_progress=in_state(_COMING_UP),
    goal=in_state(_UP),
    already_done=in_state(_UP),
    by_state=True,
)
STOP_STEP = Step(
    name="stop",
    send=_stop,
    allowed=in_state(_UP | _FAILED),
    in_progress=in_state(_GOING_DOWN),
    goal=in_state(_STOPPED),
    already_done=in_state(_STOPPED),
    not_applicable=in_state(_GONE),
    by_state=True,
)
_WAKE = Step(
    name="wake",
    send=_wake,
    allowed=in_state(LIFECYCLE.dormant),
    in_progress=in_state(_COMING_UP),
    goal=in_state(_AWAKE),
    already_done=in_state(_AWAKE),
    not_applicable=in_state(_STOPPED | _GOING_DOWN | _FAILED | _GONE),
    by_state=True,
)
_DELETE = Step(
    name="delete",
    send=_delete,
    allowed=in_state(LIFECYCLE.deletable),
    in_progress=in_state(LIFECYCLE.gone),
    goal=in_state({GONE}),
    already_done=in_state({GONE}),
    by_state=True,
    is_end=True,
)
_RESET = Step(name="reset_password", send=_reset_password, is_observable=False, is_result=True)

START = Action(name="start", steps=(START_STEP,))
STOP = Action(name="stop", steps=(STOP_STEP,))
WAKE = Action(name="wake", steps=(_WAKE,))
AWAKE = Action(name="awake", steps=(START_STEP, attrs.evolve(_WAKE, not_applicable=never)))
RESTART = Action(
    name="restart",
    steps=(
        attrs.evolve(
            STOP_STEP,
            already_done=never,
            not_applicable=in_state(_STOPPED | _GOING_DOWN | _GONE),
        ),
        START_STEP,
    ),
)
DELETE = Action(
    name="delete",
    steps=(
        # A service may become deletable by itself, such as one that goes idle.
        attrs.evolve(
            STOP_STEP,
            already_done=in_state(LIFECYCLE.deletable | _GONE),
            goal=in_state(LIFECYCLE.deletable | _GONE),
            not_applicable=never,
        ),
        _DELETE,
    ),
    order=DeletionOrder,
)
RESET_PASSWORDS = Action(name="reset_passwords", steps=(_RESET,))


def scaling(asked: ServiceReplicaScalingPatchRequest) -> Action:
    """Change how services scale.

    Raises:
        InvalidArgumentError: No field is given, or a value is invalid.
    """
    _checked(ServiceReplicaScalingPatchRequest, asked)
    fields = _fields(ServiceReplicaScalingPatchRequest, asked)

    async def send(each: AsyncFleetService, timeout: float | None) -> Service:
        return await each.cloud.services.scale(
            each.service.id, organization_id=each.organization_id, timeout=timeout, **fields
        )

    def runs(service: Service | None) -> bool:
        return (
            service is not None and has_scaling(service, fields) and runs_scaling(service, fields)
        )

    def is_coming(service: Service | None) -> bool:
        return service is not None and has_scaling(service, fields) and not runs(service)

    step = Step(name="scale", send=send, in_progress=is_coming, already_done=runs)
    return Action(name="scale", steps=(step,))


def updating(asked: ServicePatchRequest) -> Action:
    """Change services.

    Raises:
        InvalidArgumentError: No field is given, or a value is invalid.
    """
    wire = _checked(ServicePatchRequest, asked)
    fields = _fields(ServicePatchRequest, asked)

    async def send(each: AsyncFleetService, timeout: float | None) -> Service:
        return await each.cloud.services.update(
            each.service.id, organization_id=each.organization_id, timeout=timeout, **fields
        )

    def holds(service: Service | None) -> bool:
        return service is not None and has_changes(service, wire)

    return Action(name="update", steps=(Step(name="update", send=send, already_done=holds),))


def _fields(model: type[Any], asked: Any) -> dict[str, Any]:
    """Return the given fields by name."""
    every = {
        name: getattr(asked, name)
        for name, field in attrs.fields_dict(model).items()
        if field.metadata.get("is_field", True)
    }
    return {name: value for name, value in every.items() if value is not UNSET}


def _checked(model: type[Any], asked: Any) -> dict[str, Any]:
    """Return the request body.

    Raises:
        InvalidArgumentError: No field is given, or a value is invalid.
    """
    wire: dict[str, Any] = encode(model, asked)
    if not wire:
        raise InvalidArgumentError("no changes given: pass at least one field")
    return wire
