"""The initial services of an emulator."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from itertools import cycle, islice
from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.emulator.plans import plan_of
from clickhouse_cloud_async.apis.clickhouse.emulator.registry import REGISTRY
from clickhouse_cloud_async.emulation.clock import START, timestamp
from clickhouse_cloud_async.emulation.problems import Problem
from clickhouse_cloud_async.emulation.randomness import random_uuid
from clickhouse_cloud_async.emulation.validation import MismatchError

from .scaling import IDLING, SIZES, rescale
from .service import DERIVED, STATES, endpoint, new_facts
from .warehouses import primary

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from random import Random

    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject

_PLACES = (
    ("aws", "us-east-1"),
    ("aws", "eu-central-1"),
    ("aws", "ap-southeast-1"),
    ("gcp", "us-central1"),
    ("gcp", "europe-west4"),
    ("azure", "eastus2"),
    ("azure", "germanywestcentral"),
)
_TEAMS = ("data", "growth", "platform", "security")
_ENVIRONMENTS = ("prod", "staging", "dev")
_PURPOSES = (
    "analytics", "billing", "clickstream", "etl", "events", "fraud", "iot",
    "logs", "metrics", "orders", "reports", "search", "sessions", "traces",
)  # fmt: skip
_STATES = (
    "running", "stopped", "idle", "running", "starting",
    "running", "idle", "stopped", "running", "stopping",
    "running", "stopped", "idle", "running", "provisioning",
)  # fmt: skip
"""Of fifteen services each, three are stopped, three idle and three in transition."""

_SCALING = {"autoscalingMode", *SIZES, *IDLING}


def populate(
    organization: Organization,
    services: int | Iterable[Mapping[str, object]],
    places: Sequence[str] | None = None,
) -> None:
    """Add services to an organisation.

    Args:
        organization: Their organisation.
        services: Number of services to generate, or known properties of each as parts of the
            API's Service objects.
        places: The path of each of them in messages; by their numbers if None.

    Raises:
        ValueError: A number is below 0, a property, state or value is invalid, or two services
            have the same ID.
    """
    if isinstance(services, int):
        if services < 0:
            raise ValueError(f"there cannot be {services} services")
        given: list[Mapping[str, object]] = [{} for _ in range(services)]
    else:
        given = list(services)
    random = organization.world.draw(
        "services", organization.id, str(len(organization.collection("services")))
    )
    states = list(islice(cycle(_STATES), len(given)))
    random.shuffle(states)
    for index, (part, state) in enumerate(zip(given, states, strict=True)):
        place = f"services[{index}]" if places is None else places[index]
        known = {"state": state, **_checked(organization, part, place)}
        try:
            facts = _facts(organization, index, known, random)
        except Problem as problem:
            raise ValueError(f"{place}: {problem.message}") from None
        if facts["id"] in organization.collection("services"):
            raise ValueError(f"{place}: id {facts['id']} is there already")
        path = (*organization.path, "services", str(facts["id"]))
        organization.world.store.put(path, facts)
        STATES.enter(organization, path, known["state"])
        REGISTRY.created("service", organization, path)


def _checked(organization: Organization, part: object, place: str) -> JsonObject:
    if not isinstance(part, Mapping):
        raise ValueError(f"{place}: must be an object")  # noqa: TRY004 - one value among others
    properties = organization.world.contract.schemas["Service"]["properties"]
    for name, value in part.items():
        if name not in properties:
            raise ValueError(f"{place}: a Service has no property {name!r}")
        if name in DERIVED - {"state"}:
            raise ValueError(f"{place}: {name} follows from other properties")
        try:
            organization.world.validator.check(properties[name], value)
        except MismatchError as problem:
            raise ValueError(f"{place}.{name}={value!r}: {problem.problem}") from None
    return dict(part)


def _facts(organization: Organization, index: int, known: JsonObject, random: Random) -> JsonObject:
    # All values are drawn for every service, so that given ones do not affect other services.
    service_id, place = random_uuid(random), random.choice(_PLACES)
    team, age = random.choice(_TEAMS), random.uniform(1, 400)
    environment = _ENVIRONMENTS[index % len(_ENVIRONMENTS)]
    facts = new_facts(
        str(known.get("id", service_id)),
        name=_name(index, environment),
        provider=place[0],
        region=place[1],
        created_at=timestamp(START - timedelta(days=age)),
    )
    facts["tags"] = [{"key": "env", "value": environment}, {"key": "team", "value": team}]
    facts["idleScaling"] = environment != "prod"
    facts["numReplicas"] = plan_of(organization).replicas
    facts.update({k: v for k, v in known.items() if k not in _SCALING | DERIVED})
    if "endpoints" not in known:
        facts["endpoints"] = [
            endpoint(facts["id"], facts["provider"], facts["region"], item["protocol"])
            for item in facts["endpoints"]
        ]
    if "isPrimary" not in known and "dataWarehouseId" in known:
        facts["isPrimary"] = primary(organization, facts["dataWarehouseId"]) is None
    scaling = {name: value for name, value in known.items() if name in _SCALING}
    if "replicaMemoryGb" in scaling:
        memory = scaling.pop("replicaMemoryGb")
        scaling = {"minReplicaMemoryGb": memory, "maxReplicaMemoryGb": memory} | scaling
    rescale(facts, scaling)
    return facts


def _name(index: int, environment: str) -> str:
    round_, purpose = divmod(index, len(_PURPOSES))
    suffix = f"-{round_ + 1}" if round_ else ""
    return f"{_PURPOSES[purpose]}-{environment}{suffix}"
