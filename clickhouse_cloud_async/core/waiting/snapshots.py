"""What was seen of the things that are waited for."""

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
    """One thing as it was seen; only what somebody asks for is decoded.

    Args:
        key: Its id.
        raw: Its JSON.
        state: Its state.
        decode: Makes the thing of its parsed JSON.
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
        """Make one of a thing that another response has shown.

        Args:
            key: Its id.
            item: The thing.
            state: Its state.
        """
        snapshot = cls(key, b"", state, type(item))
        snapshot._item = item
        return snapshot

    @property
    def item(self) -> T:
        """The thing itself.

        Raises:
            ResponseDecodeError: It is not what the API promises.
        """
        if self._item is None:
            self._item = self._decode(orjson.loads(self.raw))
        return self._item


class SnapshotStore(Generic[T]):
    """What was seen last of the things under one parent.

    Args:
        lifecycle: What kind of things they are.
        decode: Makes a thing of its parsed JSON.

    Attributes:
        seen: The last snapshot of each thing, by id; the same object as long as nothing changes.
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
            keys: What leads to the list in it.
            place: How many items were on the pages before.

        Raises:
            NotFoundInTextError: The body is not JSON, or has no list there.
        """
        return list(self._read(body, keys, place))

    def take_in(self, every: Sequence[Snapshot[T] | None]) -> None:
        """Take in what was read of all pages."""
        order = [snapshot for snapshot in every if snapshot is not None]
        if order == self._order:
            return
        for place, snapshot in enumerate(order):
            snapshot.place = place
        self._order = order
        self.seen = {snapshot.key: snapshot for snapshot in order}

    def take_in_one(self, key: str, body: bytes, keys: Sequence[str]) -> Snapshot[T]:
        """Take in one thing.

        Args:
            key: Its id.
            body: The response's body.
            keys: What leads to it there.

        Raises:
            NotFoundInTextError: The body is not JSON, or has nothing there.
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
        """Every thing that was in the last list, decoded; the same object while nothing changes.

        What cannot be decoded stays as it was when it could.
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
        """Go through a list, side by side with the last one.

        Of what is the same as last time nothing is parsed, and nothing kept twice.
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
        """An item that is not the expected one, and the place of the one to expect after it."""
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
