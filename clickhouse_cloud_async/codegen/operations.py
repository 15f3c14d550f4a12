"""Writes `operations/`: the async namespaces, a module for each."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.contract import (
    Contract,
    ContractOperation,
    Parameter,
    Schema,
    ref_name,
)

from .annotations import Annotations
from .arguments import EXTRA, Argument, Arguments, protection, signature
from .docstrings import REFUSALS, docstring, operation_doubts, permission_note
from .lifecycles import LifecycleWriter
from .operation_values import OperationValues, has_constant
from .output import HEADER, STANDARD, Files, import_block
from .overlay import Idempotency, Method, Namespace, Overlay, OverlayError
from .permissions import PermissionWriter
from .schemas import Kind, Schemas

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .models import ModelWriter


class OperationWriter:
    """Writes the namespaces of one API.

    Args:
        contract: The facts.
        overlay: The decisions.
        schemas: The schemas that operations carry.
        models: The writer of their models.
        package: Dotted name of the package that holds ``operations``.
        folder: Its folder; hand-written subclasses of namespaces are looked for below it.
    """

    def __init__(
        self,
        contract: Contract,
        overlay: Overlay,
        schemas: Schemas,
        models: ModelWriter,
        package: str,
        folder: Path,
    ) -> None:
        self._contract = contract
        self._overlay = overlay
        self._schemas = schemas
        self._models = models
        self._annotations = Annotations(schemas)
        self._values = OperationValues(contract, overlay, schemas, self._annotations)
        self._parameters = Arguments(overlay, self._annotations, models.spelling)
        self._lifecycles = LifecycleWriter(
            contract,
            overlay,
            schemas,
            self._annotations,
            self._parameters,
            self._values,
            models.spelling,
        )
        self._package = package
        self._folder = folder
        self._check()

    def files(self) -> Files:
        """A module for each namespace, and the package that hangs them on the client."""
        files = {f"operations/{ns.module}.py": self._module(ns) for ns in self._overlay.namespaces}
        return files | {"operations/__init__.py": self._package_module()}

    def permission_files(self) -> Files:
        """The table of the permissions that methods need."""
        return PermissionWriter(self._contract, self._overlay, self._values, self._folder).files()

    def _check(self) -> None:
        named = [m.operation for ns in self._overlay.namespaces for m in ns.methods if not m.preset]
        missing = [
            f"[{(op.tag or 'namespace').lower()}.{name}]\noperation = {name!r}"
            for name, op in self._contract.operations.items()
            if name not in named
        ]
        if missing:
            raise OverlayError("operations.toml: name these operations:\n" + "\n".join(missing))
        unknown = set(named) - self._contract.operations.keys()
        twice = {name for name in named if named.count(name) > 1}
        if unknown or twice:
            raise OverlayError(
                f"operations.toml: unknown {sorted(unknown)}, named twice {sorted(twice)}"
            )

    # --- modules ---

    def _package_module(self) -> str:
        top = [ns for ns in self._overlay.namespaces if not ns.parent]
        lines = [
            HEADER
            + '"""Every operation of the API, in namespaces that load when they are used."""',
            "from __future__ import annotations",
            "from functools import cached_property",
            "from typing import TYPE_CHECKING",
            "if TYPE_CHECKING:",
            "    from clickhouse_cloud_async.core.caller import Caller",
            *(f"    {self._import(ns)}" for ns in top),
            "class AsyncNamespaces:",
            '    """The namespaces of the client."""',
            "    if TYPE_CHECKING:",
            "        @property",
            "        def _caller(self) -> Caller: ...",
            *(line for ns in top for line in self._property(ns)),
        ]
        return "\n".join(lines)

    def _import(self, namespace: Namespace) -> str:
        name = f"Async{self._overlay.class_name(namespace)}"
        by_hand = self._folder / "extensions" / f"{namespace.module}.py"
        where = "extensions" if by_hand.exists() else "operations"
        return f"from {self._package}.{where}.{namespace.module} import {name}"

    def _property(self, namespace: Namespace) -> list[str]:
        name = f"Async{self._overlay.class_name(namespace)}"
        return [
            "    @cached_property",
            f"    def {namespace.attribute}(self) -> {name}:",
            docstring(namespace.doc, (), 8),
            f"        {self._import(namespace)}",
            f"        return {name}(self._caller)",
        ]

    def _module(self, namespace: Namespace) -> str:
        children = [ns for ns in self._overlay.namespaces if ns.parent == namespace.name]
        body = "\n".join(
            (
                *(
                    self._values.constant(method)
                    for method in namespace.methods
                    if has_constant(method)
                ),
                *self._lifecycles.constants(namespace),
                f"class Async{self._overlay.class_name(namespace)}(AsyncNamespace):",
                docstring(namespace.doc, (), 4),
                *("\n".join(self._property(child)) for child in children),
                *("\n".join(self._methods(namespace, method)) for method in namespace.methods),
                *self._lifecycles.methods(namespace),
            )
        )
        origins = STANDARD | self._models.origins
        children_imports = "\n".join(self._import(child) for child in children)
        block = import_block(body, origins, children_imports)
        doc = docstring(namespace.doc, (), 0)
        return "\n".join((HEADER + doc, "from __future__ import annotations", block, "", body))

    # --- methods ---

    def _methods(self, namespace: Namespace, method: Method) -> Iterator[str]:
        operation = self._contract.operations[method.operation]
        if not method.paging:
            yield self._method(namespace, method, operation)
        elif method.paging.get("collect", True):
            yield self._collecting(namespace, method, operation)
            yield self._iterating(namespace, method, operation)
        else:
            yield self._method(namespace, method, operation)
            yield self._iterating(namespace, method, operation)

    def _method(self, namespace: Namespace, method: Method, operation: ContractOperation) -> str:
        result = self._values.result(method)
        call = f"self._caller.call({self._call_arguments(method, operation)})"
        statement = f"await {call}" if result.annotation == "None" else f"return await {call}"
        return self._definition(
            namespace,
            f"async def {method.name}",
            method,
            operation,
            result.annotation,
            statement,
            method.doc,
        )

    def _collecting(
        self, namespace: Namespace, method: Method, operation: ContractOperation
    ) -> str:
        result = self._values.result(method)
        call = f"self._caller.pages({self._call_arguments(method, operation)})"
        return self._definition(
            namespace,
            f"async def {method.name}",
            method,
            operation,
            result.annotation,
            f"return [item async for item in {call}]",
            f"{method.doc}\n\nAll pages are read, one request each.",
        )

    def _iterating(self, namespace: Namespace, method: Method, operation: ContractOperation) -> str:
        result = self._values.result(method)
        annotation = "AsyncIterator" + result.annotation.removeprefix("list")
        doc = f"Iterate over what `{method.name}` gives, further pages included. Each is a request."
        call = f"self._caller.pages({self._call_arguments(method, operation)})"
        return self._definition(
            namespace,
            f"def {method.iterator}",
            method,
            operation,
            annotation,
            f"return {call}",
            doc,
        )

    def _definition(
        self,
        namespace: Namespace,
        head: str,
        method: Method,
        operation: ContractOperation,
        returns: str,
        statement: str,
        doc: str,
    ) -> str:
        positional, keywords = self._arguments(method, operation)
        if any(each.name == "list" for each in namespace.methods):
            # Inside such a class `list` is the method.
            returns = re.sub(r"\blist\[", "builtins.list[", returns)
        given = [*positional, *keywords]
        text = self._docstring(doc, method, operation, given, returns)
        secrets = [argument.protection for argument in given if argument.protection]
        return "\n".join(
            (
                f"    {head}({signature(positional, keywords)}) -> {returns}:",
                text,
                *(textwrap.indent(line, " " * 8) for line in (*secrets, statement)),
            )
        )

    def _arguments(
        self, method: Method, operation: ContractOperation
    ) -> tuple[list[Argument], list[Argument]]:
        scope = self._parameters.scope(operation)
        positional = [
            self._parameters.parameter(operation, parameter)
            for parameter in operation.parameters_in("path")
            if parameter.name != self._overlay.scope
        ]
        keywords: list[Argument] = []
        schema = self._schemas.bodies.get(operation.id)
        if schema is not None and self._is_union(schema):
            positional.append(self._union_argument(method, schema))
        elif schema is not None:
            keywords += self._body_arguments(method, ref_name(schema))
        keywords += [
            self._parameters.parameter(operation, p) for p in operation.parameters_in("query")
        ]
        keywords.sort(key=lambda argument: bool(argument.default))
        if method.scope_first:
            positional += scope
        else:
            keywords += scope
        if schema is not None and not self._is_union(schema):
            keywords.append(EXTRA)
        what = "each page" if method.paging else "the whole call"
        timeout = f"Seconds for {what}, None for no limit; the client's where left out."
        keywords.append(Argument("timeout", "float | Unset | None", "UNSET", timeout))
        return positional, keywords

    def _body_arguments(self, method: Method, schema: str) -> list[Argument]:
        arguments = []
        for wire, child in self._schemas.schemas[schema]["properties"].items():
            if wire in method.preset:
                continue
            annotation, default = self._models.argument(schema, wire)
            doc = self._models.field_doc(schema, wire, child)
            name = self._overlay.field_name(schema, wire)
            wrapped = protection(name, annotation, child, self._annotations)
            annotation = self._models.spelling.written(annotation)
            arguments.append(Argument(name, annotation, default, doc, wrapped))
        return arguments

    def _union_argument(self, method: Method, schema: Schema) -> Argument:
        decided = self._schemas.decided(ref_name(schema))
        annotation = f"{decided.name} | Mapping[str, object]"
        wrapped = protection(method.body, annotation, schema, self._annotations)
        annotation = self._models.spelling.written(annotation)
        return Argument(method.body, annotation, "", decided.doc, wrapped)

    def _is_union(self, schema: Schema) -> bool:
        return self._schemas.kind(ref_name(schema)) is Kind.UNION

    # --- what a method does ---

    def _call_arguments(self, method: Method, operation: ContractOperation) -> str:
        arguments = [self._values.name(method)]
        path = operation.parameters_in("path")
        if path:
            arguments.append(f"path={self._wire_dict(operation, path)}")
        query = operation.parameters_in("query")
        if query:
            arguments.append(f"query={self._wire_dict(operation, query)}")
        schema = self._schemas.bodies.get(operation.id)
        if schema is not None:
            arguments.append(f"body={self._body(method, schema)}")
        arguments.append("timeout=timeout")
        return ", ".join(arguments)

    def _wire_dict(self, operation: ContractOperation, parameters: tuple[Parameter, ...]) -> str:
        pairs = (
            f"{p.name!r}: {self._overlay.field_name(operation.id, p.name)}" for p in parameters
        )
        return "{" + ", ".join(pairs) + "}"

    def _body(self, method: Method, schema: Schema) -> str:
        name = ref_name(schema)
        if self._is_union(schema):
            return method.body
        fields = {
            self._overlay.field_name(name, wire): repr(method.preset[wire])
            if wire in method.preset
            else self._overlay.field_name(name, wire)
            for wire in self._schemas.schemas[name]["properties"]
        }
        fields[EXTRA.name] = EXTRA.name
        given = ", ".join(f"{field}={value}" for field, value in fields.items())
        return f"{self._schemas.decided(name).name}({given})"

    # --- docstrings ---

    def _docstring(
        self,
        doc: str,
        method: Method,
        operation: ContractOperation,
        arguments: list[Argument],
        returns: str,
    ) -> str:
        notes: list[str] = []
        idempotency = self._values.idempotency(method)
        if not idempotency.idempotent:
            notes.append(f"Not retried when its outcome is unknown: {idempotency.reason}.")
        permissions = self._values.permissions(method)
        if permissions is not None:
            notes.append(permission_note(permissions))
        if operation.beta:
            notes.append("Beta: the API may still change this call.")
        if operation.deprecated:
            notes.append("Deprecated by the API.")
        notes += operation_doubts(operation.facts)
        sections = [
            ("Args", [(argument.name, argument.doc) for argument in arguments]),
            ("Returns", [("", self._returns(returns))] if returns != "None" else []),
            ("Raises", self._raises(operation, arguments, idempotency)),
            ("", [("", f"Source: ``{operation.method} {operation.path}`` ({operation.id}).")]),
        ]
        return docstring("\n\n".join((doc, *notes)), sections, 8)

    def _returns(self, annotation: str) -> str:
        annotation = annotation.removeprefix("builtins.")
        item = annotation.removeprefix("AsyncIterator").removeprefix("list").strip("[]")
        models = {m.name: m.doc for m in self._overlay.models.values()}
        doc = models.get(item, "The text of the answer." if item == "str" else "")
        if annotation.startswith("list["):
            return f"A list; of each item: {doc[:1].lower()}{doc[1:]}" if doc else "A list."
        if annotation.startswith("AsyncIterator["):
            return (
                f"An iterator; of each item: {doc[:1].lower()}{doc[1:]}" if doc else "An iterator."
            )
        return doc or "The API's answer."

    def _raises(
        self, operation: ContractOperation, arguments: list[Argument], idempotency: Idempotency
    ) -> list[tuple[str, str]]:
        statuses = {int(status) for status in operation.facts["responses"]}
        statuses |= set(operation.facts.get("x-stated-statuses", ())) | {401, 403}
        own = [p for p in operation.parameters_in("path") if p.name != self._overlay.scope]
        if own:
            statuses.add(404)
        entries = [("InvalidArgumentError", "An argument cannot be sent; nothing was.")]
        if any(argument.name != "timeout" for argument in arguments):
            entries.append(("BadRequestError", "The API refuses an argument."))
        entries += [REFUSALS[status] for status in sorted(statuses) if status in REFUSALS]
        if not idempotency.idempotent:
            entries.append(("OutcomeUnknownError", "It may or may not have been carried out."))
        root = "Anything else that went wrong; the subclass says what."
        return [*entries, ("CloudError", root)]
