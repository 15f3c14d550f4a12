"""Special behaviour of single kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from clickhouse_cloud_async import InvalidArgumentError, PermissionDeniedError, Secret
from clickhouse_cloud_async.apis.clickhouse.resources import archives
from clickhouse_cloud_async.apis.clickhouse.resources.kinds import KINDS
from clickhouse_cloud_async.desired.external import Inputs
from clickhouse_cloud_async.desired.loading import load
from clickhouse_cloud_async.desired.plan import PlanAction
from clickhouse_cloud_async.desired.reading import read_text
from clickhouse_cloud_async.desired.sources import read_sources
from clickhouse_cloud_async.desired.validation import ErrorCollector
from clickhouse_cloud_async.desired.writing import write_text
from clickhouse_cloud_async.fleet.report import OutcomeStatus
from clickhouse_cloud_async.models import (
    ClickStackLogSource,
    GcpBackupBucket,
    PublicQueryApiEndpoint,
    UdfUploadSession,
)
from tests.desired.pipe_scene import running_service
from tests.docs.pages import ROOT

from .case import ARCHIVE
from .cases import CASES
from .clickstack import DASHBOARD, ERRORS, HOOK, TILE
from .harness import Harness
from .in_services import GCP
from .sources import LOGS, METRICS, SESSIONS, TRACES

if TYPE_CHECKING:
    from pathlib import Path

    from clickhouse_cloud_async.core.client import AsyncAPIClient
    from clickhouse_cloud_async.core.files import Upload

    from .case import Fields

FUNCTION: Fields = {
    "function_name": "double",
    "type": "executable",
    "runtime": "native",
    "arguments": [],
    "return_type": "UInt8",
    "archive": ARCHIVE,
}


def test_the_page_lists_every_kind() -> None:
    """The page about kinds has a row for each, with where its resources live and their key."""
    page = (ROOT / "docs" / "kinds.md").read_text("utf-8")
    for kind in KINDS:
        place = "the organisation" if kind.parent is None else f"`{kind.parent.kind}`"
        key = ", ".join(f"`{name}`" for name in kind.key)
        assert f"| `{kind.name}` | {place} | {key} |" in page


async def _id(harness: Harness, name: str = "clicks") -> str:
    """The ID of a service."""
    return (await harness.cloud.services.get_by_name(name)).id


RENAMED = {c.kind for c in CASES if "name" in KINDS[c.kind].key} - {"services"}
"""Kinds of which a plan changes the name; that of a service it refuses to change."""


@pytest.mark.parametrize("kind", sorted(RENAMED))
async def test_a_pinned_resource_is_renamed(harness: Harness, kind: str) -> None:
    """A resource that is found by its ID gets the name that is described, and keeps the rest."""
    case = next(case for case in CASES if case.kind == kind)
    needed = [harness.describe(*need) for need in case.needs]
    await harness.apply(*needed, harness.describe(kind, case.fields))
    beside = {name: case.fields[name] for name in case.beside}
    service = {name: case.fields[name] for name in ("service",) if name in case.fields}
    (item,) = (await harness.plan(harness.describe(kind, case.fields, absent=True))).items
    renamed = {**service, **beside, "name": "renamed"}

    await harness.apply(harness.describe(kind, renamed, key=item.resource_id))

    left = await harness.plan(*needed, harness.describe(kind, {**case.fields, "name": "renamed"}))
    assert not left.items, str(left)


async def test_bucket_of_another_provider(harness: Harness) -> None:
    """A bucket moves to another provider with all that it needs there."""
    aws = next(case for case in CASES if case.id == "backup_buckets-AWS")
    await harness.apply(harness.describe("backup_buckets", aws.fields))

    await harness.apply(harness.describe("backup_buckets", {"service": "clicks", **GCP}))

    bucket = await harness.cloud.backup_buckets.get(await _id(harness))
    assert isinstance(bucket, GcpBackupBucket)


def test_query_endpoints_of_users_are_left() -> None:
    """An endpoint that a user made in the console is listed, and never touched."""
    endpoints = KINDS["query_api_endpoints"]
    listed = {"id": "a", "name": "theirs", "ownerType": "user", "apiKeyIds": []}

    assert endpoints.protection(PublicQueryApiEndpoint.from_dict(listed)) is not None


async def test_settings_that_are_not_named_stay(harness: Harness) -> None:
    """Other settings stay, unless a description resets all others."""
    settings, service = harness.cloud.clickhouse_settings, await _id(harness)
    await settings.update(service, settings={"max_table_size_to_drop": 1})
    named = {"service": "clicks", "settings": {"max_concurrent_queries": 100}}

    await harness.apply(harness.describe("clickhouse_settings", named))
    both = {each.name for each in (await settings.list(service)).settings}
    only = {"service": "clicks", "settings": {**named["settings"], "*": None}}  # type: ignore[dict-item]
    await harness.apply(harness.describe("clickhouse_settings", only))
    left = {each.name for each in (await settings.list(service)).settings}

    assert both == {"max_concurrent_queries", "max_table_size_to_drop"}
    assert left == {"max_concurrent_queries"}


async def test_an_upload_that_comes_too_late(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the URL of an upload has ended before its turn came, another one is asked for."""
    send, refused = archives._send, [PermissionDeniedError("this URL has ended", status=403)]

    async def send_late(client: AsyncAPIClient, content: Upload, url: Secret) -> None:
        if refused:
            raise refused.pop()
        await send(client, content, url)

    monkeypatch.setattr(archives, "_send", send_late)

    await harness.apply(harness.describe("udfs", FUNCTION))

    assert not refused


async def test_versions_of_functions(harness: Harness) -> None:
    """A version is built once; one that is older than the latest is refused."""
    await harness.apply(harness.describe("udfs", {**FUNCTION, "version": 2}))
    older = await harness.plan(harness.describe("udfs", {**FUNCTION, "version": 1}))
    numbers = [each.version for each in await harness.cloud.udfs.list_versions("double")]

    assert numbers == [1, 2]
    (item,) = older.items
    assert item.action is PlanAction.REFUSED
    assert "version 2 is there already" in f"{item.reason}"


def test_archives_stand_beside_their_document(tmp_path: Path) -> None:
    """The path of an archive starts from the folder of the document that names it."""
    texts = {"relative": "functions/double.zip", "absolute": "/functions/double.zip"}
    document = tmp_path / "fleet.yaml"
    entries = (f"  - {{function_name: {name}, archive: {path}}}" for name, path in texts.items())
    document.write_text("\n".join(("fleet: x", "udfs:", *entries)))

    resources = load(KINDS, read_sources(document), Inputs({})).resources

    paths = {each.fields["function_name"]: each.fields["archive"] for each in resources}
    assert paths == {
        "relative": str(tmp_path / "functions" / "double.zip"),
        "absolute": "/functions/double.zip",
    }


async def test_a_new_version_needs_its_archive(harness: Harness) -> None:
    """Without its archive a function cannot be changed, and nothing is sent."""
    await harness.apply(harness.describe("udfs", FUNCTION))
    changed = {"function_name": "double", "return_type": "UInt16"}
    plan = await harness.plan(harness.describe("udfs", changed))

    (outcome,) = (await harness.carry_out(plan)).outcomes

    assert outcome.status is OutcomeStatus.FAILED
    assert "describe where it is" in f"{outcome.reason}"
    assert len(await harness.cloud.udfs.list_versions("double")) == 1


async def test_a_function_that_cannot_be_built(harness: Harness) -> None:
    """A build that fails is the outcome, with its reason."""
    here = {**FUNCTION, "archive": __file__}
    plan = await harness.plan(harness.describe("udfs", here))

    (outcome,) = (await harness.carry_out(plan)).outcomes

    assert outcome.status is OutcomeStatus.FAILED
    assert "the archive is no zip file" in f"{outcome.reason}"


async def test_storage_that_takes_no_archive(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal of the storage is an error without the URL's signature; nothing is created."""
    session = await harness.cloud.udfs.create_upload()
    wrong = attrs.evolve(session, upload_url=Secret(f"{session.upload_url.reveal()}-wrong"))

    async def create_upload(**_options: object) -> UdfUploadSession:
        return wrong

    monkeypatch.setattr(harness.cloud.udfs, "create_upload", create_upload)
    plan = await harness.plan(harness.describe("udfs", FUNCTION))

    (outcome,) = (await harness.carry_out(plan)).outcomes

    assert outcome.status is OutcomeStatus.FAILED
    assert "this URL takes no archive" in f"{outcome.reason}"
    assert not [text for text in harness.told if "-wrong" in text]
    assert await harness.cloud.udfs.list() == []


async def test_any_version_may_be_attached(harness: Harness) -> None:
    """An attachment without a version, or with null, takes the newest and stays as it is."""
    await harness.apply(
        harness.describe("udfs", FUNCTION),
        harness.describe("udf_attachments", {"service": "clicks", "function": "double"}),
    )
    await harness.apply(harness.describe("udfs", {**FUNCTION, "version": 2}))
    described = {"service": "clicks", "function": "double", "version": None}

    assert not (await harness.plan(harness.describe("udf_attachments", described))).items


async def test_a_stopped_service_is_started_for_a_function(harness: Harness) -> None:
    """A service that is stopped runs while a function is attached, and is stopped again."""
    service, services = await _id(harness, "views"), harness.cloud.services
    await services.scale(service, idle_scaling=False)
    await services.stop(service)
    await services.wait_until(service, "stopped")

    report = await harness.apply(
        harness.describe("services", {"name": "views"}),
        harness.describe("udfs", FUNCTION),
        harness.describe("udf_attachments", {"service": "views", "function": "double"}),
    )

    (started,) = (outcome for outcome in report.outcomes if outcome.name == "views")
    assert started.commands == ["update", "start", "stop"]
    assert (await services.get(service)).state == "stopped"


async def test_an_idle_service_is_woken_for_a_function(tmp_path: Path) -> None:
    """An idle service is woken for what it has to run for; the plan says so."""
    async with running_service(state="idle", idleScaling=True, idleTimeoutMinutes=6000) as (
        _,
        cloud,
    ):
        harness = Harness(cloud, tmp_path)
        plan = await harness.plan(
            harness.describe("udfs", FUNCTION),
            harness.describe("udf_attachments", {"service": "clicks", "function": "double"}),
        )
        (await harness.carry_out(plan)).raise_for_failures()

    assert "service 'clicks' is idle, and is woken for it" in str(plan)


async def test_a_source_takes_the_connection_of_others(harness: Harness) -> None:
    """The first source of a service names its connection; later ones may leave it out."""
    fields = {name: value for name, value in METRICS.items() if name != "connection"}
    plan = await harness.plan(harness.describe("clickstack_sources", fields))
    (alone,) = (await harness.carry_out(plan)).outcomes
    await harness.apply(harness.describe("clickstack_sources", LOGS))
    await harness.apply(harness.describe("clickstack_sources", fields))

    sources: list[Any] = await harness.cloud.clickstack.sources.list(await _id(harness))
    assert "has to name its connection" in f"{alone.reason}"
    assert [source.connection for source in sources] == ["c1", "c1"]


async def test_sources_name_each_other(harness: Harness) -> None:
    """Logs name traces and traces name logs in a file: each gets the other once both are there."""
    logs = {**LOGS, "trace_source": "traces"}
    traces = {**TRACES, "log_source": "logs", "session_source": "sessions"}
    every = (SESSIONS, logs, traces)
    kind = "clickstack_sources"
    document = read_text(write_text({"fleet": "f", kind: [dict(each) for each in every]}), "f.yaml")
    described = load(KINDS, [document], Inputs()).resources

    plan = await harness.plan(*described)
    report = await harness.apply(*described)
    exported = await harness.export(kind)
    await harness.apply(*(harness.describe(kind, fields, absent=True) for fields in every))
    again = await harness.apply(*exported)

    commands = {item.name: list(item.commands) for item in plan.items}
    linked = ["create", "update"]
    assert commands == {"sessions": ["create"], "logs": linked, "traces": linked}
    assert {outcome.name: outcome.commands for outcome in report.outcomes} == commands
    assert len(again.outcomes) == len(every)


async def test_a_link_fails_with_what_it_leads_to(harness: Harness) -> None:
    """A source whose other one cannot be created is created, and says why it lacks the link."""
    logs = {**LOGS, "trace_source": "traces"}
    traces = {**TRACES, "from": {"database_name": "otel"}}
    plan = await harness.plan(
        *(harness.describe("clickstack_sources", fields) for fields in (logs, traces))
    )

    first, second = (await harness.carry_out(plan)).outcomes

    assert (first.status, first.commands) == (OutcomeStatus.FAILED, ["create"])
    assert first.reason == "it depends on ClickStack source clicks/traces, which is failed"
    assert second.status is OutcomeStatus.FAILED


async def test_names_mean_what_is_beside_them(harness: Harness) -> None:
    """Of several resources of a name, one in the same service is meant, described or not."""
    sources, searches = (
        [harness.describe(kind, {**fields, "service": service}) for service in ("clicks", "views")]
        for kind, fields in (("clickstack_sources", LOGS), ("clickstack_saved_searches", ERRORS))
    )
    await harness.apply(*searches, *sources)
    moved = {"service": "views", "name": "errors", "source": "clicks/logs"}

    for service in ("clicks", "views"):
        service_id = await _id(harness, service)
        (source,) = await harness.cloud.clickstack.sources.list(service_id)
        (search,) = await harness.cloud.clickstack.saved_searches.list(service_id)
        assert isinstance(source, ClickStackLogSource)
        assert search.source_id == source.id
    assert not (await harness.plan(*searches)).items
    (item,) = (await harness.plan(harness.describe("clickstack_saved_searches", moved))).items
    (change,) = item.changes
    assert (change.before, change.after) == ("views/logs", "clicks/logs")


async def test_tiles_keep_their_alerts(harness: Harness) -> None:
    """A tile that is moved, or renamed where it is, keeps its ID and so its alerts."""
    alert = next(case for case in CASES if case.id == "clickstack_alerts-tile")
    needed = [harness.describe(*need) for need in alert.needs]
    await harness.apply(*needed, harness.describe(alert.kind, alert.fields))
    clickstack, service = harness.cloud.clickstack, await _id(harness)
    moved = {**DASHBOARD, "tiles": [DASHBOARD["tiles"][1], {**TILE, "y": 9}]}
    renamed = {**DASHBOARD, "tiles": [{**TILE, "y": 9, "name": "All errors"}]}

    for fields in (moved, renamed):
        sources = harness.describe("clickstack_sources", LOGS)
        await harness.apply(sources, harness.describe("clickstack_dashboards", fields))

    (kept,) = await clickstack.alerts.list(service)
    dashboard = await clickstack.dashboards.get(service, f"{kept.dashboard_id}")
    assert [(tile.id, tile.name) for tile in dashboard.tiles] == [(kept.tile_id, "All errors")]


async def test_what_dashboards_show_is_sent_back(harness: Harness) -> None:
    """Properties that the API shows and refuses are left out of what it is sent."""
    await harness.apply(
        harness.describe("clickstack_sources", LOGS),
        harness.describe("clickstack_dashboards", DASHBOARD),
    )
    service = await _id(harness)
    (dashboard,) = await harness.cloud.clickstack.dashboards.list(service)
    shown = dashboard.to_dict()
    for tile in shown["tiles"]:
        for item in tile["config"].get("select", ()):
            item |= {"level": 0.5, "valueExpression": "Duration"}
    kind = KINDS["clickstack_dashboards"]
    odd = type(dashboard).from_dict(shown)

    assert kind.by_name["tiles"].value_of(odd) == kind.by_name["tiles"].value_of(dashboard)


async def test_tiles_are_told_by_name(harness: Harness) -> None:
    """An alert of a tile that its dashboard does not have fails before anything is sent."""
    alert = next(case for case in CASES if case.id == "clickstack_alerts-tile")
    needed = [harness.describe(*need) for need in alert.needs]
    await harness.apply(*needed)
    wrong = harness.describe(alert.kind, {**alert.fields, "tile": "Warnings"})

    (outcome,) = (await harness.carry_out(await harness.plan(*needed, wrong))).outcomes

    assert outcome.status is OutcomeStatus.FAILED
    assert "dashboard 'main' has no tile named 'Warnings'" in f"{outcome.reason}"


async def test_webhooks_go_after_alerts(harness: Harness) -> None:
    """A webhook that an alert calls can go once the alert calls another, or goes, too."""
    alert = next(case for case in CASES if case.id == "clickstack_alerts-saved_search")
    needed = [harness.describe(*need) for need in alert.needs]
    await harness.apply(*needed, harness.describe(alert.kind, alert.fields))
    other = {**HOOK, "name": "others"}
    reference = "${clickstack_webhooks.slack/others.id}"
    moved = {
        "service": "clicks",
        "name": alert.fields["name"],
        "channels": [{"type": "webhook", "webhook_id": reference}],
    }

    await harness.apply(
        harness.describe("clickstack_webhooks", HOOK, absent=True),
        harness.describe("clickstack_webhooks", other),
        harness.describe(alert.kind, moved),
    )
    await harness.apply(
        harness.describe("clickstack_webhooks", other, absent=True),
        harness.describe(alert.kind, alert.fields, absent=True),
    )


async def test_what_alerts_do_not_clear_is_refused(harness: Harness) -> None:
    """The API keeps a group and an upper threshold that are not sent, and refuses null."""
    alert = next(case for case in CASES if case.id == "clickstack_alerts-saved_search")
    needed = [harness.describe(*need) for need in alert.needs]
    await harness.apply(*needed, harness.describe(alert.kind, alert.fields))
    cleared = {"service": "clicks", "name": "too many", "group_by": None}

    (item,) = (await harness.plan(harness.describe(alert.kind, cleared))).items

    assert item.action is PlanAction.REFUSED
    assert "does not clear group_by" in f"{item.reason}"


async def test_hidden_bodies_are_sent_whole(harness: Harness) -> None:
    """A body that the API does not show would be gone: without it a change fails unsent."""
    hook = {**HOOK, "webhook_service": "incidentio", "body": "{}"}
    await harness.apply(harness.describe("clickstack_webhooks", hook))
    changed = {**{k: v for k, v in hook.items() if k != "body"}, "description": "new"}
    plan = await harness.plan(harness.describe("clickstack_webhooks", changed))

    (outcome,) = (await harness.carry_out(plan)).outcomes

    assert outcome.status is OutcomeStatus.FAILED
    assert "describe it, too" in f"{outcome.reason}"


async def test_predefined_roles_are_left(harness: Harness) -> None:
    """A role that each ClickStack has is refused, and not removed either."""
    fields = {"service": "clicks", "name": "Admin", "description": "mine"}

    for absent in (False, True):
        described = harness.describe("clickstack_roles", fields, absent=absent)
        (item,) = (await harness.plan(described)).items
        assert item.action is PlanAction.REFUSED
        assert item.reason == "it is a predefined role"


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        ("backup_buckets", {**GCP, "iam_role_arn": "a"}, "does not go with bucket_provider GCP"),
        ("snapshot_configurations", {"enabled": True, "gap": 30, "time_frame": 1}, "must be 30"),
        ("udfs", {**FUNCTION, "pool_size": 2}, "does not go with type executable"),
        ("udfs", {**FUNCTION, "version": 0}, "at least 1"),
        ("clickstack_sources", {**LOGS, "span_kind_expression": "a"}, "does not go with kind log"),
        ("clickstack_webhooks", {**HOOK, "body": "a"}, "does not go with webhook_service slack"),
        (
            "clickstack_alerts",
            {"source": "saved_search", "tile": "a"},
            "does not go with source saved_search",
        ),
        (
            "clickstack_alerts",
            {"schedule_start_at": "2027-01-01T00:00:00Z", "schedule_offset_minutes": 1},
            "excludes schedule_start_at",
        ),
    ],
)
def test_contradictions(kind: str, fields: Fields, message: str) -> None:
    """Fields that do not go together are named before anything is sent."""
    errors = ErrorCollector()

    KINDS[kind].check(fields, (), errors)

    with pytest.raises(InvalidArgumentError, match=message):
        errors.check()


@pytest.mark.parametrize("value", ["5", "true", "[]", "null", "exe"])
def test_only_known_types_are_taken(value: str) -> None:
    """A field with few words takes these and nothing else."""
    document = f"fleet: x\nudfs: [{{function_name: f, type: {value}}}]"

    with pytest.raises(InvalidArgumentError, match="executable"):
        load(KINDS, [read_text(document, "text")], Inputs({}))


@pytest.mark.parametrize(
    ("kind", "fields", "missing"),
    [
        ("backup_buckets", {}, ["bucket_provider"]),
        (
            "backup_buckets",
            {"bucket_provider": "GCP"},
            ["bucket_path", "access_key_id", "secret_access_key"],
        ),
        ("private_endpoints", {"endpoint_id": "vpce-1"}, ["service"]),
        (
            "udfs",
            {"function_name": "f", "type": "executable"},
            ["runtime", "arguments", "return_type", "archive"],
        ),
        ("clickstack_sources", {**LOGS, "kind": "session"}, ["trace_source"]),
    ],
)
def test_missing(kind: str, fields: Fields, missing: list[str]) -> None:
    """What a creation needs depends on what is to be created."""
    assert sorted(KINDS[kind].missing(fields)) == sorted(missing)
