"""Responses of a different API: other wrappers, words, kinds of results and states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import Secret
from clickhouse_cloud_async.core.values import SecretObject

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

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


async def test_envelope_with_a_name(client: Any, recorder: Recorder, generated: ForeignAPI) -> None:
    """The result is taken out of an envelope that is a named schema, which is no public model."""
    page: dict[str, Any] = {"list": [{"id": "br-1", "state": 1}], "count": 1}
    recorder.answer(200, "application/json", {"status": {"code": 0}, "payload": page})
    (branch,) = await client.branches.list()
    models = generated.module("models")

    assert branch.to_dict() == page["list"][0]
    assert not {"Envelope", "BranchPage", "BranchPageResponse"} & set(models.__all__)


async def test_list_in_a_wrapper(client: Any, recorder: Recorder, generated: ForeignAPI) -> None:
    """A list is taken out of its wrapper; where no credentials are asked for, none are sent."""
    recorder.answer(200, "application/json", {"authors": [{"name": "Kim"}]})

    assert [author.name for author in await client.authors.list()] == ["Kim"]
    assert recorder.requests[0].authorization is None
    assert "AuthorList" not in generated.module("models").__all__


async def test_numbers_with_names(client: Any, recorder: Recorder, generated: ForeignAPI) -> None:
    """Numbers that the contract names are members of an enum; unknown ones stay numbers."""
    recorder.answer(200, "application/json", {"payload": {"id": "br-1", "state": 2}})
    known = await client.branches.get("br-1")
    recorder.answer(200, "application/json", {"payload": {"id": "br-1", "state": 9}})
    unknown = await client.branches.get("br-1")
    states = generated.module("models").BranchState

    assert known.state is states.CLOSED
    assert (unknown.state, type(unknown.state)) == (9, int)
    assert unknown.to_dict() == {"id": "br-1", "state": 9}


def test_known_words_of_an_open_set(generated: ForeignAPI) -> None:
    """Words that the contract knows of are members of an enum, and others are kept."""
    models = generated.module("models")
    cloth = models.Book.from_dict({"id": "b", "title": "t", "binding": {"material": "cloth"}})
    leather = models.Book.from_dict({"id": "b", "title": "t", "binding": {"material": "leather"}})

    assert cloth.binding.material is models.BindingMaterial.CLOTH
    assert leather.binding.material == "leather"


def test_object_of_several_parts_inside_another(generated: ForeignAPI) -> None:
    """A property that is made of several objects has the fields of all of them."""
    models = generated.module("models")
    data = {"id": "b", "title": "t", "binding": {"material": "paper", "thread": "red"}}
    book = models.Book.from_dict(data)

    assert isinstance(book.binding, models.BookBinding)
    assert book.binding.thread == "red"
    assert book.to_dict() == data


def test_secrets_below_a_free_object(generated: ForeignAPI) -> None:
    """Nothing in a secret object of unknown shape is shown."""
    data = {"id": "b", "title": "t", "license": {"key-auth": {"keys": ["planted"]}}}
    book = generated.module("models").Book.from_dict(data)

    assert book.license == SecretObject({"key-auth": {"keys": ["planted"]}})
    assert "planted" not in repr(book)
    assert book.to_dict() == data


def test_secrets_that_the_contract_does_not_mark(
    library: ForeignAPI, capsys: pytest.CaptureFixture[str]
) -> None:
    """A field that the overlay calls secret is one; there has to be such a field."""
    library.change("overlay/models.toml", "[books.Author]", '[books.Author]\nsecret = ["name"]')
    assert library.run("generate") == 0
    author = library.module("models").Author.from_dict({"name": "planted"})

    assert author.name == Secret("planted")
    library.change("overlay/models.toml", '["name"]', '["nonsense"]')
    assert library.run("generate") == 1
    assert "Author has no 'nonsense' that could be secret" in capsys.readouterr().err


def test_plural_acronyms(generated: ForeignAPI) -> None:
    """An acronym in the plural is one word."""
    data = {"id": "b", "title": "t", "loanIDs": ["l"], "skipCRDs": True}
    book = generated.module("models").Book.from_dict(data)

    assert (book.loan_ids, book.skip_crds) == (["l"], True)
    assert book.to_dict() == data


def test_docstring_with_a_backslash(generated: ForeignAPI) -> None:
    """A pattern stands in a docstring as it is."""
    assert "Matching ``^\\d{9}[\\dX]$``" in generated.module("models").Book.__doc__
    assert 'r"""' in (generated.folder / "models" / "books.py").read_text("utf-8")


async def test_redirection_is_a_result(client: Any, recorder: Recorder) -> None:
    """Where an operation only redirects, the address is the result, and is not followed."""
    recorder.answer(302, "text/plain", "")
    recorder.headers["Location"] = "https://portal.example/planted"
    address = await client.books.portal_url("b-1")

    assert address == Secret("https://portal.example/planted")
    assert len(recorder.requests) == 1


async def test_bytes(client: Any, recorder: Recorder, tmp_path: Path) -> None:
    """A binary response is bytes, and can be written to a file as it arrives."""
    recorder.answer(200, "image/png", "picture")
    picture = await client.books.cover("b-1")
    await client.books.save_cover("b-1", tmp_path / "cover.png")

    assert picture == (tmp_path / "cover.png").read_bytes() == b"picture"


async def test_bytes_that_the_contract_does_not_declare(
    client: Any, recorder: Recorder, tmp_path: Path
) -> None:
    """A method that downloads returns bytes, although the contract knows of no content."""
    recorder.answer(200, "image/png", "poster")
    poster = await client.posters.get()
    await client.posters.save(tmp_path / "poster.png")

    assert poster == (tmp_path / "poster.png").read_bytes() == b"poster"


def test_download_of_what_is_no_file(
    library: ForeignAPI, capsys: pytest.CaptureFixture[str]
) -> None:
    """A download of a result that is JSON is refused when code is generated."""
    library.change("overlay/operations.toml", "[books.get]", '[books.get]\ndownload = "save"')

    assert library.run("generate") == 1
    assert "getBook has no binary result to download (save)" in capsys.readouterr().err


async def test_states_that_are_numbers(client: Any, recorder: Recorder) -> None:
    """A thing that only a list shows is waited for by the name or the number of its state."""
    page: dict[str, Any] = {"list": [{"id": "br-1", "state": 1}], "count": 1}
    recorder.answer(200, "application/json", {"payload": page})
    by_name = await client.branches.wait_until("br-1", "open")
    by_number = await client.branches.wait_until("br-1", 1)
    (change,) = [each async for each in client.branches.follow("br-1", until="open")]

    assert by_name == by_number == change.after
    assert {request.segments for request in recorder.requests} == {("v2", "branches")}


def test_missing_parts_are_named(library: ForeignAPI, capsys: pytest.CaptureFixture[str]) -> None:
    """Without contract, overlay or client, a sentence says what to do."""
    for name, message in (
        ("client.py", "client.py is missing: write the async client by hand"),
        ("overlay/api.toml", "api.toml is missing: it says what the client is called"),
        ("contract.json", "contract.json is missing: import a specification first"),
    ):
        (library.folder / name).unlink()
        assert library.run("generate") == 1
        assert message in capsys.readouterr().err


def test_model_with_the_name_of_a_namespace(
    library: ForeignAPI, capsys: pytest.CaptureFixture[str]
) -> None:
    """A namespace and a model of one name are refused, not generated into broken code."""
    library.change("overlay/models.toml", "[books.Author]", '[books.Author]\nname = "Authors"')

    assert library.run("generate") == 1
    assert "[classes]: a model is called Authors, too" in capsys.readouterr().err


def test_words_of_docstrings(library: ForeignAPI) -> None:
    """What a caller has is called as the overlay says."""
    words = 'envelope = "payload"\nwords = { credential = "card" }'
    library.change("overlay/api.toml", 'envelope = "payload"', words)
    assert library.run("generate") == 0

    books = library.module("operations.books").AsyncBooks
    assert "or the card has no access to it." in books.get.__doc__


def test_modules_that_import_each_other(
    library: ForeignAPI, capsys: pytest.CaptureFixture[str]
) -> None:
    """Models in modules that would import each other are refused."""
    library.change("overlay/models.toml", "[books.Rating]", "[branches.Rating]")
    identity = '"id": {\n     "type": "string",\n     "x-id-prefix": "br-"'
    book = '"book": {\n     "$ref": "#/schemas/Book"\n    },\n    '
    library.change("contract.json", identity, book + identity)
    library.change("overlay/fields.toml", "[fields]", '[fields]\nbook = "Book of the branch."')

    assert library.run("generate") == 1
    assert "these modules import each other: " in capsys.readouterr().err
