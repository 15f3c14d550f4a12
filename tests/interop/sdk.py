"""A generated SDK, which decodes into pydantic models, as a caller of steps."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import io
import re
import urllib.request
import zipfile
from string import Template
from typing import TYPE_CHECKING, Any

import attrs
from open_api_spec_for_click_house_cloud import Client
from open_api_spec_for_click_house_cloud.core import (
    ApiError,
    BasicAuthCredentials,
    HttpxClient,
    SdkBaseModel,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from open_api_spec_for_click_house_cloud.core import HttpRequest, HttpResponse

    from clickhouse_cloud_async.emulator import Emulator

    from .sdk_lives import Step

_LOST_NULLS = re.compile(rb'"(error|currentCursor|nextCursor)":\s*null')


class _NullsAsTexts(HttpxClient):
    """Has an empty text where the contract has a null that the SDK's types do not allow.

    That is the error of a function without one, and the cursors of the first and the last page.
    """

    def send(self, request: HttpRequest) -> HttpResponse:
        response = super().send(request)
        content = _LOST_NULLS.sub(rb'"\1":""', response.content)
        return dataclasses.replace(response, content=content)


@attrs.define
class Caller:
    """Takes steps with an emulator's key.

    Args:
        client: The SDK's client.
        emulator: What it calls.

    Attributes:
        known: Arguments by name, from the answers to earlier steps.
    """

    client: Client
    emulator: Emulator
    known: dict[str, Any] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.known = {
            "organization_id": self.emulator.organization_id,
            "setting_name": "max_threads",
        }

    def take(self, step: Step) -> Any:
        """Let time pass, call, and remember what has to be.

        Returns:
            The decoded answer, or None where there had to be none.
        """
        self.emulator.advance(step.later)
        method = methods(self.client)[step.method]
        if step.gone:
            self._is_gone(method, step)
            return None
        answer = method(**self._arguments(method, step))
        self.known |= {name: _at(answer, place) for name, place in step.keep.items()}
        if "upload_url" in step.keep:
            self._upload()
        return answer

    def _is_gone(self, method: Callable[..., Any], step: Step) -> None:
        try:
            answer = method(**self._arguments(method, step))
        except ApiError as error:
            assert error.status_code == 404, error  # noqa: PT017 - no test, but a part of many
        else:
            raise AssertionError(f"{step.method}: {answer}")

    def _arguments(self, method: Callable[..., Any], step: Step) -> dict[str, Any]:
        taken = inspect.signature(method).parameters
        arguments = {name: value for name, value in self.known.items() if name in taken}
        if step.body is not None:
            arguments["body"] = _filled(step.body, self.known)
        return arguments | step.query

    def _upload(self) -> None:
        """Send an archive to where the emulator wants it."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as writing:
            writing.writestr("main.py", "print('olleh')\n")
        headers = {"Content-Type": "application/zip"}
        request = urllib.request.Request(  # noqa: S310 - the emulator's own URL
            self.known["upload_url"], archive.getvalue(), headers, method="PUT"
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            assert answer.status == 200


def connect(emulator: Emulator) -> Client:
    """A client with an emulator's key."""
    credentials = BasicAuthCredentials(username=emulator.api_key, password=emulator.api_secret)
    transport = _NullsAsTexts()
    return Client(base_url=emulator.url, basic_auth=credentials, custom_http_client=transport)


def methods(client: Client) -> dict[str, Callable[..., Any]]:
    """The methods for all operations by name."""
    groups = [
        n for n, value in vars(Client).items() if isinstance(value, functools.cached_property)
    ]
    return {
        name: method
        for group in groups
        for name, method in inspect.getmembers(getattr(client, group), inspect.ismethod)
        if not name.startswith("_")
    }


def unknown(value: Any) -> Iterator[str]:
    """Properties of an answer that the SDK has no name for."""
    if isinstance(value, SdkBaseModel):
        yield from value.model_extra or ()
        for name in type(value).model_fields:
            yield from unknown(getattr(value, name))
    elif isinstance(value, list):
        for child in value:
            yield from unknown(child)


def _filled(value: Any, known: dict[str, Any]) -> Any:
    """A body with what is known in place of the names for it."""
    if isinstance(value, dict):
        return {name: _filled(child, known) for name, child in value.items()}
    if isinstance(value, list):
        return [_filled(child, known) for child in value]
    return Template(value).substitute(known) if isinstance(value, str) else value


def _at(value: Any, place: str) -> Any:
    """Return what is at a place such as ``result.0.id``."""
    for part in place.split("."):
        value = value[int(part)] if isinstance(value, list) else getattr(value, part)
    return value
