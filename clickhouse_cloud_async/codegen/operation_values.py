"""Writes operations as constants."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.contract import ref_name

from .bodies import Body, BodyKind, body_of, header_parameters
from .errors import OverlayError
from .overlay import Idempotency, Method, Overlay
from .schemas import is_nullable
from .security import authentication

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.contract import Contract, ContractOperation, Parameter

    from .annotations import Annotations
    from .schemas import Schemas


_COUNTS = {"first_page", "size_parameter", "page_size", "request_size", "poll_size"}
"""Keys of the table `paging` that are passed on unchanged."""


@attrs.frozen
class ResultType:
    """The result of an operation in Python.

    Attributes:
        annotation: Its type.
        kind: How a response carries it; empty for JSON.
        keys: The keys of a response that lead to it.
    """

    annotation: str
    kind: str = ""
    keys: tuple[str, ...] = ()


class OperationValues:
    """Writes the operations of one API as constants.

    Args:
        contract: The facts.
        overlay: The decisions.
        schemas: The schemas that operations carry.
        annotations: The writer of their types.
    """

    def __init__(
        self, contract: Contract, overlay: Overlay, schemas: Schemas, annotations: Annotations
    ) -> None:
        self._contract = contract
        self._overlay = overlay
        self._schemas = schemas
        self._annotations = annotations

    def constant(self, method: Method) -> str:
        """Return the statement that assigns the operation of a method to its constant."""
        annotation = f"Operation[{self.result(method).annotation}]"
        return f"{self.name(method)}: {annotation} = {self.value(method)}"

    def value(self, method: Method) -> str:
        """Return the operation of a method, as an expression."""
        operation = self._contract.operations[method.operation]
        result, permissions = self.result(method), self.permissions(method)
        auth = authentication(self._contract, self._overlay.authentication, operation)
        body = body_of(operation, self._schemas)
        given = {
            "id": repr(operation.id),
            "method": repr(operation.method),
            "path": repr(operation.path),
            "result": "" if result.annotation == "None" else result.annotation,
            "keys": repr(result.keys) if result.keys else "",
            "query": self._types(operation.parameters_in("query")),
            "body": self._body_type(body),
            "result_kind": f"ResultKind.{result.kind}" if result.kind else "",
            "may_be_empty": "True" if self._may_be_empty(method) else "",
            "headers": self._types(header_parameters(operation)),
            "media_type": repr(body.media_type) if body.media_type else "",
            "paging": self._paging(method),
            "auth": repr(auth) if auth else "",
            "permissions": repr(permissions) if permissions is not None else "",
            "idempotent": "True" if self.idempotency(method).idempotent else "",
        }
        arguments = ", ".join(f"{name}={value}" for name, value in given.items() if value)
        return f"Operation({arguments})"

    def idempotency(self, method: Method) -> Idempotency:
        """Return whether a method may be retried when its outcome is unknown, and why."""
        operation = self._contract.operations[method.operation]
        if method.idempotent is not None:
            return Idempotency(method.idempotent, method.reason)
        return self._overlay.idempotency(operation.id, operation.method)

    def permissions(self, method: Method) -> tuple[str, ...] | None:
        """The permissions that a method needs; None where neither contract nor overlay says any."""
        if method.permissions is not None:
            return tuple(method.permissions)
        return self._contract.operations[method.operation].permissions

    def name(self, method: Method) -> str:
        """The name of the constant that holds the operation of a method."""
        if has_constant(method):
            return f"_{method.name.upper()}"
        base = next(
            m
            for ns in self._overlay.namespaces
            for m in ns.methods
            if m.operation == method.operation and not m.preset
        )
        return f"_{base.name.upper()}"

    def result(self, method: Method) -> ResultType:
        """Return the result in a successful response of a method."""
        operation = self._contract.operations[method.operation]
        if operation.is_redirection:
            return ResultType("Secret" if _is_secret_location(operation) else "str", "LOCATION")
        result = self._schemas.results.result(operation, method)
        if result.schema is None:
            # A method that downloads has content even if the contract does not declare it.
            return ResultType("bytes", "BYTES") if method.download else ResultType("None")
        if result.schema.get("format") == "binary":
            return ResultType("bytes", "BYTES")
        if method.download:
            raise OverlayError(
                f"operations.toml: {operation.id} has no binary result to download"
                f" ({method.download})"
            )
        if result.is_text:
            return ResultType("str", "TEXT")
        annotation = self._annotations.incoming(result.schema)
        if method.paging and "list[" not in annotation:
            raise OverlayError(
                f"operations.toml: paging.items of {operation.id} leads to no list, but to"
                f" {annotation}"
            )
        is_nullable_result = is_nullable(self._contract.resolve(result.schema))
        if not method.paging and (is_nullable_result or self._may_lack_result(method)):
            annotation = f"{annotation} | None"
        return ResultType(annotation, keys=result.keys)

    def _may_be_empty(self, method: Method) -> bool:
        """Return whether a success may come without the result, which is None then."""
        return self.result(method).annotation != "None" and self._may_lack_result(method)

    def _may_lack_result(self, method: Method) -> bool:
        operation = self._contract.operations[method.operation]
        responses = operation.facts["responses"]
        return method.optional or any(
            not responses[str(status)].get("content")
            for status in operation.statuses
            if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
        )

    def _types(self, parameters: tuple[Parameter, ...]) -> str:
        types = {p.name: self._annotations.outgoing(p.schema) for p in parameters}
        if not types:
            return ""
        return "{" + ", ".join(f"{name!r}: {kind}" for name, kind in types.items()) + "}"

    def _body_type(self, body: Body) -> str:
        if body.kind is BodyKind.NONE:
            return ""
        if body.kind is BodyKind.EMPTY:
            return "dict[str, object]"
        if body.kind is BodyKind.UPLOAD:
            return "Upload"
        if body.kind is BodyKind.WHOLE:
            return self._annotations.outgoing(body.schema)
        return self._schemas.decided(ref_name(body.schema)).name

    def _paging(self, method: Method) -> str:
        if not method.paging:
            return ""
        table = method.paging
        keys: dict[str, Any] = {"items": tuple(table["items"].split("."))}
        for name in ("cursor", "total"):
            if name in table:
                keys[name] = tuple(table[name].split("."))
        operation = self._contract.operations[method.operation]
        known = {parameter.name for parameter in operation.parameters_in("query")}
        for name in ("parameter", "size_parameter"):
            if name in table and table[name] not in known:
                raise OverlayError(
                    f"operations.toml: {operation.id} has no query parameter {table[name]!r},"
                    f" which its paging names as its {name}"
                )
        if "cursor" not in table and "parameter" not in table:
            raise OverlayError(
                f"operations.toml: say by which query parameter {operation.id} counts its pages"
                " (paging.parameter)"
            )
        keys |= {name: table.get(name) for name in ("parameter", *sorted(table.keys() & _COUNTS))}
        return f"Paging({', '.join(f'{name}={value!r}' for name, value in keys.items())})"


def has_constant(method: Method) -> bool:
    """Return whether a method's operation is its own, not that of the method that it presets."""
    return not method.preset or method.idempotent is not None or method.permissions is not None


def _is_secret_location(operation: ContractOperation) -> bool:
    response = operation.facts["responses"][str(operation.success_status)]
    headers = {name.lower(): schema for name, schema in response.get("headers", {}).items()}
    return bool(headers.get("location", {}).get("x-secret"))
