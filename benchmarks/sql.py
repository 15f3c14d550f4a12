"""The cost of a database behind the emulator: ``python -m benchmarks.sql``, with the extra ``sql``.

Queries of a service over HTTP are compared with the same queries in the engine itself, in a
process of its own and over the same rows. Then fifty services get data one after the other, and
what the emulator and its processes take is measured.
"""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import os
import time
from base64 import b64encode
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import attrs

from .report import HEADINGS, Row, table
from .runner import FULL, QUICK

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from clickhouse_cloud_async import ClickHouseCloud

    from .runner import Scale

ROWS = 5_000_000
SERVICES = 50
ROWS_OF_EACH = 100_000
MARK = 2.0

FILL = (
    "CREATE TABLE {name} (id UInt64, name String) ENGINE = MergeTree ORDER BY id",
    "INSERT INTO {name} SELECT number, toString(cityHash64(number)) FROM numbers({rows})",
)
QUERIES = {
    "aggregation over 5 million rows": "SELECT uniqExact(name), sum(id) FROM events",
    "result of 500,000 rows": "SELECT id, name FROM events ORDER BY id LIMIT 500000",
    "SELECT 1": "SELECT 1",
}
FORMAT = "RowBinary"


@attrs.frozen
class Service:
    """A service that answers SQL, on one connection that is kept.

    Args:
        connection: Leads to it.
        headers: Its credentials.
    """

    connection: http.client.HTTPConnection
    headers: dict[str, str]

    @classmethod
    def of(cls, cloud: ClickHouseCloud, service_id: str) -> Service:
        """Connect to a service with a new password."""
        place = cloud.services.connection(service_id)
        password = cloud.services.reset_password(service_id).password
        assert password is not None
        credentials = b64encode(f"default:{password.reveal()}".encode()).decode()
        connection = http.client.HTTPConnection(place.host, place.port, timeout=600)
        return cls(connection, {"Authorization": f"Basic {credentials}"})

    def run(self, statement: str) -> bytes:
        """Carry out a statement and return its result."""
        path = f"/?default_format={FORMAT}&query={quote(statement)}"
        self.connection.request("POST", path, body=b"", headers=self.headers)
        response = self.connection.getresponse()
        body = response.read()
        assert response.status == 200, body  # noqa: PLR2004 - of HTTP
        return body


def _run_engine(told: Connection) -> None:
    """Run statements in the engine itself; return the seconds and bytes of each."""
    chdb: Any = import_module("chdb")
    with TemporaryDirectory() as folder:
        engine = chdb.connect(f"{folder}/data")
        engine.query("CREATE DATABASE bench ENGINE = Atomic")
        engine.query("USE bench")
        while (statement := told.recv()) is not None:
            began = time.perf_counter()
            size = len(engine.query(statement, FORMAT).bytes())
            told.send((time.perf_counter() - began, size))
        engine.close()


def _timed(service: Service, statement: str) -> tuple[float, int]:
    began = time.perf_counter()
    size = len(service.run(statement))
    return time.perf_counter() - began, size


def measure(scale: Scale) -> list[Row]:
    """Run the queries in turn over HTTP and in the engine itself."""
    from clickhouse_cloud_async import ClickHouseCloud
    from clickhouse_cloud_async.emulator import Emulator

    context = multiprocessing.get_context("spawn")
    line, theirs = context.Pipe()
    engine = context.Process(target=_run_engine, args=(theirs,))
    engine.start()
    running = [{"name": "bench", "state": "running", "idleScaling": False}]
    with (
        Emulator(running, sql=True) as emulator,
        ClickHouseCloud(
            emulator.api_key, emulator.api_secret, base_url=emulator.url, rate_limit=None
        ) as cloud,
    ):
        service = Service.of(cloud, cloud.services.get_by_name("bench").id)
        for part in FILL:
            statement = part.format(name="events", rows=scale.calls(ROWS, 1))
            service.run(statement)
            line.send(statement)
            line.recv()
        rows = [_compare(scale, name, sql, service, line) for name, sql in QUERIES.items()]
    line.send(None)
    engine.join()
    return rows


def _compare(scale: Scale, name: str, statement: str, service: Service, line: Connection) -> Row:
    ours: list[float] = []
    other: list[float] = []
    for number in range(scale.rounds + 1):
        line.send(statement)
        theirs, size = line.recv()
        seconds, ours_size = _timed(service, statement)
        assert size == ours_size, "both return the same"
        if number:  # the first round warms up
            ours.append(seconds)
            other.append(theirs)
    is_judged = statement != QUERIES["SELECT 1"]
    return Row(
        f"emulator with SQL: {name}", "ms", ours, "chdb itself", other, MARK if is_judged else None
    )


def measure_services(count: int) -> dict[str, str]:
    """Create services with data in sequence, and return the total cost."""
    from clickhouse_cloud_async import ClickHouseCloud
    from clickhouse_cloud_async.emulator import Emulator

    services = [
        {"name": f"bench {number}", "state": "running", "idleScaling": False}
        for number in range(count)
    ]
    with (
        TemporaryDirectory() as folder,
        Emulator(services, sql=True, state=Path(folder, "state")) as emulator,
        ClickHouseCloud(
            emulator.api_key, emulator.api_secret, base_url=emulator.url, rate_limit=None
        ) as cloud,
    ):
        empty = _memory(os.getpid())
        began = time.perf_counter()
        for each in cloud.services.list():
            service = Service.of(cloud, each.id)
            for part in FILL:
                service.run(part.format(name="events", rows=ROWS_OF_EACH))
            service.connection.close()
        seconds = time.perf_counter() - began
        engines = [_memory(pid) for pid in _engines(os.getpid())]
        files = [path for path in Path(folder).rglob("*") if path.is_file()]
        return {
            "services": f"{count}, with {ROWS_OF_EACH:,} rows each",
            "filled in": f"{seconds:.0f} s, {seconds / count:.1f} s each",
            "processes at the end": f"{len(engines)}, {sum(engines) / 2**20:.0f} MiB",
            "the emulator's own growth": f"{(_memory(os.getpid()) - empty) / 2**20:.1f} MiB",
            "files": f"{len(files):,}, {sum(p.stat().st_size for p in files) / 2**20:.0f} MiB",
        }


def _memory(pid: int) -> int:
    """Return the resident memory of a process, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def _engines(pid: int) -> list[int]:
    """Return the processes of engines that a process has started."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    children = [child for task in tasks for child in (task / "children").read_text().split()]
    return [int(c) for c in children if b"sql.worker" in Path(f"/proc/{c}/cmdline").read_bytes()]


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sql", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one small round, to see if it works")
    is_quick: bool = parser.parse_args().quick
    rows = measure(QUICK if is_quick else FULL)
    print(table([HEADINGS, *(row.cells(is_judged=not is_quick) for row in rows)]))
    print(table([("", ""), *measure_services(2 if is_quick else SERVICES).items()]))


if __name__ == "__main__":
    main()
