"""Files that are uploaded and downloaded, and results that are no objects."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from clickhouse_cloud_async import InvalidArgumentError, RetryPolicy, Upload
from clickhouse_cloud_async.apis.omnistrate import AsyncOmnistrate

from .platform import BASE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.client.stub import Stub

FILES = f"{BASE}/service/s-1/resource/r-1/file"
METADATA: dict[str, Any] = {
    "name": "app.conf",
    "description": "Settings",
    "file_type": "Config",
    "mount_path": "/etc/app.conf",
}
LARGE = 10 * 1024 * 1024


def client(stub: Stub | Store) -> AsyncOmnistrate:
    """A client of a server that sends each request once."""
    return AsyncOmnistrate(token="t", base_url=stub.url, retry=RetryPolicy(attempts=1))


class Store:
    """Keeps what is uploaded.

    Attributes:
        request: The last upload.
        content: Bytes of its only part.
        url: Where it listens.
    """

    def __init__(self) -> None:
        self.request: web.Request | None = None
        self.content = b""
        self.url = ""

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Take an upload."""
        self.request = request
        (part,) = (await request.post()).values()
        assert isinstance(part, web.FileField)
        self.content = part.file.read()
        return web.Response(body=b'"f-12345678"\n', content_type="application/json")


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    """A server that takes large uploads."""
    found = Store()
    app = web.Application(client_max_size=2 * LARGE)
    app.router.add_route("*", "/{path:.*}", found.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


@pytest.mark.parametrize("size", [0, 11, LARGE])
@pytest.mark.parametrize("source", ["bytes", "path", "file"])
async def test_upload_arrives_as_it_was_given(
    store: Store, tmp_path: Path, size: int, source: str
) -> None:
    """Bytes, a path and an open file arrive whole, with their metadata in header fields."""
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    path = tmp_path / "app.conf"
    path.write_bytes(content)
    given: dict[str, Any] = {"bytes": content, "path": path, "file": io.BytesIO(content)}
    async with client(store) as cloud:
        file_id = await cloud.resources.files.add("s-1", "r-1", Upload(given[source]), **METADATA)

    assert file_id == "f-12345678"
    assert store.content == content
    assert store.request is not None
    headers = store.request.headers
    assert headers["Content-Type"].startswith("multipart/form-data; boundary=")
    sent = [headers[name] for name in ("Name", "Description", "FileType", "MountPath")]
    assert sent == ["app.conf", "Settings", "Config", "/etc/app.conf"]


async def test_content_is_replaced_without_metadata(store: Store) -> None:
    """New content of a file is an upload, too; it returns nothing."""
    async with client(store) as cloud:
        await cloud.resources.files.update_content("s-1", "r-1", "f-1", Upload(b"new"))

    assert store.content == b"new"
    assert store.request is not None
    assert (store.request.method, store.request.path) == ("PUT", f"{FILES}/f-1/content")


async def test_metadata_that_no_header_can_carry(stub: Stub) -> None:
    """Text other than printable ASCII is refused before anything is sent."""
    metadata: Any = METADATA | {"description": "Größe"}
    async with client(stub) as cloud:
        with pytest.raises(InvalidArgumentError, match=r"Description: .* printable ASCII"):
            await cloud.resources.files.add("s-1", "r-1", Upload(b""), **metadata)

    assert stub.requests == []


async def test_download(stub: Stub, tmp_path: Path) -> None:
    """A file is returned as bytes or written to disk, whatever the response calls it."""
    content = b'{"not": "parsed"}\n' * 1000
    stub.answer(content, Content_Type="application/json")
    async with client(stub) as cloud:
        read = await cloud.resources.files.get("s-1", "r-1", "f-1")
        await cloud.resources.files.save("s-1", "r-1", "f-1", tmp_path / "copy")

    assert read == (tmp_path / "copy").read_bytes() == content
    assert stub.paths == [f"{FILES}/f-1"] * 2


async def test_results_that_are_no_objects(stub: Stub) -> None:
    """An id is a text, a list may stand alone, and an empty body is a success."""
    async with client(stub) as cloud:
        stub.answer(b'"s-12345678"\n', Content_Type="application/json")
        created = await cloud.services.create(name="Cache", description="A cache")
        stub.answer([{"id": "so-1", "status": "RUNNING"}])
        (orchestration,) = await cloud.orchestrations.list()
        for status in (200, 202, 204):
            stub.answer(b"", status)
            await cloud.services.delete("s-12345678")

    assert (created, orchestration.id) == ("s-12345678", "so-1")


async def test_bodies_where_http_seldom_has_them(stub: Stub) -> None:
    """Filters of some lists, and what some deletions remove, travel in the body."""
    async with client(stub) as cloud:
        stub.answer({"keys": ["MAX_VIRTUAL_CORES_PER_RESOURCE"]})
        keys = await cloud.limits.list(family="COMPUTE_INFRA")
        stub.answer(b"")
        await cloud.resources.unset_environment_variables(
            "s-1", "r-1", environment_variables=[{"key": "A", "value": ""}]
        )
    (listing, deletion) = stub.requests

    assert keys == ["MAX_VIRTUAL_CORES_PER_RESOURCE"]
    assert [listing.method, deletion.method] == ["GET", "DELETE"]
    assert listing.headers["Content-Type"] == "application/json"
    assert await listing.json() == {"family": "COMPUTE_INFRA"}
    assert int(deletion.headers["Content-Length"]) > 0
