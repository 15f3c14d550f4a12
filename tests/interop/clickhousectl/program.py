"""Running ``clickhousectl cloud`` against an emulator."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from clickhouse_cloud_async.emulator import Emulator


_NOT_REFUSED = {"http_5xx", "transport", "other"}
"""Codes of errors that were no answers, or that the client finds by itself."""


@attrs.frozen
class Clickhousectl:
    """The client with an emulator's key.

    Args:
        emulator: What it talks to.
        home: An empty folder, so that no settings or credentials of the user are found.
        url: Where the emulator is reached, if not at its own URL.
        environment: Further environment variables.
    """

    emulator: Emulator
    home: Path
    url: str | None = None
    environment: dict[str, str] = attrs.Factory(dict[str, str])

    def __call__(self, *words: object, file: object = None) -> Any:
        """Run a command that has to succeed.

        Args:
            words: Command to run, with its arguments.
            file: What ``--file -`` reads, as JSON.

        Returns:
            The JSON that was printed, or the text where it was no JSON.
        """
        ended = self.run(*words, file=file)
        assert ended.returncode == 0, f"{words}: {ended.stderr}"
        try:
            return json.loads(ended.stdout)
        except json.JSONDecodeError:
            return ended.stdout

    def refused(self, *words: object, file: object = None) -> str:
        """Run a command that the emulator has to refuse.

        Returns:
            The message of the error.
        """
        ended = self.run(*words, file=file)
        assert ended.returncode == 1, f"{words}: {ended.stdout}"
        error = json.loads(ended.stderr)["error"]
        assert error["code"] not in _NOT_REFUSED, error
        return str(error["message"])

    def run(self, *words: object, file: object = None) -> subprocess.CompletedProcess[str]:
        """Run a command, whatever comes of it."""
        credentials = ["--api-key", self.emulator.api_key, "--api-secret", self.emulator.api_secret]
        return self.start("--url", self.url or self.emulator.url, *credentials, *words, file=file)

    def start(self, *words: object, file: object = None) -> subprocess.CompletedProcess[str]:
        """Run a command without saying where and with which key."""
        return subprocess.run(  # noqa: S603 - the program under test
            [executable(), "cloud", "--json", *map(str, words)],
            input="" if file is None else json.dumps(file),
            capture_output=True,
            text=True,
            check=False,
            cwd=self.home,
            env={"HOME": str(self.home), "DO_NOT_TRACK": "1", **self.environment},
        )

    def until(self, wanted: Mapping[str, object], *words: object) -> Any:
        """Run a command again and again, half a minute of emulated time apart.

        Args:
            wanted: Properties that the answer has at last.
            words: Command to run, with its arguments.
        """
        answer = self(*words)
        for _ in range(240):
            if answer.items() >= wanted.items():
                break
            self.emulator.advance(30)
            answer = self(*words)
        assert answer | dict(wanted) == answer, words
        return answer

    def until_gone(self, *words: object) -> str:
        """Run a command again and again until what it shows is not found.

        Returns:
            The message of the error.
        """
        for _ in range(240):
            if self.run(*words).returncode:
                return self.refused(*words)
            self.emulator.advance(30)
        raise AssertionError(f"{words}: still there")


def executable() -> str:
    """Return where the program is."""
    found = shutil.which("clickhousectl")
    assert found is not None, "clickhousectl is not installed"
    return found


def names(items: Iterable[Any], key: str = "name") -> set[str]:
    """A property of each item."""
    return {item[key] for item in items}
