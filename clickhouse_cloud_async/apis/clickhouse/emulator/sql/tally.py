"""What a service really ran: the numbers behind its metrics."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import orjson

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulation.json_values import JsonObject

    from .wire import Head

_RAN: Final = "_ran"
"""The property of a service that holds the numbers."""

_NAMES: Final = ("selects", "inserts", "others", "failed", "rows")
_KINDS: Final = {"SELECT": "selects", "WITH": "selects", "INSERT": "inserts"}


class Tally:
    """The numbers of one query.

    Attributes:
        counted: By how much each number grows.
    """

    def __init__(self) -> None:
        self.counted: dict[str, int] = {}

    def count(self, head: Head) -> None:
        """Count a response of the engine."""
        self._add(_KINDS.get(head.verb, "others"), 1)
        if head.status != HTTPStatus.OK:
            self._add("failed", 1)
        else:
            summary = orjson.loads(head.headers["X-ClickHouse-Summary"])
            self._add("rows", int(summary["written_rows"]))

    def _add(self, name: str, number: int) -> None:
        self.counted[name] = self.counted.get(name, 0) + number

    def keep(self, service: JsonObject) -> None:
        """Add the numbers to those of a service."""
        known = numbers_of(service)
        service[_RAN] = {name: known[name] + self.counted.get(name, 0) for name in _NAMES}


def numbers_of(service: JsonObject) -> dict[str, int]:
    """Return the numbers of a service, since it was made."""
    known: dict[str, int] = service.get(_RAN, {})
    return dict.fromkeys(_NAMES, 0) | known
