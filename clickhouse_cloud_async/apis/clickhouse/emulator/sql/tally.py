"""Real usage of services: the numbers behind their metrics."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.apis.clickhouse.emulator.billing import metering

if TYPE_CHECKING:
    from clickhouse_cloud_async.apis.clickhouse.emulator.organization import Organization
    from clickhouse_cloud_async.emulation.json_values import JsonObject

    from .channels import Response

_RAN: Final = "_ran"
"""The property of a service that holds the numbers."""

_DONE: Final = {
    "read_rows": "read_rows",
    "read_bytes": "read_bytes",
    "written_rows": "rows",
    "written_bytes": "written_bytes",
    "elapsed_ns": "nanoseconds",
    "processor_ns": "processor",
}
"""What a statement did, by the names of its summary and of the numbers."""

_NAMES: Final = (
    *("selects", "inserts", "others", "failed", "received", "sent"),
    *_DONE.values(),
)
_KINDS: Final = {"SELECT": "selects", "WITH": "selects", "INSERT": "inserts"}


class Tally:
    """The numbers of one query.

    Attributes:
        counted: By how much each number grows.
    """

    def __init__(self) -> None:
        self.counted: dict[str, int] = {}

    @property
    def changes_data(self) -> bool:
        """Whether the query may have changed how much a service holds."""
        return not {"inserts", "others"}.isdisjoint(self.counted)

    def receive(self, size: int) -> None:
        """Count bytes of a statement or its data."""
        self._add("received", size)

    def send(self, size: int) -> None:
        """Count bytes of a result."""
        self._add("sent", size)

    def count(self, response: Response) -> None:
        """Count a response of the engine, which may have ended early."""
        self._add(_KINDS.get(response.head.verb, "others"), 1)
        if response.head.status != HTTPStatus.OK or not response.is_complete:
            self._add("failed", 1)
        for name, number in response.done.items():
            if name in _DONE:
                self._add(_DONE[name], number)

    def _add(self, name: str, number: int) -> None:
        self.counted[name] = self.counted.get(name, 0) + number

    def keep(self, organization: Organization, service: JsonObject) -> None:
        """Add the numbers to those of a service, and what it sent to its usage."""
        metering.note_transfer(organization, service["id"], self.counted.get("sent", 0))
        known = numbers_of(service)
        service[_RAN] = {name: known[name] + self.counted.get(name, 0) for name in _NAMES}


def numbers_of(service: JsonObject) -> dict[str, int]:
    """Return the numbers of a service, since it was made."""
    known: dict[str, int] = service.get(_RAN, {})
    return dict.fromkeys(_NAMES, 0) | known
