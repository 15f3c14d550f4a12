"""Every method of every API as a command."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import shlex
from functools import reduce
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.cli.app import make_app
from clickhouse_cloud_async.core.client import AsyncNamespace
from clickhouse_cloud_async.core.contract import APIS
from clickhouse_cloud_async.core.errors import CloudError
from tests.api7.tokens import token
from tests.contract.recorder import Recorded, Recorder

from .walk import Row, Walk, call, command_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from clickhouse_cloud_async.cli.commands.table import Tree

    from .program import Program

NAMES = sorted(path.parent.parent.parent.name for path in APIS.glob("*/cli/commands/__init__.py"))
WALKS = {name: Walk(name) for name in NAMES}
EVERY_API = pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS.keys())

SETTINGS: dict[str, str | None] = {
    "CLICKHOUSE_CLOUD_ORGANIZATION_ID": "7d1f3a52-7a6c-4d3e-9a53-0e8c1b2f4a60",
    "CLICKHOUSE_CLOUD_API_SECRET": "secret",
    "API7_CLOUD_ORGANIZATION_ID": "1",
    "API7_CLOUD_CONTROL_PLANE_ID": "2",
}
"""Settings of all APIs, in the environment."""

WITH_PASSWORD = "sessions.sign_in_consumer"
"""The method that takes an e-mail address and a password only."""


def credentials(number: int, place: str = "") -> dict[str, str | None]:
    """Return credentials of all APIs, other ones for each number: each has a rate limit."""
    account = {"OMNISTRATE_EMAIL": "user@example.invalid", "OMNISTRATE_PASSWORD": "secret"}
    jwt = token(sub=str(number))
    signed_in: dict[str, str | None] = dict.fromkeys(account) | {"OMNISTRATE_TOKEN": jwt}
    return {
        "CLICKHOUSE_CLOUD_API_KEY": f"key-{number}",
        "API7_CLOUD_TOKEN": jwt,
        **({**account, "OMNISTRATE_TOKEN": None} if place == WITH_PASSWORD else signed_in),
    }


def set_environment(patch: pytest.MonkeyPatch, variables: Mapping[str, str | None]) -> None:
    """Set variables of the environment; None removes one."""
    for name, value in variables.items():
        if value is None:
            patch.delenv(name, raising=False)
        else:
            patch.setenv(name, value)


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    """Return a server that writes down what comes."""
    with Recorder() as running:
        yield running


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, recorder: Recorder) -> None:
    """Set what leads every API to the server."""
    urls = dict.fromkeys(("CLICKHOUSE_CLOUD_URL", "API7_CLOUD_URL", "OMNISTRATE_URL"), recorder.url)
    set_environment(monkeypatch, SETTINGS | credentials(0) | urls)


def client_of(walk: Walk) -> Any:
    """Return a client of an API without a rate limit, by the settings of the environment."""
    client = getattr(import_module(f"{walk.tree.package}.client"), walk.tree.client)
    return client(rate_limit=None)


def methods_of(owner: object, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Return the public methods of the namespaces of a client, with their places."""
    for name in dir(type(owner)):
        if name.startswith("_"):
            continue
        value = getattr(owner, name)
        if isinstance(value, AsyncNamespace):
            yield from methods_of(value, f"{prefix}{name}.")
        elif prefix and callable(value):
            yield f"{prefix}{name}", value


@pytest.mark.usefixtures("settings")
@EVERY_API
def test_every_method_is_a_command(walk: Walk) -> None:
    """Each operation and each extension has a command, but for those excluded with a reason."""
    assert walk.overlay.commands is not None
    excluded = walk.overlay.commands.exclude
    everything = {place for place, _ in methods_of(client_of(walk))}

    assert everything - walk.methods == excluded.keys()
    assert walk.methods - everything == set()
    assert all(excluded.values())


def command_of(words: Sequence[str]) -> Any:
    """Return the command of typer that words lead to from the program."""
    from typer.main import get_command

    command: Any = get_command(make_app())
    context = command.make_context("chcloud", ["--help"], resilient_parsing=True)
    rest = list(words)
    while rest:
        _, command, rest = command.resolve_command(context, rest)
    return command


@EVERY_API
def test_every_command_is_reached_by_its_words(walk: Walk) -> None:
    """Its examples begin with them; what stands for operations is run in the walk below."""
    for row in walk.rows:
        assert row.operation is not None or command_of(row.words).name == row.words[-1]
        assert row.command.examples
        for example in row.command.examples:
            assert tuple(example.split()[: len(row.words)]) == row.words


@EVERY_API
def test_examples_that_are_written_by_hand_can_be_typed(walk: Walk) -> None:
    """Every option of such an example is one of its command."""
    assert walk.overlay.commands is not None
    by_hand = walk.overlay.commands.examples
    rows = {row.place: row for row in walk.rows}

    assert by_hand.keys() <= rows.keys()
    for place, examples in by_hand.items():
        words = rows[place].words
        for example in examples:
            command_of(words).make_context(words[-1], shlex.split(example)[len(words) :])


@pytest.mark.usefixtures("settings")
@EVERY_API
def test_every_argument_is_an_option(walk: Walk) -> None:
    """A command takes whatever its method takes."""
    client = client_of(walk)
    common = {"timeout", "organization_id"}
    missing = {}
    for row in walk.rows:
        method = reduce(getattr, row.place.split("."), client)
        arguments = inspect.signature(method).parameters.keys() - common
        taken = {p.into or p.finds or p.name for p in row.command.parameters}
        if arguments - taken:
            missing[row.place] = arguments - taken

    assert missing == {}


@pytest.mark.usefixtures("settings")
@EVERY_API
def test_commands_send_what_methods_send(
    chcloud: Program,
    recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
    walk: Walk,
    tmp_path: Path,
) -> None:
    """For the same sample, a command puts on the wire what its method puts there."""
    differing = {}
    with asyncio.Runner() as runner:
        clients: dict[bool, Any] = {}
        for number, row in enumerate(walk.rows):
            if row.operation is None:
                continue
            set_environment(monkeypatch, credentials(number, row.place))
            client = clients.setdefault(row.place == WITH_PASSWORD, client_of(walk))
            values = walk.values(row, number)
            _answer(walk, recorder, row, number)
            with contextlib.suppress(CloudError):
                runner.run(_call(client, row, values, walk.tree))
            by_method = list(map(_as_sent, recorder.requests))
            recorder.requests.clear()
            ended = chcloud(*command_line(row, values, tmp_path))
            by_command = list(map(_as_sent, recorder.requests))
            if not by_method or by_method != by_command:
                differing[row.place] = (by_method, by_command, ended.err)
        for client in clients.values():
            runner.run(client.close())

    assert differing == {}


async def _call(client: Any, row: Row, values: dict[str, Any], tree: Tree) -> None:
    """Call the method of a command; of a list, up to its first item."""
    begun = call(client, row, values, tree)
    if inspect.isawaitable(begun):
        await begun
    else:
        await anext(aiter(begun), None)


def _answer(walk: Walk, recorder: Recorder, row: Row, seed: int) -> None:
    """Let the server answer with what the contract says, or refuse to go on to further pages."""
    assert row.operation is not None
    media, schema = row.operation.success_content
    if row.command.iterator:
        recorder.answer(400, "application/json", {})
    elif schema is None or "json" not in (media or ""):
        recorder.answer(row.operation.success_status, media, "text")
    else:
        sample = walk.samples.sample(schema, seed)
        recorder.answer(row.operation.success_status, media, sample)


def _as_sent(request: Recorded) -> tuple[Any, ...]:
    kind, _, boundary = (request.content_type or "").partition("; boundary=")
    content = request.content.replace(boundary.encode(), b"") if boundary else request.content
    parts = (request.method, request.segments, sorted(request.query), request.body, kind)
    return (*parts, content if request.body is None else b"")
