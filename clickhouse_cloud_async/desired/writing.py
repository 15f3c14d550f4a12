"""Writes plain values as YAML from which they can be read again."""

from __future__ import annotations

from typing import Any

import yaml

from .reading import plain_scalar
from .references import Reference, Template

_NO_WRAPPING = 1_000_000


def write_text(document: Any) -> str:
    """Return plain values as YAML, with references in the form of documents.

    Args:
        document: Mappings, lists, text, numbers, booleans and None. A `Reference` or `Template`
            may replace text.
    """
    return yaml.dump(
        document,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=_NO_WRAPPING,
        default_flow_style=False,
    )


class _Dumper(yaml.SafeDumper):
    """Writes values without aliases, which documents do not allow."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML calls it for each value
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - PyYAML's own signature
        # Items of lists are indented, as in all examples.
        super().increase_indent(flow, indentless=False)


def _write_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    return _scalar(dumper, text.replace("${", "$${"))


def _write_reference(dumper: _Dumper, reference: Reference | Template) -> yaml.ScalarNode:
    return _scalar(dumper, str(reference))


def _scalar(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = None
    if "\n" in text:
        style = "|"
    elif not isinstance(plain_scalar(text), str):
        # Constants and numbers must not be quoted.
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _write_text)
_Dumper.add_representer(Reference, _write_reference)
_Dumper.add_representer(Template, _write_reference)
