"""The command that imports a specification: what it writes, reports and refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.codegen.__main__ import main
from clickhouse_cloud_async.codegen.importer import read_document

from .foreign import SPECIFICATION

if TYPE_CHECKING:
    from pathlib import Path

    from .foreign import ForeignAPI


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", b"{", "is not JSON"),
        ("a.json", b"[]", "does not hold an object"),
        ("a.json", b"\xff", "a.json"),
        ("a.yaml", b"- a", "does not hold an object"),
        ("a.yaml", b"a: [", "is not YAML"),
        ("a.json", b'{"openapi": "2.0"}', "OpenAPI 3.0 or 3.1 expected"),
        ("a.json", None, "a.json"),
    ],
)
def test_command_reports_what_it_cannot_read(
    library: ForeignAPI,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: bytes | None,
    message: str,
) -> None:
    """The command says what is wrong, exits with 1 and leaves the contract alone."""
    contract, given = library.folder / "contract.json", library.folder / name
    before = contract.read_bytes()
    if content is not None:
        given.write_bytes(content)
    capsys.readouterr()

    assert library.run("import", given) == 1
    assert message in capsys.readouterr().err
    assert contract.read_bytes() == before


def test_import_again_changes_nothing(
    library: ForeignAPI, capsys: pytest.CaptureFixture[str]
) -> None:
    """Importing the same document twice writes the same bytes and reports no change."""
    contract = library.folder / "contract.json"
    before = contract.read_bytes()
    capsys.readouterr()

    assert library.run("import", SPECIFICATION) == 0
    assert contract.read_bytes() == before
    assert "0 added, 0 removed" in capsys.readouterr().out


def test_changes_are_listed(
    tmp_path: Path, library: ForeignAPI, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a newer document adds and removes is listed fact by fact."""
    newer = read_document(SPECIFICATION)
    del newer["paths"]["/v2/status"]
    schemas = newer["components"]["schemas"]
    schemas["Book"]["properties"]["isbn"] = {"type": "string"}
    schemas["Genre"]["enum"] = ["novel", "poetry", "crime"]
    (tmp_path / "newer.json").write_text(json.dumps(newer), encoding="utf-8")
    capsys.readouterr()

    assert library.run("import", tmp_path / "newer.json") == 0
    assert capsys.readouterr().out.splitlines() == [
        "- operation getV2Status",
        "- word Genre = 'non-fiction'",
        "+ field Book.isbn",
        "+ word Genre = 'crime'",
        "22 operations, 18 schemas: 2 added, 2 removed, 0 changed",
    ]


def test_command_without_arguments_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a command the usage is shown."""
    with pytest.raises(SystemExit) as caught:
        main([])

    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_update_imports_generates_and_proposes_lines(
    tmp_path: Path, library: ForeignAPI, capsys: pytest.CaptureFixture[str]
) -> None:
    """A newer document is taken over in one step; what has no name yet is asked for first."""
    newer = read_document(SPECIFICATION)
    newer["paths"]["/v2/news"] = {"get": {"operationId": "getNews", "responses": {"204": {}}}}
    newer["components"]["schemas"]["Genre"]["enum"] = ["novel", "poetry", "non-fiction", "crime"]
    (tmp_path / "newer.json").write_text(json.dumps(newer), encoding="utf-8")
    before = (library.folder / "contract.json").read_bytes()

    assert library.run("update", tmp_path / "newer.json") == 1
    assert '[namespace.get_news]\noperation = "getNews"' in capsys.readouterr().err
    (library.folder / "contract.json").write_bytes(before)
    overlay = library.folder / "overlay" / "operations.toml"
    news = '\n[news]\ndoc = "News."\n[news.get]\noperation = "getNews"\ndoc = "Fetch the news."\n'
    overlay.write_text(overlay.read_text("utf-8") + news, encoding="utf-8")
    assert library.run("update", tmp_path / "newer.json") == 0
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "For the changelog:",
        "- New methods: `news.get`.",
        "- Other facts that changed, of parameters, objects and words: 1.",
    ]


def test_api_has_to_be_named_where_there_are_several(
    library: ForeignAPI, capsys: pytest.CaptureFixture[str]
) -> None:
    """The only API need not be named; with another one beside it, the command asks for a name."""
    assert main(["import", str(SPECIFICATION)]) == 0
    other = library.folder.with_name("museum")
    other.mkdir()
    (other / "contract.json").write_text("{}", encoding="utf-8")
    capsys.readouterr()

    assert main(["import", str(SPECIFICATION)]) == 1
    assert capsys.readouterr().err == "error: say which API is meant: --api library or museum\n"
