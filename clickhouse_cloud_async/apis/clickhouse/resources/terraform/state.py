"""Reads the output of ``terraform show -json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.errors import InvalidArgumentError

from .report import Loss

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PROVIDER = "/clickhouse/clickhouse"
"""Suffix of the provider's name, after the registry."""

_SHOW = "terraform show -json > state.json"


@attrs.frozen
class StateResource:
    """A resource of the provider in the state.

    Attributes:
        address: Its address in the configuration, such as ``module.a["x"].clickhouse_service.b``.
        type: Its type, such as ``clickhouse_service``.
        label: Its name in the configuration, which may differ from that of the managed resource.
        schema_version: The version of its type that wrote the attributes.
        values: Its attributes.
        sensitive: A structure like that of the values, with True for sensitive values.
    """

    address: str
    type: str
    label: str
    schema_version: int
    values: Mapping[str, Any] = attrs.field(repr=False)
    sensitive: Any = attrs.field(repr=False)


@attrs.frozen
class State:
    """The resources of the provider in a state.

    Attributes:
        managed: The managed resources.
        data: The data sources.
        losses: The resources that cannot be converted, with the reason.
    """

    managed: tuple[StateResource, ...]
    data: tuple[StateResource, ...]
    losses: tuple[Loss, ...]


def parse_state(text: str | bytes) -> State:
    """Read a state from JSON.

    Args:
        text: The output of the command.

    Raises:
        InvalidArgumentError: The text is not such an output.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidArgumentError(f"the state is not JSON: write it with `{_SHOW}`") from None
    return read_state(document)


def read_state(document: object) -> State:
    """Read a state or the prior state of a plan.

    Args:
        document: The output of the command, as plain values.

    Raises:
        InvalidArgumentError: The document is not such an output.
    """
    managed: list[StateResource] = []
    data: list[StateResource] = []
    losses: list[Loss] = []
    for resource in _resources(_root(document)):
        if not str(resource.get("provider_name", "")).lower().endswith(PROVIDER):
            continue
        address = str(resource.get("address", "?"))
        reason = _unfit(resource)
        if reason is not None:
            losses.append(Loss(address, None, reason))
            continue
        (data if resource.get("mode") == "data" else managed).append(
            StateResource(
                address,
                str(resource.get("type", "")),
                str(resource.get("name", "")),
                int(resource.get("schema_version") or 0),
                resource["values"],
                resource.get("sensitive_values"),
            )
        )
    return State(tuple(managed), tuple(data), tuple(losses))


def merge_states(states: Iterable[State]) -> State:
    """Return several states as one.

    Args:
        states: The states.
    """
    every = list(states)
    return State(
        tuple(resource for state in every for resource in state.managed),
        tuple(resource for state in every for resource in state.data),
        tuple(loss for state in every for loss in state.losses),
    )


def _root(document: object) -> Mapping[str, Any]:
    """Return the root module; an empty one if nothing was applied yet."""
    if isinstance(document, Mapping) and "format_version" in document:
        prior = document.get("prior_state")
        values = (prior if isinstance(prior, Mapping) else document).get("values") or {}
        root = values.get("root_module") if isinstance(values, Mapping) else None
        return root if isinstance(root, Mapping) else {}
    if isinstance(document, Mapping) and "version" in document and "lineage" in document:
        raise InvalidArgumentError(
            "this is the file that Terraform keeps its state in, whose format may change at any"
            f" time: run `{_SHOW}` beside it and pass state.json"
        )
    raise InvalidArgumentError(
        "this is not the output of `terraform show -json`, which has a format_version:"
        f" run `{_SHOW}`"
    )


def _resources(root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the resources of a module and of all below it."""
    modules: list[object] = [root]
    while modules:
        module = modules.pop(0)
        if not isinstance(module, Mapping):
            continue
        yield from (each for each in module.get("resources") or () if isinstance(each, Mapping))
        modules += module.get("child_modules") or ()


def _unfit(resource: Mapping[str, Any]) -> str | None:
    """Return why a resource cannot be converted; None if it can."""
    if resource.get("deposed_key"):
        return "it is deposed: Terraform has replaced it and is to delete it yet"
    if resource.get("tainted"):
        return "it is tainted: Terraform is to replace it, since its creation failed"
    if not isinstance(resource.get("values"), Mapping):
        return "the state has no attributes of it"
    return None
