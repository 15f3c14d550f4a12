"""Finds the result in a successful response, inside its wrappers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from .errors import OverlayError

if TYPE_CHECKING:
    from collections.abc import Callable

    from clickhouse_cloud_async.core.contract import ContractOperation, Schema

    from .overlay import Method, Overlay


@attrs.frozen
class Result:
    """The result of an operation.

    Attributes:
        schema: Its schema; None where there is none.
        keys: The keys of a response that lead to it.
        is_text: Whether the response is the text itself rather than JSON.
    """

    schema: Schema | None
    keys: tuple[str, ...] = ()
    is_text: bool = False


class Results:
    """Finds the results of operations.

    Args:
        overlay: Envelope and wrappers of the API.
        properties: Returns the properties of a schema, including those of its parts; empty for
            anything but an object.
    """

    def __init__(self, overlay: Overlay, properties: Callable[[Schema], dict[str, Schema]]) -> None:
        self._overlay = overlay
        self._properties = properties

    def result(self, operation: ContractOperation, method: Method) -> Result:
        """The result that a method of an operation returns.

        Raises:
            OverlayError: The overlay names a key that responses do not have.
        """
        media, schema = operation.success_content
        if schema is None or media is None:
            return Result(None)
        if "json" not in media:
            return Result(schema, is_text=True)
        wrapped = (method.paging.get("items") or method.unwrap or "").split(".")
        envelope, properties = self._overlay.envelope, self._properties(schema)
        keys: tuple[str, ...] = ()
        if envelope is not None and properties:
            if envelope in properties:
                keys = (envelope,)
            elif wrapped == [""]:
                return Result(None)
        inner = tuple(key for key in wrapped if key and key != envelope)
        result = self._inside(operation, schema, (*keys, *inner))
        return Result(result, keys if method.paging else (*keys, *inner))

    def _inside(
        self, operation: ContractOperation, schema: Schema, keys: tuple[str, ...]
    ) -> Schema:
        for key in keys:
            properties = self._properties(schema)
            if key not in properties:
                raise OverlayError(
                    f"operations.toml: the response of {operation.id} has no {key!r}, which"
                    " unwrap or paging name"
                )
            schema = properties[key]
        return schema
