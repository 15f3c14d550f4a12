"""Writes `operations/`: the async namespaces, a module for each."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

import attrs

from clickhouse_cloud_async.core.contract import (
    Contract,
    ContractOperation,
    ref_name,
)

from .addresses import Addresses
from .annotations import Annotations
from .arguments import EXTRA, Argument, Arguments, protection, signature
from .bodies import Body, BodyKind, body_of, header_parameters
from .docstrings import docstring, operation_doubts, permission_note, refusals_of
from .errors import OverlayError
from .lifecycles import LifecycleWriter
from .operation_values import OperationValues, has_constant
from .output import HEADER, STANDARD, Files, import_block
from .permissions import PermissionWriter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from .models import ModelWriter
    from .overlay import Idempotency, Method, Namespace, Overlay
    from .schemas import Schemas


_PLAIN_RESULTS = {
    "str": "The text of the response.",
    "bytes": "The content of the response.",
    "Secret": "The text of the response, kept out of logs.",
}


_RETRIED = (
    "Retried for up to 15 minutes while the API refuses it with 409 because an earlier transition"
    " is not over; this is logged. By default the timeout of the call does not"
    " include these waits."
)


class OperationWriter:
    """Writes the namespaces of one API.

    Args:
        contract: The facts.
        overlay: The decisions.
        schemas: The schemas that operations carry.
        models: The writer of their models.
        package: Dotted name of the package that holds ``operations``.
        folder: Its folder, which is searched for hand-written subclasses of namespaces.
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
        self._addresses = Addresses(contract, overlay, self._parameters)
        self._lifecycles = LifecycleWriter(
            contract,
            overlay,
            schemas,
            self._annotations,
            self._parameters,
            self._values,
            models.spelling,
            self._addresses,
        )
        self._package = package
        self._folder = folder
        self._check_names()

    def files(self) -> Files:
        """Return a module for each namespace, and the one that hangs them on the client."""
        files = {
            f"{self._room(namespace)}/{namespace.module}.py": self._module(namespace)
            for namespace in self._overlay.namespaces
        }
        return files | {"namespaces.py": self._namespaces_module()}

    def further_files(self) -> Files:
        """The addresses, the table of the permissions that methods need, and the package."""
        table = PermissionWriter(self._contract, self._overlay, self._values, self._folder)
        package = {"operations/__init__.py": f'{HEADER}"""The operations, a module a namespace."""'}
        if any(self._room(namespace) == "groups" for namespace in self._overlay.namespaces):
            package["groups/__init__.py"] = f'{HEADER}"""The namespaces that hold extensions."""'
        return package | table.files() | self._addresses.files()

    def _check_names(self) -> None:
        """Refuse a namespace whose class has the name of a model: both would be in one module."""
        models = self._models.origins.keys()
        for namespace in self._overlay.namespaces:
            name = self._overlay.class_name(namespace)
            if name in models:
                raise OverlayError(
                    f"api.toml, [classes]: a model is called {name}, too; give the class of the"
                    f' namespace another name, such as "{namespace.name}" = "{name}API"'
                )

    # --- modules ---

    def _namespaces_module(self) -> str:
        top = [ns for ns in self._overlay.namespaces if not ns.parent]
        lines = [
            HEADER + '"""The namespaces of the client, which load when they are used."""',
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

    def _room(self, namespace: Namespace) -> str:
        """Return the folder of a namespace's module.

        One that holds an extension stands above extensions, and so outside of ``operations``.
        """
        holds = any(
            self._is_extended(child) or self._room(child) == "groups"
            for child in self._children(namespace)
        )
        return "groups" if holds else "operations"

    def _is_extended(self, namespace: Namespace) -> bool:
        return (self._folder / "extensions" / f"{namespace.module}.py").exists()

    def _children(self, namespace: Namespace) -> list[Namespace]:
        return [ns for ns in self._overlay.namespaces if ns.parent == namespace.name]

    def _import(self, namespace: Namespace) -> str:
        name = f"Async{self._overlay.class_name(namespace)}"
        room = "extensions" if self._is_extended(namespace) else self._room(namespace)
        return f"from {self._package}.{room}.{namespace.module} import {name}"

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
        children = self._children(namespace)
        body = "\n".join(
            (
                *(
                    self._values.constant(method)
                    for method in namespace.methods
                    if has_constant(method)
                ),
                *self._lifecycles.constants(namespace),
                *self._conflicts(namespace),
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

    def _conflicts(self, namespace: Namespace) -> Iterator[str]:
        for method in namespace.methods:
            conflict = self._lifecycles.conflict(method.operation)
            if conflict and has_constant(method):
                yield f"{self._values.name(method)}_CONFLICT: PassingConflict = {conflict}"

    # --- methods ---

    def _methods(self, namespace: Namespace, method: Method) -> Iterator[str]:
        operation = self._contract.operations[method.operation]
        if method.download:
            yield self._method(namespace, method, operation)
            yield self._downloading(namespace, method, operation)
        elif not method.paging:
            yield self._method(namespace, method, operation)
        elif method.paging.get("collect", True):
            yield self._collecting(namespace, method, operation)
            yield self._iterating(namespace, method, operation)
        else:
            yield self._method(namespace, method, operation)
            yield self._iterating(namespace, method, operation)

    def _method(self, namespace: Namespace, method: Method, operation: ContractOperation) -> str:
        result = self._values.result(method)
        given = self._call_arguments(method, operation)
        if self._lifecycles.conflict(operation.id):
            given += f", conflict={self._values.name(method)}_CONFLICT"
        call = f"self._caller.call({given})"
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

    def _downloading(
        self, namespace: Namespace, method: Method, operation: ContractOperation
    ) -> str:
        save_to = Argument(
            "save_to",
            "str | PathLike[str]",
            "",
            "Path of the file, which appears once it is complete and replaces what is there.",
        )
        call = f"self._caller.download({self._call_arguments(method, operation)}, save_to=save_to)"
        return self._definition(
            namespace,
            f"async def {method.download}",
            method,
            operation,
            "None",
            f"await {call}",
            f"Write what `{method.name}` returns to a file, as it arrives.",
            (save_to,),
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
        further: tuple[Argument, ...] = (),
    ) -> str:
        positional, keywords = self._arguments(method, operation)
        positional += further
        parameters = signature(positional, keywords)
        given = [*positional, *keywords]
        text = self._docstring(doc, method, operation, given, returns)
        secrets = [argument.protection for argument in given if argument.protection]
        if any(each.name == "list" for each in namespace.methods):
            # Inside such a class `list` is the method.
            returns, parameters = (
                re.sub(r"\blist\[", "builtins.list[", text) for text in (returns, parameters)
            )
        return "\n".join(
            (
                f"    {head}({parameters}) -> {returns}:",
                text,
                *(textwrap.indent(line, " " * 8) for line in (*secrets, statement)),
            )
        )

    def _arguments(
        self, method: Method, operation: ContractOperation
    ) -> tuple[list[Argument], list[Argument]]:
        scopes = self._parameters.scopes(operation)
        positional = self._addresses.arguments(operation)
        keywords: list[Argument] = []
        body = body_of(operation, self._schemas)
        if body.kind is BodyKind.FIELDS:
            inside = self._addresses.body_values(operation)
            keywords += self._body_arguments(method, ref_name(body.schema), inside)
        elif body.kind not in {BodyKind.NONE, BodyKind.EMPTY}:
            positional.append(self._whole_body_argument(method, body))
        keywords += [
            self._addresses.query_argument(operation, parameter)
            for parameter in operation.parameters_in("query")
        ]
        keywords += [
            self._parameters.parameter(operation, parameter)
            for parameter in header_parameters(operation)
        ]
        keywords.sort(key=lambda argument: bool(argument.default))
        if method.scope_first:
            positional.append(_required(scopes[-1]) if method.scope_required else scopes[-1])
            keywords += scopes[:-1]
        else:
            keywords += scopes
        if body.kind is BodyKind.FIELDS:
            keywords.append(EXTRA)
        what = "each page" if method.paging else "the whole call"
        timeout = f"Seconds for {what}, None for no limit; the client's by default."
        keywords.append(Argument("timeout", "float | Unset | None", "UNSET", timeout))
        return positional, keywords

    def _body_arguments(
        self, method: Method, schema: str, inside: Mapping[str, str]
    ) -> list[Argument]:
        """Return the arguments for the fields of a body, except those inside an address."""
        arguments = []
        for wire, child in self._schemas.schemas[schema]["properties"].items():
            if wire in inside or not method.takes(wire):
                continue
            annotation, default = self._models.argument(schema, wire)
            doc = self._models.field_doc(schema, wire, child)
            name = self._overlay.field_name(schema, wire)
            wrapped = protection(name, annotation, child, self._annotations)
            annotation = self._models.spelling.written(annotation)
            arguments.append(Argument(name, annotation, default, doc, wrapped))
        return arguments

    def _whole_body_argument(self, method: Method, body: Body) -> Argument:
        """Return the argument that takes the whole body."""
        doc = self._overlay.field_doc(method.operation, method.body)
        if body.kind is BodyKind.VARIANTS:
            decided = self._schemas.decided(ref_name(body.schema))
            annotation, doc = f"{decided.name} | Mapping[str, object]", doc or decided.doc
        elif body.kind is BodyKind.UPLOAD:
            annotation = "Upload"
        else:
            annotation = self._annotations.outgoing(body.schema)
        if not doc:
            raise OverlayError(
                f'fields.toml: say what "{method.body}" means (the body of {method.operation};'
                " operations.toml names it: body)"
            )
        wrapped = protection(method.body, annotation, body.schema, self._annotations)
        annotation = self._models.spelling.written(annotation)
        return Argument(method.body, annotation, "", doc, wrapped)

    # --- what a method does ---

    def _call_arguments(self, method: Method, operation: ContractOperation) -> str:
        arguments = [self._values.name(method)]
        path = operation.parameters_in("path")
        if path:
            values = (f"{p.name!r}: {self._addresses.value(operation, p)}" for p in path)
            arguments.append(f"path={{{', '.join(values)}}}")
        query = operation.parameters_in("query")
        if query:
            values = (f"{p.name!r}: {self._addresses.query_value(operation, p)}" for p in query)
            arguments.append(f"query={{{', '.join(values)}}}")
        headers = header_parameters(operation)
        if headers:
            values = (f"{p.name!r}: {self._overlay.parameter_name(operation, p)}" for p in headers)
            arguments.append(f"headers={{{', '.join(values)}}}")
        body = body_of(operation, self._schemas)
        if body.kind is not BodyKind.NONE:
            arguments.append(f"body={self._body(method, operation, body)}")
        arguments.append("timeout=timeout")
        return ", ".join(arguments)

    def _body(self, method: Method, operation: ContractOperation, body: Body) -> str:
        if body.kind is BodyKind.EMPTY:
            return "{}"
        if body.kind is not BodyKind.FIELDS:
            return method.body
        name = ref_name(body.schema)
        fixed = {wire: repr(value) for wire, value in method.preset.items()}
        fixed |= self._addresses.body_values(operation)
        fields = {
            self._overlay.field_name(name, wire): fixed.get(wire)
            or self._overlay.field_name(name, wire)
            for wire in self._schemas.schemas[name]["properties"]
            if wire in fixed or method.takes(wire)
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
        if self._lifecycles.conflict(operation.id):
            notes.append(_RETRIED)
        permissions = self._values.permissions(method)
        if permissions is not None:
            notes.append(permission_note(permissions, self._overlay.credential))
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
        each = models.get(item) or ("A text." if item == "str" else "")
        if annotation.startswith("list["):
            return f"A list.{_each_item(each)}"
        if annotation.startswith("AsyncIterator["):
            return f"An iterator.{_each_item(each)}"
        return models.get(item) or _PLAIN_RESULTS.get(item, "The response of the API.")

    def _raises(
        self, operation: ContractOperation, arguments: list[Argument], idempotency: Idempotency
    ) -> list[tuple[str, str]]:
        statuses = set(operation.statuses)
        statuses |= set(operation.facts.get("x-stated-statuses", ())) | {401, 403}
        if self._overlay.own_path_parameters(operation):
            statuses.add(404)
        refusals = refusals_of(self._overlay.credential)
        entries = [("InvalidArgumentError", "An argument cannot be sent; nothing was sent.")]
        if any(argument.name != "timeout" for argument in arguments):
            entries.append(("BadRequestError", "The API refuses an argument."))
        entries += [refusals[status] for status in sorted(statuses) if status in refusals]
        if not idempotency.idempotent:
            entries.append(
                ("OutcomeUnknownError", "The request may or may not have been carried out.")
            )
        root = "Any other failure; see the subclass."
        return [*entries, ("CloudError", root)]


def _required(scope: Argument) -> Argument:
    """Return the argument of a scope that is required."""
    annotation, doc = scope.annotation.removesuffix(" | None"), scope.doc.partition(";")[0]
    return attrs.evolve(scope, annotation=annotation, default="", doc=f"{doc}.")


def _each_item(doc: str) -> str:
    """Return a sentence that describes the items of a list by the docstring of their class."""
    if not doc:
        return ""
    has_article = doc.split(maxsplit=1)[0].lower() in {"a", "an", "the"}
    return f" Each item {'is ' if has_article else 'describes '}{doc[:1].lower()}{doc[1:]}"
