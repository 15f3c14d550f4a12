"""Files of ClickPipes: in a folder of this machine, or in a bucket of a server on this machine."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

from aiohttp import ClientSession, ClientTimeout

from clickhouse_cloud_async.emulation.hosts import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator

_TIMEOUT: Final = ClientTimeout(total=300)
_CLAIM: Final = (
    "AWS4-HMAC-SHA256 Credential=emulator/20260105/us-east-1/s3/aws4_request,"
    " SignedHeaders=host, Signature=0"
)
"""What requests of a pipe claim that logs in: its key is not kept, so that nothing is signed."""

_WILD: Final = re.compile(r"[*?{]")
_PATTERNS: Final = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
_PART: Final = re.compile(r"\*\*|\*|\?|\{([^{}]*)\}|[^*?{]+|\{")


class BucketError(ValueError):
    """Files that cannot be found or read."""


class Files(Protocol):
    """The files of a URL."""

    async def names(self) -> list[str]:
        """Return the names of the files that there are now, in order."""
        ...

    async def read(self, name: str) -> bytes:
        """Return the content of a file."""
        ...


def files_at(url: str, *, is_public: bool = True) -> Files | None:
    """Return the files of a URL with wildcards; None if they are not on this machine.

    Args:
        url: ``file:///FOLDER/NAME``, or ``http://HOST/BUCKET/NAME`` of a server on this machine.
        is_public: Whether requests to the server claim no key.
    """
    parts = urlsplit(url.replace("?", "%3F"))
    path = unquote(parts.path)
    if parts.scheme == "file" and not parts.netloc:
        return _Folder(path)
    if parts.scheme in {"http", "https"} and is_loopback(parts.hostname or ""):
        bucket, _, name = path.lstrip("/").partition("/")
        return _Bucket(f"{parts.scheme}://{parts.netloc}/{bucket}", name, is_public=is_public)
    return None


def _pattern(text: str) -> re.Pattern[str]:
    """Return the pattern for names with wildcards: ``*``, ``**``, ``?`` and ``{a,b}``."""
    return re.compile("".join(_patterns(text)), re.DOTALL)


def _patterns(text: str) -> Iterator[str]:
    for part in _PART.finditer(text):
        if part[1] is not None:
            yield f"(?:{'|'.join(map(re.escape, part[1].split(',')))})"
        else:
            yield _PATTERNS.get(part[0], re.escape(part[0]))


def _fixed(text: str) -> str:
    """Return the beginning of a name before its first wildcard."""
    found = _WILD.search(text)
    return text if found is None else text[: found.start()]


class _Folder:
    def __init__(self, path: str) -> None:
        self._pattern = _pattern(path)
        self._root = Path(_fixed(path).rpartition("/")[0] or "/")

    async def names(self) -> list[str]:
        return await asyncio.to_thread(self._names)

    def _names(self) -> list[str]:
        found = map(str, self._root.rglob("*"))
        return sorted(
            name for name in found if self._pattern.fullmatch(name) and Path(name).is_file()
        )

    async def read(self, name: str) -> bytes:
        return await asyncio.to_thread(Path(name).read_bytes)


class _Bucket:
    """A bucket of a server that speaks S3's protocol, and checks no signatures."""

    def __init__(self, url: str, name: str, *, is_public: bool) -> None:
        self._url = url
        self._headers = {} if is_public else {"Authorization": _CLAIM}
        self._pattern = _pattern(name)
        self._prefix = _fixed(name)

    async def names(self) -> list[str]:
        names: list[str] = []
        parameters = {"list-type": "2", "prefix": self._prefix}
        while True:
            page = ET.fromstring(await self._get(self._url, parameters))  # noqa: S314 - this machine's
            names += [found.text or "" for found in page.iterfind("{*}Contents/{*}Key")]
            following = page.findtext("{*}NextContinuationToken")
            if following is None:
                return sorted(name for name in names if self._pattern.fullmatch(name))
            parameters["continuation-token"] = following

    async def read(self, name: str) -> bytes:
        return await self._get(f"{self._url}/{name}", {})

    async def _get(self, url: str, parameters: dict[str, str]) -> bytes:
        async with (
            ClientSession(headers=self._headers, timeout=_TIMEOUT) as session,
            session.get(url, params=parameters) as response,
        ):
            if not response.ok:
                raise BucketError(f"the bucket answers with status {response.status}")
            return await response.read()
