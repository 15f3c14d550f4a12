"""Results in Arrow's stream format, read batch by batch as they arrive.

pyarrow reads such a stream only from a file, and blocks while it does. This module therefore splits
the stream into its messages, and passes each batch to pyarrow together with the schema and
dictionaries that it needs.
"""

from __future__ import annotations

from importlib import import_module
from struct import Struct
from typing import TYPE_CHECKING, Any, Final

from clickhouse_cloud_async.core.extras import require_extra

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARK: Final = b"\xff\xff\xff\xff"
"""The prefix of every message; the length of its metadata follows."""

_END: Final = _MARK + bytes(4)
_SCHEMA: Final = 1
_DICTIONARY: Final = 2

_MOST_OF_A_TEXT: Final = 64 * 1024
"""Number of bytes to keep of data that is not a message."""

# Formats of the numbers in flatbuffers, the encoding of metadata.
_U16: Final = Struct("<H")
_I32: Final = Struct("<i")
_I64: Final = Struct("<q")


class BatchReader:
    """Reads the record batches of a result from its pieces.

    Raises:
        ConfigurationError: pyarrow is not installed; the message names the extra.
    """

    def __init__(self) -> None:
        require_extra("pyarrow", "arrow")
        self._ipc = import_module("pyarrow.ipc")  # it has no types
        self._unread = bytearray()
        self._schema = b""
        self._dictionaries: dict[int, bytes] = {}

    @property
    def rest(self) -> bytes:
        """The bytes after the last message; empty at the end of a complete result."""
        return bytes(self._unread).removeprefix(_END)

    def feed(self, piece: bytes) -> Iterator[Any]:
        """Add a piece, and yield the batches that it completes.

        Args:
            piece: The next bytes of the result.
        """
        self._unread += piece
        while (message := self._take()) is not None:
            kind, header = _kind_of(message)
            if kind == _SCHEMA:
                self._schema = message
            elif kind == _DICTIONARY:
                self._keep(message, header)
            else:
                parts = self._schema, *self._dictionaries.values(), message, _END
                with self._ipc.open_stream(b"".join(parts)) as reader:
                    yield reader.read_next_batch()

    def _take(self) -> bytes | None:
        """Remove and return the next message; None if it is not complete."""
        unread = self._unread
        if not _MARK.startswith(unread[:4]):
            del unread[_MOST_OF_A_TEXT:]
            return None
        if len(unread) < len(_END) or unread.startswith(_END):
            return None
        metadata_end = 8 + _I32.unpack_from(unread, 4)[0]
        if len(unread) < metadata_end:
            return None
        root = _root_of(unread)
        body = _field(unread, root, 3)
        end = metadata_end + (_I64.unpack_from(unread, body)[0] if body else 0)
        if len(unread) < end:
            return None
        message = bytes(memoryview(unread)[:end])
        del unread[:end]
        return message

    def _keep(self, message: bytes, header: int) -> None:
        """Store a dictionary, which replaces the previous one or continues it."""
        number = _field(message, header, 0)
        name = _I64.unpack_from(message, number)[0] if number else 0
        is_delta = _field(message, header, 2)
        before = self._dictionaries.get(name, b"") if is_delta and message[is_delta] else b""
        self._dictionaries[name] = before + message


def _root_of(message: bytes | bytearray) -> int:
    """Return the position of a message's table in its metadata, after prefix and length."""
    position: int = 8 + _I32.unpack_from(message, 8)[0]
    return position


def _kind_of(message: bytes) -> tuple[int, int]:
    """Return the kind of a message, and the position of its header's table."""
    root = _root_of(message)
    kind, header = _field(message, root, 1), _field(message, root, 2)
    return message[kind] if kind else 0, header + _I32.unpack_from(message, header)[0]


def _field(message: bytes | bytearray, table: int, index: int) -> int:
    """Return the position of a field of a table; 0 if it has its default value."""
    positions = table - _I32.unpack_from(message, table)[0]
    entry = 4 + 2 * index
    if entry >= _U16.unpack_from(message, positions)[0]:
        return 0
    offset: int = _U16.unpack_from(message, positions + entry)[0]
    return table + offset if offset else 0
