"""Bodies that are no JSON object: uploads, downloads, arrays, redirections, and nothing at all."""

from __future__ import annotations

import io
from email import message_from_bytes
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from clickhouse_cloud_async import (
    APIConnectionError,
    BadRequestError,
    InvalidArgumentError,
    NotFoundError,
    ResponseDecodeError,
    RetryPolicy,
    Secret,
    Upload,
)
from clickhouse_cloud_async.core.building import RequestBuilder
from clickhouse_cloud_async.core.operation import Operation, ResultKind

from .handlers import reset

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.stub import Handler, Stub

CONTENT = b"\x00binary\r\n" * 1000
RETRIES = RetryPolicy(attempts=3, first_wait=0)

UPLOAD: Operation[str] = Operation(
    "addFile",
    "PUT",
    "/v1/files",
    result=str,
    body=Upload,
    headers={"Name": str, "Size": int},
    media_type="multipart/form-data",
    idempotent=True,
)
DOWNLOAD: Operation[bytes] = Operation(
    "getFile", "GET", "/v1/file", result=bytes, result_kind=ResultKind.BYTES, idempotent=True
)
REDIRECTION: Operation[Secret] = Operation(
    "portal", "GET", "/v1/portal", result=Secret, result_kind=ResultKind.LOCATION
)


def names_in(folder: Path) -> list[str]:
    """The names of all files in a folder."""
    return [path.name for path in folder.iterdir()]


def first(handler: Handler, then: Handler) -> Handler:
    """Do one thing to the first request and another one to the others."""
    left = [handler]

    async def handle(request: web.Request) -> web.StreamResponse:
        return await (left.pop() if left else then)(request)

    return handle


# --- uploads -----------------------------------------------------------------------------------


class Received:
    """What a server reads of an upload.

    Attributes:
        parts: Name, file name, media type and content of each part that came.
    """

    def __init__(self) -> None:
        self.parts: list[tuple[str, str | None, str, bytes]] = []

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Read the parts of a request."""
        body = await request.read()
        boundary = request.headers["Content-Type"].partition("boundary=")[2]
        for part in body.split(f"--{boundary}".encode())[1:-1]:
            head, _, content = part.partition(b"\r\n\r\n")
            fields = message_from_bytes(head.lstrip() + b"\r\n\r\n")
            name = fields.get_param("name", header="Content-Disposition")
            self.parts.append(
                (str(name), fields.get_filename(), fields.get_content_type(), content[:-2])
            )
        return web.json_response("file-1")


def as_path(tmp_path: Path) -> Any:
    """The content as a path."""
    path = tmp_path / "model.zip"
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize(
    ("upload", "expected"),
    [
        (lambda _: Upload(CONTENT), ("file", "application/octet-stream")),
        (lambda _: Upload(io.BytesIO(CONTENT), filename="a.json"), ("a.json", "application/json")),
        (lambda folder: Upload(as_path(folder)), ("model.zip", "application/zip")),
        (lambda folder: Upload(str(as_path(folder)), content_type="x/y"), ("model.zip", "x/y")),
    ],
)
async def test_upload(stub: Stub, tmp_path: Path, upload: Any, expected: tuple[str, str]) -> None:
    """Bytes, files and paths are sent as a part of a form, with name and media type."""
    stub.handler = received = Received()

    async with stub.client() as cloud:
        made = upload(tmp_path)
        assert await cloud._caller.call(UPLOAD, body=made) == "file-1"

    assert received.parts == [("file", *expected, CONTENT)]
    assert cloud.stats.bytes_sent == made.size == len(CONTENT)
    assert "binary" not in repr(made)


@pytest.mark.parametrize("kind", [bytes, io.BytesIO, as_path])
async def test_retried_upload_is_sent_from_its_beginning(
    stub: Stub, tmp_path: Path, kind: Any
) -> None:
    """Each attempt sends the whole content."""
    received = Received()
    stub.handler = first(reset, received)
    upload = Upload(as_path(tmp_path) if kind is as_path else kind(CONTENT))

    async with stub.client(retry=RETRIES) as cloud:
        await cloud._caller.call(UPLOAD, body=upload)

    assert [content for *_, content in received.parts] == [CONTENT]
    assert len(stub.requests) == 2


async def test_upload_without_a_form(stub: Stub) -> None:
    """Where the API takes a file as it is, its media type is that of the request."""
    plain: Operation[None] = Operation("put", "PUT", "/v1/file", body=Upload)

    async with stub.client() as cloud:
        await cloud._caller.call(plain, body=Upload(CONTENT, content_type="application/zip"))

    request = stub.requests[0]
    assert (request.content_type, await request.read()) == ("application/zip", CONTENT)
    assert request.content_length == len(CONTENT)


async def test_header_parameters(stub: Stub) -> None:
    """Headers are parameters like others: typed, left out where `UNSET`, and refused if unfit."""
    stub.handler = Received()

    async with stub.client() as cloud:
        await cloud._caller.call(UPLOAD, body=Upload(b"x"), headers={"Name": "settings", "Size": 5})
        for wrong in ("two\r\nlines", "größe", 5):
            with pytest.raises(InvalidArgumentError, match="Name"):
                await cloud._caller.call(UPLOAD, body=Upload(b"x"), headers={"Name": wrong})

    assert len(stub.requests) == 1
    headers = stub.requests[0].headers
    assert (headers["Name"], headers["Size"]) == ("settings", "5")
    assert headers["Authorization"].startswith("Basic ")


@pytest.mark.parametrize("content", [None, 5, io.StringIO("text"), "no/such/file", "."])
def test_unfit_content(content: Any) -> None:
    """What cannot be uploaded is refused when the upload is made."""
    with pytest.raises(InvalidArgumentError):
        Upload(content)


async def test_file_that_has_gone(stub: Stub, tmp_path: Path) -> None:
    """A file that is removed before it is sent is told as what it is, and nothing is retried."""
    upload = Upload(as_path(tmp_path))
    as_path(tmp_path).unlink()

    async with stub.client(retry=RETRIES) as cloud:
        with pytest.raises(InvalidArgumentError, match=r"model\.zip cannot be read"):
            await cloud._caller.call(UPLOAD, body=upload)
        with pytest.raises(InvalidArgumentError, match="expected an Upload"):
            await cloud._caller.call(UPLOAD, body=b"bytes")

    assert stub.requests == []


# --- downloads ---------------------------------------------------------------------------------


async def test_bytes(stub: Stub) -> None:
    """A binary result is given as it is, also where it looks like an error of the API."""
    async with stub.client() as cloud:
        for content in (CONTENT, b"", b'{"error": "in a file"}'):
            stub.answer(content)
            assert await cloud._caller.call(DOWNLOAD) == content


async def test_download(stub: Stub, tmp_path: Path) -> None:
    """A file of any size is written to disk, whatever is read into memory at most."""
    stub.answer(CONTENT)
    target = tmp_path / "file"
    target.write_text("of before")

    async with stub.client(max_response_bytes=100) as cloud:
        assert await cloud._caller.download(DOWNLOAD, target) == len(CONTENT)

    assert target.read_bytes() == CONTENT
    assert names_in(tmp_path) == ["file"]


async def test_download_begins_anew_when_it_is_retried(stub: Stub, tmp_path: Path) -> None:
    """What came before a connection broke is not part of the file."""

    async def break_off(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(CONTENT))})
        await response.prepare(request)
        await response.write(b"half")
        return await reset(request)

    async def whole(_: web.Request) -> web.StreamResponse:
        return web.Response(body=CONTENT)

    stub.handler = first(break_off, whole)

    async with stub.client(retry=RETRIES) as cloud:
        await cloud._caller.download(DOWNLOAD, tmp_path / "file")

    assert (tmp_path / "file").read_bytes() == CONTENT
    assert len(stub.requests) == 2


@pytest.mark.parametrize(("handler", "error"), [(reset, APIConnectionError), (None, NotFoundError)])
async def test_failed_download_leaves_what_was_there(
    stub: Stub, tmp_path: Path, handler: Handler | None, error: type[Exception]
) -> None:
    """Until all has come, the file of before stays."""
    stub.answer({"error": "no such file"}, 404)
    stub.handler = handler or stub.handler
    target = tmp_path / "file"
    target.write_text("of before")

    async with stub.client() as cloud:
        with pytest.raises(error):
            await cloud._caller.download(DOWNLOAD, target)
        with pytest.raises(InvalidArgumentError, match="cannot be written"):
            await cloud._caller.download(DOWNLOAD, tmp_path / "no" / "folder")

    assert target.read_text() == "of before"
    assert names_in(tmp_path) == ["file"]
    assert len(stub.requests) == 1


async def test_full_disk_is_no_broken_connection(stub: Stub) -> None:
    """What cannot be saved is not asked for again."""

    class FullDisk(io.BytesIO):
        def write(self, _: Any) -> int:
            raise OSError(28, "No space left on device")

    stub.answer(CONTENT)

    async with stub.client(retry=RETRIES) as cloud:
        caller = cloud._caller
        request = RequestBuilder(DOWNLOAD, caller.api, caller.scopes).build({})
        request.save_to = FullDisk()
        with pytest.raises(ResponseDecodeError, match="No space left"):
            await caller.raw(request, None)

    assert len(stub.requests) == 1


# --- other bodies ------------------------------------------------------------------------------


async def test_redirection_is_a_result(stub: Stub) -> None:
    """The address is given and not followed; a refusal is one as everywhere."""
    async with stub.client() as cloud:
        stub.answer(b"", 302, Location="https://billing.example/session/planted")
        portal = await cloud._caller.call(REDIRECTION)
        assert portal.reveal() == "https://billing.example/session/planted"

        stub.answer(b"", 302)
        with pytest.raises(ResponseDecodeError, match="no Location"):
            await cloud._caller.call(REDIRECTION)

        stub.answer({"error": "no"}, 400)
        with pytest.raises(BadRequestError):
            await cloud._caller.call(REDIRECTION)

    assert len(stub.requests) == 3


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_result_that_may_be_missing(stub: Stub, status: int) -> None:
    """Where a success may be empty, its result is None; elsewhere that is an error."""
    stub.answer(b"", status)
    may: Operation[Any] = Operation("start", "GET", "/v1/x", result=str, may_be_empty=True)
    must: Operation[Any] = Operation("get", "GET", "/v1/x", result=str)

    async with stub.client() as cloud:
        assert await cloud._caller.call(may) is None
        with pytest.raises(ResponseDecodeError, match="empty"):
            await cloud._caller.call(must)


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (list[str], ["a", "b"]),
        (list[str], []),
        (dict[str, int], {"a": 1}),
        (dict[str, int], {}),
        (object, {"any": [1, None]}),
        (str, "text"),
    ],
)
async def test_any_method_may_have_any_body(
    stub: Stub, method: str, kind: Any, body: object
) -> None:
    """Arrays, maps and plain values are sent whole, with whatever method the API wants."""
    operation: Operation[None] = Operation("op", method, "/v1/x", body=kind)

    async with stub.client() as cloud:
        await cloud._caller.call(operation, body=body)

    request = stub.requests[0]
    assert (request.method, await request.json()) == (method, body)
    assert request.content_type == "application/json"


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        (b'{"message": "busy"}', "application/vnd.goa.error", "busy"),
        (b"plan limit reached", "text/plain; charset=utf-8", "Bad Request: 'plan limit reached'"),
        (b"", "text/plain", "Bad Request, and no explanation in the response"),
    ],
)
async def test_error_of_any_media_type(
    stub: Stub, body: bytes, content_type: str, message: str
) -> None:
    """The API's words are found in JSON of any media type, and in plain text."""
    stub.answer(body, 400, Content_Type=content_type)

    async with stub.client() as cloud:
        with pytest.raises(BadRequestError) as caught:
            await cloud._caller.call(DOWNLOAD)

    assert caught.value.message == message
