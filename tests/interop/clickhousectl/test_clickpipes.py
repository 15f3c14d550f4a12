"""ClickPipes of every source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .program import names

if TYPE_CHECKING:
    from .program import Clickhousectl

TABLE = ["--database", "default", "--table", "events", "--column", "id:Int64"]
ROLE = ["--iam-role", "arn:aws:iam::123456789012:role/ClickHouseAccessRole-1"]
LOGIN = ["--username", "reader", "--password", "planted-Secret-1"]
TOPIC = ["--brokers", "broker.example.com:9092", "--topics", "events", "--format", "JSONEachRow"]
STREAM = ["--stream-name", "events", "--region", "us-east-1", "--format", "JSONEachRow"]
FILES = ["--source-url", "https://b.s3.us-east-1.amazonaws.com/*.json", "--format", "JSONEachRow"]
SUBSCRIPTION = [
    *("--topic", "events", "--project-id", "project", "--format", "JSONEachRow"),
    *("--seek-type", "latest", "--service-account-file", "-"),
]
NO_OPTIONS = {
    "excludedColumns": [],
    "partitionByExpr": "",
    "partitionKey": "",
    "sortingKeys": [],
    "tableEngine": "ReplacingMergeTree",
    "useCustomSortingKey": False,
}
"""What the client wants of a mapping beside the names."""

ACCOUNT = {"type": "service_account", "project_id": "project"}


def test_streams(ctl: Clickhousectl, etl: str) -> None:
    """A pipe of a stream runs, stops, starts, and is gone once it is deleted."""
    pipe = ctl("clickpipe", "create", "kafka", etl, "--name", "k", *TOPIC, *LOGIN, *TABLE)["id"]
    ctl.until({"state": "Running"}, "clickpipe", "get", etl, pipe)
    ctl("clickpipe", "stop", etl, pipe)
    ctl.until({"state": "Stopped"}, "clickpipe", "get", etl, pipe)
    ctl("clickpipe", "start", etl, "--name", "k")
    ctl.until({"state": "Running"}, "clickpipe", "get", etl, pipe)
    ctl.refused("clickpipe", "resync", etl, pipe)

    ctl("clickpipe", "update", etl, pipe, "--file", "-", file={"name": "events"})
    size = ["--replicas", 2, "--cpu-millicores", 250, "--memory-gb", 1]
    ctl("clickpipe", "scale", etl, pipe, *size)
    changed = ctl("clickpipe", "get", etl, pipe)
    assert changed["name"] == "events"
    assert changed["scaling"]["replicas"] == 2
    assert "planted-Secret-1" not in str(changed)
    ctl("clickpipe", "settings", "update", etl, pipe, "--streaming-max-insert-wait-ms", 5000)
    settings = ctl("clickpipe", "settings", "get", etl, pipe)
    assert settings["streaming_max_insert_wait_ms"] == 5000

    ctl("clickpipe", "delete", etl, pipe)
    ctl.until_gone("clickpipe", "get", etl, pipe)
    assert ctl("clickpipe", "list", etl) == []


def test_databases(ctl: Clickhousectl, etl: str) -> None:
    """A pipe of a database pauses, is edited, resynchronised and scaled with its like."""
    source = ["--host", "db.example.com", "--pg-database", "shop", *LOGIN]
    mapping = ["--table-mapping", "public.orders:orders"]
    pipe = ctl("clickpipe", "create", "postgres", etl, "--name", "p", *source, *mapping)["id"]
    ctl.until({"state": "Running"}, "clickpipe", "get", etl, pipe)
    ctl("clickpipe", "stop", etl, pipe)
    ctl.until({"state": "Paused"}, "clickpipe", "get", etl, pipe)
    added = NO_OPTIONS | {
        "sourceSchemaName": "public",
        "sourceTable": "items",
        "targetTable": "items",
    }
    patch = {"source": {"postgres": {"tableMappingsToAdd": [added]}}}
    ctl("clickpipe", "update", etl, pipe, "--file", "-", file=patch)
    running = ctl.until({"state": "Running"}, "clickpipe", "get", etl, pipe)
    mappings = running["source"]["postgres"]["tableMappings"]
    assert names(mappings, "sourceTable") == {"orders", "items"}
    ctl("clickpipe", "resync", etl, pipe)
    ctl.until({"state": "Running"}, "clickpipe", "get", etl, pipe)

    size = ["--cpu-millicores", 2000, "--memory-gb", 8]
    ctl("clickpipe", "cdc-scaling", "update", etl, *size)
    ctl.until({"replicaCpuMillicores": 2000}, "clickpipe", "cdc-scaling", "get", etl)


def test_finite_loads(ctl: Clickhousectl, etl: str) -> None:
    """A pipe of files that are all there completes."""
    files = ["--name", "files", *FILES, *TABLE]
    pipe = ctl("clickpipe", "create", "object-storage", etl, *files)["id"]
    ctl.until({"state": "Completed"}, "clickpipe", "get", etl, pipe)


def test_other_sources(ctl: Clickhousectl, etl: str) -> None:
    """Pipes of the other sources run, too."""
    name = ["--name", "pipe"]
    mapping = ["--table-mapping", "shop.orders:orders"]
    mysql = ["--host", "db.example.com", *LOGIN, *mapping]
    mongodb = ["--uri", "mongodb+srv://cluster.example.net/shop", *LOGIN, *mapping]
    bigquery = ["--staging-path", "gs://staging/path", "--service-account-file", "-", *mapping]
    for pipe in (
        ctl("clickpipe", "create", "kinesis", etl, *name, *STREAM, *ROLE, *TABLE),
        ctl("clickpipe", "create", "pubsub", etl, *name, *SUBSCRIPTION, *TABLE, file=ACCOUNT),
        ctl("clickpipe", "create", "mysql", etl, *name, *mysql),
        ctl("clickpipe", "create", "mongodb", etl, *name, *mongodb),
    ):
        ctl.until({"state": "Running"}, "clickpipe", "get", etl, pipe["id"])
        ctl("clickpipe", "delete", etl, pipe["id"])
    snapshot = ctl("clickpipe", "create", "bigquery", etl, *name, *bigquery, file=ACCOUNT)
    ctl.until({"state": "Completed"}, "clickpipe", "get", etl, snapshot["id"])


def test_paused_from_the_start(ctl: Clickhousectl, etl: str) -> None:
    """A pipe of a stream can be created stopped."""
    words = ["clickpipe", "create", "kinesis", etl, "--name", "later", "--start-paused"]
    pipe = ctl(*words, *STREAM, *ROLE, *TABLE)["id"]
    ctl.until({"state": "Stopped"}, "clickpipe", "get", etl, pipe)
    ctl.emulator.advance(hours=1)
    assert ctl("clickpipe", "get", etl, pipe)["state"] == "Stopped"


def test_schema_discovery(ctl: Clickhousectl, etl: str) -> None:
    """The fields of a source are found without a pipe."""
    for found in (
        ctl("clickpipe", "schema-discover", "kafka", etl, *TOPIC, *LOGIN),
        ctl("clickpipe", "schema-discover", "kinesis", etl, *STREAM, *ROLE),
        ctl("clickpipe", "schema-discover", "object-storage", etl, *FILES),
        ctl("clickpipe", "schema-discover", "pubsub", etl, *SUBSCRIPTION, file=ACCOUNT),
    ):
        assert all(field["name"] and field["type"] for field in found["fields"])
        assert found["fields"]


def test_context(ctl: Clickhousectl, etl: str) -> None:
    """What a service says about identities of Google."""
    assert "supported" in ctl("clickpipe", "context", "get", etl)["gcpWorkloadIdentity"]


def test_reverse_private_endpoints(ctl: Clickhousectl, etl: str) -> None:
    """An endpoint gets ready, has names mapped to it, and goes."""
    service = ["--vpc-endpoint-service-name", "com.amazonaws.vpce.us-east-1.vpce-svc-01234567"]
    kind = ["--type", "VPC_ENDPOINT_SERVICE", "--description", "database"]
    created = ctl("clickpipe", "reverse-private-endpoint", "create", etl, *kind, *service)
    endpoint = created["id"]
    ready = {"status": "Ready"}
    ctl.until(ready, "clickpipe", "reverse-private-endpoint", "get", etl, endpoint)
    listed = ctl("clickpipe", "reverse-private-endpoint", "list", etl)
    assert names(listed, "id") == {endpoint}
    mapping = ["--custom-private-dns-mapping", "db.example.com"]
    ctl("clickpipe", "reverse-private-endpoint", "update", etl, endpoint, *mapping)
    shown = ctl("clickpipe", "reverse-private-endpoint", "get", etl, endpoint)
    assert names(shown["customPrivateDnsMappings"], "privateDnsName") == {"db.example.com"}
    clear = "--clear-custom-private-dns-mappings"
    ctl("clickpipe", "reverse-private-endpoint", "update", etl, endpoint, clear)
    shown = ctl("clickpipe", "reverse-private-endpoint", "get", etl, endpoint)
    assert not shown.get("customPrivateDnsMappings")
    ctl("clickpipe", "reverse-private-endpoint", "delete", etl, endpoint)
    ctl.until_gone("clickpipe", "reverse-private-endpoint", "get", etl, endpoint)


@pytest.mark.parametrize(("name", "state"), [("reports", "idle"), ("archive", "stopped")])
def test_service_has_to_run(
    ctl: Clickhousectl, services: dict[str, str], name: str, state: str
) -> None:
    """Pipes of a service that does not run cannot be reached."""
    assert state in ctl.refused("clickpipe", "list", services[name])
    assert ctl.emulator.requests[-1].status == 424
