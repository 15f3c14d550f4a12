"""What the API says of a service counts for its queries: states, access, settings, warehouses."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.apis.clickhouse.emulator.billing.billing import TRANSFER_PRICE

from .served import Served, send, while_waking

if TYPE_CHECKING:
    from clickhouse_cloud_async import ClickHouseCloud
    from clickhouse_cloud_async.emulator import Emulator


def test_a_query_wakes_an_idle_service(sql_emulator: Emulator, sql_cloud: ClickHouseCloud) -> None:
    """A query waits until the service is awake; its time without queries begins after it."""
    asleep = Served.of(sql_cloud, "woken by a query")
    assert sql_cloud.services.get(asleep.id).state == "idle"
    value = while_waking(sql_emulator, sql_cloud, asleep.id, lambda: asleep.value("SELECT 1"))
    assert value == 1
    minutes = sql_cloud.services.get(asleep.id).idle_timeout_minutes
    assert minutes is not None
    sql_emulator.advance(minutes=minutes - 1)
    assert asleep.value("SELECT 2") == 2
    sql_emulator.advance(minutes=minutes - 1)
    assert sql_cloud.services.get(asleep.id).state == "running"
    sql_emulator.advance(minutes=1, seconds=1)
    assert sql_cloud.services.get(asleep.id).state == "idle"


def test_a_ping_wakes_but_is_no_query(sql_emulator: Emulator, sql_cloud: ClickHouseCloud) -> None:
    """A ping waits for the service as a query does, and does not keep it awake."""
    asleep = Served.of(sql_cloud, "woken by a ping")
    url = f"http://{asleep.host}:{asleep.port}/ping"
    answer = while_waking(sql_emulator, sql_cloud, asleep.id, lambda: send("GET", url))
    assert answer.text == "Ok.\n"
    sql_emulator.advance(minutes=10)
    assert send("GET", url).text == "Ok.\n"
    sql_emulator.advance(minutes=10)
    assert sql_cloud.services.get(asleep.id).state == "idle"


def test_a_stopped_service_is_unavailable(sql_cloud: ClickHouseCloud) -> None:
    """A stopped service says so, and no query starts it."""
    stopped = Served.of(sql_cloud, "stopped")
    answer = stopped.query("SELECT 1")
    assert (answer.status, answer.text) == (
        503,
        "ClickHouse service is currently unavailable. Please try again later.\n",
    )
    assert sql_cloud.services.get(stopped.id).state == "stopped"


def test_access_list(main: Served, sql_cloud: ClickHouseCloud) -> None:
    """Only addresses of the access list are let in; a header plays another address."""
    entry: Any = {"source": "203.0.113.0/24", "description": "office"}
    sql_cloud.services.update(main.id, ip_access_list={"add": [entry]})
    try:
        assert main.query("SELECT 1").status == 403
        played = {"X-Emulator-Client-Address": "203.0.113.9"}
        assert main.query("SELECT 1", headers=played).text == "1\n"
        other = {"X-Emulator-Client-Address": "198.51.100.1"}
        assert main.query("SELECT 1", headers=other).status == 403
    finally:
        sql_cloud.services.update(main.id, ip_access_list={"remove": [entry]})
    assert main.query("SELECT 1").text == "1\n"


def test_a_password_that_only_its_owner_knows(sql_cloud: ClickHouseCloud) -> None:
    """A password whose hash was sent works, and the one before it does not."""
    other = Served.of(sql_cloud, "other")
    sql_cloud.services.reset_password(other.id, password="chosen here")
    assert other.query("SELECT 1").code == "516"
    assert other.query("SELECT 1", password="chosen here").text == "1\n"


def test_settings_of_the_api_count(main: Served, sql_cloud: ClickHouseCloud) -> None:
    """A setting that was set through the API holds for queries; a query may set another value."""
    query = "SELECT getSetting('max_block_size'), getSetting('max_execution_time')"
    sql_cloud.clickhouse_settings.update(
        main.id, settings={"max_block_size": 123, "max_execution_time": 0, "max_connections": 9}
    )
    try:
        assert main.rows(query) == [[123, 600]]
        assert main.rows(query, max_block_size="9") == [[9, 600]]
    finally:
        for name in ("max_block_size", "max_execution_time", "max_connections"):
            sql_cloud.clickhouse_settings.reset(main.id, name)
    assert main.rows(query) == [[65409, 60]]


def test_services_of_a_warehouse_share_its_data(main: Served, sql_cloud: ClickHouseCloud) -> None:
    """A secondary service sees the data of the primary one; one that only reads writes nothing."""
    secondary, reader = Served.of(sql_cloud, "secondary"), Served.of(sql_cloud, "reader")
    main.run("DROP TABLE IF EXISTS shared", "CREATE TABLE shared (a UInt8) ENGINE = Log")
    secondary.run("INSERT INTO shared VALUES (7)")
    assert reader.value("SELECT a FROM shared") == 7
    for statement in (
        "INSERT INTO shared VALUES (1)",
        "DROP TABLE shared",
        "SET readonly = 0",
        "CREATE DATABASE more",
    ):
        assert reader.query(statement).code == "164", statement
    assert reader.query("INSERT INTO shared VALUES (1)", readonly="0").code == "164"
    assert reader.query("SELECT 1", readonly="0", session_id="reader").code == "164"
    assert main.rows("SELECT a FROM shared") == [[7]]


def test_services_do_not_share_their_data(main: Served, sql_cloud: ClickHouseCloud) -> None:
    """Services of different warehouses have nothing in common: no table, and no password."""
    other = Served.of(sql_cloud, "other")
    main.run("DROP TABLE IF EXISTS secret", "CREATE TABLE secret (a UInt8) ENGINE = Log")
    assert other.query("SELECT * FROM secret").code == "60"
    assert other.query("SELECT 1", password=main.password).code == "516"
    assert "secret" not in other.query("SELECT name FROM system.tables").text


@pytest.mark.parametrize("protocol", ["nativesecure"])
def test_other_protocols_are_not_served(sql_cloud: ClickHouseCloud, protocol: str) -> None:
    """Only the HTTP interface is: other endpoints keep the names that lead nowhere."""
    service = sql_cloud.services.get_by_name("main")
    [endpoint] = [each for each in service.endpoints or () if each.protocol == protocol]
    assert endpoint.host.endswith(".clickhouse.example")


def test_metrics_count_what_was_run(main: Served, sql_cloud: ClickHouseCloud) -> None:
    """Metrics of a service follow from its queries, and its bytes from its data."""
    main.run("DROP TABLE IF EXISTS counted", "CREATE TABLE counted (a UInt64) ENGINE = Log")
    before = _metrics(sql_cloud, main.id)
    statements = (
        "INSERT INTO counted SELECT rand64() FROM numbers(100000)",
        "SELECT sum(a) > 0 FROM counted",
        "SELECT nothing",
        "SELECT number FROM numbers(300000)",
    )
    answers = [main.query(statement, max_block_size="10000") for statement in statements]
    assert [answer.status for answer in answers] == [200, 200, 404, 200]
    assert answers[-1].headers["transfer-encoding"] == "chunked"
    after = _metrics(sql_cloud, main.id)
    grown = {name: after[name] - before[name] for name in after}
    assert {name: grown[f"ClickHouseProfileEvents_{name}"] for name in EXPECTED} == EXPECTED
    # The engine may tell of the last blocks of a long result too late.
    assert 200_000 < grown["ClickHouseProfileEvents_SelectedRows"] <= 500_000
    assert grown["ClickHouseProfileEvents_QueryTimeMicroseconds"] > 0
    assert grown["ClickHouseProfileEvents_OSCPUVirtualTimeMicroseconds"] > 0
    received = grown["ClickHouseProfileEvents_NetworkReceiveBytes"]
    assert received == sum(map(len, statements))
    sent = grown["ClickHouseProfileEvents_NetworkSendBytes"]
    assert sent == sum(len(answer.body) for answer in answers)
    assert after["ClickHouseAsyncMetrics_TotalBytesOfMergeTreeTables"] > 700_000


SIZE = 10_000_000
"""Bytes of a result whose transfer costs something."""

EXPECTED = {
    "Query": 4,
    "SelectQuery": 3,
    "InsertQuery": 1,
    "FailedQuery": 1,
    "InsertedRows": 1e5,
    "InsertedBytes": 8e5,
}


def test_usage_has_the_size_of_the_data(sql_emulator: Emulator, sql_cloud: ClickHouseCloud) -> None:
    """Storage and transfer are paid by the byte; a secondary's writing counts, too."""
    secondary = Served.of(sql_cloud, "secondary")
    secondary.run("DROP TABLE IF EXISTS paid", "CREATE TABLE paid (a String) ENGINE = Log")
    secondary.run("INSERT INTO paid SELECT randomString(1000000) FROM numbers(10)")
    assert len(secondary.query("SELECT a FROM paid").body) > SIZE
    sql_emulator.advance(hours=24)
    today = sql_emulator.now.date()
    yesterday = today - timedelta(days=1)
    usage = sql_cloud.billing.get_usage_cost(from_date=yesterday, to_date=today)
    paid = {
        each.entity_name
        for each in usage.costs
        if each.entity_type == "datawarehouse" and each.metrics and each.metrics.storage_chc
    }
    assert "main" in paid
    assert "other" not in paid
    [transfer] = {
        each.metrics.public_data_transfer_chc
        for each in usage.costs
        if each.entity_name == "secondary" and each.entity_type == "service" and each.metrics
        if each.metrics.public_data_transfer_chc
    }
    assert SIZE * TRANSFER_PRICE <= transfer < 2 * SIZE * TRANSFER_PRICE


def _metrics(cloud: ClickHouseCloud, service_id: str) -> dict[str, float]:
    """Return what is measured of a service, by name."""
    text = cloud.prometheus.get_service_metrics(service_id, filtered_metrics=False)
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return {line.partition("{")[0]: float(line.rpartition(" ")[2]) for line in lines}
