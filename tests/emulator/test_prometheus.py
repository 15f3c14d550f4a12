"""Metrics, read by the parser of Prometheus' own client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from clickhouse_cloud_async.apis.clickhouse.emulator.metrics.exposition import Family, exposition

from .callers import new_key, new_role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .client import Api

FILTERED, WHOLE = [("filtered_metrics", "true")], [("filtered_metrics", "false")]


def _families(text: str) -> dict[str, Any]:
    families = list(text_string_to_metric_families(text))
    named = {family.name: family for family in families}
    assert len(named) == len(families), "a metric stands in two places"
    assert all(family.documentation and family.type != "unknown" for family in families)
    return named


def _values(text: str, service: str) -> dict[str, float]:
    return {
        sample.name: sample.value
        for family in _families(text).values()
        for sample in family.samples
        if service in sample.labels.values()
    }


async def _ids(api: Api) -> dict[str, str]:
    return {item["name"]: item["id"] for item in (await api("GET", "/services")).result}


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=20)


@given(
    st.dictionaries(st.from_regex(r"[a-z][a-z_]{0,7}", fullmatch=True), TEXT, min_size=1),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_whatever_is_written_is_read(labels: Mapping[str, str], value: float) -> None:
    """Labels and values survive the text format, whatever they hold."""
    text = exposition([Family("metric", "gauge", 'a \\ and a "', ((labels, value),))])
    (family,) = text_string_to_metric_families(text)
    (sample,) = family.samples

    assert (sample.name, sample.labels, sample.value) == ("metric", labels, value)
    assert family.documentation == 'a \\ and a "'


async def test_metrics_of_a_service_name_it_and_its_state(api: Api) -> None:
    """The service's name may hold anything that a label cannot hold as it is."""
    services = await _ids(api)
    path = f"/services/{services['running']}"
    info = _families((await api("GET", f"{path}/prometheus")).text)["ClickHouse_ServiceInfo"]

    (sample,) = info.samples
    assert sample.value == 1
    assert sample.labels == {
        "clickhouse_org": api.emulator.organization_id,
        "clickhouse_service": services["running"],
        "clickhouse_service_name": "running",
        "clickhouse_service_status": "running",
        "clickhouse_version": (await api("GET", path)).result["clickhouseVersion"],
    }


async def test_only_what_runs_is_measured(api: Api) -> None:
    """Of services that do not run there is only their state."""
    services = await _ids(api)
    text = (await api("GET", "/prometheus")).text

    assert len(_values(text, services["running"])) > 10
    for name in ("idle", "stopped"):
        assert _values(text, services[name]) == {"ClickHouse_ServiceInfo": 1}


async def test_counters_only_grow(api: Api) -> None:
    """Counters grow while a service runs, and go on where they were after a pause."""
    path = f"/services/{(await _ids(api))['running']}"
    seen: list[dict[str, float]] = []
    for command in (None, "stop", "start"):
        if command is not None:
            await api("PATCH", f"{path}/state", {"command": command})
            await api.emulator.advance(minutes=2)
        for _ in range(2 if command != "stop" else 1):
            await api.emulator.advance(minutes=5)
            families = _families((await api("GET", f"{path}/prometheus")).text)
            seen.append(
                {
                    name: sample.value
                    for name, family in families.items()
                    if family.type == "counter"
                    for sample in family.samples
                }
            )

    before, after, stopped, begun, last = seen
    assert stopped == {}
    assert len(before) > 3
    for earlier, later in ((before, after), (after, begun), (begun, last)):
        assert all(later[name] >= value for name, value in earlier.items())
        assert later["ClickHouseProfileEvents_Query"] > earlier["ClickHouseProfileEvents_Query"]


async def test_uptime_begins_with_the_run(api: Api) -> None:
    """The uptime counts from the last start, whatever changes meanwhile."""
    services = await _ids(api)
    path = f"/services/{services['stopped']}"
    await api("PATCH", path, {"tags": {"add": [{"key": "a", "value": "b"}]}})
    await api("PATCH", f"{path}/replicaScaling", {"idleScaling": False})
    await api("PATCH", f"{path}/state", {"command": "start"})
    await api.emulator.advance(minutes=10)
    size = {"minReplicaMemoryGb": 32, "maxReplicaMemoryGb": 120}
    await api("PATCH", f"{path}/replicaScaling", size)
    await api.emulator.advance(minutes=10)
    values = _values((await api("GET", f"{path}/prometheus")).text, services["stopped"])

    assert 18 * 60 < values["ClickHouseAsyncMetrics_Uptime"] < 20 * 60
    assert values["ClickHouseAsyncMetrics_CGroupMaxMemory"] == 3 * 32 * 2**30


async def test_filtered_metrics_are_fewer(api: Api) -> None:
    """The filtered metrics are some of all; without the parameter there are all."""
    path = f"/services/{(await _ids(api))['running']}/prometheus"
    for place in (path, "/prometheus"):
        few, every, default = [
            _families((await api("GET", place, query=query)).text)
            for query in (FILTERED, WHOLE, [])
        ]
        assert few.keys() < every.keys() == default.keys()
        wrong = await api("GET", place, query=[("filtered_metrics", "some")])
        assert wrong.status == 400
        assert wrong.error.startswith("filtered_metrics: ")


async def test_discovery_leads_to_the_metrics(api: Api) -> None:
    """Prometheus finds each live service at the emulator itself."""
    services = await _ids(api)
    await api("DELETE", f"/services/{services['stopped']}")
    groups = (await api("GET", "/prometheus/discovery")).json

    found = [group["labels"]["clickhouse_service_id"] for group in groups]
    assert found == [services["running"], services["idle"]]
    for group in groups:
        labels = group["labels"]
        assert [f"{labels['__scheme__']}://{host}" for host in group["targets"]] == [
            api.emulator.url
        ]
        assert labels["__param_filtered_metrics"] == "true"
        text = (await api("GET", labels["__metrics_path__"], query=FILTERED)).text
        assert labels["clickhouse_discovery_service_name"] in text


async def test_metrics_are_those_that_the_key_may_view(api: Api) -> None:
    """A key that may view one service finds the metrics of that one."""
    services = await _ids(api)
    key_id, headers = await new_key(api)
    allowed = ("ALLOW", "control-plane:service:view", f"instance/{services['idle']}")
    await new_role(api, allowed, actors=(f"apiKey/{key_id}",))
    groups = (await api("GET", "/prometheus/discovery", headers=headers)).json
    families = _families((await api("GET", "/prometheus", headers=headers)).text)

    found = [group["labels"]["clickhouse_service_id"] for group in groups]
    (sample,) = families["ClickHouse_ServiceInfo"].samples
    assert found == [services["idle"]] == [sample.labels["clickhouse_service"]]


async def test_discovery_passes_the_filter_on(api: Api) -> None:
    """What discovery is asked for is what it tells Prometheus to ask for."""
    groups = (await api("GET", "/prometheus/discovery", query=WHOLE)).json
    wrong = await api("GET", "/prometheus/discovery", query=[("filtered_metrics", "1")])

    assert {group["labels"]["__param_filtered_metrics"] for group in groups} == {"false"}
    assert wrong.status == 400


async def test_metrics_of_postgres(api: Api) -> None:
    """A Postgres service is up once it runs; an organisation's list has a hundred at most."""
    body = {"name": "pg", "provider": "aws", "region": "us-east-1", "size": "m6gd.large"}
    first = (await api("POST", "/postgres", body)).result["id"]
    path = f"/postgres/{first}/prometheus"
    created = _values((await api("GET", path)).text, first)
    await api.emulator.advance(minutes=10)
    values = [_values((await api("GET", path)).text, first)]
    for number in range(100):
        await api("POST", "/postgres", body | {"name": f"pg-{number}"})
    await api.emulator.advance(minutes=10)
    every = _families((await api("GET", "/postgres/prometheus")).text)
    values.append(_values((await api("GET", path)).text, first))

    assert created == {"PostgresServer_Up": 0}
    assert values[0]["PostgresServer_Up"] == 1
    name = "PostgresServer_Transactions_total"
    assert 0 < values[0][name] < values[1][name]
    assert len(every["PostgresServer_Up"].samples) == 100
