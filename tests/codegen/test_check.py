"""``generate --check`` finds all differences from the generated code."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .foreign import ForeignAPI

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def generated(library: ForeignAPI, capsys: Capture) -> ForeignAPI:
    """The tests' own API with its generated code."""
    assert library.run("generate") == 0
    capsys.readouterr()
    return library


def test_fresh_code_is_up_to_date(generated: ForeignAPI, capsys: Capture) -> None:
    """What was just written passes the check, and writing it again changes nothing."""
    before = {path: path.read_bytes() for path in generated.folder.rglob("*.py")}

    assert generated.run("generate", "--check") == 0
    assert "up to date" in capsys.readouterr().out
    assert generated.run("generate") == 0
    assert before == {path: path.read_bytes() for path in generated.folder.rglob("*.py")}


def test_stale_file(generated: ForeignAPI, capsys: Capture) -> None:
    """A file that was edited by hand is stale; its first change is shown."""
    generated.change("models/books.py", "NOVEL", "ROMAN")

    assert generated.run("generate", "--check") == 1
    assert capsys.readouterr().out.startswith("models/books.py: stale, first at ")


def test_file_cut_short(generated: ForeignAPI, capsys: Capture) -> None:
    """A file that ends early is stale, too."""
    path = generated.folder / "sync" / "books.py"
    path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[:-3]), "utf-8")

    assert generated.run("generate", "--check") == 1
    assert capsys.readouterr().out.startswith("sync/books.py: stale")


def test_missing_and_surplus_files(generated: ForeignAPI, capsys: Capture) -> None:
    """Missing files and those that are not generated any more are named, and then mended."""
    (generated.folder / "operations" / "books.py").unlink()
    surplus = generated.folder / "sync" / "former.py"
    surplus.write_text("", "utf-8")

    assert generated.run("generate", "--check") == 1
    assert capsys.readouterr().out.splitlines() == [
        "operations/books.py: missing",
        "sync/former.py: not generated any more",
    ]
    assert surplus.exists()
    assert generated.run("generate") == 0
    assert not surplus.exists()
    assert generated.run("generate", "--check") == 0


def test_change_of_the_contract_makes_code_stale(generated: ForeignAPI, capsys: Capture) -> None:
    """A new fact of the contract is missed in the code until it is generated."""
    generated.change("contract.json", '"non-fiction"', '"non-fiction", "crime"')

    assert generated.run("generate", "--check") == 1
    assert "crime" in capsys.readouterr().out


def test_hand_written_files_are_left_alone(generated: ForeignAPI) -> None:
    """Generating touches nothing outside the generated folders."""
    by_hand = generated.folder / "extensions" / "notes.py"
    by_hand.parent.mkdir()
    by_hand.write_text("# by hand\n", "utf-8")

    assert generated.run("generate") == 0
    assert by_hand.read_text("utf-8") == "# by hand\n"


def test_packaged_code_is_up_to_date() -> None:
    """The package's generated code is what its contracts and overlays give, with any hash seed."""
    checked = subprocess.run(
        [sys.executable, "-m", "clickhouse_cloud_async.codegen", "generate", "--check"],
        env=os.environ | {"PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.stdout.endswith("files are up to date\n"), checked.stdout
