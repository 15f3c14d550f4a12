"""The actions of a fleet."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.apis.omnistrate.models.instances import UpdateInstanceRequest
from clickhouse_cloud_async.apis.omnistrate.operations.instances import LIFECYCLE
from clickhouse_cloud_async.core.codec import encode, to_json
from clickhouse_cloud_async.core.errors import InvalidArgumentError
from clickhouse_cloud_async.core.values import UNSET
from clickhouse_cloud_async.fleet.states import GONE
from clickhouse_cloud_async.fleet.steps import Action, Step, in_state

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.omnistrate.models.instances import Instance
    from clickhouse_cloud_async.core.values import Unset

    from .instance import AsyncFleetInstance


async def _start(each: AsyncFleetInstance, timeout: float | None) -> None:
    await each.cloud.instances.start(each.address, each.instance.id, timeout=timeout)


async def _stop(each: AsyncFleetInstance, timeout: float | None) -> None:
    await each.cloud.instances.stop(each.address, each.instance.id, timeout=timeout)


async def _restart(each: AsyncFleetInstance, timeout: float | None) -> None:
    await each.cloud.instances.restart(each.address, each.instance.id, timeout=timeout)


async def _delete(each: AsyncFleetInstance, timeout: float | None) -> None:
    await each.cloud.instances.delete(each.address, each.instance.id, timeout=timeout)


_in_status = partial(in_state, attribute=LIFECYCLE.state)

_UP, _FAILED = LIFECYCLE.up, LIFECYCLE.terminal
_STOPPED = frozenset(("STOPPED",))
_GONE = LIFECYCLE.gone | {GONE}
_AT_REST = LIFECYCLE.states - LIFECYCLE.transitional.keys() - LIFECYCLE.gone
_CHANGEABLE = frozenset(("RUNNING", "FAILED", "COMPLETE", "INSTALLER_READY"))
_UPGRADEABLE = frozenset(("RUNNING", "STOPPED", "INSTALLER_READY"))
_CHANGED = _in_status(_UP | {"INSTALLER_READY"})

START = Action(
    name="start",
    steps=(
        Step(
            name="start",
            send=_start,
            allowed=_in_status(_STOPPED),
            in_progress=_in_status(LIFECYCLE.leading_to(_UP)),
            goal=_in_status(_UP),
            already_done=_in_status(_UP),
            by_state=True,
        ),
    ),
)
STOP = Action(
    name="stop",
    steps=(
        Step(
            name="stop",
            send=_stop,
            allowed=_in_status({"RUNNING"}),
            in_progress=_in_status(LIFECYCLE.leading_to(_STOPPED)),
            goal=_in_status(_STOPPED),
            already_done=_in_status(_STOPPED),
            not_applicable=_in_status(_GONE),
            by_state=True,
        ),
    ),
)
RESTART = Action(
    name="restart",
    steps=(
        Step(
            name="restart",
            send=_restart,
            allowed=_in_status({"RUNNING", "FAILED", "COMPLETE"}),
            in_progress=_in_status({"RESTARTING"}),
            goal=_in_status(_UP),
            not_applicable=_in_status(_STOPPED | LIFECYCLE.leading_to(_STOPPED) | _GONE),
            returns=True,
        ),
    ),
)
DELETE = Action(
    name="delete",
    steps=(
        Step(
            name="delete",
            send=_delete,
            allowed=_in_status(_AT_REST),
            in_progress=_in_status(_GONE - LIFECYCLE.deleted - {GONE}),
            goal=_in_status(LIFECYCLE.deleted | {GONE}),
            already_done=_in_status(LIFECYCLE.deleted | {GONE}),
            by_state=True,
            is_end=True,
        ),
    ),
)


def updating(asked: UpdateInstanceRequest) -> Action:
    """Change parameters, network type or tags of instances.

    Raises:
        InvalidArgumentError: No field is given, or a value is invalid.
    """
    wire: dict[str, Any] = encode(UpdateInstanceRequest, asked)
    if not wire:
        raise InvalidArgumentError("no changes given: pass at least one field")

    fields: dict[str, Any] = {
        "parameters": asked.parameters,
        "network_type": asked.network_type,
        "custom_tags": asked.custom_tags,
    }

    async def send(each: AsyncFleetInstance, timeout: float | None) -> None:
        await each.cloud.instances.update(each.address, each.instance.id, timeout=timeout, **fields)

    def holds(instance: Instance | None) -> bool:
        return instance is not None and _has(instance, wire)

    step = Step(
        name="update",
        send=send,
        allowed=_in_status(_CHANGEABLE),
        goal=_CHANGED,
        already_done=holds,
        not_applicable=_in_status(_GONE),
        returns=True,
    )
    return Action(name="update", steps=(step,))


def upgrading(target_version: str | Unset) -> Action:
    """Upgrade instances to a version of their plan, by default the preferred one."""

    async def send(each: AsyncFleetInstance, timeout: float | None) -> None:
        await each.cloud.instances.upgrade(
            each.address, each.instance.id, target_version=target_version, timeout=timeout
        )

    def has_version(instance: Instance | None) -> bool:
        return instance is not None and instance.tier_version == target_version

    settled = _in_status(_AT_REST - _FAILED)
    step = Step(
        name="upgrade",
        send=send,
        allowed=_in_status(_UPGRADEABLE),
        goal=lambda instance: (
            settled(instance) and (target_version is UNSET or has_version(instance))
        ),
        already_done=has_version,
        not_applicable=_in_status(_GONE),
        returns=True,
    )
    return Action(name="upgrade", steps=(step,))


def _has(instance: Instance, asked: Mapping[str, Any]) -> bool:
    """Return whether an instance already has the requested values, by the API's names.

    A field that this version does not know never counts as equal.
    """
    shown = instance.result_parameters
    values = shown.reveal() if shown is not None else {}
    known: dict[str, Any] = {
        "network_type": None if instance.network_type is None else str(instance.network_type),
        "customTags": to_json(instance.custom_tags or []),
    }
    parameters = asked.get("requestParams", {})
    return all(
        isinstance(values, Mapping) and key in values and str(values[key]) == str(value)
        for key, value in parameters.items()
    ) and all(
        name in known and known[name] == value
        for name, value in asked.items()
        if name != "requestParams"
    )
