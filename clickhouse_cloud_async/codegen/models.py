"""Writes `models/`: attrs classes, str enums and aliases, a module for each area."""

from __future__ import annotations

from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.model import camel_case

from .annotations import Annotations, Spelling, protecting
from .arguments import EXTRA
from .docstrings import docstring, field_facts, schema_doubts, with_article
from .errors import OverlayError
from .naming import enum_member
from .output import HEADER, STANDARD, Files, imports, names_used
from .schemas import EnumClass, Kind, Schemas, is_nullable
from .typed_dicts import TypedDicts

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.contract import Schema

    from .overlay import Overlay


class ModelWriter:
    """Writes the model modules of one API.

    Args:
        schemas: The schemas to write.
        overlay: The decisions about them.
        package: Dotted name of the package that holds ``models``.
    """

    def __init__(self, schemas: Schemas, overlay: Overlay, package: str) -> None:
        self._schemas = schemas
        self._overlay = overlay
        self._annotations = Annotations(schemas)
        self._package = f"{package}.models"
        enums = frozenset(each.name for each in schemas.enums.values() if each.has_texts)
        self.dicts: TypedDicts = TypedDicts(schemas, overlay, self._annotations)
        self._words = Spelling(enums)
        self.spelling: Spelling = Spelling(enums, self.dicts.models)

    @property
    def origins(self) -> dict[str, str]:
        """The module of every generated name."""
        models = {
            model.name: f"{self._package}.{model.module}" for model in self._overlay.models.values()
        }
        enums = {e.name: f"{self._package}.{e.module}" for e in self._schemas.enums.values()}
        words = {
            f"{each.name}Text": enums[each.name]
            for each in self._schemas.enums.values()
            if each.has_texts
        }
        dicts = {f"{name}Dict": f"{self._package}.dicts" for name in self.dicts.models}
        addresses = {each.name: f"{self._package}.addresses" for each in self._overlay.addresses}
        return models | enums | words | dicts | addresses

    def files(self) -> Files:
        """Return all modules, and the package that loads them on use."""
        files = {f"models/{name}.py": self._module(name) for name in self._overlay.module_docs}
        self._check_imports(files)
        dicts = self.dicts.module(self.spelling, STANDARD | self.origins)
        return files | {"models/__init__.py": self._package_module(), "models/dicts.py": dicts}

    def _check_imports(self, files: Files) -> None:
        """Refuse circular imports of modules, which could not be loaded."""
        graph: dict[str, set[str]] = {}
        for path, text in files.items():
            names = {self.origins.get(name, "") for name in names_used(text)}
            modules = {f"models/{name.rpartition('.')[2]}.py" for name in names if name}
            graph[path] = (modules & files.keys()) - {path}
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            circle = " -> ".join(path.removeprefix("models/")[:-3] for path in error.args[1])
            raise OverlayError(
                f"models.toml: these modules import each other: {circle}; move a model that they"
                " share to a module of its own"
            ) from None

    # --- modules ---

    def _module(self, name: str) -> str:
        enums = sorted(
            (e for e in self._schemas.enums.values() if e.module == name), key=lambda e: e.name
        )
        schemas = [m.schema for m in self._overlay.models.values() if m.module == name]
        kinds = {schema: self._schemas.kind(schema) for schema in schemas}
        classes = [s for s in schemas if kinds[s] is Kind.MODEL and not self._same_as(s)]
        parts = [self._enum(e) for e in enums]
        parts += [self._class(schema) for schema in classes]
        parts += self._aliases([s for s in schemas if s not in classes and kinds[s] != Kind.ENUM])
        body = "\n\n".join(parts)
        origins = STANDARD | self.origins
        own = f"{self._package}.{name}"
        names = {name for name in names_used(body) if origins.get(name) != own}
        doc = docstring(self._overlay.module_docs[name], (), 0)
        return "\n".join(
            (HEADER + doc, "from __future__ import annotations", imports(names, origins), body)
        )

    def _package_module(self) -> str:
        by_module: dict[str, list[str]] = defaultdict(list)
        for name, module in self.origins.items():
            by_module[module.rpartition(".")[2]].append(name)
        lines = [
            HEADER
            + '"""Every model of the API; a module is loaded when one of its names is used."""',
            "from __future__ import annotations",
            "from importlib import import_module",
            "from typing import TYPE_CHECKING",
            "if TYPE_CHECKING:",
        ]
        for module, names in sorted(by_module.items()):
            lines.append(f"    from .{module} import {', '.join(sorted(names))}")
        lines.append("_MODULES = {")
        lines += [
            f"    {module!r}: {tuple(sorted(names))!r},"
            for module, names in sorted(by_module.items())
        ]
        lines += [
            "}",
            "_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}",
            "__all__ = [",
            *(f"    {name!r}," for name in sorted(self.origins)),
            "]",
            "if not TYPE_CHECKING:",
            "    # Type checkers would take every misspelt name for one that is there.",
            "    def __getattr__(name: str) -> object:",
            "        if name not in _MODULE_OF:",
            '            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")',
            '        module = import_module(f".{_MODULE_OF[name]}", __name__)',
            "        value: object = getattr(module, name)",
            "        globals()[name] = value",
            "        return value",
            "def __dir__() -> list[str]:",
            "    return __all__",
        ]
        return "\n".join(lines)

    # --- enums and aliases ---

    def _enum(self, enum_class: EnumClass) -> str:
        prefix = enum_class.prefix
        members = {value: enum_member(name, prefix) for value, name in enum_class.words.items()}
        if len(set(members.values())) < len(members):
            raise OverlayError(f"enums.toml: two values of {enum_class.name} get the same name")
        kind = "StrEnum" if enum_class.has_texts else "IntEnum"
        lines = [f"class {enum_class.name}({kind}):", docstring(enum_class.doc, (), 4), ""]
        lines += [f"    {name} = {value!r}" for value, name in members.items()]
        if not enum_class.has_texts:
            return "\n".join(lines)
        words = ", ".join(map(repr, members))
        doc = f"The words of `{enum_class.name}`, for type checkers."
        lines += ["", f"{enum_class.name}Text: TypeAlias = Literal[{words}]", docstring(doc, (), 0)]
        return "\n".join(lines)

    def _aliases(self, schemas: list[str]) -> list[str]:
        """Return aliases in order: they are evaluated on import, dependencies first."""
        names = {self._schemas.decided(schema).name: schema for schema in schemas}
        values = {name: self._alias_value(schema) for name, schema in names.items()}
        # Sorted: the order of a set differs from one run to the next.
        graph = {
            name: sorted(names_used(value) & names.keys() - {name})
            for name, value in values.items()
        }
        try:
            order = TopologicalSorter(dict(sorted(graph.items()))).static_order()
        except CycleError as error:
            raise OverlayError(f"these aliases name each other: {error.args[1]}") from None
        return [
            f"{name}: TypeAlias = {values[name]}\n"
            + docstring(self._alias_summary(names[name]), (), 0)
            for name in order
        ]

    def _alias_summary(self, schema: str) -> str:
        """Return the docstring of an alias, with the variant of objects without a tag."""
        doc, facts = self._schemas.decided(schema).doc, self._schemas.schemas[schema]
        default = facts.get("x-default-member")
        if default is None:
            return doc
        variant = with_article(f"`{self._schemas.python_name(default)}`")
        probably = "probably " if facts.get("x-uncertain-default-member") else ""
        tag = self._schemas.default_tags[default]
        return f"{doc}\n\nAn object without `{tag}` is {probably}{variant}."

    def _alias_value(self, schema: str) -> str:
        same = self._same_as(schema)
        if same:
            return self._schemas.decided(same).name
        facts = self._schemas.schemas[schema]
        if self._schemas.request_only(schema) and self._schemas.variants(facts):
            return " | ".join(
                self._schemas.decided(variant).name for variant in self._schemas.variants(facts)
            )
        value = self._annotations.incoming(facts)
        return f"{value} | None" if is_nullable(facts) else value

    def _same_as(self, schema: str) -> str | None:
        same = self._schemas.decided(schema).same_as
        if same is not None:
            ours, theirs = (self._shape(self._schemas.schemas[s]) for s in (schema, same))
            if ours != theirs:
                raise OverlayError(f"models.toml: {schema} is not the same as {same}")
        return same

    def _shape(self, schema: Schema) -> dict[str, Any]:
        return {
            wire: self._annotations.incoming(child) for wire, child in schema["properties"].items()
        }

    # --- classes ---

    def _class(self, schema: str) -> str:
        decided = self._schemas.decided(schema)
        properties: dict[str, Schema] = self._schemas.schemas[schema]["properties"]
        names = {wire: self._overlay.field_name(schema, wire) for wire in properties}
        if len(set(names.values())) < len(names):
            raise OverlayError(f"fields.toml: two fields of {schema} get the same Python name")
        if EXTRA.name in names.values():
            raise OverlayError(f"fields.toml: {EXTRA.name} is taken; rename a field of {schema}")
        base = "ResponseModel" if self._schemas.response_only(schema) else "RequestModel"
        attributes = [
            (names[wire], self.field_doc(schema, wire, child)) for wire, child in properties.items()
        ]
        lines = [
            "@attrs.define(kw_only=True, repr=False)",
            f"class {decided.name}({base}):",
            docstring(self._summary(schema), [("Attributes", attributes)], 4),
            "",
            *self._class_variables(schema, names),
            *(self._field(schema, wire, names[wire]) for wire in properties),
        ]
        return "\n".join(lines)

    def _summary(self, schema: str) -> str:
        """Return the description of an object, with notes about uncertain facts."""
        doc = self._schemas.decided(schema).doc
        return "\n\n".join((doc, *schema_doubts(self._schemas.schemas[schema])))

    def _class_variables(self, schema: str, names: dict[str, str]) -> list[str]:
        lines: list[str] = []
        compound = {wire: name for wire, name in names.items() if "_" in name}
        is_snake_case = sum(map(str.__eq__, compound, compound.values())) > len(compound) / 2
        if is_snake_case:
            lines.append("    _is_snake_case: ClassVar[bool] = True")
        mechanical = str if is_snake_case else camel_case
        wires = {name: wire for wire, name in names.items() if mechanical(name) != wire}
        if wires:
            lines.append(f"    _wire_names: ClassVar[Mapping[str, str]] = {wires!r}")
        tags = self._schemas.tags.get(schema)
        if tags:
            lines.append(f"    _tags: ClassVar[Mapping[str, tuple[object, ...]]] = {tags!r}")
        default_tag = self._schemas.default_tags.get(schema)
        if default_tag:
            lines.append(f"    _default_tag: ClassVar[str | None] = {default_tag!r}")
        return [*lines, ""] if lines else []

    def field_doc(self, schema: str, wire: str, child: Schema) -> str:
        """Return the description of a field, with the facts of the contract."""
        facts = field_facts({**self._schemas.resolve(child), **child})
        words = self._overlay.field_doc(schema, wire)
        if not words:
            raise OverlayError(f'fields.toml: say what "{wire}" means (in {schema})')
        return " ".join((words, *facts))

    def is_required(self, schema: str, wire: str) -> bool:
        """Return whether a field is required in requests."""
        required = self._schemas.schemas[schema].get("required", ())
        return wire in required or wire in self._schemas.decided(schema).require

    def _field(self, schema: str, wire: str, name: str) -> str:
        child = self._schemas.schemas[schema]["properties"][wire]
        if self._schemas.response_only(schema):
            return self._response_field(schema, wire, name, child)
        annotation, default = self.argument(schema, wire)
        if self._annotations.is_secret(child):
            converter = protecting(annotation)
            annotation = annotation.replace("Secret | str", "Secret")
            annotation = annotation.replace("SecretObject | Mapping[str, object]", "SecretObject")
            given = f"default={default}, " if default else ""
            return f"    {name}: {annotation} = attrs.field({given}converter={converter})"
        return f"    {name}: {annotation}" + (f" = {default}" if default else "")

    def _response_field(self, schema: str, wire: str, name: str, child: Schema) -> str:
        annotation = self._annotations.incoming(child)
        sure = wire in self._schemas.decided(schema).always or self.is_required(schema, wire)
        if sure and not is_nullable(self._schemas.resolve(child)):
            return f"    {name}: {annotation}"
        return f"    {name}: {annotation} | None = None"

    def argument(self, schema: str, wire: str) -> tuple[str, str]:
        """Annotation and default of a field where a caller gives it; no default if required."""
        child = self._schemas.schemas[schema]["properties"][wire]
        shared = not self._schemas.request_only(schema)
        annotation = (self._annotations.incoming if shared else self._annotations.outgoing)(child)
        annotation = self._words.written(annotation)
        nullable = is_nullable(child) or is_nullable(self._schemas.resolve(child))
        required = self.is_required(schema, wire)
        or_null = " | None" if nullable or (shared and not required) else ""
        tag = self._fixed_tag(schema, wire)
        if tag is not None or required:
            return annotation + or_null, tag or ""
        if annotation == "None":
            return "Unset | None", "UNSET"
        return f"{annotation} | Unset{or_null}", "UNSET"

    def _fixed_tag(self, schema: str, wire: str) -> str | None:
        """The value of a field that has just one and tells a union's variants apart."""
        values = self._schemas.tags.get(schema, {}).get(wire, ())
        return repr(values[0]) if len(values) == 1 else None
