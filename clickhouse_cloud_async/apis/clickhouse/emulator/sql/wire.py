"""The protocol between the emulator and the processes of its engines.

A request is a head, its body in frames, and an empty frame. A small response is a head and its
body; a large one is a head, its body in frames, an empty frame, and what its statement did. A
frame is its length and its bytes. A request or a response whose last frame is missing is
incomplete.
"""

from __future__ import annotations

from functools import partial
from struct import Struct
from typing import TYPE_CHECKING, Any, Final

import attrs
import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import BinaryIO

READY: Final = b"ready\n"
"""The line that a process writes when it is ready."""

LENGTH: Final = Struct("!I")
"""How the length of a frame is written."""

END: Final = LENGTH.pack(0)
"""The empty frame, which ends a request or a response."""


@attrs.frozen(kw_only=True)
class Request:
    """A request to an engine.

    Args:
        work: ``query``, or ``back_up`` or ``restore`` of a backup that the parameters name.
        method: HTTP method of the request; those that read cannot write.
        parameters: Parameters of the HTTP interface.
        headers: Headers of the request, by their names in lower case.
        readonly: Whether writing is refused.
    """

    work: str = "query"
    method: str = "POST"
    parameters: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    readonly: bool = False


@attrs.frozen(kw_only=True)
class Head:
    """The head of a response.

    Args:
        status: Its HTTP status.
        headers: Its headers.
        verb: What the statement began with.
        size: Bytes of the body that follows as a whole; None for one that comes in frames.
        done: What the statement did, by the names of `Summary`; of a body in frames it comes last.
    """

    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)
    verb: str = ""
    size: int | None = 0
    done: Mapping[str, int] = attrs.field(factory=dict)

    @property
    def code(self) -> str:
        """ClickHouse's number of the error; empty where there is none."""
        return self.headers.get("X-ClickHouse-Exception-Code", "")


def frame(data: bytes) -> bytes:
    """Return data as a frame; nothing for no data."""
    return LENGTH.pack(len(data)) + data if data else b""


def frame_of(head: Request | Head) -> bytes:
    """Return the head of a request or a response as a frame."""
    return frame(orjson.dumps(attrs.asdict(head, recurse=False)))


def read_head(data: bytes) -> Head:
    """Read the head of a response."""
    return Head(**orjson.loads(data))


def read_request(stream: BinaryIO) -> Request | None:
    """Wait for the head of a request, and return it; None where there is no more.

    Args:
        stream: Where it comes from.
    """
    try:
        head = _read_frame(stream)
    except EOFError:
        return None
    values: dict[str, Any] = orjson.loads(head)
    return Request(**values)


def read_body(stream: BinaryIO) -> Iterator[bytes]:
    """Return the pieces of the body of a request, which are read as it comes.

    The iterator raises `EOFError` for a body without an end. It is no generator: closing another
    one that passes it on would end it, and leave the rest of the body in the stream.

    Args:
        stream: Where it comes from.
    """
    return iter(partial(_read_frame, stream), b"")


def _read_frame(stream: BinaryIO) -> bytes:
    size: int = LENGTH.unpack(_read(stream, LENGTH.size))[0]
    return _read(stream, size)


def _read(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data
