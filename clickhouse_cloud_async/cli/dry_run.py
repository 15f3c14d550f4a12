"""Prints requests for ``--dry-run``, with secrets masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .options import Output
from .output import note, print_lines, show_json, stdout
from .results import show

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.messages import Request

    from .options import Options


def show_request(options: Options, request: Request) -> None:
    """Print a request that was held back.

    Args:
        options: The format.
        request: The request.
    """
    body = _masked_body(request)
    if options.format is Output.TABLE:
        query = f"?{request.query}" if request.query else ""
        print_lines(stdout(), f"{request.method} {request.path}{query}")
        if body is not None:
            show_json(body)
    else:
        path = {"method": request.method, "path": request.path, "query": request.query}
        show(options, {**path, "body": body})
    note("dry run: nothing was changed")


def _masked_body(request: Request) -> Any:
    """Return the JSON of a request's body, or a description of an upload."""
    import json

    if request.body is None:
        return None
    if not isinstance(request.body, bytes):
        return f"upload of {request.size} bytes"
    secrets = [secret.reveal() for secret in request.secrets]
    return _masked(json.loads(request.body), frozenset(secrets))


def _masked(value: Any, secrets: frozenset[str]) -> Any:
    from clickhouse_cloud_async.core.values import MASK

    match value:
        case str():
            return MASK if value in secrets else value
        case list():
            return [_masked(item, secrets) for item in value]
        case dict():
            return {key: _masked(item, secrets) for key, item in value.items()}
        case _:
            return value
