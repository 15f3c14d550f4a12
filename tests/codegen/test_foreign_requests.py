"""Requests of a different API: other bodies, headers, names of parameters and secrets."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import IncompleteListError, InvalidArgumentError, Secret, Upload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.contract.recorder import Recorder

    from .foreign import ForeignAPI


@pytest.fixture
def generated(library: ForeignAPI) -> ForeignAPI:
    """The tests' own API with its generated code."""
    assert library.run("generate") == 0
    return library


@pytest.fixture
async def client(generated: ForeignAPI, recorder: Recorder) -> AsyncIterator[Any]:
    """Its async client, connected to the recorder."""
    client_class = generated.module("client").AsyncLibrary
    async with client_class(token="planted", base_url=recorder.url, rate_limit=None) as connected:
        yield connected


async def test_body_that_is_a_list(client: Any, recorder: Recorder) -> None:
    """A body that is no object is one argument, and is checked like any other."""
    recorder.answer(200, "application/json", {"payload": ["a", "b"]})
    tags = await client.books.set_tags("b-1", ["a", "b"])
    with pytest.raises(InvalidArgumentError, match="expected a str, found int"):
        await client.books.set_tags("b-1", [1])

    assert tags == recorder.requests[0].body == ["a", "b"]
    assert len(recorder.requests) == 1


async def test_body_that_is_a_mapping(client: Any, recorder: Recorder) -> None:
    """A body that maps texts to texts is one argument."""
    recorder.answer(200, "application/json", "")
    assert await client.books.rename_tags("b-1", {"a": "b"}) is None

    assert recorder.requests[0].body == {"a": "b"}


async def test_body_that_is_always_empty(client: Any, recorder: Recorder) -> None:
    """An object without fields is sent, and is no argument."""
    recorder.answer(200, "application/json", "")
    await client.books.renew("b-1")

    assert recorder.requests[0].body == {}
    assert inspect.signature(client.books.renew).parameters.keys() == {"book_id", "timeout"}


async def test_list_that_is_asked_for_with_a_body(client: Any, recorder: Recorder) -> None:
    """A list whose filter is a body sends it, and fails where it goes on without a way to ask."""
    recorder.answer(200, "application/json", {"loans": ["l-1"]})
    assert await client.loans.list(since="2026-11-01") == ["l-1"]
    assert (recorder.requests[0].method, recorder.requests[0].body) == (
        "GET",
        {"since": "2026-11-01"},
    )

    recorder.answer(200, "application/json", {"loans": ["l-1"], "nextToken": "more"})
    with pytest.raises(IncompleteListError):
        await client.loans.list(since="2026-11-01")


async def test_upload_with_header(client: Any, recorder: Recorder) -> None:
    """A file is sent as one part of a form, with the header fields that the operation takes."""
    recorder.answer(204, None, "")
    await client.books.set_cover("b-1", Upload(b"picture", filename="a.png"), x_author="Kim")
    (sent,) = recorder.requests

    assert sent.content_type is not None
    assert sent.content_type.startswith("multipart/form-data")
    assert b"picture" in sent.content
    assert sent.headers["X-Author"] == "Kim"
    assert "content_type" not in inspect.signature(client.books.set_cover).parameters


async def test_parameters_have_names_of_their_own(client: Any, recorder: Recorder) -> None:
    """An ID is named by its prefix, a parameter apart from the field of the same wire name."""
    recorder.answer(200, "application/json", {"payload": {"id": "br-1"}})
    assert (await client.branches.get("br-1")).id == "br-1"

    assert "branch_id" in inspect.signature(client.branches.get).parameters
    assert "size" in inspect.signature(client.branches.list).parameters
    assert recorder.requests[0].segments == ("v2", "branches", "br-1")


async def test_secrets_of_queries_are_wrapped(client: Any, recorder: Recorder) -> None:
    """A secret parameter is sent as it is, and no traceback shows it."""
    recorder.answer(200, "application/json", {"payload": {"list": []}})
    await client.branches.list(passcode="planted-Secret")
    recorder.answer(500, "application/json", {"message": "planted-Secret"})
    with pytest.raises(Exception) as failed:  # noqa: PT011 - of whatever class
        await client.with_options(timeout=5).branches.list(passcode=Secret("planted-Secret"))

    assert "planted-Secret" not in str(failed.value)
    frames = [frame.frame.f_locals for frame in inspect.getinnerframes(failed.tb)]
    assert not [frame for frame in frames if frame.get("passcode") == "planted-Secret"]


async def test_parameters_that_are_one_argument(
    client: Any, recorder: Recorder, generated: ForeignAPI
) -> None:
    """Path parameters that belong together are one value; an operation takes the parts it needs."""
    address = generated.module("models").RoomAddress(floor="1", room="red", case="a")
    recorder.answer(200, "text/plain", "here")
    await client.rooms.get(address)
    await client.rooms.place(address, "b-1")
    with pytest.raises(InvalidArgumentError, match="case: expected a str, found NoneType"):
        await client.rooms.place(generated.module("models").RoomAddress(floor="1", room="red"), "b")

    assert [request.segments[1:] for request in recorder.requests] == [
        ("floors", "1", "rooms", "red"),
        ("floors", "1", "rooms", "red", "cases", "a", "books", "b-1"),
    ]


async def test_query_that_an_address_holds(
    client: Any, recorder: Recorder, generated: ForeignAPI
) -> None:
    """A query parameter of an address is sent where a call leaves it out, and by polls."""
    address = generated.module("models").RoomAddress(floor="1", room="red", reader="r-1")
    recorder.answer(200, "text/plain", "here")
    await client.rooms.get(address)
    await client.rooms.get(address, reader="r-2")
    await client.rooms.get(generated.module("models").RoomAddress(floor="1", room="red"))
    queries = [request.query for request in recorder.requests]
    recorder.answer(200, "application/json", [{"id": "e-1", "lit": True}])
    await client.rooms.wait_until_exhibit(address, "e-1", lambda exhibit: exhibit.lit)

    assert queries == [(("reader", "r-1"),), (("reader", "r-2"),), ()]
    assert recorder.requests[0].query == (("reader", "r-1"),)
    assert recorder.requests[0].segments[-1] == "exhibits"


async def test_address_in_a_body(client: Any, recorder: Recorder, generated: ForeignAPI) -> None:
    """Where the parts of an address are fields of a body, the address is the argument, too."""
    address = generated.module("models").RoomAddress
    recorder.answer(204, None, "")
    await client.rooms.request(
        address(floor="1", room="red", case="a", reader="r-1"), "b-1", note="soon"
    )
    with pytest.raises(InvalidArgumentError, match="case"):
        await client.rooms.request(address(floor="1", room="red"), "b-1")
    (sent,) = recorder.requests

    assert "Empty by default." in client.rooms.request.__doc__
    assert sent.body == {"case": "a", "floor": "1", "room": "red", "note": "soon"}
    assert sent.query == (("reader", "r-1"),)


async def test_secrets_in_mappings_of_objects_are_wrapped(
    client: Any, recorder: Recorder, generated: ForeignAPI
) -> None:
    """A secret in an object that a mapping holds is sent as it is, and no frame shows it."""
    address = generated.module("models").RoomAddress(floor="1", room="red", case="a")
    recorder.answer(204, None, "")
    guests = {"Kim": {"doorCode": "planted-Secret"}}
    await client.rooms.request(address, "b-1", guests=guests)
    assert recorder.requests[0].body["guests"] == guests

    recorder.answer(500, "application/json", {"message": "no"})
    with pytest.raises(Exception) as failed:  # noqa: PT011 - of whatever class
        await client.with_options(timeout=5).rooms.request(address, "b-1", guests=guests)
    frames = [f.frame.f_locals for f in inspect.getinnerframes(failed.tb)[1:]]
    assert "planted-Secret" not in repr(frames)


def test_media_that_cannot_be_sent(library: ForeignAPI, capsys: pytest.CaptureFixture[str]) -> None:
    """A body in another medium is refused when code is generated, and not sent empty."""
    library.change("contract.json", "multipart/form-data", "application/xml")

    assert library.run("generate") == 1
    assert (
        "setCover takes a body of application/xml, which cannot be sent" in capsys.readouterr().err
    )


def test_cookies_cannot_be_sent(library: ForeignAPI, capsys: pytest.CaptureFixture[str]) -> None:
    """A parameter that no request can carry is refused when code is generated."""
    library.change("contract.json", '"in": "header"', '"in": "cookie"')

    assert library.run("generate") == 1
    assert "is sent in a cookie, which is not supported" in capsys.readouterr().err
