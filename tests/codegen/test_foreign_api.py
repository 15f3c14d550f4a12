"""The generator knows no API: one of the tests' own works like the packaged one."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import (
    BadRequestError,
    ConfigurationError,
    InvalidArgumentError,
    Secret,
)
from tests.client.test_secrecy import shown

if TYPE_CHECKING:
    from types import ModuleType

    from tests.contract.recorder import Recorder

    from .foreign import ForeignAPI

BOOK = {
    "id": "b-1",
    "title": "Kim",
    "description": None,
    "pages": 300,
    "genre": "novel",
    "shelf": "upper",
    "rating": {"stars": 3, "weight": 0.5},
    "shelfCode": "planted",
}


@pytest.fixture
def generated(library: ForeignAPI) -> ForeignAPI:
    """The tests' own API with its generated code."""
    assert library.run("generate") == 0
    return library


@pytest.fixture
def models(generated: ForeignAPI) -> ModuleType:
    """Its models."""
    module: ModuleType = generated.module("models")
    return module


def test_models(models: ModuleType) -> None:
    """Objects, enums and composed objects become classes."""
    book = models.Book.from_dict(BOOK)

    assert book.genre is models.Genre.NOVEL
    assert book.shelf is models.Shelf.UPPER
    assert book.rating == models.Rating(stars=3, weight=0.5)
    assert book.shelf_code == Secret("planted")
    assert "planted" not in repr(book)
    assert book.to_dict() == BOOK


def test_docstrings_name_the_facts(models: ModuleType) -> None:
    """Bounds and numbers to choose from stand in the docstrings."""
    assert "Number of pages. Above 0." in models.Book.__doc__
    assert "Number of stars. One of 1, 2, 3." in models.Rating.__doc__
    assert "One of 0.5, 1.0." in models.Rating.__doc__


async def test_async_client(generated: ForeignAPI, recorder: Recorder) -> None:
    """The generated client sends what the specification says, with the bearer token."""
    client_class = generated.module("client").AsyncLibrary
    async with client_class(token="planted", base_url=recorder.url, rate_limit=None) as client:
        recorder.answer(200, "application/json", {"payload": [BOOK], "total": 1})
        (book,) = await client.books.list(page=2, page_size=50, lent=True)
        listed = recorder.requests[0]
        recorder.answer(201, "application/json", {"payload": BOOK})
        added = await client.books.add(title="Kim", pages=300, rating={"stars": 3, "weight": 0.5})
        sent = recorder.requests[0]
        recorder.answer(204, None, "")
        removed = await client.books.remove("b 1")
        gone = recorder.requests[0]
        recorder.answer(200, "text/plain", "open")
        status = await client.status.get()

    assert (listed.method, listed.segments) == ("GET", ("v2", "books"))
    assert listed.query == (("page", "2"), ("page_size", "50"), ("lent", "true"))
    assert listed.authorization == "Bearer planted"
    assert book.to_dict() == added.to_dict() == BOOK
    assert sent.body == {"title": "Kim", "pages": 300, "rating": {"stars": 3, "weight": 0.5}}
    assert (gone.method, gone.segments, removed) == ("DELETE", ("v2", "books", "b 1"), None)
    assert status == "open"


async def test_secret_in_a_query_stays_out_of_sight(
    generated: ForeignAPI, recorder: Recorder
) -> None:
    """A secret parameter is sent, and masked where the server sends it back or a frame has it."""
    client_class = generated.module("client").AsyncLibrary
    recorder.answer(400, "application/json", {"error": "pin=planted%2Bpin is wrong"})
    async with client_class(token="t", base_url=recorder.url, rate_limit=None) as client:
        with pytest.raises(BadRequestError, match=r"^pin=\*+ is wrong") as caught:
            await client.books.list(pin="planted+pin")

    assert recorder.requests[0].query == (("pin", "planted+pin"),)
    in_test = caught.tb.tb_next
    assert in_test is not None
    assert "planted" not in shown(caught.value.with_traceback(in_test))


async def test_operations_have_the_authentication_that_the_specification_says(
    generated: ForeignAPI, recorder: Recorder
) -> None:
    """An operation that takes no credentials is sent none, and one that wants others gets those."""
    client_class = generated.module("client").AsyncLibrary
    recorder.answer(200, "text/plain", "nothing")
    async with client_class(api_key="k", api_secret="s", base_url=recorder.url) as client:
        await client.hours.get()
        await client.fines.get()
    async with client_class(token="planted", base_url=recorder.url) as client:
        with pytest.raises(ConfigurationError, match="getFines needs card authentication"):
            await client.fines.get()

    sent = [request.authorization for request in recorder.requests]
    assert sent == [None, f"Basic {base64.b64encode(b'k:s').decode()}"]


def test_unknown_security_scheme_is_refused(
    library: ForeignAPI, capsys: pytest.CaptureFixture[str]
) -> None:
    """The generator does not guess which authentication a scheme stands for."""
    library.change("overlay/api.toml", 'card = "card"', 'other = "card"')

    assert library.run("generate") == 1
    assert "getFines wants card; say in [authentication]" in capsys.readouterr().err


def test_sync_client(generated: ForeignAPI, recorder: Recorder) -> None:
    """The sync facade of the generated client does the same without await."""
    client_class = generated.module("sync.client").Library
    recorder.answer(200, "application/json", {"payload": BOOK})
    with client_class(token="planted", base_url=recorder.url, rate_limit=None) as client:
        book = client.books.update("b-1", description=None, rating={"stars": 2})

    assert book.title == "Kim"
    assert recorder.requests[0].method == "PATCH"
    assert recorder.requests[0].body == {"description": None, "rating": {"stars": 2}}


def test_waits(generated: ForeignAPI, recorder: Recorder) -> None:
    """What an API's own lifecycles name can be waited for and followed, in both clients."""
    client_class = generated.module("sync.client").Library
    recorder.answer(200, "application/json", {"payload": BOOK})
    with client_class(token="planted", base_url=recorder.url, rate_limit=None) as client:
        book = client.books.wait_until("b-1", "upper")
        (change,) = client.books.follow("b-1", until="upper")
        with pytest.raises(InvalidArgumentError, match="'attic' is no state of the book"):
            client.books.wait_until("b-1", "attic")

    assert book.to_dict() == change.after.to_dict() == BOOK
    assert recorder.requests[0].segments == ("v2", "books", "b-1")


def test_requests_are_checked(generated: ForeignAPI, recorder: Recorder) -> None:
    """What the specification does not allow is refused unsent."""
    client_class = generated.module("sync.client").Library
    recorder.answer(200, "application/json", {"payload": BOOK})
    with client_class(token="planted", base_url=recorder.url, rate_limit=None) as client:
        with pytest.raises(TypeError, match="title"):
            client.books.add(pages=1)
        with pytest.raises(InvalidArgumentError, match="stars: is required"):
            client.books.update("b-1", rating={})
        with pytest.raises(InvalidArgumentError, match="page: expected an int"):
            client.books.list(page="2")

    assert recorder.requests == []


def test_environment_has_the_apis_own_prefix(
    generated: ForeignAPI, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings come from the variables of this API, not from those of another."""
    monkeypatch.setenv("CLICKHOUSE_CLOUD_TOKEN", "other")
    monkeypatch.setenv("LIBRARY_TOKEN", "planted")
    monkeypatch.setenv("LIBRARY_URL", recorder.url)
    recorder.answer(200, "text/plain", "open")
    with generated.module("sync.client").Library(rate_limit=None) as client:
        assert client.status.get() == "open"

    assert recorder.requests[0].authorization == "Bearer planted"


def test_generated_code_names_no_other_api(generated: ForeignAPI) -> None:
    """Nothing in the generated files speaks of the packaged API but the package's own name."""
    for path in generated.folder.rglob("*.py"):
        text = path.read_text(encoding="utf-8").replace("clickhouse_cloud_async", "")
        assert "clickhouse" not in text.lower(), path.name
