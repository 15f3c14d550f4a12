"""A generated SDK, which decodes into pydantic models, calls every operation."""

from __future__ import annotations

import base64
import functools
import inspect
import io
import json
import re
import urllib.request
import zipfile
from string import Template
from typing import TYPE_CHECKING, Any

import pytest
from open_api_spec_for_click_house_cloud import Client
from open_api_spec_for_click_house_cloud.core import ApiError, BasicAuthCredentials, SdkBaseModel

from clickhouse_cloud_async.codegen.naming import snake_case
from clickhouse_cloud_async.core.contract import load_contract

from .sdk_lives import LIVES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clickhouse_cloud_async.emulator import Emulator

    from .sdk_lives import Step

GROUPS = [name for name, value in vars(Client).items() if isinstance(value, functools.cached_property)]
"""Where the client keeps its methods."""


PATHS = {snake_case(o.id): o.path for o in load_contract("clickhouse").operations.values()}
"""Paths by the SDK's names of the operations."""


@pytest.fixture
def client(emulator: Emulator) -> Iterator[Client]:
    """The client with the emulator's key."""
    credentials = BasicAuthCredentials(username=emulator.api_key, password=emulator.api_secret)
    with Client(base_url=emulator.url, basic_auth=credentials) as opened:
        yield opened


def test_every_operation_is_called() -> None:
    """No method of the client is forgotten."""
    called = {step.method for steps in LIVES.values() for step in steps}
    assert called == set(_methods(Client(base_url="http://127.0.0.1:1")))


@pytest.mark.parametrize("life", LIVES)
def test_life(client: Client, emulator: Emulator, life: str) -> None:
    """Every answer can be decoded, and holds nothing that the client does not know."""
    methods = _methods(client)
    known: dict[str, Any] = {
        "organization_id": emulator.organization_id,
        "setting_name": "max_threads",
    }
    for step in LIVES[life]:
        emulator.advance(step.later)
        arguments = _amid(emulator, step, known) if step.amid else {}
        answer = _call(methods[step.method], step, known | arguments)
        assert list(_unknown(answer)) == [], step
        known |= {name: _at(answer, place) for name, place in step.keep.items()}
        if "upload_url" in step.keep:
            _upload(known["upload_url"])


def _methods(client: Client) -> dict[str, Callable[..., Any]]:
    return {
        name: method
        for group in GROUPS
        for name, method in inspect.getmembers(getattr(client, group), inspect.ismethod)
        if not name.startswith("_")
    }


def _call(method: Callable[..., Any], step: Step, known: dict[str, Any]) -> Any:
    taken = inspect.signature(method).parameters
    arguments = {name: value for name, value in known.items() if name in taken} | step.query
    if step.body is not None:
        arguments["body"] = _filled(step.body, known)
    if not step.gone:
        return method(**arguments)
    with pytest.raises(ApiError) as caught:
        method(**arguments)
    assert caught.value.status_code == 404
    return None


def _amid(emulator: Emulator, step: Step, known: dict[str, Any]) -> dict[str, Any]:
    """Arguments for the second of at least three pages."""
    path = re.sub(r"{(\w+)}", lambda name: str(known[snake_case(name[1])]), PATHS[step.method])
    first = urllib.request.Request(f"{emulator.url}{path}?limit=1")  # noqa: S310
    key = f"{emulator.api_key}:{emulator.api_secret}".encode()
    first.add_header("Authorization", f"Basic {base64.b64encode(key).decode()}")
    with urllib.request.urlopen(first) as answer:  # noqa: S310 - the emulator's own URL
        cursor = json.load(answer)["result"]["pagination"]["nextCursor"]
    return {"cursor": cursor, "limit": 1}


def _filled(value: Any, known: dict[str, Any]) -> Any:
    """A body with what is known in place of the names for it."""
    if isinstance(value, dict):
        return {name: _filled(child, known) for name, child in value.items()}
    if isinstance(value, list):
        return [_filled(child, known) for child in value]
    return Template(value).substitute(known) if isinstance(value, str) else value


def _unknown(value: Any) -> Iterator[str]:
    """Properties that the SDK has no name for."""
    if isinstance(value, SdkBaseModel):
        yield from value.model_extra or ()
        for name in type(value).model_fields:
            yield from _unknown(getattr(value, name))
    elif isinstance(value, list):
        for child in value:
            yield from _unknown(child)


def _at(value: Any, place: str) -> Any:
    """What is at a place such as ``result.0.id``."""
    for part in place.split("."):
        value = value[int(part)] if isinstance(value, list) else getattr(value, part)
    return value


def _upload(url: str) -> None:
    """Send an archive to where the emulator wants it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writing:
        writing.writestr("main.py", "print('olleh')\n")
    request = urllib.request.Request(  # noqa: S310 - the emulator's own URL
        url, archive.getvalue(), {"Content-Type": "application/zip"}, method="PUT"
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        assert answer.status == 200
