"""ClickPipes that move data: files of a bucket into a table of their service."""

from __future__ import annotations

import bz2
import logging
import lzma
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.clickhouse.emulator.billing import metering
from clickhouse_cloud_async.apis.clickhouse.emulator.clickpipes import states
from clickhouse_cloud_async.apis.clickhouse.emulator.organization import organization_at

from .buckets import files_at
from .compression import decompressed
from .quoting import quoted
from .wire import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.store import Path
    from clickhouse_cloud_async.emulation.world import World

    from .channels import Channels
    from .warehouses import Warehouse

logger: logging.Logger = logging.getLogger("clickhouse_cloud_async.emulator")

INTERVAL: Final = 60.0
"""Emulated seconds between two runs of a continuous pipe."""

_READ: Final = "_read"
"""The property of a pipe that names the files that it has read."""

_UNNAMED: Final = frozenset({"CSV", "TabSeparated", "JSONAsObject"})
"""Formats whose fields have no names, so that they fill columns in their order."""

_SUFFIXES: Final = {
    ".gz": "gzip", ".gzip": "gzip", ".br": "br", ".zst": "zstd", ".zstd": "zstd", ".xz": "xz",
    ".lzma": "xz", ".bz2": "bz2",
}  # fmt: skip
_UNPACKING: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "xz": lzma.decompress,
    "bz2": bz2.decompress,
}
_ENCODINGS: Final = {"gz": "gzip", "brotli": "br", "LZMA": "xz", "none": ""}


def is_moved(pipe: JsonObject) -> bool:
    """Return whether the emulator moves the data of a pipe: files of this machine."""
    source = pipe["source"].get("objectStorage") or {}
    return files_at(source.get("url") or "") is not None


def is_continuous(pipe: JsonObject) -> bool:
    """Return whether a pipe continues to look for files."""
    return bool(pipe["source"]["objectStorage"].get("isContinuous"))


def load(world: World, path: Path, warehouse: Warehouse) -> None:
    """Read the files that a pipe has not read yet, before all later queries.

    Args:
        world: Where the pipe is.
        path: Its path.
        warehouse: The data of its service.
    """
    pipe = world.store.peek(path)
    if pipe is None:
        return
    metering.note_transfer(organization_at(world, path), path[-1])
    loading = _Loading(world, path, pipe)
    warehouse.changed = True
    warehouse.schedule("ClickPipe", loading.run)


class _Loading:
    def __init__(self, world: World, path: Path, pipe: JsonObject) -> None:
        self._world = world
        self._path = path
        self._source: JsonObject = pipe["source"]["objectStorage"]
        self._target: JsonObject = pipe["destination"]
        self._mappings: list[JsonObject] = pipe["fieldMappings"]

    async def run(self, channels: Channels) -> None:
        """Read the present files; the pipe fails if that is not possible."""
        try:
            await self._run(channels)
        except Exception as problem:  # noqa: BLE001 - whatever is wrong with files of others
            # A traceback might show rows.
            reason = problem if isinstance(problem, ValueError) else type(problem).__name__
            logger.warning("ClickPipe %s failed: %s", self._path[-1], reason)
            self._fail()

    async def _run(self, channels: Channels) -> None:
        is_public = self._source.get("authentication") is None
        files = files_at(self._source["url"], is_public=is_public)
        assert files is not None
        start_after = self._source.get("startAfter") or ""
        if self._target.get("managedTable"):
            await _execute(channels, self._definition())
        # What other looks have read, which were scheduled before this one.
        known = (self._world.store.peek(self._path) or {}).get(_READ, ())
        for name in await files.names():
            if name not in known and name > start_after:
                content = self._unpacked(name, await files.read(name))
                await self._insert(channels, content)
                self._note(name, len(content))

    async def _insert(self, channels: Channels, content: bytes) -> None:
        """Insert a file; by way of a table with its own names where columns have others."""
        table, columns = self._table, [each["destinationField"] for each in self._mappings]
        fields = [each["sourceField"] for each in self._mappings]
        settings = {"input_format_skip_unknown_fields": "1"}
        if self._source.get("delimiter"):
            settings["format_csv_delimiter"] = self._source["delimiter"]
        written_as = self._source["format"]
        if fields == columns or written_as in _UNNAMED:
            into = f"{table} ({_names(columns)})"
            await _execute(channels, f"INSERT INTO {into} FORMAT {written_as}", content, settings)
            return
        staged = f"{table[:-1]}_{self._path[-1]}`"
        types = {each["name"]: each["type"] for each in self._target["columns"]}
        defined = ", ".join(
            f"{_name(field)} {types[column]}" for field, column in zip(fields, columns, strict=True)
        )
        await _execute(channels, f"CREATE TABLE {staged} ({defined}) ENGINE = Memory")
        try:
            into = f"{staged} ({_names(fields)})"
            await _execute(channels, f"INSERT INTO {into} FORMAT {written_as}", content, settings)
            moved = f"SELECT {_names(fields)} FROM {staged}"  # noqa: S608 - names are quoted
            await _execute(channels, f"INSERT INTO {table} ({_names(columns)}) {moved}")
        finally:
            await _execute(channels, f"DROP TABLE {staged}")

    @property
    def _table(self) -> str:
        return f"{_name(self._target['database'])}.{_name(self._target['table'])}"

    def _definition(self) -> str:
        definition = self._target.get("tableDefinition") or {}
        engine = (definition.get("engine") or {}).get("type") or "MergeTree"
        key = definition.get("sortingKey") or []
        columns = ", ".join(f"{_name(c['name'])} {c['type']}" for c in self._target["columns"])
        order = f" ORDER BY ({_names(key)})" if engine.endswith("MergeTree") else ""
        return f"CREATE TABLE IF NOT EXISTS {self._table} ({columns}) ENGINE = {engine}{order}"

    def _unpacked(self, name: str, content: bytes) -> bytes:
        encoding = self._source.get("compression") or "auto"
        if encoding == "auto":
            encoding = _SUFFIXES.get(f".{name.rpartition('.')[2]}", "")
        encoding = _ENCODINGS.get(encoding, encoding)
        if encoding in _UNPACKING:
            return _UNPACKING[encoding](content)
        return decompressed(encoding, content)

    def _note(self, name: str, size: int) -> None:
        if self._world.store.peek(self._path) is not None:
            organization = organization_at(self._world, self._path)
            with self._world.change():
                self._world.store.document(self._path).setdefault(_READ, []).append(name)
                metering.note_transfer(organization, self._path[-1], size)

    def _fail(self) -> None:
        if self._world.store.peek(self._path) is not None:
            with self._world.change():
                states.enter(organization_at(self._world, self._path), self._path, "Failed")


async def _execute(
    channels: Channels,
    statement: str,
    body: bytes = b"",
    settings: dict[str, str] | None = None,
) -> None:
    request = Request(parameters={"query": statement, **(settings or {})})
    async with channels.ask(request, body) as response:
        await response.read()
    if response.head.status != HTTPStatus.OK:
        raise ValueError(f"ClickHouse refused the statement with error {response.head.code}")


def _name(name: str) -> str:
    return quoted(name, "`")


def _names(names: list[str]) -> str:
    return ", ".join(map(_name, names))
