"""Writes the pages of ``reference/`` from the code: one per namespace, one per area of models."""

from __future__ import annotations

import enum
import inspect
import re
import shutil
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
from call_examples import namespaces

from clickhouse_cloud_async import AsyncClickHouseCloud, ClickHouseCloud
from clickhouse_cloud_async.apis.api7 import API7Cloud, AsyncAPI7Cloud
from clickhouse_cloud_async.apis.clickhouse import models
from clickhouse_cloud_async.apis.clickhouse.resources.kinds import KINDS
from clickhouse_cloud_async.apis.omnistrate import AsyncOmnistrate, Omnistrate
from clickhouse_cloud_async.desired.schema import field_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from sphinx.application import Sphinx

    from clickhouse_cloud_async.desired.field import Field
    from clickhouse_cloud_async.desired.kind import Kind

_TOKEN = "e30.e30.x"  # noqa: S105 - of nobody
"""A token without claims, for a client that sends no requests."""

_PAIR = ("key", "secret")


_NAME = re.compile(r"(?<!`)`([^`]+)`(?!`)")
_SOURCE = re.compile(r"Source: ``([A-Z]+ [^`]+)`` \((\w+)\)")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.connect("builder-inited", _write)
    return {"parallel_read_safe": True}


def _write(app: Sphinx) -> None:
    folder = Path(app.srcdir) / "reference"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "operations.rst").write_text(_operations_page(), encoding="utf-8")
    (folder / "kinds.rst").write_text(_kinds_page(), encoding="utf-8")
    for kind, pages in (
        ("namespaces", _namespace_pages(AsyncClickHouseCloud(*_PAIR), ClickHouseCloud(*_PAIR))),
        ("api7", _namespace_pages(AsyncAPI7Cloud(_TOKEN), API7Cloud(_TOKEN))),
        ("omnistrate", _namespace_pages(AsyncOmnistrate(token=_TOKEN), Omnistrate(token=_TOKEN))),
        ("models", _model_pages()),
    ):
        (folder / kind).mkdir(parents=True)
        for name, text in pages:
            (folder / kind / f"{name}.rst").write_text(text, encoding="utf-8")


def _namespace_pages(client: object, sync_client: object) -> Iterator[tuple[str, str]]:
    sync_kinds = dict(_namespaces(sync_client, ""))
    for name, kind in _namespaces(client, ""):
        # Examples show both forms of a call, so those of one class suffice.
        namespaces[f"{kind.__module__}.{kind.__name__}"] = name
        lines = [_title(name)]
        lines += [f"``cloud.{name}`` of `{type(client).__name__}`, whose methods are coroutines,"]
        lines += [f"and of the synchronous client `{type(sync_client).__name__}`.", ""]
        lines += _class_lines("Asynchronous", kind, "AsyncNamespace")
        lines += _class_lines("Synchronous", sync_kinds[name], "object")
        yield name, "\n".join(lines)


def _class_lines(title: str, kind: type, base: str) -> list[str]:
    """Return a section with the methods of a namespace, except those of a base class."""
    return [
        *(title, "-" * len(title), ""),
        *(f".. currentmodule:: {kind.__module__}", ""),
        f".. autoclass:: {kind.__name__}()",
        "   :members:",
        *(f"   :inherited-members: {base}", ""),
    ]


def _operations_page() -> str:
    """Return the table of the API's operations, each with the client's method."""
    lines = [_title("Operations of the API"), "The API's operation ids, and the client's methods."]
    lines += ["", ".. list-table::", "   :header-rows: 1", "", "   * - Operation"]
    lines += ["     - Request", "     - Method"]
    for operation, request, method in sorted(_operations(), key=lambda row: row[0].lower()):
        lines += [f"   * - ``{operation}``", f"     - ``{request}``", f"     - ``{method}``"]
    return "\n".join([*lines, ""])


def _operations() -> Iterator[tuple[str, str, str]]:
    for namespace, kind in _namespaces(AsyncClickHouseCloud(*_PAIR), ""):
        for name, method in inspect.getmembers(kind, inspect.isfunction):
            text = " ".join((inspect.getdoc(method) or "").split())
            if source := _SOURCE.search(text):
                yield source[2], source[1], f"cloud.{namespace}.{name}"


def _kinds_page() -> str:
    """Return the page with the fields of all kinds of desired state."""
    lines = [_title("Kinds of desired state")]
    lines += ["The kinds of resources that a document can describe, and their fields. A field"]
    lines += ["that is *set at creation* cannot be changed: another value is refused.", ""]
    for kind in sorted(KINDS, key=lambda each: each.name):
        texts = field_texts(kind)
        lines += [_title(kind.name, "-"), inspect.getdoc(type(kind)) or "", ""]
        lines += [f"Identified by: {_found_by(kind)}.", ""]
        lines += [".. list-table::", "   :header-rows: 1", "", "   * - Field", "     - Meaning"]
        if kind.parent is not None:
            lines += [f"   * - ``{kind.parent.field}``", f"     - {texts[kind.parent.field]}"]
        for field in kind.fields:
            lines += [f"   * - ``{field.name}``", f"     - {_meaning(field, texts)}"]
        lines.append("")
    # Names in docstrings are those of fields, and lead nowhere.
    return _NAME.sub(r"``\1``", "\n".join(lines))


def _found_by(kind: Kind[Any]) -> str:
    parent = () if kind.parent is None else (kind.parent.field,)
    named = " and ".join(f"``{name}``" for name in (*parent, *kind.key))
    return named or "there is one in each organisation"


def _meaning(field: Field, texts: Mapping[str, str]) -> str:
    notes = {
        "Set at creation.": field.change is None and not field.is_history,
        "Used at creation only.": field.is_history,
        "Secret.": field.is_secret,
    }
    said = [texts.get(field.name, ""), *(note for note, holds in notes.items() if holds)]
    return " ".join(filter(None, said))


def _namespaces(owner: object, prefix: str) -> Iterator[tuple[str, type]]:
    """Yield the name and class of each namespace, in the order in which the code has them."""
    for base in type(owner).__mro__:
        for name, member in vars(base).items():
            if isinstance(member, cached_property) and not name.startswith("_"):
                namespace = getattr(owner, name)
                yield f"{prefix}{name}", type(namespace)
                yield from _namespaces(namespace, f"{prefix}{name}.")


def _model_pages() -> Iterator[tuple[str, str]]:
    for area, names in models._MODULES.items():  # noqa: SLF001  # the package's own index
        module = import_module(f"{models.__name__}.{area}")
        lines = [_title(area), f".. automodule:: {module.__name__}", ""]
        lines += ["Import these from ``clickhouse_cloud_async.models``.", ""]
        for name in sorted(names):
            lines += [*_model_lines(name, getattr(module, name)), ""]
        yield area, "\n".join(lines)


def _model_lines(name: str, value: object) -> list[str]:
    if isinstance(value, type) and issubclass(value, enum.Enum):
        return [f".. autoclass:: {name}()", "   :members:", "   :undoc-members:"]
    if isinstance(value, type) and attrs.has(value) and value.__name__ == name:
        return [f".. autoclass:: {name}()", "   :show-inheritance:"]
    return [f".. autodata:: {name}"]


def _title(name: str, line: str = "=") -> str:
    return f"{name}\n{line * len(name)}\n"
