"""A control plane as a document describes it: the engine of desired state with a second API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import InvalidArgumentError, Polling, Secret
from clickhouse_cloud_async.apis.api7 import (
    API7Cloud,
    API7Emulator,
    AsyncAPI7Cloud,
    AsyncDesiredState,
    DesiredControlPlane,
    DesiredState,
)
from clickhouse_cloud_async.apis.api7.resources.kinds import KINDS
from clickhouse_cloud_async.desired.description import Described, Description
from clickhouse_cloud_async.desired.plan import PlanAction
from clickhouse_cloud_async.fleet import DescriptionError
from clickhouse_cloud_async.fleet.report import OutcomeStatus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from clickhouse_cloud_async.desired.plan import Plan

UPSTREAM = {"upstream": {"targets": [{"host": "192.0.2.1", "port": 80, "weight": 1}]}}
SHOP: Mapping[str, Any] = {
    "name": "shop",
    "hosts": ["shop.example.com"],
    "path_prefix": "/",
    "upstreams": [{**UPSTREAM, "version": "default"}, {**UPSTREAM, "version": "v2"}],
}
CART: Mapping[str, Any] = {
    "application": "shop",
    "name": "cart",
    "paths": [{"path": "/cart", "path_type": "Exact"}],
}
RELEASE: Mapping[str, Any] = {
    "application": "shop",
    "name": "next",
    "type": "percent",
    "percent": 10,
    "canary_upstream_version": "v2",
}
READER: Mapping[str, Any] = {
    "name": "reader",
    "credentials": {"key-auth": {"key": "planted-key"}},
}

CASES: Mapping[str, tuple[Mapping[str, Any], list[Mapping[str, Any]]]] = {
    "applications": (
        SHOP,
        [
            {"hosts": ["a.example.com", "shop.example.com"], "description": "sells"},
            {"path_prefix": "/shop", "protocols": ["HTTP", "HTTPS"]},
            {"default_upstream_version": "v2"},
            {
                "upstreams": [{**UPSTREAM, "version": "default"}],
                "default_upstream_version": "default",
            },
            {"policies": {"limit-count": {"count": 2, "time_window": 60, "rejected_code": 429}}},
            {"labels": ["team_web"], "active": 1},
            {"labels": [], "description": None, "active": None},
        ],
    ),
    "apis": (
        CART,
        [
            {"methods": ["GET", "POST"], "description": "d"},
            {"paths": [{"path": "basket", "path_type": "Prefix"}], "strip_path_prefix": True},
            {"policies": {"limit-count": {"count": 2, "time_window": 60, "rejected_code": 429}}},
            {
                "fine_grained_route_control": {
                    "enabled": True,
                    "logical_relationship": "ALL",
                    "expressions": [
                        {"subject": "header", "name": "x", "operator": "equal", "value": "1"}
                    ],
                }
            },
            {"labels": ["a"], "active": 1},
            {"methods": None, "labels": []},
        ],
    ),
    "canary_releases": (
        RELEASE,
        [
            {"percent": 20},
            {
                "type": "rule",
                "rules": [{"position": "header", "key": "x", "operator": "==", "value": "1"}],
            },
            {"state": "in_progress"},
            {"state": "paused", "canary_upstream_version": "default"},
        ],
    ),
    "consumers": (
        READER,
        [
            {"description": "reads", "labels": ["a"]},
            {"plugins": {"limit-count": {"count": 2, "time_window": 60, "rejected_code": 429}}},
            {"description": None, "labels": []},
        ],
    ),
}


@pytest.fixture
async def cloud() -> AsyncIterator[AsyncAPI7Cloud]:
    """A client of an emulator."""
    async with API7Emulator(time_scale=1000) as emulator:
        settings: dict[str, Any] = {"retry": 1, "polling": Polling(speed=1000)}
        async with AsyncAPI7Cloud(emulator.token, base_url=emulator.url, **settings) as opened:
            yield opened


def described(*resources: tuple[str, Mapping[str, Any]], absent: bool = False) -> Description:
    """Return a description of resources, with their secrets as such."""
    return Description(
        name="gateway",
        resources=tuple(
            Described(kind=kind, fields=_protected(fields), is_absent=absent)
            for kind, fields in resources
        ),
    )


def _protected(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {k: {n: Secret(v) for n, v in one.items()} for k, one in value.items()}
        if name == "credentials"
        else value
        for name, value in fields.items()
    }


async def bring_about(cloud: AsyncAPI7Cloud, desired: Description) -> Plan:
    """Plan and apply; everything has to succeed, and nothing is left to do then."""
    plan = await AsyncDesiredState(cloud).plan(desired)
    report = await AsyncDesiredState(cloud).apply(plan, allow_delete=True)
    for outcome in report.outcomes:
        assert outcome.status is OutcomeStatus.DONE, f"{outcome.name}: {outcome.reason}"
    left = await AsyncDesiredState(cloud).plan(desired)
    assert not left.items, str(left)
    return plan


@pytest.mark.parametrize("kind", CASES)
async def test_life(cloud: AsyncAPI7Cloud, kind: str) -> None:
    """A resource is created, changed field by field, exported, and deleted."""
    first, changes = CASES[kind]
    needed = [] if KINDS[kind].parent is None else [("applications", SHOP)]
    await bring_about(cloud, described(*needed, (kind, first)))
    found_by = {name: first[name] for name in ("application", "name") if name in first}

    for change in changes:
        plan = await bring_about(cloud, described((kind, {**found_by, **change})))
        assert [item.action for item in plan.items] == [PlanAction.CHANGE]
        assert {each.field for each in plan.items[0].changes} <= change.keys()
    exported = await AsyncDesiredState(cloud).export("all", only=[kind])
    assert not (await AsyncDesiredState(cloud).plan(exported.description)).items
    await bring_about(cloud, described((kind, found_by), absent=True))

    missing = {name for _, fields in [(kind, first)] for name in fields} - {"application"}
    changed = {name for change in changes for name in change}
    assert KINDS[kind].by_name.keys() <= missing | changed


def test_every_kind_has_a_case() -> None:
    """A kind that is added needs a row; certificates have tests of their own."""
    assert {*KINDS.names} == {*CASES, "certificates"}


@pytest.mark.parametrize("kind", [kind for kind in CASES if KINDS[kind].parent is not None])
async def test_wrong_references(cloud: AsyncAPI7Cloud, kind: str) -> None:
    """What is in an application that is not there is refused, and nothing is sent."""
    wrong = {**CASES[kind][0], "application": "nowhere"}
    plan = await AsyncDesiredState(cloud).plan(described((kind, wrong)))

    (outcome,) = (await AsyncDesiredState(cloud).apply(plan)).outcomes

    assert outcome.status is OutcomeStatus.FAILED
    assert "'nowhere'" in f"{outcome.reason}"
    assert outcome.commands == []


async def test_all_is_made_and_destroyed_in_order(cloud: AsyncAPI7Cloud) -> None:
    """Applications come before what is in them, and go after it."""
    everything = described(
        ("canary_releases", RELEASE),
        ("apis", CART),
        ("consumers", READER),
        ("applications", SHOP),
    )
    await bring_about(cloud, everything)

    plan = await AsyncDesiredState(cloud).plan(everything, destroy=True)
    report = await AsyncDesiredState(cloud).apply(plan, allow_delete=True)

    assert {outcome.status for outcome in report.outcomes} == {OutcomeStatus.DONE}
    assert not await cloud.applications.list()
    assert not await cloud.consumers.list()


async def test_certificates_are_replaced_in_place(cloud: AsyncAPI7Cloud) -> None:
    """A certificate keeps its ID with other labels; its PEM texts are in no plan."""
    pem, key = API7Emulator().make_certificate("shop.example.com")
    fields = {"name": "shop", "certificate": Secret(pem), "private_key": Secret(key)}
    await bring_about(cloud, described(("certificates", fields)))
    (made,) = await cloud.certificates.list()

    labelled = {**fields, "labels": ["eu"]}
    plan = await AsyncDesiredState(cloud).plan(described(("certificates", labelled)))
    await AsyncDesiredState(cloud).apply(plan)

    (kept,) = await cloud.certificates.list()
    assert (kept.id, kept.labels) == (made.id, ["shop", "eu"])
    assert "PRIVATE KEY" not in f"{plan}{plan!r}{plan.to_dict()}"
    assert "cannot be compared" in " ".join(plan.notes)


async def test_a_certificate_is_replaced_with_its_texts_only(cloud: AsyncAPI7Cloud) -> None:
    """A change without the PEM texts fails before anything is sent, and says what is missing."""
    pem, key = API7Emulator().make_certificate("shop.example.com")
    made = await cloud.certificates.create(certificate=pem, private_key=key)
    named = {"name": made.serial_number, "labels": ["eu"]}

    plan = await AsyncDesiredState(cloud).plan(described(("certificates", named)))
    (outcome,) = (await AsyncDesiredState(cloud).apply(plan)).outcomes

    assert outcome.status is OutcomeStatus.FAILED
    assert "certificate and private_key" in f"{outcome.reason}"


async def test_a_finished_release_is_left(cloud: AsyncAPI7Cloud) -> None:
    """Finishing is final, so that a change is refused before it is sent."""
    shop = ("applications", SHOP)
    await bring_about(cloud, described(shop, ("canary_releases", RELEASE)))
    for state in ("in_progress", "finished"):
        release = ("canary_releases", {**RELEASE, "state": state})
        plan = await AsyncDesiredState(cloud).plan(described(release))
        await AsyncDesiredState(cloud).apply(plan)

    usual = ("applications", {**SHOP, "default_upstream_version": "default"})
    (item,) = (await AsyncDesiredState(cloud).plan(described(usual))).items
    again = {**RELEASE, "state": "in_progress"}
    (refused,) = (await AsyncDesiredState(cloud).plan(described(("canary_releases", again)))).items

    assert [change.before for change in item.changes] == ["v2"]
    assert refused.action is PlanAction.REFUSED
    assert "final" in f"{refused.reason}"


async def test_verbs_beside_plan_and_apply(cloud: AsyncAPI7Cloud) -> None:
    """Resources are renamed, looked at, and destroyed by their number; none carries a mark."""
    desired = AsyncDesiredState(cloud)
    await bring_about(cloud, described(("applications", SHOP), ("apis", CART)))
    stray = await cloud.consumers.create(name="stray", labels=["eu"])
    await cloud.consumers.create(name="other")
    (shop,) = await cloud.applications.list()

    for adopted in (desired.adopt("gateway", "stray", kind="consumers"), desired.forget("shop")):
        with pytest.raises(InvalidArgumentError, match="carry no mark of a fleet"):
            await adopted
    assert await desired.rename("shop", "store") == shop.id
    both = described(("applications", SHOP), ("apis", CART))
    drift = await desired.drift(both, targets=["applications/shop"])
    assert [item.label for item in drift.missing] == ["shop"]
    assert await desired.look_requests(both) == 2
    stores = DesiredControlPlane(
        "gateway",
        applications=[{"name": "store"}],
        apis=[{"application": "store", "name": "cart"}],
    )
    with pytest.raises(InvalidArgumentError, match="2 resources"):
        await desired.destroy(stores, confirm=1)
    assert (await desired.destroy(stores, confirm=2)).is_success
    exported = await desired.export("gateway", only=["consumers"], tags={"eu": None})
    assert [each.fields["name"] for each in exported.description.resources] == [stray.name]


def test_files_describe_a_control_plane(tmp_path: Path) -> None:
    """The sync client applies a file, and reports a mistake in it with its line."""
    path = tmp_path / "gateway.yaml"
    path.write_text(
        "fleet: gateway\n"
        "applications:\n"
        "  - {name: shop, hosts: [a.example], path_prefix: /, upstreams: [{version: default}]}\n"
        "apis:\n"
        "  - {application: shop, name: cart, paths: [{path: /cart, path_type: Exact}]}\n"
    )
    with (
        API7Emulator(time_scale=1000) as emulator,
        API7Cloud(emulator.token, base_url=emulator.url) as cloud,
    ):
        desired = DesiredState(cloud)
        report = desired.apply(desired.plan(path))
        assert [outcome.reason for outcome in report.outcomes] == [None, None]
        assert not desired.plan(desired.export("gateway").description).items

        path.write_text("fleet: gateway\napplications:\n  - {name: shop, host: a}\n")
        with pytest.raises(DescriptionError, match=r"gateway\.yaml:3.*host"):
            desired.plan(path)

    assert set(desired.schema()["properties"]) >= set(KINDS.names)
