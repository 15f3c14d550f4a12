"""Required decisions of the overlay, and the generator's messages about missing ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.codegen.errors import OverlayError
from clickhouse_cloud_async.codegen.generate import generate

if TYPE_CHECKING:
    from .foreign import ForeignAPI


GET_BOOK = '[books.get]\noperation = "getBook"\n'
RATING = '[books.Rating]\ndoc = "How readers like a book."\n'


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "operations.toml",
            f'{GET_BOOK}doc = "Fetch a book."\n',
            "",
            r'operations\.toml: name these operations.*\noperation = "getBook"\ndoc = ""',
        ),
        ("operations.toml", '"getBook"', '"fetchBook"', r"operations\.toml: .*getBook"),
        (
            "operations.toml",
            GET_BOOK,
            f'[books.fetch]\noperation = "noSuch"\ndoc = "?"\n{GET_BOOK}',
            r"operations\.toml: unknown \['noSuch'\]",
        ),
        (
            "operations.toml",
            GET_BOOK,
            f'[books.fetch]\noperation = "getBook"\ndoc = "?"\n{GET_BOOK}',
            r"named twice \['getBook'\]",
        ),
        ("models.toml", RATING, "", r"models\.toml: name .*\[module\.Rating\]"),
        (
            "models.toml",
            RATING,
            '[Rating]\nmodule = "books"\n',
            r"\[Rating\] has to be",
        ),
        ("models.toml", RATING, f'{RATING}[books.Rank]\ndoc = "?"\n', r"remove \['Rank'\]"),
        ("models.toml", RATING, f'{RATING}name = "Book"\n', r"given twice: \['Book'\]"),
        ("enums.toml", "[Shelf]", "[Genre]", r"given twice: \['Genre'\]"),
        ("enums.toml", "Book.shelf", "Book.nothing", "Shelf: no enum stands at Book.nothing"),
        ("fields.toml", 'stars = "Number of stars."', "", r'fields\.toml: say what "stars" means'),
        (
            "fields.toml",
            'lent = "Whether to list lent books."',
            "",
            r'fields\.toml: say what "lent" means \(in listBooks\)',
        ),
        (
            "fields.toml",
            "[fields]",
            '[names]\ndescription = "title"\n[fields]',
            "two fields of Book get the same Python name",
        ),
        (
            "operations.toml",
            '"Fetch a book."',
            f'"{"long " * 30}."',
            "the first sentence has to fit a line",
        ),
        (
            "idempotency.toml",
            'addBook = { idempotent = false, reason = "each request adds another book" }',
            "",
            r"idempotency\.toml: say whether addBook is idempotent",
        ),
        (
            "lifecycles.toml",
            '["upper"]',
            '["upper", "uper"]',
            r"lifecycles\.toml: \[book\] at_rest: \['uper'\] are no states of Book\.shelf",
        ),
        (
            "lifecycles.toml",
            'at_rest = ["upper"]',
            "at_rest = []",
            r"lifecycles\.toml: \[book\] say what \['upper'\] mean: transitional, at_rest",
        ),
        (
            "lifecycles.toml",
            "gone = []",
            'gone = []\nadvice = { lent = "wait" }',
            r"lifecycles\.toml: \[book\] advice: \['lent'\] are no states of Book\.shelf",
        ),
        ("lifecycles.toml", "Book.shelf", "Book.title", "no states stand at Book.title"),
        ("lifecycles.toml", "Book.shelf", "Shelf.state", "no states stand at Shelf.state"),
        ("lifecycles.toml", '"getBook"', '"seeBook"', r"\[book\] there is no operation seeBook"),
        ("lifecycles.toml", '"bookId"', '"shelfId"', r"\[book\] item: no shelfId"),
        (
            "lifecycles.toml",
            '"listBooks"',
            '"listExhibits"',
            r"\[book\] the paths of getBook and listExhibits have to lead to the same parent: \['",
        ),
    ],
)
def test_incomplete_overlay_is_refused(
    library: ForeignAPI, file: str, old: str, new: str, message: str
) -> None:
    """The error says which file of the overlay needs what."""
    library.change(f"overlay/{file}", old, new)

    with pytest.raises(OverlayError, match=f"(?s){message}"):
        generate(library.name)


def test_inline_objects_need_names(library: ForeignAPI) -> None:
    """An object that the contract defines where it is used has to be named."""
    library.change(
        "contract.json",
        '"shelf": {\n     "type": "string"',
        '"shelf": {\n     "properties": {"row": {"type": "integer"}}, "type": "object"',
    )

    with pytest.raises(OverlayError, match=r'api\.toml, \[inline\]: name the object at "Book\.'):
        generate(library.name)


def test_enum_values_with_one_name_are_refused(library: ForeignAPI) -> None:
    """Two values that would become the same member are an error."""
    library.change("contract.json", '"non-fiction"', '"NOVEL"')

    with pytest.raises(OverlayError, match="two values of Genre get the same name"):
        generate(library.name)


def test_command_reports_the_error(library: ForeignAPI, capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints what is missing, exits with 1 and writes nothing."""
    library.change("overlay/models.toml", RATING, "")

    assert library.run("generate") == 1
    assert "[module.Rating]" in capsys.readouterr().err
    assert not (library.folder / "models").exists()


def test_python_names_of_the_overlay(library: ForeignAPI) -> None:
    """A field, a namespace and a model have the names that the overlay gives them."""
    library.change("overlay/fields.toml", "[fields]", '[names]\npages = "page_count"\n[fields]')
    library.change("overlay/models.toml", RATING, f'{RATING}name = "Opinion"\n')
    library.change("overlay/api.toml", '"payload"', '"payload"\n[classes]\nbooks = "Volumes"')
    files = generate(library.name)

    assert "page_count: int" in files["models/books.py"]
    assert "class Opinion(" in files["models/books.py"]
    assert "class AsyncVolumes(" in files["operations/books.py"]
    assert "class Volumes:" in files["sync/books.py"]
    assert "'page_count': 'pages'" in files["models/books.py"].replace('"', "'")
