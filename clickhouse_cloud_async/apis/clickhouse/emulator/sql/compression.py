"""Compression of requests and responses, as far as this Python can."""

from __future__ import annotations

import gzip
import sys
import zlib
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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


def decompressed(encoding: str, body: bytes) -> bytes:
    """Return the content of a body.

    Args:
        encoding: Its ``Content-Encoding``; empty for none.
        body: The body.

    Raises:
        UnknownEncodingError: The encoding is not known, or its package is missing.
        ValueError: The body is not encoded so.
    """
    name = encoding.strip().lower()
    if name in {"", "identity"}:
        return body
    try:
        if name == "gzip":
            return gzip.decompress(body)
        if name == "deflate":
            return zlib.decompress(body)
        module = _module(name)
        if name == "lz4" and module is not None:
            return _unpack_frames(module, body)
        if module is not None:
            content: bytes = module.decompress(body)
            return content
    except Exception as problem:
        raise ValueError(f"the body is not encoded with {name}") from problem
    raise UnknownEncodingError(f"the content encoding {name} cannot be read here")


def _unpack_frames(module: Any, body: bytes) -> bytes:
    """Return the content of all frames of LZ4: clients make one of each block of rows."""
    content = []
    while body:
        frame = module.LZ4FrameDecompressor()
        content.append(frame.decompress(body))
        if not frame.eof:
            raise ValueError("the last frame is cut off")
        body = frame.unused_data or b""
    return b"".join(content)


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
_MODULES = {"zstd": _ZSTD, "lz4": "lz4.frame", "br": "brotli"}


def _module(name: str) -> Any:
    """The package of an encoding, or None where there is none."""
    try:
        return import_module(_MODULES[name])
    except (ImportError, KeyError):
        return None


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
