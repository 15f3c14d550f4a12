"""YAML that the reader reads back as what was written."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from clickhouse_cloud_async.desired.interpolation import parse_references
from clickhouse_cloud_async.desired.reading import read_text
from clickhouse_cloud_async.desired.references import Reference, Template
from clickhouse_cloud_async.desired.writing import write_text

_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)
_LOOKALIKES = st.sampled_from(
    ["no", "1e3", "0x1F", "12:30", "007", "~", "null", "Yes", "true", "-5", "1_000", "a: b", "# x"]
)
_LINES = st.lists(_TEXTS, min_size=2, max_size=4).map("\n".join)
_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**9), 10**9), _TEXTS, _LOOKALIKES, _LINES
)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(_TEXTS.filter(bool), inner, max_size=3),
    ),
    max_leaves=10,
)


@given(st.dictionaries(_TEXTS.filter(bool), _VALUES, min_size=1, max_size=3))
def test_reads_back(document: dict[str, Any]) -> None:
    """Every document without references reads back as it is."""
    read = read_text(write_text(document), "<text>").value
    assert read == _escaped(document)


def test_writes_references_and_no_aliases() -> None:
    """References stand as documents have them, and what stands twice is written twice."""
    once = [Reference("services", "clicks")]
    document = {"a": once, "b": once, "c": Template(("instance/", once[0])), "d": "${x}"}
    assert write_text(document) == (
        "a:\n  - ${services.clicks.id}\nb:\n  - ${services.clicks.id}\n"
        "c: instance/${services.clicks.id}\nd: $${x}\n"
    )


_NAMES = st.text(
    st.characters(exclude_characters='"}', exclude_categories=("Cc", "Cs")), min_size=1
)


@given(_NAMES, st.none() | st.integers(0, 99), _TEXTS)
def test_references_read_back(name: str, index: int | None, text: str) -> None:
    """References of any name are found again, alone and in a text."""
    reference = Reference("services", name, "hosts", index)
    assert parse_references(str(reference)) == reference
    template = Template((f"${{{text}", reference))
    assert parse_references(str(template)) == template


def _escaped(value: Any) -> Any:
    """Return a value as the reader sees it, before references are looked for in its texts."""
    if isinstance(value, dict):
        return {key: _escaped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    return value.replace("${", "$${") if isinstance(value, str) else value
