"""Writes `sync/`: the async classes without ``await``, from their source."""

from __future__ import annotations

import ast
import re
import textwrap
from typing import TYPE_CHECKING

from .docstrings import quoted
from .errors import GeneratorError
from .output import HEADER, STANDARD, Files, import_block

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from .overlay import Facade

_TABLE = "namespaces.py"
"""The module with the namespaces of the client; its counterpart is the package `sync` itself."""

_ROOMS = {"operations", "extensions", "groups"}
"""Folders whose modules have counterparts of the same names."""

_SYNC_DUNDERS = {"__aenter__": "__enter__", "__aexit__": "__exit__"}
_KEPT = {"__init__", "__enter__", "__exit__"}
_RUNTIME = {
    "run": "clickhouse_cloud_async.core.sync",
    "iterate": "clickhouse_cloud_async.core.sync",
    "entered": "clickhouse_cloud_async.core.sync",
    "AbstractContextManager": "contextlib",
    "Self": "typing",
    "view_of": "clickhouse_cloud_async.core.sync_client",
}

_SYNC_KINDS = {
    "AsyncIterator": "Iterator",
    "AbstractAsyncContextManager": "AbstractContextManager",
    "AsyncAPIClient": "AsyncAPIClient",
}
"""Replacements for generic names of the standard library."""

_PROTECTIONS = frozenset(("protect", "protect_values", "protect_object", "protect_in", "veil"))

Function = ast.FunctionDef | ast.AsyncFunctionDef


class FacadeWriter:
    """Writes the sync facade of one API.

    Args:
        root: Folder of the project's package.
        folder: The API's folder in it.
        operations: Text of the generated async modules, by path below the API's folder;
            hand-written ones are read from its ``extensions/`` and ``client.py``.
        facade: Further classes that have a sync counterpart.
    """

    def __init__(self, root: Path, folder: Path, operations: Files, facade: Facade) -> None:
        self._root = root
        self._folder = folder
        self._operations = operations
        self._facade = facade

    def files(self) -> Files:
        """A module for each async one, with the same name."""
        files = {}
        for path, text in self._operations.items():
            name = "__init__.py" if path == _TABLE else path.rpartition("/")[2]
            modules = [_Module(text, self._dotted(self._folder / path))]
            by_hand = self._folder / "extensions" / name
            if by_hand.exists() and path != _TABLE:
                modules.append(self._read(by_hand))
            files[f"sync/{name}"] = self._write(modules, self._sync_extension(name))
        client = [self._root / "core" / "client.py", self._folder / "client.py"]
        if not client[1].exists():
            raise GeneratorError(
                f"{client[1]} is missing: write the async client by hand, a subclass of"
                " AsyncAPIClient and of the generated AsyncNamespaces"
            )
        base = self._read(self._root / "core" / "sync_client.py")
        files["sync/client.py"] = self._write(
            [self._read(path) for path in client], (base, base.client_class()), ("Namespaces",)
        )
        return files | dict(self._further_files())

    def _sync_extension(self, name: str) -> tuple[_Module, ast.ClassDef] | None:
        """Return the hand-written base of a sync class, for methods that are not generated."""
        path = self._folder / "extensions" / f"sync_{name}"
        if not path.exists():
            return None
        module = self._read(path)
        return module, module.client_class()

    def _further_files(self) -> Iterator[tuple[str, str]]:
        for source in self._facade.sources:
            module = self._read(self._root / source)
            by_hand = self._read(self._root / self._facade.by_hand)
            base = by_hand.classes()[f"Sync{_sync_name(module.client_class().name)}"]
            modules = [*self._bases(module), module]
            yield f"sync/{source.rpartition('/')[2]}", self._write(modules, (by_hand, base))

    def _bases(self, module: _Module) -> Iterator[_Module]:
        """Yield the modules of the engines' base classes of a module's class, farthest first."""
        origins = module.origins({})
        for node in module.client_class().bases:
            if isinstance(node, ast.Name) and origins[node.id].startswith(f"{self._root.name}."):
                path = self._root.joinpath(*origins[node.id].split(".")[1:])
                base = self._read(path.with_suffix(".py"))
                yield from self._bases(base)
                yield base

    def _further_counterparts(self) -> dict[str, str]:
        """Return the module of each sync class whose async class is outside of the API's folder."""
        if not self._facade.sources:
            return {}
        by_hand = self._read(self._root / self._facade.by_hand)
        counterparts = dict.fromkeys(by_hand.classes(), by_hand.name)
        for source in self._facade.sources:
            module = self._read(self._root / source)
            folder = self._dotted(self._folder)
            name = _sync_name(module.client_class().name)
            counterparts[name] = f"{folder}.sync.{module.name.rpartition('.')[2]}"
        return counterparts

    def _read(self, path: Path) -> _Module:
        return _Module(path.read_text(encoding="utf-8"), self._dotted(path))

    def _dotted(self, path: Path) -> str:
        return ".".join(path.relative_to(self._root.parent).with_suffix("").parts)

    def _write(
        self,
        modules: list[_Module],
        by_hand: tuple[_Module, ast.ClassDef] | None = None,
        bases: tuple[str, ...] = (),
    ) -> str:
        origins = STANDARD | _RUNTIME
        counterparts = self._further_counterparts()
        for module in modules:
            origins |= module.origins(counterparts)
        base = None
        if by_hand is not None:
            home, base = by_hand
            origins[base.name] = home.name
            bases = (base.name, *bases)
        classes = [module.client_class() for module in modules]
        body = _facade_class(classes, base, bases, origins)
        doc = _docstring(modules[-1].tree)
        future = "from __future__ import annotations"
        return "\n".join((HEADER + doc, future, import_block(body, origins), "", body))


class _Module:
    """Source of an async module."""

    def __init__(self, source: str, name: str) -> None:
        self.tree = ast.parse(source)
        self.name = name

    def client_class(self) -> ast.ClassDef:
        """Its first class, the only one with a counterpart."""
        return next(iter(self.classes().values()))

    def classes(self) -> dict[str, ast.ClassDef]:
        """Its classes by name."""
        return {node.name: node for node in self.tree.body if isinstance(node, ast.ClassDef)}

    def origins(self, counterparts: Mapping[str, str]) -> dict[str, str]:
        """Return where its names come from, and the sync names that stand for async ones.

        Args:
            counterparts: The module of each sync class that stands for one of no API's folder.
        """
        origins: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and node.module != "__future__":
                module = node.module or ""
                if node.level:
                    module = ".".join((*self.name.split(".")[: -node.level], module)).rstrip(".")
                origins |= {alias.name: module for alias in node.names}
            elif isinstance(node, ast.Import):
                origins |= {alias.name: "" for alias in node.names}
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef):
                origins[node.name] = self.name.removesuffix(".__init__")
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                origins[node.targets[0].id] = self.name
        return origins | dict(_sync_origins(origins, counterparts))


def _sync_name(name: str) -> str:
    return name.removeprefix("Async")


def _sync_origins(
    origins: Mapping[str, str], counterparts: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield the names of the counterparts of async classes, and where each comes from."""
    rooms = {home.rpartition(".")[0] for home in counterparts.values()}
    for name, module in origins.items():
        counterpart = _sync_name(name)
        if counterpart == name:
            continue
        if counterpart in counterparts and (".apis." not in module or module in rooms):
            yield counterpart, module  # a public name has its counterpart beside it
        elif ".apis." in module:
            yield counterpart, counterparts.get(counterpart) or _sync_module(module)


def _sync_module(module: str) -> str:
    package, _, last = module.rpartition(".")
    above, _, room = package.rpartition(".")
    if room in _ROOMS:
        return f"{above}.sync.{last}"
    return f"{package}.sync" if f"{last}.py" == _TABLE else f"{package}.sync.{last}"


class _SyncNames(ast.NodeTransformer):
    """Replaces the names of async classes by those of their counterparts."""

    def visit_Name(self, node: ast.Name) -> ast.Name:  # the name that ast calls
        return ast.Name(_SYNC_KINDS.get(node.id) or _sync_name(node.id))


def _facade_class(
    classes: list[ast.ClassDef],
    by_hand: ast.ClassDef | None,
    bases: tuple[str, ...],
    origins: Mapping[str, str],
) -> str:
    functions: dict[str, Function] = {}
    for node in classes:
        functions |= {f.name: f for f in node.body if isinstance(f, Function)}
    original = classes[-1]
    is_table = original.name == "AsyncNamespaces"
    name = _sync_name(original.name) + (f"({', '.join(bases)})" if bases else "")
    doc = _docstring(original)
    if by_hand:
        functions = {n: f for n, f in functions.items() if n not in _names_of(by_hand)}
        head = [f"    _async: {original.name}"]
        if "__init__" not in functions:
            doc = _without_arguments(doc)
    elif is_table:
        head = [f"    _namespaces: {original.name}"]
    else:
        head = [f"    def __init__(self, namespace: {original.name}) -> None:"]
        head.append("        self._async = namespace")
    lines = [f"class {name}:", textwrap.indent(doc, "    "), *head]
    attribute = "_namespaces" if is_table else "_async"
    for function in functions.values():
        lines += _facade_function(function, original.name, f"self.{attribute}", origins)
    return "\n".join(lines)


def _without_arguments(doc: str) -> str:
    """Return the docstring of a class whose constructor is not called by users."""
    text, found, _ = doc.partition("\n\nArgs:\n")
    return f'{text}\n"""' if found else doc


def _names_of(node: ast.ClassDef) -> set[str]:
    return {function.name for function in node.body if isinstance(function, Function)}


def _facade_function(
    function: Function, owner: str, inner: str, origins: Mapping[str, str]
) -> Iterator[str]:
    decorators = {d.id for d in function.decorator_list if isinstance(d, ast.Name)}
    name = _SYNC_DUNDERS.get(function.name, function.name)
    if name.startswith("_") and name not in _KEPT:
        return
    if name == "__init__":
        call = f"{inner} = {owner}({_passed_on(function)})\nself._namespaces = {inner}"
    elif name == "__enter__":
        call = "return self"
    elif name == "__exit__":
        call = "self.close()"
    elif decorators & {"cached_property", "property"}:
        yield f"    @{decorators.pop()}"
        call = _wrapped(function, f"{inner}.{name}", origins)
    else:
        call = _method_call(function, f"{inner}.{name}", origins)
    yield f"    def {name}({_signature(function)}) -> {_annotation(function)}:"
    if ast.get_docstring(function):
        yield textwrap.indent(_docstring(function), " " * 8)
    for line in (*_rebound(function), call):
        yield textwrap.indent(line, " " * 8)


def _method_call(function: Function, method: str, origins: Mapping[str, str]) -> str:
    """Return statements that call a method of the async object and return its result."""
    passed = _passed_on(function)
    if isinstance(function, ast.FunctionDef) and _is_wrapped(function):
        return _wrapped(function, f"{method}({passed})", origins)
    if _returns_self(function):
        return f"return view_of(type(self), {method}({passed}))"
    if _returns_generic(function, "AsyncIterator"):
        return f"return iterate({method}({passed}))"
    if _returns_generic(function, "AbstractAsyncContextManager"):
        return f"return entered({method}({passed}))"
    returns = isinstance(function.returns, ast.Constant) and function.returns.value is None
    call = f"run({', '.join(part for part in (method, passed) if part)})"
    return call if returns else f"return {call}"


def _is_wrapped(function: Function) -> bool:
    """Return whether a function returns an object with a counterpart."""
    return isinstance(function.returns, ast.Name) and function.returns.id.startswith("Async")


def _wrapped(function: Function, value: str, origins: Mapping[str, str]) -> str:
    """Return statements that return a value, or its counterpart if there is one."""
    if not _is_wrapped(function):
        return f"return {value}"
    assert isinstance(function.returns, ast.Name)
    name = _sync_name(function.returns.id)
    is_loaded_late = any(isinstance(node, ast.ImportFrom) for node in function.body)
    load = f"from {origins[name]} import {name}\n" if is_loaded_late else ""
    return f"{load}return {name}({value})"


def _rebound(function: Function) -> Iterator[str]:
    """Return the statements at the start of a function that wrap its secrets."""
    for node in function.body:
        if isinstance(node, ast.Assign) and set() < _names_called(node) <= _PROTECTIONS:
            yield ast.unparse(node)


def _names_called(node: ast.AST) -> frozenset[str]:
    calls = (part.func for part in ast.walk(node) if isinstance(part, ast.Call))
    return frozenset(call.id for call in calls if isinstance(call, ast.Name))


def _returns_self(function: Function) -> bool:
    """Return whether a function returns another client of the same class."""
    returns = function.returns
    return isinstance(function, ast.FunctionDef) and (
        isinstance(returns, ast.Name) and returns.id == "Self"
    )


def _returns_generic(function: Function, name: str) -> bool:
    """Return whether a function returns a generic type of this name."""
    returns = function.returns
    return (
        isinstance(returns, ast.Subscript)
        and isinstance(returns.value, ast.Name)
        and returns.value.id == name
    )


def _signature(function: Function) -> str:
    return ast.unparse(_SyncNames().visit(function.args))


def _annotation(function: Function) -> str:
    assert function.returns is not None
    return ast.unparse(_SyncNames().visit(function.returns))


def _passed_on(function: Function) -> str:
    arguments = function.args
    positional = [argument.arg for argument in arguments.args[1:]]
    keywords = [f"{argument.arg}={argument.arg}" for argument in arguments.kwonlyargs]
    rest = [f"**{arguments.kwarg.arg}"] if arguments.kwarg else []
    return ", ".join((*positional, *keywords, *rest))


def _docstring(node: ast.Module | ast.ClassDef | Function) -> str:
    return quoted(_without_await(ast.get_docstring(node) or ""))


def _without_await(docstring: str) -> str:
    """Return a docstring with its examples as sync code."""
    return re.sub(
        r"^ *(?:>>>|\.\.\.) .*$",
        lambda line: re.sub(r"\b(?:await|async) ", "", line[0]),
        docstring,
        flags=re.MULTILINE,
    )
