"""Pipes as a kind of desired state: created, changed, adopted, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickhouse_cloud_async import ConfigurationError
from clickhouse_cloud_async.apis.clickhouse.resources.mongodb_uris import comparable_uri
from clickhouse_cloud_async.desired.plan import PlanAction
from clickhouse_cloud_async.desired.references import Reference
from clickhouse_cloud_async.fleet import DescriptionError

from .pipe_cases import CASES, KAFKA, POSTGRES, PipeCase, table
from .pipe_scene import (
    SECRETS,
    bring_about,
    changes_of,
    check_export,
    described,
    running_service,
)

if TYPE_CHECKING:
    from clickhouse_cloud_async import AsyncClickHouseCloud
    from clickhouse_cloud_async.desired.description import Description
    from clickhouse_cloud_async.models import ClickPipe

_KAFKA = CASES[0].fields
_EVERY = pytest.mark.parametrize("case", CASES, ids=[case.kind for case in CASES])


_LACKS = {
    "kafka": "source.kafka.credentials",
    "object_storage": "source.object_storage.access_key",
    "kinesis": "source.kinesis.access_key",
    "postgres": "source.postgres.credentials",
    "mysql": "source.mysql.credentials",
}
"""What an exported pipe lacks, of sources with a user name that only a user can fill in."""


def _pipe(fields: dict[str, Any], **others: Any) -> dict[str, Any]:
    return {"service": "clicks", "name": "events", **fields, **others}


@_EVERY
async def test_life(case: PipeCase) -> None:
    """A pipe is created, each part of it changes in its turn, and it is deleted."""
    async with running_service() as (_, cloud):
        plan = await cloud.fleet.plan(described(clickpipes=[_pipe(case.fields)]))
        assert not any(secret in str(plan) for secret in SECRETS.values())
        report = await bring_about(cloud, described(clickpipes=[_pipe(case.fields)]))
        assert [outcome.commands for outcome in report.outcomes] == [["create"]]
        exported = await check_export(cloud, "clickpipes")
        for name, fields in case.changes.items():
            desired = described(clickpipes=[_pipe(fields)])
            assert changes_of(await cloud.fleet.plan(desired)), name
            await bring_about(cloud, desired)
        for name, fields in case.fixed.items():
            plan = await cloud.fleet.plan(described(clickpipes=[_pipe(fields)]))
            (refused,) = plan.refused
            assert name in str(refused)
        gone = described(clickpipes=[_pipe({}, absent=True)])
        plan = await cloud.fleet.plan(gone)
        report = await cloud.fleet.apply(plan, allow_delete=True)
        report.raise_for_failures()
        service = await cloud.services.get_by_name("clicks")
        assert await cloud.clickpipes.list(service.id) == []
        (item,) = (await cloud.fleet.plan(exported.description)).items
        lacks = _LACKS.get(case.kind)
        assert (item.action is PlanAction.REFUSED) == (lacks is not None)
        assert lacks is None or f"creating it needs its {lacks}" in f"{item.reason}"
        assert lacks is None or f"clickpipes clicks/events: add {lacks}" in exported.notes[0]


async def test_secrets_are_sent_again_on_demand() -> None:
    """A plan says that secrets cannot be compared; sent again, they are in one request."""
    desired = described(clickpipes=[_pipe(_KAFKA)])
    async with running_service() as (emulator, cloud):
        await bring_about(cloud, desired)
        plan = await cloud.fleet.plan(desired)
        assert plan.is_empty
        assert plan.notes == ("ClickPipe clicks/events: source cannot be compared",)
        plan = await cloud.fleet.plan(desired, resend=["clickpipes/clicks/events"])
        assert changes_of(plan) == ["source"]
        report = await cloud.fleet.apply(plan)
        report.raise_for_failures()
        assert report.outcomes[0].commands == ["update"]
        (sent,) = [each for each in emulator.requests if each.method == "PATCH"]
        login = {"username": "loader", "password": SECRETS["PIPE_PASSWORD"]}
        assert sent.body == {"source": {"kafka": {"credentials": login}}}
        assert SECRETS["PIPE_PASSWORD"] not in f"{plan}{plan.to_dict()}{report}"


async def test_secrets_are_sent_when_their_version_is_raised() -> None:
    """The service has the version that was sent last, so that only a newer one is sent."""

    def version(number: int, **named: str) -> Description:
        login = {"username": "loader", "password": {"env": "PIPE_PASSWORD", "version": number}}
        source = {"kafka": {**_KAFKA["source"]["kafka"], "credentials": login}}
        service = {"name": "clicks", "tags": {"env": "staging"}}
        pipe = _pipe(_KAFKA, source=source, **named)
        return described(services=[service], clickpipes=[pipe])

    async with running_service() as (emulator, cloud):
        report = await bring_about(cloud, version(1))
        assert report.outcomes[1].commands == ["create", "note_version"]
        assert (await cloud.fleet.plan(version(1))).notes == ()
        plan = await cloud.fleet.plan(version(2))
        (item,) = plan.items
        assert item.commands == ("update", "note_version")
        assert "source: version 1 -> 2" in str(plan)
        assert "described as version 2, is 1" in str(await cloud.fleet.drift(version(2)))
        await bring_about(cloud, version(2))
        sent = [each for each in emulator.requests if each.method == "PATCH"]
        assert SECRETS["PIPE_PASSWORD"] in str(sent[-2].body)
        (service,) = (await cloud.fleet.export("shop", only=["services"])).description.resources
        assert service.fields["tags"] == {"env": "staging"}
        pipe = await cloud.fleet.rename("clicks/events", "others", kind="clickpipes")
        assert await _noted(cloud) == {"chcloud.secret.clickpipes.others": "2"}
        report = await bring_about(cloud, version(2, id=pipe))
        assert report.outcomes[0].commands == ["update", "note_version"]
        assert await _noted(cloud) == {"chcloud.secret.clickpipes.events": "2"}
        gone = described(clickpipes=[_pipe({}, absent=True)])
        report = await cloud.fleet.apply(await cloud.fleet.plan(gone), allow_delete=True)
        assert report.outcomes[0].commands == ["delete", "note_version"]
        tags = (await cloud.services.get_by_name("clicks")).tags or ()
        assert {tag.key for tag in tags} == {"env", "chcloud.fleet"}


async def _noted(cloud: AsyncClickHouseCloud) -> dict[str, str]:
    """Return the tags with versions of secrets."""
    tags = (await cloud.services.get_by_name("clicks")).tags or ()
    return {tag.key: str(tag.value) for tag in tags if tag.key.startswith("chcloud.secret")}


async def test_a_version_that_cannot_be_noted() -> None:
    """What was sent stays sent, and the outcome says that its version is not known."""
    login = {"username": "loader", "password": {"env": "PIPE_PASSWORD", "version": 1}}
    source = {"kafka": {**_KAFKA["source"]["kafka"], "credentials": login}}
    desired = described(clickpipes=[_pipe(_KAFKA, source=source)])
    tags = [{"key": f"k{number}"} for number in range(50)]
    async with running_service(tags=tags) as (_, cloud):
        (outcome,) = (await cloud.fleet.apply(await cloud.fleet.plan(desired))).outcomes
        assert outcome.commands == ["create"]
        assert "the version of its secrets was not noted" in str(outcome.reason)


async def test_secrets_are_read_when_they_are_sent() -> None:
    """A plan reads no secret; a creation without its secret is refused before anything is sent."""
    desired = described(clickpipes=[_pipe(_KAFKA)], variables={})
    async with running_service() as (emulator, cloud):
        plan = await cloud.fleet.plan(desired)
        with pytest.raises(ConfigurationError, match="no variable PIPE_PASSWORD"):
            await cloud.fleet.apply(plan)
        assert [each for each in emulator.requests if each.method == "POST"] == []
        await bring_about(cloud, described(clickpipes=[_pipe(_KAFKA)]))
        assert (await cloud.fleet.plan(desired)).is_empty


async def test_plain_uris_are_compared() -> None:
    """Of a MongoDB URI in the document all counts but its credentials, which the API masks."""
    mongodb = next(case.fields for case in CASES if case.kind == "mongodb")

    def at(uri: str) -> Description:
        source = {"mongodb": {**mongodb["source"]["mongodb"], "uri": uri}}
        return described(clickpipes=[_pipe(mongodb, source=source)])

    async with running_service() as (_, cloud):
        await bring_about(cloud, described(clickpipes=[_pipe(mongodb)]))
        assert (await cloud.fleet.plan(at("mongodb://u:Sample-Clear-3@DB.example:27017/"))).is_empty
        moved = at("mongodb://u:Sample-Clear-3@db.other")
        plan = await cloud.fleet.plan(moved)
        assert changes_of(plan) == ["source[mongodb.uri]"]
        await bring_about(cloud, moved)
        assert "Sample-Clear" not in f"{plan}{plan.to_dict()}"
        assert "mongodb://db.example/ -> mongodb://db.other/" in str(plan)


@pytest.mark.parametrize(
    ("uri", "form"),
    [
        ("mongodb+srv://[REDACTED]@a.example/shop", "mongodb+srv://a.example/shop"),
        ("mongodb://u:p%40@B.example:27017,a.example:1", "mongodb://a.example:1,b.example/"),
        ("mongodb://a/?w=1&TLS=true", "mongodb://a/?tls=true&w=1"),
        ("mongodb://[::1]:27017,b:5/x?appName=a", "mongodb://[::1],b:5/x?appname=a"),
        ("mongodb://u:p/q@a/x", "mongodb://a/x"),
        ("mongodb://u:p@q@a/x", "mongodb://a/x"),
        ("mongodb://u:p?q@a/x", None),
        ("mongodb://u:1?q=r@a/x", None),
        ("mongodb://u:p@a b", None),
        ("u:p@a", None),
        (
            "mongodb://a/x?tlsCertificateKeyFilePassword=p",
            comparable_uri("mongodb://a/x?tlsCertificateKeyFilePassword=q"),
        ),
    ],
)
def test_uris_in_one_form(uri: str, form: str | None) -> None:
    """What means the same is the same, and credentials are not in it."""
    assert comparable_uri(uri) == form


@given(st.text())
def test_no_password_is_taken_for_another_part(password: str) -> None:
    """Whatever bytes a password has, nothing of it is in the form that plans show."""
    assert comparable_uri(f"mongodb://u:{password}@a.example/x") in {"mongodb://a.example/x", None}


async def test_adoption() -> None:
    """A pipe that was made elsewhere is found by its name, or by its id where that is pinned."""
    async with running_service() as (_, cloud):
        service = await cloud.services.get_by_name("clicks")
        made = [await _create(cloud, service.id) for _ in range(2)]
        plan = await cloud.fleet.plan(described(clickpipes=[_pipe({"state": "stopped"})]))
        (refused,) = plan.refused
        assert all(pipe.id in str(refused.reason) for pipe in made)
        pinned = described(clickpipes=[_pipe({"state": "stopped"}, id=made[1].id)])
        await bring_about(cloud, pinned)
        states = [str((await cloud.clickpipes.get(service.id, each.id)).state) for each in made]
        assert states == ["Running", "Stopped"]
        renamed = {"service": "clicks", "name": "renamed", "id": made[1].id}
        await bring_about(cloud, described(clickpipes=[renamed]))
        pipes = await cloud.clickpipes.list(service.id)
        assert {pipe.id: pipe.name for pipe in pipes} == {
            made[0].id: "events",
            made[1].id: "renamed",
        }


async def test_removal_of_what_is_not_described() -> None:
    """Other pipes of a service are removed where the document says so, and with leave only."""
    async with running_service() as (_, cloud):
        service = await cloud.services.get_by_name("clicks")
        await _create(cloud, service.id)
        await _create(cloud, service.id, "other")
        desired = described(clickpipes=[_pipe({})], prune=["clickpipes"])
        plan = await cloud.fleet.plan(desired)
        assert [item.name for item in plan.removals] == ["other"]
        await cloud.fleet.apply(plan)
        assert len(await cloud.clickpipes.list(service.id)) == 2
        report = await cloud.fleet.apply(plan, allow_delete=["clickpipes"])
        report.raise_for_failures()
        assert [pipe.name for pipe in await cloud.clickpipes.list(service.id)] == ["events"]


async def _create(cloud: AsyncClickHouseCloud, service_id: str, name: str = "events") -> ClickPipe:
    source = {**_KAFKA["source"]["kafka"], "credentials": {"username": "u", "password": "p"}}
    fields: dict[str, Any] = {**_KAFKA, "source": {"kafka": source}}
    pipe = await cloud.clickpipes.create(service_id, name=name, **fields)
    return await cloud.clickpipes.wait_until(service_id, pipe.id, "Running")


@pytest.mark.parametrize("kind", ["kafka", "postgres"])
async def test_pipes_that_are_not_to_run(kind: str) -> None:
    """A pipe of a stream never starts; one of a database is stopped once it could run."""
    fields = next(case.fields for case in CASES if case.kind == kind)
    async with running_service() as (_, cloud):
        desired = described(clickpipes=[_pipe(fields, state="stopped")])
        report = await bring_about(cloud, desired)
        commands = ["create"] if kind == "kafka" else ["create", "command"]
        assert report.outcomes[0].commands == commands
        service = await cloud.services.get_by_name("clicks")
        (pipe,) = await cloud.clickpipes.list(service.id)
        assert pipe.state == ("Stopped" if kind == "kafka" else "Paused")

        plan = await cloud.fleet.plan(described(clickpipes=[_pipe(fields)]))
        assert not plan.items
        assert any("it is stopped, and stays so" in note for note in plan.notes)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"service": "clickz"}, "there is no service 'clickz'"),
        (
            {
                "source": {
                    "kafka": {
                        **KAFKA,
                        "reverse_private_endpoint_ids": [
                            Reference("reverse_private_endpoints", "other")
                        ],
                    }
                }
            },
            "there is no reverse private endpoint 'other'",
        ),
    ],
)
async def test_wrong_references(fields: dict[str, Any], reason: str) -> None:
    """What is not there and not described is named in the plan, and nothing is sent."""
    async with running_service() as (_, cloud):
        plan = await cloud.fleet.plan(described(clickpipes=[_pipe(_KAFKA, **fields)]))
        (refused,) = plan.refused
        assert reason in str(refused.reason)
        report = await cloud.fleet.apply(plan)
        assert report.outcomes[0].commands == []


async def test_idle_service_is_not_woken_for_a_look() -> None:
    """A look at the pipes of an idle service would wake it, so it takes leave."""
    desired = described(clickpipes=[_pipe(_KAFKA)])
    async with running_service(state="idle", idleScaling=True, idleTimeoutMinutes=6000) as (
        emulator,
        cloud,
    ):
        plan = await cloud.fleet.plan(desired)
        assert "would wake it" in str(plan.refused[0].reason)
        assert not [each for each in emulator.requests if "clickpipes" in each.path]
        plan = await cloud.fleet.plan(desired, wake=True)
        assert [item.name for item in plan.additions] == ["events"]
        assert (await cloud.services.get_by_name("clicks")).state == "running"


async def test_an_export_wakes_an_idle_service_by_leave() -> None:
    """Without it, the export says by name of which service the pipes are missing."""
    async with running_service(state="idle", idleScaling=True, idleTimeoutMinutes=6000) as (
        _,
        cloud,
    ):
        left = await cloud.fleet.export("shop", only=["clickpipes"])
        whole = await cloud.fleet.export("shop", only=["clickpipes"], wake=True)

    assert len(left.notes) == 1
    assert left.notes[0].startswith("clickpipes of clicks could not be read")
    assert whole.notes == ()


async def test_pipes_of_a_stopped_service_are_not_looked_at() -> None:
    """A stopped service shows no pipes; it is started for that only where it is described."""
    async with running_service(state="stopped") as (emulator, cloud):
        undescribed = described(clickpipes=[_pipe(_KAFKA)])
        stays = described(services=[{"name": "clicks"}], clickpipes=[_pipe(_KAFKA)])
        reasons = [
            str((await cloud.fleet.plan(undescribed, wake=True)).refused[0].reason),
            str((await cloud.fleet.plan(stays)).refused[0].reason),
        ]
        pruned = await cloud.fleet.plan(
            described(services=[{"name": "clicks"}], prune=["clickpipes"])
        )
        assert "none of them are deleted: service 'clicks' is stopped" in pruned.notes[-1]
        assert "nothing describes it" in reasons[0]
        assert "with `wake`, it is started" in reasons[1]
        assert not [each for each in emulator.requests if "clickpipes" in each.path]


@pytest.mark.parametrize("wish", [{"state": "stopped"}, {}], ids=["to be stopped", "no wish"])
async def test_a_stopped_service_is_started_for_its_pipes(wish: dict[str, Any]) -> None:
    """It is started, its pipes are created or changed, and it is stopped again."""
    service = {"name": "clicks", **wish}
    desired = described(services=[service], clickpipes=[_pipe(_KAFKA), _pipe(_KAFKA, name="b")])
    async with running_service(state="stopped") as (emulator, cloud):
        plan = await cloud.fleet.plan(desired, wake=True)
        steps = {item.name: item.commands for item in plan.items}
        assert steps == {
            "clicks": ("update", "start", "stop"),
            "events": ("create",),
            "b": ("create",),
        }
        assert "state: stopped -> running" in str(plan)
        assert "unless it is there" in str(plan)
        report = await cloud.fleet.apply(plan)
        report.raise_for_failures()
        changed = described(services=[service], clickpipes=[_pipe(_KAFKA, state="stopped")])
        report = await cloud.fleet.apply(await cloud.fleet.plan(changed, wake=True))
        outcomes = {each.name: (str(each.status), each.commands) for each in report.outcomes}
        assert outcomes == {
            "clicks": ("done", ["start", "stop"]),
            "events": ("done", ["command"]),
        }
        report = await cloud.fleet.apply(await cloud.fleet.plan(changed, wake=True))
        assert {each.name: str(each.status) for each in report.outcomes} == {
            "clicks": "done",
            "events": "unchanged",
        }
        assert (await cloud.services.get_by_name("clicks")).state == "stopped"
        made = [each for each in emulator.requests if each.method == "POST"]
        assert len(made) == 2


async def test_a_stopped_service_is_started_for_removals() -> None:
    """Under leave to wake it runs until its absent pipes are deleted; without them it is left."""
    service, absent = {"name": "clicks"}, {"absent": True, "service": "clicks"}
    gone = described(
        services=[service],
        clickpipes=[{**absent, "name": "events"}, {**absent, "name": "never"}],
        cdc_infrastructure=[absent],
    )
    async with running_service() as (_, cloud):
        await bring_about(cloud, described(services=[service], clickpipes=[_pipe(_KAFKA)]))
        clicks = await cloud.services.get_by_name("clicks")
        await cloud.services.stop(clicks.id)
        await cloud.services.wait_until(clicks.id, "stopped")
        (refused, _) = (await cloud.fleet.plan(gone)).refused
        plan = await cloud.fleet.plan(gone, wake=True)
        destroyed = await cloud.fleet.plan(gone, wake=True, destroy=True)
        kept = await cloud.fleet.apply(plan)
        report = await cloud.fleet.apply(plan, allow_delete=True)
        outcomes = {each.name: (str(each.status), each.commands) for each in report.outcomes}
        (found,) = (await cloud.fleet.plan(gone, wake=True)).changes

    assert "with `wake`, it is started" in f"{refused.reason}"
    assert "- ClickPipe clicks/events: if it is there" in str(plan)
    assert [item.label for item in destroyed.items] == ["clicks"]
    assert {str(each.status) for each in kept.outcomes} == {"not_sent", "unchanged"}
    assert outcomes == {
        "clicks": ("done", ["start", "stop"]),
        "events": ("done", ["delete"]),
        "never": ("unchanged", []),
    }
    assert found.commands == ("start", "stop")


async def test_a_pipe_is_deleted_before_its_service_stops() -> None:
    """A service that is to be stopped runs until its pipes are deleted."""
    pipe = {"service": "clicks", "name": "events", "absent": True}
    gone = described(services=[{"name": "clicks", "state": "stopped"}], clickpipes=[pipe])
    async with running_service() as (emulator, cloud):
        await bring_about(cloud, described(clickpipes=[_pipe(_KAFKA)]))
        report = await cloud.fleet.apply(await cloud.fleet.plan(gone), allow_delete=True)
        report.raise_for_failures()

    sent = [each.method for each in emulator.requests if each.method not in {"GET", "POST"}]
    assert sent == ["PATCH", "DELETE", "PATCH"]


async def test_a_service_that_is_to_run_is_started_before_its_pipes() -> None:
    """A stopped service that is described as running needs no leave to be started."""
    service = {"name": "clicks", "state": "running"}
    desired = described(services=[service], clickpipes=[_pipe(_KAFKA)])
    async with running_service(state="stopped") as (_, cloud):
        await bring_about(cloud, desired)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"source": {}}, "takes one of kafka"),
        ({"source": {"kafka": KAFKA, "postgres": POSTGRES}}, "takes one of kafka"),
        ({"source": {"postgres": POSTGRES}, "scaling": {"replicas": 2}}, "cdc_infrastructure"),
        (
            {"source": {"postgres": POSTGRES}, "settings": {"clickhouse_max_threads": 2}},
            "settings in their source",
        ),
        (
            {
                "source": {
                    "postgres": {
                        **POSTGRES,
                        "table_mappings": [
                            table("orders"),
                            {**table("users"), "target_table": "orders"},
                        ],
                    }
                }
            },
            "another table goes to orders",
        ),
        ({"state": "paused"}, "state"),
    ],
)
def test_mistakes(fields: dict[str, Any], reason: str) -> None:
    """What cannot be is a mistake of the document."""
    with pytest.raises(DescriptionError, match=reason):
        described(clickpipes=[_pipe({"destination": {"database": "default"}}, **fields)])
