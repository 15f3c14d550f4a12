"""One table of fields serves descriptions, plans, updates and scaling."""

from __future__ import annotations

from typing import Any

import pytest

from clickhouse_cloud_async.apis.clickhouse.fleet.changes import has_changes, has_scaling
from clickhouse_cloud_async.apis.clickhouse.resources.fields import DESCRIBED
from clickhouse_cloud_async.apis.clickhouse.service_fields import FIELDS, ChangeGroup
from clickhouse_cloud_async.core.codec.types import model_fields
from clickhouse_cloud_async.fleet import DesiredService
from clickhouse_cloud_async.models import (
    Service,
    ServicePatchRequest,
    ServicePostRequest,
    ServiceReplicaScalingPatchRequest,
)

IDENTITY = {"name", "organization"}
"""Fields of a description that find the service."""

NOT_TAKEN = {"tier", "min_total_memory_gb", "max_total_memory_gb", "backup_encryption_config"}
"""Fields of a creation that are deprecated, or only in private preview."""


def _names(model: Any) -> set[str]:
    return {field.name for field in model_fields(model)}


def test_every_described_field_is_in_the_table() -> None:
    """A field that stands in the description alone would be ignored in silence."""
    assert _names(DesiredService) - IDENTITY == DESCRIBED.keys()


@pytest.mark.parametrize(
    ("model", "group"),
    [
        (ServicePatchRequest, ChangeGroup.UPDATE),
        (ServiceReplicaScalingPatchRequest, ChangeGroup.SCALING),
    ],
)
def test_each_field_of_a_request_is_in_the_table(model: Any, group: ChangeGroup) -> None:
    """What a request can change is compared, and the request takes what is compared."""
    assert _names(model) == {name for name, field in FIELDS.items() if field.group is group}


def test_each_field_of_a_creation_is_in_the_table() -> None:
    """What a creation takes can be described, but for what finds a service or comes later."""
    in_table = {name for name, field in FIELDS.items() if field.in_creation}

    assert _names(ServicePostRequest) - NOT_TAKEN == in_table | {"name", "private_endpoint_ids"}


SERVICE = Service.from_dict(
    {
        "id": "a",
        "name": "etl",
        "tags": [{"key": "env", "value": "dev"}, {"key": "bare"}],
        "ipAccessList": [{"source": "10.0.0.1/8", "description": "office"}],
        "privateEndpointIds": ["vpce-1"],
        "endpoints": [{"protocol": "https", "host": "h", "port": 1}],
        "releaseChannel": "fast",
        "enableCoreDumps": True,
        "transparentDataEncryptionKeyId": "k",
        "autoscalingMode": "vertical",
        "minReplicaMemoryGb": 8,
        "maxReplicaMemoryGb": 16,
        "numReplicas": 3,
        "idleScaling": True,
        "idleTimeoutMinutes": 5,
    }
)

UPDATES: list[tuple[str, Any, Any]] = [
    ("name", "etl", "other"),
    (
        "tags",
        {"add": [{"key": "env", "value": "dev"}, {"key": "bare"}], "remove": [{"key": "no"}]},
        {"remove": [{"key": "bare"}]},
    ),
    (
        "ipAccessList",
        {"add": [{"source": "10.0.0.0/8", "description": "office"}]},
        {"add": [{"source": "10.0.0.0/8", "description": "home"}]},
    ),
    ("privateEndpointIds", {"add": ["vpce-1"], "remove": ["vpce-2"]}, {"remove": ["vpce-1"]}),
    (
        "endpoints",
        [{"protocol": "https", "enabled": True}, {"protocol": "mysql", "enabled": False}],
        [{"protocol": "mysql", "enabled": True}],
    ),
    ("releaseChannel", "fast", "slow"),
    ("enableCoreDumps", True, False),
    ("transparentDataEncryptionKeyId", "k", "l"),
]


@pytest.mark.parametrize(("field", "same", "other"), UPDATES)
def test_an_update_that_changes_nothing_is_recognised(field: str, same: Any, other: Any) -> None:
    """Each field of an update is compared with what there is."""
    assert has_changes(SERVICE, {field: same})
    assert not has_changes(SERVICE, {field: other})


def test_each_field_of_an_update_is_tried() -> None:
    """A field that is added to the request needs a row here."""
    wires = {field.wire for field in model_fields(ServicePatchRequest)}
    assert wires == {field for field, *_ in UPDATES}


def test_a_field_that_is_not_known_is_never_taken_for_changed() -> None:
    """What this version cannot compare is sent."""
    assert not has_changes(SERVICE, {"name": "etl", "newInTheAPI": 1})


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        ({"num_replicas": 3}, True),
        ({"min_replicas": 3, "max_replicas": 3}, True),
        ({"num_replicas": 2}, False),
        ({"max_replicas": 4}, False),
        ({"min_replica_memory_gb": 8, "max_replica_memory_gb": 16}, True),
        ({"max_replica_memory_gb": 32}, False),
        ({"idle_scaling": True, "idle_timeout_minutes": 5}, True),
        ({"idle_scaling": False}, False),
        ({"autoscaling_mode": "horizontal"}, False),
    ],
)
def test_scaling_that_changes_nothing_is_recognised(asked: dict[str, Any], holds: bool) -> None:  # noqa: FBT001 - a row of a table
    """A fixed number of replicas is shown in one way and may be asked for in two."""
    assert has_scaling(SERVICE, asked) is holds
