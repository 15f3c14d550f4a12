"""Reading what ``terraform show -json`` prints."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clickhouse_cloud_async import InvalidArgumentError
from clickhouse_cloud_async.fleet import Conversion, from_terraform

from .states import resource, service, state


def _names(conversion: Conversion) -> list[str]:
    return [each["name"] for each in conversion.document.get("services", ())]


def _losses(conversion: Conversion) -> list[str]:
    return list(map(str, conversion.losses))


def test_nothing_applied_yet() -> None:
    """A state without values makes an empty document, and so does one without resources."""
    for text in ('{"format_version": "1.0"}', state()):
        conversion = from_terraform(text, fleet="shop")
        assert (conversion.document, conversion.losses) == ({"fleet": "shop"}, ())


def test_modules_of_any_depth() -> None:
    """Resources of modules are found, whatever their index is."""
    inner = {
        "address": 'module.a["x"].module.b[0]',
        "resources": [service(id="2", name="inner", beside={"index": 0})],
    }
    outer = {
        "address": 'module.a["x"]',
        "child_modules": [inner],
        "resources": [service(id="1", name="outer", beside={"index": "eu"})],
    }
    assert _names(from_terraform(state(service(), modules=[outer]))) == ["clicks", "outer", "inner"]


def test_plan_file() -> None:
    """Of a plan the state before it counts, and not what is planned."""
    before = json.loads(state(service(name="before")))
    after = json.loads(state(service(name="after")))
    plan = {
        "format_version": "1.2",
        "planned_values": after["values"],
        "prior_state": before,
        "resource_changes": [],
    }
    assert _names(from_terraform(plan)) == ["before"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"version": 4, "serial": 3, "lineage": "a", "resources": []}', "keeps its state in"),
        ('{"services": []}', "not the output of `terraform show -json`"),
        ("[]", "not the output of `terraform show -json`"),
        ("fleet: shop", "not JSON"),
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_something_else(text: str, reason: str) -> None:
    """Anything else is refused with the command that prints a state."""
    with pytest.raises(InvalidArgumentError, match=reason) as refused:
        from_terraform(text)
    assert "terraform show -json > state.json" in str(refused.value)


def test_no_state() -> None:
    """Nothing to convert is a mistake of the caller."""
    with pytest.raises(InvalidArgumentError, match="no state was passed"):
        from_terraform()


def test_unfit_resources_are_listed() -> None:
    """Tainted and deposed resources, and those without attributes, are reported."""
    broken = service(label="broken", beside={"tainted": True})
    old = service(label="old", beside={"deposed_key": "1a2b"})
    empty = {**service(label="empty"), "values": None}
    conversion = from_terraform(state(broken, old, empty))
    assert _names(conversion) == []
    assert [(each.address, each.attribute) for each in conversion.losses] == [
        ("clickhouse_service.broken", None),
        ("clickhouse_service.old", None),
        ("clickhouse_service.empty", None),
    ]


def test_registries_and_other_providers() -> None:
    """The end of the provider's name counts; resources of other providers are none of ours."""
    tofu = service(beside={"provider_name": "registry.opentofu.org/ClickHouse/clickhouse"})
    other = {**service(id="2"), "provider_name": "registry.terraform.io/hashicorp/aws"}
    conversion = from_terraform(state(tofu, other))
    assert (_names(conversion), conversion.losses) == (["clicks"], ())


def test_unknown_types_and_attributes_are_listed() -> None:
    """What a newer provider has is reported, at any depth, and hinders nothing."""
    newer = service(
        quantum={"level": 3},
        unset=None,
        backup_configuration={"backup_period_in_hours": 12, "backup_color": "blue"},
    )
    conversion = from_terraform(state(newer, resource("wormhole", {"id": "1"})))
    assert _names(conversion) == ["clicks"]
    assert {(each.address, each.attribute) for each in conversion.losses} == {
        ("clickhouse_service.this", "quantum"),
        ("clickhouse_service.this", "backup_configuration.backup_color"),
        ("clickhouse_wormhole.this", None),
    }


def test_schema_version_0_of_services() -> None:
    """An old state lists the protocols that are on, and lacks later attributes."""
    old = service(
        endpoints=[{"protocol": "https", "host": "h", "port": 8443}],
        tier="production",
        beside={"schema_version": 0},
    )
    del old["values"]["autoscaling_mode"]
    conversion = from_terraform(state(old))
    (converted,) = conversion.document["services"]
    assert converted["endpoints"] == {"mysql": False}
    assert "autoscaling_mode" not in converted
    assert _losses(conversion) == [
        "clickhouse_service.this: tier: tiers are of older plans, and no request takes one any more"
    ]


def test_names_across_states() -> None:
    """Resources of one state name those of another, where both are passed."""
    pipe: dict[str, Any] = resource(
        "clickpipe_cdc_infrastructure",
        {
            "service_id": service()["values"]["id"],
            "replica_cpu_millicores": 2000,
            "replica_memory_gb": 8,
        },
    )
    alone, together = from_terraform(state(pipe)), from_terraform(state(service()), state(pipe))
    assert together.document["cdc_infrastructure"][0]["service"] == "clicks"
    assert together.losses == ()
    assert [each.attribute for each in alone.losses] == ["service_id"]


def test_one_name_twice() -> None:
    """Names find resources, so the second of a name is reported and left out."""
    conversion = from_terraform(state(service(), service(id="2", label="other")))
    assert _names(conversion) == ["clicks"]
    assert [each.address for each in conversion.losses] == ["clickhouse_service.other"]


@pytest.mark.parametrize(
    "values",
    [{"name": None}, {"endpoints": "mysql"}, {"ip_access": [None]}, {"max_replica_memory_gb": {}}],
)
def test_values_of_other_types(values: dict[str, Any]) -> None:
    """A value that no provider is known to store is reported, and hinders no other resource."""
    conversion = from_terraform(state(service(**values), service(id="2", name="other", label="b")))
    assert "other" in _names(conversion)
    assert "check all of it" in _losses(conversion)[0]
