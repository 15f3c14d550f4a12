"""Snapshots of polled resources."""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import orjson

from clickhouse_cloud_async.core.errors import ResponseDecodeError
from clickhouse_cloud_async.core.model import wire_name
from clickhouse_cloud_async.core.telemetry import logger

from .json_scanner import NotFoundInTextError, after_space, end_of, value_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from .lifecycle import Lifecycle

T = TypeVar("T")

COMMA, END_OF_LIST = ord(","), ord("]")


class Snapshot(Generic[T]):
    """A snapshot of one resource, decoded when it is first used.

    Args:
        key: Its id.
        raw: Its JSON.
        state: Its state.
        decode: Decodes a resource from parsed JSON.
    """

    __slots__ = ("_decode", "_item", "key", "place", "raw", "state")

    def __init__(self, key: str, raw: bytes, state: str | None, decode: Callable[[Any], T]) -> None:
        self.key: str = key
        self.raw: bytes = raw
        self.state: str | None = state
        self.place: int = 0
        self._decode = decode
        self._item: T | None = None

    @classmethod
    def of_item(cls, key: str, item: T, state: str | None) -> Snapshot[T]:
        """Return a snapshot of a resource from another response.

        Args:
            key: Its id.
            item: The resource.
            state: Its state.
        """
        snapshot = cls(key, b"", state, type(item))
        snapshot._item = item
        return snapshot

    @property
    def item(self) -> T:
        """The resource itself.

        Raises:
            ResponseDecodeError: It is not of the declared type.
        """
        if self._item is None:
            self._item = self._decode(orjson.loads(self.raw))
        return self._item


class SnapshotStore(Generic[T]):
    """The latest snapshots of the resources under one parent.

    Args:
        lifecycle: The lifecycle of their kind.
        decode: Decodes a resource from parsed JSON.

    Attributes:
        seen: The latest snapshot of each resource by ID; the same object as long as nothing
            changes.
    """

    def __init__(self, lifecycle: Lifecycle[T], decode: Callable[[Any], T]) -> None:
        self._decode = decode
        self._identity = wire_name(lifecycle.model, lifecycle.identity)
        self._state = wire_name(lifecycle.model, lifecycle.state)
        self._name_of = lifecycle.name_of
        self._order: list[Snapshot[T]] = []
        self._items: dict[str, T] = {}
        self._items_of: Mapping[str, Snapshot[T]] | None = None
        self.seen: dict[str, Snapshot[T]] = {}

    def read_list(
        self, body: bytes, keys: Sequence[str], place: int = 0
    ) -> list[Snapshot[T] | None]:
        """Read a list or a page of one; None for an item that has no id.

        Args:
            body: The response's body.
            keys: Keys that lead to the list.
            place: Number of items on the pages before.

        Raises:
            NotFoundInTextError: The body is not JSON, or has no list at the keys.
        """
        return list(self._read(body, keys, place))

    def take_in(self, every: Sequence[Snapshot[T] | None]) -> None:
        """Store the snapshots of all pages."""
        order = [snapshot for snapshot in every if snapshot is not None]
        if order == self._order:
            return
        for place, snapshot in enumerate(order):
            snapshot.place = place
        self._order = order
        self.seen = {snapshot.key: snapshot for snapshot in order}

    def take_in_one(self, key: str, body: bytes, keys: Sequence[str]) -> Snapshot[T]:
        """Store the snapshot of one resource.

        Args:
            key: Its id.
            body: The response's body.
            keys: Keys that lead to it.

        Raises:
            NotFoundInTextError: The body is not JSON, or has no value at the keys.
        """
        at = value_at(body, keys)
        raw = body[at : end_of(body, at)]
        known = self.seen.get(key)
        if known is not None and known.raw == raw:
            return known
        snapshot = self._make_snapshot(key, raw, _document(raw))
        self.seen[key] = snapshot
        return snapshot

    def items(self) -> Mapping[str, T]:
        """All resources of the last list, decoded; the same object while nothing changes.

        A resource that cannot be decoded stays as it was last decoded.
        """
        if self._items_of is not self.seen:
            former, self._items = self._items, {}
            for key, snapshot in self.seen.items():
                try:
                    self._items[key] = snapshot.item
                except ResponseDecodeError as error:
                    logger.warning("an item of a list cannot be read: %s", error)
                    if key in former:
                        self._items[key] = former[key]
            self._items_of = self.seen
        return self._items

    def _read(self, body: bytes, keys: Sequence[str], place: int) -> Iterator[Snapshot[T] | None]:
        """Yield the snapshots of a list, compared with the last one.

        Unchanged items are neither parsed nor stored again.
        """
        last, count = self._order, len(self._order)
        at = value_at(body, keys)
        if body[at : at + 1] != b"[":
            raise NotFoundInTextError
        at = after_space(body, at + 1)
        if body[at : at + 1] == b"]":
            return
        while True:
            if place < count and body.startswith(last[place].raw, at):
                yield last[place]
                at += len(last[place].raw)
                place += 1
            else:
                end = end_of(body, at)
                snapshot, place = self._recognised(body[at:end], place)
                yield snapshot
                at = end
            at = at if body[at : at + 1] == b"," else after_space(body, at)
            separator = body[at] if at < len(body) else None
            if separator == END_OF_LIST:
                return
            if separator != COMMA:
                raise NotFoundInTextError
            at = after_space(body, at + 1)

    def _recognised(self, raw: bytes, place: int) -> tuple[Snapshot[T] | None, int]:
        """Return the snapshot of an unexpected item, and the position of the next expected one."""
        document = _document(raw)
        name = document.get(self._identity) if isinstance(document, dict) else None
        if name is None:
            logger.warning("an item of a list has no %r", self._identity)
            return None, place
        key = str(name)
        known = self.seen.get(key)
        if known is None:
            return self._make_snapshot(key, raw, document), place
        same = known if known.raw == raw else self._make_snapshot(key, raw, document)
        return same, known.place + 1

    def _make_snapshot(self, key: str, raw: bytes, document: Any) -> Snapshot[T]:
        state = document.get(self._state) if isinstance(document, dict) else None
        name = self._name_of(state)
        return Snapshot(key, raw, None if name is None else intern(name), self._decode)


def _document(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise NotFoundInTextError from None
