"""Sends the request of the command ``api``, or the requests of all pages."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import typer

from clickhouse_cloud_async.core.errors import IncompleteListError
from clickhouse_cloud_async.core.operation import Operation
from clickhouse_cloud_async.core.pages import page_of
from clickhouse_cloud_async.core.paging import PageFacts, following
from clickhouse_cloud_async.core.values import UNSET

from .call import run_calls
from .commands.values import read_content, yaml_value
from .confirm import confirm_by_name
from .request_fields import check_no_secret, json_fields, text_fields, with_secrets

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from clickhouse_cloud_async.core.client import AsyncAPIClient
    from clickhouse_cloud_async.core.paging import Paging

    from .api_options import ByPath, Content
    from .options import Changing, Options

_WITHOUT_BODY = frozenset(("GET", "HEAD", "DELETE"))


def run_by_path(  # noqa: PLR0913, PLR0917 - the parts of a request
    about: ByPath,
    options: Options,
    method: str,
    path: str,
    content: Content,
    changing: Changing,
) -> None:
    """Send a request and print the response.

    Args:
        about: The API.
        options: How to reach it and how to print.
        method: HTTP method in upper case.
        path: The path, which may end with a query.
        content: Query or body.
        changing: Whether it is sent.

    Raises:
        BadParameter: The parts do not fit together.
        CommandError: A deletion was not confirmed.
        CloudError: The request failed.
    """
    path, _, query = path.partition("?")
    params: dict[str, Any] = parse_qs(query, keep_blank_values=True)
    body = UNSET if method in _WITHOUT_BODY else _body(content)
    if method in _WITHOUT_BODY:
        if content.input is not None:
            raise typer.BadParameter(f"a {method} has no body", param_hint="--input")
        params |= text_fields(content.field or ()) | json_fields(content.json_field or ())
    if content.paginate and method != "GET":
        raise typer.BadParameter("only lists that are read with GET have pages")
    if method == "DELETE":
        confirm_by_name(changing, f"delete {path}", path.rpartition("/")[2])

    async def send(client: AsyncAPIClient) -> Any:
        whole = await _whole_path(about, client, path)
        response = await client.request(method, whole, params=params, json=body)
        return response.result

    async def pages(client: AsyncAPIClient) -> AsyncGenerator[Any]:
        whole = await _whole_path(about, client, path)
        paging = _paging_of(about, whole)
        async for item in _items(client, whole, params, paging):
            yield item

    calls = pages if content.paginate else send
    run_calls(about.load(), options, calls, changing=changing)


def _body(content: Content) -> Any:
    """Return the body that the options describe, with secrets wrapped; `UNSET` for none."""
    texts = text_fields(content.field or ())
    fields: dict[str, Any] = {key: values[-1] for key, values in texts.items()}
    fields |= json_fields(content.json_field or ())
    check_no_secret(fields)
    if content.input is None:
        return fields or UNSET
    text = read_content(str(content.input), "--input")
    document = with_secrets(yaml_value(text, "--input"))
    if not fields:
        return document
    if not isinstance(document, dict):
        raise typer.BadParameter("fields are added to objects only", param_hint="--input")
    return {**document, **fields}


async def _whole_path(about: ByPath, client: AsyncAPIClient, path: str) -> str:
    if path.startswith("/"):
        return path
    if about.complete is not None:
        path = await about.complete(client, path)
    return f"{about.base.rstrip('/')}/{path}"


def _paging_of(about: ByPath, path: str) -> Paging:
    """Return the paging of the list at a path.

    For a list that this version does not know, the API's most common way with a cursor is assumed.
    """
    ways: list[Paging] = []
    for operation in _operations(about.operations):
        if operation.paging is None or operation.method != "GET":
            continue
        if _matches(operation.path, path):
            return operation.paging
        if operation.paging.cursor and operation.paging.parameter:
            ways.append(operation.paging)
    if not ways:
        raise IncompleteListError(f"{path} is not a paged list: leave out --paginate")
    return max(ways, key=ways.count)


def _operations(package: str) -> Iterator[Operation[Any]]:
    """Yield the operations of an API, which loads all of its modules."""
    for found in pkgutil.iter_modules(import_module(package).__path__, f"{package}."):
        for value in vars(import_module(found.name)).values():
            if isinstance(value, Operation):
                yield value


def _matches(template: str, path: str) -> bool:
    pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(template))
    return re.fullmatch(pattern, path) is not None


async def _items(
    client: AsyncAPIClient, path: str, params: dict[str, Any], paging: Paging
) -> AsyncGenerator[Any]:
    """Yield the items of a list, page after page."""
    # A page number may be a string on the command line.
    query: Any = paging.first(
        {key: int(value) if _is_count(value) else value for key, value in _single(params).items()}
    )
    seen = 0
    while query is not None:
        response = await client.request("GET", path, params=query)
        items, page = page_of(response.result, paging)
        if not isinstance(items, list):
            raise IncompleteListError(f"{path} gave no list: leave out --paginate")
        for item in items:
            yield item
        seen += page.length
        query = following(paging, query, PageFacts(page.length, page.cursor, seen, page.total))


def _single(params: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value[0] if isinstance(value, list) and len(value) == 1 else value
        for key, value in params.items()
    }


def _is_count(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit()
