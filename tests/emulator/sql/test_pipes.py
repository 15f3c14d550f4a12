"""ClickPipes that move files into a table of their service."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from .served import send

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clickhouse_cloud_async import ClickHouseCloud
    from clickhouse_cloud_async.emulator import Emulator

    from .served import Served

COLUMNS = [{"name": "id", "type": "UInt64"}, {"name": "name", "type": "String"}]


def _lines(*numbers: int) -> bytes:
    rows = ({"id": number, "name": f"n{number}", "more": True} for number in numbers)
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


def _pipe(cloud: ClickHouseCloud, main: Served, table: str, url: str, **source: Any) -> str:
    """Create a pipe and return its id; it has not begun yet."""
    main.run(f"DROP TABLE IF EXISTS {table}")
    body: dict[str, Any] = {
        "name": table,
        "fieldMappings": source.pop("field_mappings", []),
        "source": {"objectStorage": {"type": "s3", "format": "JSONEachRow", "url": url, **source}},
        "destination": {"table": table, "managedTable": True, "columns": COLUMNS},
    }
    path = f"/v1/organizations/{{organizationId}}/services/{main.id}/clickpipes"
    made = cloud.request("POST", path, json=body)
    pipe: str = made.result["result"]["id"]
    return pipe


def test_files_of_a_folder(
    sql_emulator: Emulator, sql_cloud: ClickHouseCloud, main: Served, tmp_path: Path
) -> None:
    """A pipe reads the files that its pattern names, packed or not, once, and is completed."""
    (tmp_path / "a.json").write_bytes(_lines(1, 2))
    (tmp_path / "b.json.gz").write_bytes(gzip.compress(_lines(3)))
    (tmp_path / "other.csv").write_bytes(b"9,9\n")
    pipe = _pipe(sql_cloud, main, "folder", f"file://{tmp_path}/*.json*")
    sql_emulator.advance(minutes=2)
    assert main.rows("SELECT id, name FROM folder ORDER BY id") == [[1, "n1"], [2, "n2"], [3, "n3"]]
    sql_emulator.advance(minutes=5)
    assert sql_cloud.clickpipes.get(main.id, pipe).state == "Completed"
    assert main.value("SELECT count() FROM folder") == 3


def test_a_continuous_pipe(
    sql_emulator: Emulator, sql_cloud: ClickHouseCloud, main: Served, tmp_path: Path
) -> None:
    """A continuous pipe finds new files while it runs, and reads none twice."""
    (tmp_path / "1.json").write_bytes(_lines(1))
    pipe = _pipe(
        sql_cloud, main, "continuous", f"file://{tmp_path}/{{1,2,3}}.json", isContinuous=True
    )
    sql_emulator.advance(minutes=2)
    assert main.rows("SELECT id FROM continuous") == [[1]]
    (tmp_path / "2.json").write_bytes(_lines(2))
    sql_emulator.advance(minutes=2)
    assert main.rows("SELECT id FROM continuous ORDER BY id") == [[1], [2]]
    sql_cloud.clickpipes.stop(main.id, pipe)
    sql_emulator.advance(minutes=1)
    (tmp_path / "3.json").write_bytes(_lines(3))
    sql_emulator.advance(minutes=5)
    assert main.value("SELECT count() FROM continuous") == 2
    sql_cloud.clickpipes.delete(main.id, pipe)


def test_fields_and_columns_of_different_names(
    sql_emulator: Emulator, sql_cloud: ClickHouseCloud, main: Served, tmp_path: Path
) -> None:
    """Fields fill the columns that they are mapped to."""
    (tmp_path / "a.csv").write_text("key;label\n1;x\n2;y\n")
    mappings = [
        {"sourceField": "key", "destinationField": "id"},
        {"sourceField": "label", "destinationField": "name"},
    ]
    _pipe(
        sql_cloud,
        main,
        "mapped",
        f"file://{tmp_path}/a.csv",
        format="CSVWithNames",
        delimiter=";",
        field_mappings=mappings,
    )
    sql_emulator.advance(minutes=2)
    assert main.rows("SELECT id, name FROM mapped ORDER BY id") == [[1, "x"], [2, "y"]]
    assert main.rows("SHOW TABLES LIKE 'mapped%'") == [["mapped"]]


def test_a_file_that_does_not_fit(
    sql_emulator: Emulator, sql_cloud: ClickHouseCloud, main: Served, tmp_path: Path
) -> None:
    """A pipe that cannot read a file fails; one whose files are elsewhere goes on as a state."""
    (tmp_path / "a.json").write_text("no JSON")
    bad = _pipe(sql_cloud, main, "bad", f"file://{tmp_path}/a.json")
    away = _pipe(sql_cloud, main, "away", "https://bucket.s3.amazonaws.com/*.json")
    sql_emulator.advance(minutes=2)
    assert main.query("SELECT 1").status == 200
    assert sql_cloud.clickpipes.get(main.id, bad).state == "Failed"
    assert sql_cloud.clickpipes.get(main.id, away).state == "Running"


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """A bucket of a server that speaks S3's protocol."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}/pipes"
    assert send("PUT", url).status == 200
    yield url
    server.stop()


def test_files_of_a_bucket(
    sql_emulator: Emulator, sql_cloud: ClickHouseCloud, main: Served, bucket: str
) -> None:
    """A pipe lists a bucket and reads its files; those that are not public with a key only."""
    public = {"x-amz-acl": "public-read"}
    for number in range(3):
        url = f"{bucket}/in/{number}.json"
        assert send("PUT", url, body=_lines(number), headers=public).status == 200
    send("PUT", f"{bucket}/out/9.json", body=_lines(9))
    _pipe(sql_cloud, main, "bucket", f"{bucket}/in/*.json")
    login = {"authentication": "IAM_USER", "accessKey": {"accessKeyId": "a", "secretKey": "b"}}
    _pipe(sql_cloud, main, "private", f"{bucket}/out/*.json", **login)
    closed = _pipe(sql_cloud, main, "closed", f"{bucket}/out/*.json")
    sql_emulator.advance(minutes=2)
    assert main.rows("SELECT id FROM bucket ORDER BY id") == [[0], [1], [2]]
    assert main.rows("SELECT id FROM private") == [[9]]
    assert sql_cloud.clickpipes.get(main.id, closed).state == "Failed"
