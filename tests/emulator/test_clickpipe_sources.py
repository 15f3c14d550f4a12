"""What each kind of source asks for, what may be changed of it, and that secrets stay hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickhouse_cloud_async.apis.clickhouse.emulator.clickpipes.databases import redact
from clickhouse_cloud_async.emulator import Emulator

from .client import serving
from .pipes import ACCESS_KEY, ACCOUNT, LOGIN, ROLE, SOURCES, create, created, pause, state

if TYPE_CHECKING:
    from .client import Answer, Api

CERTIFICATE = {"certificate": "-----BEGIN", "privateKey": "planted-Secret-5"}
ACCESS: dict[str, dict[str, Any]] = {
    "PLAIN": {"credentials": LOGIN},
    "SCRAM-SHA-256": {"credentials": LOGIN},
    "SCRAM-SHA-512": {"credentials": LOGIN},
    "IAM_ROLE": {"iamRole": ROLE},
    "IAM_USER": {"credentials": ACCESS_KEY},
    "MUTUAL_TLS": {"credentials": CERTIFICATE},
    "SERVICE_ACCOUNT_WORKLOAD_IDENTITY": {},
}
"""What a Kafka source needs for each authentication."""

BRANDS = {
    "kafka": {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "MUTUAL_TLS"},
    "msk": {"SCRAM-SHA-512", "IAM_ROLE", "IAM_USER", "MUTUAL_TLS"},
    "gcmk": {"PLAIN", "MUTUAL_TLS", "SERVICE_ACCOUNT_WORKLOAD_IDENTITY"},
    "confluent": {"PLAIN", "MUTUAL_TLS"},
    "warpstream": {"PLAIN"},
    "azureeventhub": {"PLAIN"},
    "redpanda": {"SCRAM-SHA-256", "SCRAM-SHA-512", "MUTUAL_TLS"},
    "dokafka": {"SCRAM-SHA-256", "MUTUAL_TLS"},
}

STORAGE: dict[str, dict[str, Any]] = {
    "IAM_USER": {"accessKey": ACCESS_KEY},
    "IAM_ROLE": {"iamRole": ROLE},
    "SERVICE_ACCOUNT": {"serviceAccountKey": "planted-Secret-6"},
    "SERVICE_ACCOUNT_WORKLOAD_IDENTITY": {},
    "CONNECTION_STRING": {
        "azureContainerName": "files",
        "connectionString": "planted-Secret-7",
    },
}
"""What a source of files needs for each authentication."""

STORAGES = {
    "s3": {"IAM_USER", "IAM_ROLE"},
    "gcs": {"IAM_USER", "SERVICE_ACCOUNT", "SERVICE_ACCOUNT_WORKLOAD_IDENTITY"},
    "dospaces": {"IAM_USER"},
    "azureblobstorage": {"CONNECTION_STRING"},
    "cloudflarer2": set[str](),
    "ovhobjectstorage": set[str](),
}


def _blames(answer: Answer, place: str) -> bool:
    return answer.status == 400 and answer.error.startswith(place)


@pytest.mark.parametrize("brand", BRANDS)
async def test_kafka_authentication(api: Api, brand: str) -> None:
    """Each brand of Kafka has its own ways to log in, and each way needs something."""
    for authentication, access in ACCESS.items():
        bare = {"type": brand, "authentication": authentication, "credentials": None}
        answer = await create(api, "kafka", bare | access)
        if authentication not in BRANDS[brand]:
            assert _blames(answer, "source.kafka.authentication: must be one of")
            continue
        assert answer.result["source"]["kafka"]["authentication"] == authentication
        if access:
            name = next(iter(access))
            assert _blames(await create(api, "kafka", bare), f"source.kafka.{name}")


@pytest.mark.parametrize("storage", STORAGES)
async def test_storage_authentication(api: Api, storage: str) -> None:
    """Each storage has its own ways to log in; without one, its files are public."""
    public = (await create(api, "objectStorage", {"type": storage})).result
    assert public["source"]["objectStorage"]["authentication"] is None
    for authentication, access in STORAGE.items():
        bare = {"type": storage, "authentication": authentication}
        answer = await create(api, "objectStorage", bare | access)
        if authentication not in STORAGES[storage]:
            assert _blames(answer, "source.objectStorage.authentication")
            continue
        assert answer.result["source"]["objectStorage"]["authentication"] == authentication
        for name in access:
            missing = bare | access | {name: None}
            assert _blames(await create(api, "objectStorage", missing), "source.objectStorage")


async def test_event_hub_takes_a_connection_string(api: Api) -> None:
    """Azure's Kafka logs in with a connection string, which is not shown."""
    access = {"type": "azureeventhub", "credentials": {"connectionString": "planted-Secret-8"}}
    answer = await create(api, "kafka", access)

    assert "planted" not in str(answer.result)


REGISTRY = {"url": "https://registry.example.com"}
QUEUE = {"isContinuous": True, "authentication": "IAM_ROLE", "iamRole": ROLE, "queueUrl": "sqs"}
MESSAGE = "message Order { int64 id = 1; }"


@pytest.mark.parametrize(
    ("kind", "changes", "blamed"),
    [
        ("kafka", {"topics": None}, "topics"),
        ("kafka", {"offset": {"strategy": "from_timestamp"}}, "offset.timestamp"),
        ("kafka", {"schemaRegistry": {"url": "http://registry"}}, "schemaRegistry.url"),
        (
            "kafka",
            {"schemaRegistry": REGISTRY | {"authentication": "PLAIN"}},
            "schemaRegistry.credentials.username",
        ),
        ("kafka", {"protobufSchema": MESSAGE}, "protobufSchema"),
        (
            "kafka",
            {"format": "Protobuf", "protobufSchema": MESSAGE, "schemaRegistry": REGISTRY},
            "protobufSchema",
        ),
        ("kafka", {"reversePrivateEndpointIds": ["missing"]}, "reversePrivateEndpointIds[0]"),
        ("kinesis", {"iteratorType": "AT_TIMESTAMP"}, "timestamp"),
        ("kinesis", {"authentication": "IAM_ROLE"}, "iamRole"),
        ("kinesis", {"accessKey": {"accessKeyId": "AKIA"}}, "accessKey.secretKey"),
        ("kinesis", {"format": "Protobuf"}, "protobufSchema"),
        ("kinesis", {"protobufSchema": MESSAGE}, "protobufSchema"),
        ("objectStorage", {"url": None}, "url"),
        ("objectStorage", QUEUE | {"isContinuous": False}, "queueUrl"),
        ("objectStorage", QUEUE | {"authentication": None}, "queueUrl"),
        ("objectStorage", {"skipInitialLoad": True}, "skipInitialLoad"),
        ("objectStorage", QUEUE | {"skipInitialLoad": True, "startAfter": "a"}, "startAfter"),
        ("pubsub", {"seekType": "timestamp"}, "seekTimestamp"),
        ("pubsub", {"seekTimestamp": "2026-01-01T00:00:00Z"}, "seekTimestamp"),
        ("pubsub", {"serviceAccountKey": None}, "serviceAccountKey"),
        ("pubsub", {"filter": "x" * 257}, "filter"),
        ("pubsub", {"ackDeadline": 601}, "ackDeadline"),
        ("pubsub", {"ackDeadline": 9}, "ackDeadline"),
        ("postgres", {"authentication": "IAM_ROLE"}, "iamRole"),
        ("postgres", {"credentials": None}, "credentials.username"),
        ("postgres", {"settings": {"replicationSlotName": "s"}}, "settings.replicationSlotName"),
        (
            "postgres",
            {
                "settings": {
                    "replicationMode": "cdc_only",
                    "replicationSlotName": "s",
                    "enableFailoverSlots": True,
                }
            },
            "settings.enableFailoverSlots",
        ),
        ("postgres", {"tableMappings": []}, "tableMappings"),
        ("mysql", {"credentials": {"username": "reader"}}, "credentials.password"),
        (
            "mysql",
            {
                "type": "mariadb",
                "settings": {"replicationMode": "cdc", "replicationMechanism": "FILE_POS"},
            },
            "settings.replicationMechanism",
        ),
        ("bigquery", {"settings": {"replicationMode": "cdc"}}, "settings.replicationMethod"),
        (
            "bigquery",
            {"settings": {"replicationMode": "cdc", "replicationMethod": "query_based"}},
            "tableMappings[0].queryCdcWatermarkColumn",
        ),
        (
            "bigquery",
            {"settings": {"replicationMode": "snapshot", "syncIntervalSeconds": 60}},
            "settings.syncIntervalSeconds",
        ),
        ("mongodb", {"uri": "http://cluster"}, "uri"),
        ("mongodb", {"uri": "mongodb://[REDACTED]@cluster"}, "uri"),
    ],
)
async def test_conditions(api: Api, kind: str, changes: dict[str, Any], blamed: str) -> None:
    """What a source may not be like, with the field that is to blame."""
    answer = await create(api, kind, changes)

    assert _blames(answer, f"source.{kind}.{blamed}: "), answer.text


@pytest.mark.parametrize("kind", ["postgres", "mysql"])
async def test_sorting_keys(api: Api, kind: str) -> None:
    """A custom sorting key needs columns; empty values mean that there is none."""
    (mapping,) = SOURCES[kind]["tableMappings"]
    empty = mapping | {"useCustomSortingKey": False, "sortingKeys": [], "partitionKey": ""}
    wanted = mapping | {"useCustomSortingKey": True, "sortingKeys": []}
    refused = await create(api, kind, {"tableMappings": [wanted]})

    assert (await create(api, kind, {"tableMappings": [empty]})).status == 200
    assert _blames(refused, f"source.{kind}.tableMappings[0].sortingKeys")


@pytest.mark.parametrize(
    "changes",
    [
        {"authentication": "SERVICE_ACCOUNT_WORKLOAD_IDENTITY", "credentials": None},
        {"authentication": "SERVICE_ACCOUNT_WORKLOAD_IDENTITY", "projectId": "project"},
    ],
)
async def test_bigquery_workload_identity(api: Api, changes: dict[str, Any]) -> None:
    """An identity of the workload needs a project and takes no credentials."""
    whole = changes | {"credentials": None, "projectId": "project"}

    assert (await create(api, "bigquery", changes)).status == 400
    assert (await create(api, "bigquery", whole)).status == 200


GLUE = {"type": "glue", "glueRegion": "us-east-1", "glueRegistryName": "orders"}


@pytest.mark.parametrize(
    ("kind", "changes", "place"),
    [
        ("kafka", {"tombstoneMode": "delete"}, "tombstoneMode: is only with exactlyOnce"),
        ("kafka", {"schemaRegistry": GLUE | {"glueRegion": ""}}, "schemaRegistry.glueRegion"),
        ("kinesis", {"schemaRegistry": GLUE | {"glueRegistryName": ""}}, "schemaRegistry.glueReg"),
        (
            "kinesis",
            {"authentication": "IAM_ROLE", "accessKey": None, "iamRole": "arn:aws:iam::1:role/x"},
            "iamRole: the name of the role must begin with ClickHouseAccessRole-",
        ),
        (
            "bigquery",
            {
                "settings": {
                    "replicationMode": "cdc",
                    "replicationMethod": "query_based",
                    "syncCron": "* *",
                }
            },
            "settings.syncCron: must have five fields",
        ),
    ],
)
async def test_rules_that_only_a_client_tells(
    api: Api, kind: str, changes: dict[str, Any], place: str
) -> None:
    """What ClickHouse's own client demands or says in its help."""
    assert _blames(await create(api, kind, changes), f"source.{kind}.{place}")


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("kafka", {"tombstoneMode": "soft_delete", "exactlyOnce": True}),
        ("kafka", {"schemaRegistry": GLUE, "format": "AvroConfluent"}),
        ("kinesis", {"schemaRegistry": GLUE}),
        ("kinesis", {"authentication": "IAM_ROLE", "accessKey": None, "iamRole": ROLE}),
    ],
)
async def test_variants_that_only_a_client_tells(
    api: Api, kind: str, changes: dict[str, Any]
) -> None:
    """They are kept and shown."""
    shown = (await create(api, kind, changes)).result["source"][kind]
    assert shown.items() >= {n: v for n, v in changes.items() if v and n != "accessKey"}.items()


async def test_structured_ingestion_of_mongodb(api: Api) -> None:
    """Its details need that it is on."""
    (table,) = SOURCES["mongodb"]["tableMappings"]
    for is_on in (True, False):
        ingestion = {"enabled": is_on, "sortingKeys": ["id"]}
        changes = {"tableMappings": [table | {"structuredIngestion": ingestion}]}
        answer = await create(api, "mongodb", changes, name=str(is_on))
        where = "source.mongodb.tableMappings[0].structuredIngestion.sortingKeys"
        assert answer.status == 200 if is_on else _blames(answer, where)


@pytest.mark.parametrize(
    ("changes", "more", "place"),
    [
        ({"iamRole": ""}, {}, "source.kinesis.iamRole"),
        ({}, {"scaling": {}}, "scaling"),
        ({}, {"settings": {}}, "settings"),
    ],
)
async def test_what_says_nothing_is_left_out(
    api: Api, changes: dict[str, Any], more: dict[str, Any], place: str
) -> None:
    """An empty value is none, to a request that makes a pipe and to one that changes it."""
    assert _blames(await create(api, "kinesis", changes, **more), f"{place}: must not be empty")
    pipe = await created(api, "kinesis")
    change = {"source": {"kinesis": changes}} if changes else more
    if "scaling" not in more:
        assert _blames(await api("PATCH", pipe, change), f"{place}: must not be empty")


async def test_refusals_of_changes_that_were_seen_live(api: Api) -> None:
    """Of sources that stay as they are, of settings of another kind, of a size without numbers."""
    bigquery, kinesis, files, postgres = [
        await created(api, kind) for kind in ("bigquery", "kinesis", "objectStorage", "postgres")
    ]
    columns = {"columns": [{"name": "id", "type": "Int64"}]}
    fields = {"fieldMappings": [{"sourceField": "id", "destinationField": "id"}]}
    other = {"snapshotStagingPath": "gs://other/path"}
    seen = [
        await api("PATCH", bigquery, {"source": {"bigquery": other}}, checked=False),
        await api("PUT", f"{kinesis}/settings", {"kafka_read_committed": True}),
        await api("PATCH", files, fields),
        await api("PATCH", files, fields | {"destination": columns}),
        await api("PATCH", f"{kinesis}/scaling", {}, checked=False),
        await api("GET", f"{postgres}/settings", checked=False),
    ]
    assert [answer.status for answer in seen] == [400, 400, 400, 200, 500, 404]


@pytest.mark.parametrize("kinds", [(), ("kafka", "kinesis")])
async def test_one_kind_of_source(api: Api, kinds: tuple[str, ...]) -> None:
    """A pipe has exactly one source; null stands for none."""
    source: dict[str, Any] = {"mysql": None} | {kind: SOURCES[kind] for kind in kinds}
    answer = await create(api, "kafka", source=source)

    assert _blames(answer, "source: must hold one of")
    alone = source | {"kinesis": None, "kafka": SOURCES["kafka"]}
    assert (await create(api, "kafka", source=alone)).status == 200


@pytest.mark.parametrize("kind", SOURCES)
async def test_secrets_are_never_shown(api: Api, kind: str) -> None:
    """No answer holds what was sent to log in with, neither at once nor later."""
    created_pipe = (await create(api, kind)).result
    path = f"{await api.service_path()}/clickpipes"
    later = (await api("GET", path)).result

    assert "planted" not in str(created_pipe)
    assert later == [created_pipe]
    assert "planted" not in str(api.emulator._world.dump())


async def test_defaults(api: Api) -> None:
    """What a request need not say of a source is at its default."""
    kafka = (await create(api, "kafka")).result
    mysql = (await create(api, "mysql")).result["source"]["mysql"]
    bigquery = (await create(api, "bigquery")).result["source"]["bigquery"]

    assert kafka["source"]["kafka"]["consumerGroup"] == f"clickpipes-{kafka['id']}"
    assert mysql["settings"]["replicationMechanism"] == "GTID"
    assert bigquery["authentication"] == "SERVICE_ACCOUNT"


async def test_server_ids_are_unique(api: Api) -> None:
    """A MySQL server knows each pipe by another id; one that is taken is refused."""
    first = (await create(api, "mysql")).result["source"]["mysql"]["serverId"]
    second = (await create(api, "mysql")).result["source"]["mysql"]["serverId"]

    assert first != second
    assert _blames(await create(api, "mysql", {"serverId": first}), "source.mysql.serverId")
    pipe = await created(api, "mysql", {"serverId": 7})
    patch = {"host": "db.example.com", "port": 3306, "serverId": first}
    taken = await api("PATCH", pipe, {"source": {"mysql": patch}})
    assert _blames(taken, "source.mysql.serverId")
    same = await api("PATCH", pipe, {"source": {"mysql": patch | {"serverId": 7}}})
    assert same.status == 200


async def test_a_snapshot_needs_an_empty_table(api: Api) -> None:
    """What another pipe fills cannot be the target of a Postgres snapshot."""
    snapshot = {"settings": {"replicationMode": "snapshot"}}
    assert (await create(api, "postgres", snapshot)).status == 200
    refused = await create(api, "postgres", snapshot)
    (mapping,) = SOURCES["postgres"]["tableMappings"]
    other = snapshot | {"tableMappings": [mapping | {"targetTable": "others"}]}

    assert _blames(refused, "source.postgres.tableMappings: ")
    assert (await create(api, "postgres", other)).status == 200


async def test_kafka_changes(api: Api) -> None:
    """How a pipe logs in can change; the rest of Kafka is ignored, its registry is refused."""
    pipe = await created(api, "kafka")
    sent = SOURCES["kafka"] | {"topics": "others", "exactlyOnce": True, "caCertificate": "PEM"}
    sent |= {"authentication": "SCRAM-SHA-256"}
    changed = (await api("PATCH", pipe, {"source": {"kafka": sent}})).result["source"]["kafka"]
    registry = {"schemaRegistry": REGISTRY | {"credentials": LOGIN}}
    refused = await api("PATCH", pipe, {"source": {"kafka": registry}})

    assert (changed["topics"], changed["exactlyOnce"]) == ("events", False)
    assert (changed["caCertificate"], changed["authentication"]) == ("PEM", "SCRAM-SHA-256")
    assert _blames(refused, "source.kafka.schemaRegistry.credentials")


@pytest.mark.parametrize(
    ("kind", "patch", "blamed"),
    [
        ("kafka", {"authentication": "IAM_ROLE", "iamRole": ROLE}, "authentication"),
        ("kafka", {"authentication": "MUTUAL_TLS"}, "credentials.certificate"),
        ("kafka", {"reversePrivateEndpointIds": ["missing"]}, "reversePrivateEndpointIds[0]"),
        ("kinesis", {"authentication": "IAM_ROLE"}, "iamRole"),
        ("kinesis", {"streamName": "others"}, "streamName"),
        ("objectStorage", {"authentication": "CONNECTION_STRING"}, "authentication"),
        ("objectStorage", {"skipInitialLoad": True}, "skipInitialLoad"),
        ("objectStorage", {"url": "https://other"}, "url"),
        ("postgres", {"type": "neon"}, "type"),
        ("postgres", {"settings": {"replicationMode": "cdc"}}, "settings.replicationMode"),
        (
            "postgres",
            {"tableMappingsToRemove": [{"sourceSchemaName": "public", "sourceTable": "x"}]},
            "tableMappingsToRemove[0]",
        ),
        ("postgres", {"tableMappingsToAdd": SOURCES["postgres"]["tableMappings"]}, "tableMappings"),
        ("mongodb", {"uri": "cluster"}, "uri"),
    ],
)
async def test_refused_changes(api: Api, kind: str, patch: dict[str, Any], blamed: str) -> None:
    """What cannot be changed, or not so, leaves the pipe as it was."""
    pipe = await created(api, kind)
    if "tableMappings" in blamed:
        await pause(api, pipe)
    before = (await api("GET", pipe)).result
    answer = await api("PATCH", pipe, {"source": {kind: patch}})

    assert _blames(answer, f"source.{kind}.{blamed}"), answer.text
    assert (await api("GET", pipe)).result == before


async def test_the_kind_of_source_stays(api: Api) -> None:
    """A pipe of one kind of source takes no changes of another."""
    pipe = await created(api, "kafka")
    answer = await api("PATCH", pipe, {"source": {"kinesis": {"iamRole": ROLE}}})

    assert _blames(answer, "source.kinesis: ")


async def test_new_access(api: Api) -> None:
    """New secrets are taken without being shown."""
    for kind, patch in (
        ("kinesis", {"authentication": "IAM_ROLE", "iamRole": ROLE}),
        ("objectStorage", {"authentication": "IAM_USER", "accessKey": ACCESS_KEY}),
        ("pubsub", {"authentication": "SERVICE_ACCOUNT", "serviceAccountKey": ACCOUNT}),
        ("postgres", {"credentials": LOGIN, "host": "other.example.com"}),
    ):
        pipe = await created(api, kind)
        changed = (await api("PATCH", pipe, {"source": {kind: patch}})).result
        for name, value in patch.items():
            if "planted" not in str(value):
                assert changed["source"][kind][name] == value
        assert "planted" not in str(changed)


@pytest.mark.parametrize("kind", ["postgres", "mysql", "mongodb"])
async def test_tables_are_added_and_removed(api: Api, kind: str) -> None:
    """Tables change while the pipe takes a break, which it ends by itself."""
    pipe = await created(api, kind)
    await api.emulator.advance(minutes=5)
    (old,) = SOURCES[kind]["tableMappings"]
    source = "sourceCollection" if kind == "mongodb" else "sourceTable"
    new = old | {source: "others", "targetTable": "others", "tableEngine": "MergeTree"}
    place = {name: v for name, v in SOURCES[kind].items() if name in {"host", "port"}}
    tables = {"tableMappingsToAdd": [new], "tableMappingsToRemove": [old]}
    moved = tables | {"tableMappingsToAdd": [old | {"targetTable": "others"}]}
    refused = await api("PATCH", pipe, {"source": {kind: place | tables}})
    await pause(api, pipe)
    at_once = await api("PATCH", pipe, {"source": {kind: place | moved}})
    assert _blames(at_once, f"source.{kind}.tableMappingsToAdd[0]: is removed in the same")
    changed = (await api("PATCH", pipe, {"source": {kind: place | tables}})).result
    await api.emulator.advance(minutes=1)
    late = await api("PATCH", f"{pipe}/state", {"command": "start"})

    assert (refused.status, refused.error) == (400, "ClickPipe must be paused to edit")
    assert changed["source"][kind]["tableMappings"] == [new]
    assert changed["state"] == "Modifying"
    assert await state(api, pipe) == "Running"
    assert (late.status, late.error) == (400, "command: ClickPipe is already running")


async def test_documented_tables_change_while_the_pipe_runs() -> None:
    """The documentation says nothing of a pause."""
    services = [{"state": "running", "idleScaling": False}]
    async with serving(Emulator(services, time_scale=0, strictness="documented")) as api:
        pipe = await created(api, "postgres")
        await api.emulator.advance(minutes=5)
        (old,) = SOURCES["postgres"]["tableMappings"]
        change = {"tableMappingsToAdd": [old | {"targetTable": "others"}]}
        answer = await api("PATCH", pipe, {"source": {"postgres": change}})
    assert answer.status == 200


async def test_uri_of_mongodb(api: Api) -> None:
    """Credentials in the URI are masked; a masked or absent one changes nothing."""
    pipe = await created(api, "mongodb")
    masked = "mongodb+srv://[REDACTED]@cluster.example.com/shop"
    assert (await api("GET", pipe)).result["source"]["mongodb"]["uri"] == masked
    for patch in ({"uri": masked}, {"uri": None}, {}, {"readPreference": "nearest"}):
        changed = (await api("PATCH", pipe, {"source": {"mongodb": patch}})).result
        assert changed["source"]["mongodb"]["uri"] == masked
    patch = {"uri": "mongodb://reader:planted@other.example.com"}
    changed = (await api("PATCH", pipe, {"source": {"mongodb": patch}})).result["source"]["mongodb"]

    assert changed["uri"] == "mongodb://[REDACTED]@other.example.com"
    assert changed["readPreference"] == "nearest"


@given(st.text(max_size=20), st.text(max_size=20))
def test_redaction_leaves_nothing(user: str, password: str) -> None:
    """Whatever the credentials hold, the host is all that is left."""
    uri = f"mongodb://{user}:{password}@host.example.com/shop"

    assert redact(uri) == "mongodb://[REDACTED]@host.example.com/shop"


@pytest.mark.parametrize("kind", ["kafka", "kinesis", "pubsub", "objectStorage"])
async def test_discovery(api: Api, kind: str) -> None:
    """The same source has the same fields each time, and looking makes no pipe."""
    path = f"{await api.service_path()}/clickpipes"
    asked = {"source": {kind: SOURCES[kind]}}
    first, second = [(await api("POST", f"{path}/schemaDiscovery", asked)).result for _ in range(2)]

    assert first == second
    assert first["fields"][0] == {"name": "id", "type": "Int64", "optional": False}
    assert (await api("GET", path)).result == []


@pytest.mark.parametrize(
    ("kind", "changes", "fields"),
    [
        (
            "kinesis",
            {
                "format": "Protobuf",
                "protobufSchema": "message Order {\n int64 id = 1;\n optional string note = 2;\n"
                " repeated double prices = 3;\n Address to = 4;\n}",
            },
            [("id", "Int64"), ("note", "String"), ("prices", "Array(Float64)"), ("to", "String")],
        ),
        (
            "objectStorage",
            {"format": "CSV"},
            [("c1", "String"), ("c2", "String"), ("c3", "String"), ("c4", "String")],
        ),
        ("objectStorage", {"format": "JSONAsObject"}, [("json", "JSON")]),
    ],
)
async def test_fields_that_follow_from_the_request(
    api: Api, kind: str, changes: dict[str, Any], fields: list[tuple[str, str]]
) -> None:
    """A schema says its fields; formats without names have only columns."""
    asked = {"source": {kind: SOURCES[kind] | changes}}
    path = f"{await api.service_path()}/clickpipes/schemaDiscovery"
    found = (await api("POST", path, asked)).result["fields"]

    assert [(field["name"], field["type"]) for field in found] == fields


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (None, "source: is required"),
        ({}, "source: must hold one of"),
        ({"kafka": SOURCES["kafka"] | {"topics": ""}}, "source.kafka.topics: is required"),
        (
            {"kinesis": SOURCES["kinesis"] | {"format": "Protobuf", "protobufSchema": "x"}},
            "source.kinesis.protobufSchema: holds no message",
        ),
        ({"mysql": SOURCES["mysql"]}, "source.mysql: is not known here"),
    ],
)
async def test_refused_discovery(api: Api, source: object, message: str) -> None:
    """Discovery checks a source as a new pipe does, and knows no databases."""
    asked = {} if source is None else {"source": source}
    answer = await api("POST", f"{await api.service_path()}/clickpipes/schemaDiscovery", asked)

    assert answer.status == 400
    assert answer.error.startswith(message)
