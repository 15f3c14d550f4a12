"""The protocol between the emulator and the processes of its engines.

A request is a head, its body in frames, and an empty frame; so is a response, with what its
statement did behind that. A frame is its length and its bytes. A response whose last frame is
missing is incomplete.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, Final

import attrs
import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping
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
        is_whole: Whether the body is one frame, or none.
    """

    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)
    verb: str = ""
    is_whole: bool = True

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


NOTHING_DONE: Final = frame(b"{}")
"""What stands behind a response without a statement that did anything."""


def read_head(data: bytes) -> Head:
    """Read the head of a response."""
    return Head(**orjson.loads(data))


def read_request(stream: BinaryIO) -> tuple[Request, bytes] | None:
    """Wait for a request, and return it with its body; None where there is no more.

    Args:
        stream: Where it comes from.
    """
    head = _read_frame(stream)
    if not head:
        return None
    body = b"".join(iter(lambda: _read_frame(stream), b""))
    values: dict[str, Any] = orjson.loads(head)
    return Request(**values), body


def _read_frame(stream: BinaryIO) -> bytes:
    length = stream.read(LENGTH.size)
    return stream.read(LENGTH.unpack(length)[0]) if len(length) == LENGTH.size else b""
