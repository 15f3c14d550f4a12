"""Values that stand outside of a document."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import ConfigurationError, Secret
from clickhouse_cloud_async.desired.external import (
    MAX_BYTES,
    ExternalSecret,
    ExternalSource,
    ExternalValue,
    Inputs,
    is_external,
    parse_external,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ({"env": "PASSWORD"}, ExternalValue(ExternalSource.ENV, "PASSWORD")),
        ({"file": "a.pem", "version": 2}, ExternalValue(ExternalSource.FILE, "a.pem", "2")),
        ({"stdin": True, "version": "b"}, ExternalValue(ExternalSource.STDIN, "", "b")),
    ],
)
def test_places(value: dict[str, object], read: ExternalValue) -> None:
    """A mapping names one place, and a version beside it."""
    assert is_external(value)
    assert parse_external(value) == read


def test_a_place_as_the_document_has_it() -> None:
    """A place is shown as it is written."""
    assert str(parse_external({"env": "X", "version": 3})) == "{env: X, version: 3}"
    assert str(parse_external({"stdin": True})) == "{stdin: true}"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"env": "A", "file": "b"}, "takes one of env, file and stdin"),
        ({"env": "A", "other": 1}, "takes one of env, file and stdin"),
        ({"env": ""}, "env takes the name of a variable"),
        ({"file": 5}, "file takes the name of a file"),
        ({"stdin": "yes"}, "stdin takes true"),
        ({"env": "A", "version": 1.5}, "a version is a number or a text"),
        ({"env": "A", "version": True}, "a version is a number or a text"),
        ({"env": "A", "version": "1.5"}, "a version consists of up to 32 letters"),
    ],
)
def test_mistakes(value: dict[str, object], reason: str) -> None:
    """Anything else is refused with the reason."""
    with pytest.raises(ValueError, match=reason):
        parse_external(value)


@pytest.mark.parametrize("value", ["{env: A}", {"environment": "A"}, None, ["env"]])
def test_what_names_no_place(value: object) -> None:
    """Other values stand for themselves."""
    assert not is_external(value)


def test_reading(tmp_path: Path) -> None:
    """A line break at the end does not belong to a value; standard input is read once."""
    (tmp_path / "key.pem").write_text("line\nline\n")
    inputs = Inputs({"A": "1\r\n"}, io.StringIO("secret\n"))

    values = [
        inputs.read(parse_external(place, tmp_path)).reveal()
        for place in ({"env": "A"}, {"file": "key.pem"}, {"stdin": True}, {"stdin": True})
    ]

    assert values == ["1", "line\nline", "secret", "secret"]
    assert "line" not in repr(inputs.read(parse_external({"file": "key.pem"}, tmp_path)))


def test_what_cannot_be_read(tmp_path: Path) -> None:
    """A value that is not there, empty or too large is refused, and never shown."""
    (tmp_path / "large").write_bytes(b"x" * (MAX_BYTES + 1))
    (tmp_path / "binary").write_bytes(b"\xff")
    (tmp_path / "empty").write_bytes(b"\n")
    inputs = Inputs({"EMPTY": ""}, io.StringIO())

    for place, reason in (
        ({"env": "EMPTY"}, "no variable EMPTY, or an empty one"),
        ({"env": "MISSING"}, "no variable MISSING"),
        ({"file": "large"}, r"the file .*large is larger than 1 MiB"),
        ({"file": "binary"}, r"the file .*binary is not UTF-8 text"),
        ({"file": "empty"}, r"the file .*empty is empty"),
        ({"file": "missing"}, r"the file .*missing cannot be read: No such file"),
        ({"stdin": True}, "standard input is empty"),
    ):
        with pytest.raises(ValueError, match=reason):
            inputs.read(parse_external(place, tmp_path))


def test_secrets() -> None:
    """A secret is read when it is needed, and then once; it is equal to one of the same place."""
    variables = {"A": "hunter2"}
    place = parse_external({"env": "A", "version": 1})
    secret = ExternalSecret(place, Inputs(variables=variables))

    assert secret == ExternalSecret(place, Inputs(variables={}))
    assert secret != ExternalSecret(parse_external({"env": "A", "version": 2}), Inputs())
    assert secret != Secret("hunter2")
    assert len({secret, ExternalSecret(place, Inputs())}) == 1
    assert secret
    assert secret.into_url("redis://:{}@host").reveal() == "redis://:hunter2@host"
    variables.clear()
    assert secret.reveal() == "hunter2"
    assert "hunter" not in f"{secret!r}{secret}"


def test_secrets_that_are_not_there() -> None:
    """A secret that cannot be read is a mistake of the configuration."""
    missing = ExternalSecret(parse_external({"env": "A"}), Inputs(variables={}))
    with pytest.raises(ConfigurationError, match="no variable A"):
        missing.reveal()
