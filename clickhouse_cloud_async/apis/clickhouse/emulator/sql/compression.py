"""Compression of requests and responses, as far as this Python can."""

from __future__ import annotations

import sys
import zlib
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

_GZIP = 16 + zlib.MAX_WBITS
_FASTEST = 1
_ZSTD = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"


class Compressor(Protocol):
    """Compresses a stream."""

    def compress(self, data: bytes, /) -> bytes:
        """Add data, and return the compressed data that is ready."""
        ...

    def flush(self) -> bytes:
        """End the stream, and return the rest."""
        ...


class Decompressor(Protocol):
    """Decompresses one frame of a stream."""

    @property
    def eof(self) -> bool:
        """Whether the frame has ended."""
        ...

    @property
    def unused_data(self) -> bytes | None:
        """The data after its end."""
        ...

    def decompress(self, data: bytes, /) -> bytes:
        """Add data, and return the content that is ready."""
        ...


class UnknownEncodingError(ValueError):
    """A content encoding that this Python cannot read."""


def compressor(accepted: str) -> tuple[str, Compressor] | None:
    """Return the encoding of a response and its compressor; None for a plain response.

    Args:
        accepted: The ``Accept-Encoding`` of the request.
    """
    names = [part.partition(";")[0].strip().lower() for part in accepted.split(",")]
    for name in names:
        made = _COMPRESSORS[name]() if name in _COMPRESSORS else None
        if made is not None:
            return name, made
    return None


def decompress(encoding: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the content of a body as it comes; it may have several frames.

    Args:
        encoding: Its ``Content-Encoding``; empty for none.
        pieces: The body.

    Raises:
        UnknownEncodingError: The encoding is not known, or its package is missing.
        ValueError: The body is not encoded so.
    """
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        yield from pieces
        return
    frame: Decompressor | None = None
    for each in pieces:
        piece = each
        while piece:
            frame = frame or _decompressor(name)
            content = _of_frame(name, frame, piece)
            if content:
                yield content
            piece = b""
            if frame.eof:
                piece, frame = frame.unused_data or b"", None
    if frame is not None:
        raise ValueError(f"the body with the encoding {name} is cut off")


def decompressed(encoding: str, body: bytes) -> bytes:
    """Return the content of a body.

    Args:
        encoding: Its ``Content-Encoding``; empty for none.
        body: The body.

    Raises:
        UnknownEncodingError: The encoding is not known, or its package is missing.
        ValueError: The body is not encoded so.
    """
    return b"".join(decompress(encoding, [body]))


def _of_frame(name: str, frame: Decompressor, piece: bytes) -> bytes:
    try:
        return frame.decompress(piece)
    except Exception as problem:
        raise ValueError(f"the body is not encoded with {name}") from problem


def _decompressor(name: str) -> Decompressor:
    if name in _DECOMPRESSORS:
        made = _DECOMPRESSORS[name]()
        if made is not None:
            return made
    raise UnknownEncodingError(f"the content encoding {name} cannot be read here")


def _gzip() -> Compressor:
    return zlib.compressobj(_FASTEST, wbits=_GZIP)


def _deflate() -> Compressor:
    return zlib.compressobj(_FASTEST)


def _zstd() -> Compressor | None:
    module = _module("zstd")
    return None if module is None else module.ZstdCompressor(_FASTEST)


def _lz4() -> Compressor | None:
    module = _module("lz4")
    return None if module is None else _Lz4(module.LZ4FrameCompressor())


def _brotli() -> Compressor | None:
    module = _module("br")
    return None if module is None else _Brotli(module.Compressor(quality=_FASTEST))


_COMPRESSORS: Mapping[str, Callable[[], Compressor | None]] = {
    "zstd": _zstd,
    "lz4": _lz4,
    "br": _brotli,
    "gzip": _gzip,
    "deflate": _deflate,
}
_DECOMPRESSORS: Mapping[str, Callable[[], Decompressor | None]] = {
    "zstd": lambda: _made("zstd", "ZstdDecompressor"),
    "lz4": lambda: _made("lz4", "LZ4FrameDecompressor"),
    "br": lambda: None if _module("br") is None else _Unbrotli(_module("br").Decompressor()),
    "gzip": lambda: zlib.decompressobj(wbits=_GZIP),
    "deflate": zlib.decompressobj,
}
_MODULES = {"zstd": _ZSTD, "lz4": "lz4.frame", "br": "brotli"}


def _module(name: str) -> Any:
    """The package of an encoding, or None where there is none."""
    try:
        return import_module(_MODULES[name])
    except (ImportError, KeyError):
        return None


def _made(name: str, kind: str) -> Any:
    """An object of the package of an encoding, or None where there is none."""
    module = _module(name)
    return None if module is None else getattr(module, kind)()


class _Lz4:
    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._head: bytes = inner.begin()

    def compress(self, data: bytes, /) -> bytes:
        head, self._head = self._head, b""
        compressed: bytes = self._inner.compress(data)
        return head + compressed

    def flush(self) -> bytes:
        rest: bytes = self._inner.flush()
        return self._head + rest


class _Brotli:
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def compress(self, data: bytes, /) -> bytes:
        compressed: bytes = self._inner.process(data)
        return compressed

    def flush(self) -> bytes:
        rest: bytes = self._inner.finish()
        return rest


class _Unbrotli:
    unused_data = None

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    @property
    def eof(self) -> bool:
        is_finished: bool = self._inner.is_finished()
        return is_finished

    def decompress(self, data: bytes, /) -> bytes:
        content: bytes = self._inner.process(data)
        return content
