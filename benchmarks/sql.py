"""The cost of a database behind the emulator: ``python -m benchmarks.sql``, with the extra ``sql``.

Queries of a service over HTTP are compared with the same queries in the engine itself, in a
process of its own and over the same rows. Then fifty services get data one after the other, and
what the emulator and its processes take is measured.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import socket
import statistics
import time
from base64 import b64encode
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .report import HEADINGS, Row, table
from .runner import FULL, QUICK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from clickhouse_cloud_async import ClickHouseCloud

    from .runner import Scale

ROWS = 5_000_000
SERVICES = 50
ROWS_OF_EACH = 100_000
MARK = 2.0
MOST_MEMORY = 2 * 2**30
"""What all processes of fifty services with data may take, in bytes."""

FILL = (
    "CREATE TABLE {name} (id UInt64, name String) ENGINE = MergeTree ORDER BY id",
    "INSERT INTO {name} SELECT number, toString(cityHash64(number)) FROM numbers({rows})",
)
QUERIES = {
    "aggregation over 5 million rows": ("SELECT uniqExact(name), sum(id) FROM events", 1),
    "result of 500,000 rows": ("SELECT id, name FROM events ORDER BY id LIMIT 500000", 5),
    "SELECT 1": ("SELECT 1", 100),
}
"""Statements by their names, with how often they run in a round."""

FORMAT = "RowBinary"


class Service:
    """A service that answers SQL, on one connection that is kept.

    Responses are read without a library of HTTP, so that the emulator is what is measured.

    Args:
        host: Where it listens.
        port: At which port.
        password: Its password.
    """

    def __init__(self, host: str, port: int, password: str) -> None:
        credentials = b64encode(f"default:{password}".encode()).decode()
        self._headers = (
            f"Host: {host}\r\nAuthorization: Basic {credentials}\r\nContent-Length: 0\r\n\r\n"
        )
        self._socket = socket.create_connection((host, port), timeout=600)
        self._incoming = self._socket.makefile("rb")

    @classmethod
    def of(cls, cloud: ClickHouseCloud, service_id: str) -> Service:
        """Connect to a service with a new password."""
        place = cloud.services.connection(service_id)
        password = cloud.services.reset_password(service_id).password
        assert password is not None
        return cls(place.host, place.port, password.reveal())

    def run(self, statement: str) -> bytes:
        """Carry out a statement and return its result."""
        path = f"/?default_format={FORMAT}&query={quote(statement)}"
        self._socket.sendall(f"POST {path} HTTP/1.1\r\n{self._headers}".encode())
        status, *lines = iter(self._incoming.readline, b"\r\n")
        headers = dict(line.lower().rstrip().split(b": ", 1) for line in lines)
        size = headers.get(b"content-length")
        body = b"".join(self._chunks()) if size is None else self._incoming.read(int(size))
        assert status.split()[1] == b"200", body
        return body

    def close(self) -> None:
        """Close the connection."""
        self._incoming.close()
        self._socket.close()

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self._incoming.readline(), 16):
            yield self._incoming.read(size)
            self._incoming.readline()
        self._incoming.readline()


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
    """Carry out all cases."""
    return [*measure_queries(scale), *measure_services(2 if scale.is_small else SERVICES)]


def measure_queries(scale: Scale) -> list[Row]:
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
        rows = [
            _compare(scale, name, sql, scale.calls(times), service=service, line=line)
            for name, (sql, times) in QUERIES.items()
        ]
    line.send(None)
    engine.join()
    return rows


def _compare(  # noqa: PLR0913 - both contestants and their task
    scale: Scale, name: str, statement: str, times: int, *, service: Service, line: Connection
) -> Row:
    """Compare the medians of rounds, in each of which a statement runs several times in turn."""
    ours: list[float] = []
    other: list[float] = []
    for number in range(scale.rounds + 1):
        pairs = [_pair(statement, service, line) for _ in range(times)]
        if number:  # the first round warms up
            ours.append(statistics.median(pair[0] for pair in pairs))
            other.append(statistics.median(pair[1] for pair in pairs))
    return Row(f"emulator with SQL: {name}", "ms", ours, "chdb itself", other, MARK)


def _pair(statement: str, service: Service, line: Connection) -> tuple[float, float]:
    """Return the seconds of a statement over HTTP and in the engine itself."""
    line.send(statement)
    theirs, size = line.recv()
    seconds, ours_size = _timed(service, statement)
    assert size == ours_size, "both return the same"
    return seconds, theirs


def measure_services(count: int) -> list[Row]:
    """Create services with data in sequence, and measure what all of them take."""
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
        content = 0
        for each in cloud.services.list():
            service = Service.of(cloud, each.id)
            for part in FILL:
                service.run(part.format(name="events", rows=ROWS_OF_EACH))
            content += len(service.run("SELECT * FROM events"))
            service.close()
        engines = [_memory(pid) for pid in _engines(os.getpid())]
        memory = sum(engines) + _memory(os.getpid()) - empty
        sizes = [path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()]
    case = f"emulator with SQL: {count} services of {ROWS_OF_EACH:,} rows"
    return [
        Row(f"{case}, memory", "MiB", [memory], "at most", [MOST_MEMORY], 1.0),
        Row(f"{case}, on disk", "MiB", [sum(sizes)], FORMAT, [content], None),
        Row(f"{case}, files", "", [len(sizes)], "services", [count], None),
    ]


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
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sql", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one small round, to see if it works")
    is_quick: bool = parser.parse_args().quick
    rows = measure(QUICK if is_quick else FULL)
    print(table([HEADINGS, *(row.cells(is_judged=not is_quick) for row in rows)]))


if __name__ == "__main__":
    main()
