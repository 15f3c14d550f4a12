"""Operations as values: what the runtime has to know of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.core.contract import Contract, ContractOperation, Schema, ref_name

from .overlay import Idempotency, Method, Overlay, OverlayError
from .security import authentication

if TYPE_CHECKING:
    from .annotations import Annotations
    from .schemas import Schemas


_COUNTS = {"first_page", "size_parameter", "page_size"}
"""Keys of the table `paging` that are passed on as they are."""


@attrs.frozen
class Result:
    """What a successful answer carries."""

    annotation: str
    envelope: str | None
    text: bool


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
        """The statement that names the operation of a method."""
        annotation = f"Operation[{self.result(method).annotation}]"
        return f"{self.name(method)}: {annotation} = {self.value(method)}"

    def value(self, method: Method) -> str:
        """The operation of a method, as an expression."""
        operation = self._contract.operations[method.operation]
        result, permissions = self.result(method), self.permissions(method)
        auth = authentication(self._contract, self._overlay.authentication, operation)
        given = {
            "id": repr(operation.id),
            "method": repr(operation.method),
            "path": repr(operation.path),
            "result": "" if result.annotation == "None" else result.annotation,
            "envelope": repr(result.envelope) if result.envelope else "",
            "query": self._query_types(operation),
            "body": self._body_type(operation),
            "result_kind": "ResultKind.TEXT" if result.text else "",
            "paging": self._paging(method),
            "auth": repr(auth) if auth else "",
            "permissions": repr(permissions) if permissions is not None else "",
            "idempotent": "True" if self.idempotency(method).idempotent else "",
        }
        arguments = ", ".join(f"{name}={value}" for name, value in given.items() if value)
        return f"Operation({arguments})"

    def idempotency(self, method: Method) -> Idempotency:
        """Whether a method may be retried when its outcome is unknown, and why."""
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

    def result(self, method: Method) -> Result:
        """What a method's successful answer carries."""
        operation = self._contract.operations[method.operation]
        media, schema = operation.success_content
        if schema is None or media is None:
            return Result("None", None, text=False)
        if "json" not in media:
            return Result("str", None, text=True)
        envelope = self._overlay.envelope
        facts = self._schemas.resolve(schema)
        if envelope is None or "$ref" in schema or "properties" not in facts:
            return Result(self._annotations.incoming(schema), None, text=False)
        if envelope not in facts["properties"]:
            return Result("None", None, text=False)
        inner: Schema = facts["properties"][envelope]
        for key in method.paging.get("items", "").split(".")[1:]:
            inner = self._schemas.resolve(inner)["properties"][key]
        annotation = self._annotations.incoming(inner)
        return Result(annotation, envelope, text=False)

    def _query_types(self, operation: ContractOperation) -> str:
        types = {
            parameter.name: self._annotations.outgoing(parameter.schema)
            for parameter in operation.parameters_in("query")
        }
        if not types:
            return ""
        return "{" + ", ".join(f"{name!r}: {kind}" for name, kind in types.items()) + "}"

    def _body_type(self, operation: ContractOperation) -> str:
        schema = self._schemas.bodies.get(operation.id)
        return "" if schema is None else self._schemas.decided(ref_name(schema)).name

    def _paging(self, method: Method) -> str:
        if not method.paging:
            return ""
        table = method.paging
        keys: dict[str, Any] = {"items": tuple(table["items"].split("."))}
        if "cursor" in table:
            keys["cursor"] = tuple(table["cursor"].split("."))
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
    """Whether a method's operation is its own, and not that of the method that it presets."""
    return not method.preset or method.idempotent is not None or method.permissions is not None
