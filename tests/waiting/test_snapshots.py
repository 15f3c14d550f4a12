"""Lists are read by their differences from the last one."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickhouse_cloud_async.apis.clickhouse.operations.services import LIFECYCLE
from clickhouse_cloud_async.core.waiting.json_scanner import NotFoundInTextError, end_of, value_at
from clickhouse_cloud_async.core.waiting.snapshots import SnapshotStore
from clickhouse_cloud_async.models import Service

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-1, 1) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)
WORDS = st.sampled_from(["", '"', "\\", '\\"', "}", "]},{", "[", ":", "ä", "\n"])
ITEMS = st.lists(
    st.builds(
        lambda key, state, note: {"id": f"s{key}", "state": state, "name": note, "tags": []},
        st.integers(0, 8),
        st.sampled_from(["running", "stopped", None]),
        WORDS,
    ),
    max_size=8,
    unique_by=lambda item: str(item["id"]),
)
STYLES = st.sampled_from([0, orjson.OPT_INDENT_2])


@given(value=JSON, style=STYLES)
def test_where_values_end(value: Any, style: int) -> None:
    """A value ends where the parser says that it does, whatever follows."""
    text = orjson.dumps(value, option=style)

    assert end_of(text + b",{]", 0) == len(text)


@given(before=JSON, value=JSON, after=JSON, style=STYLES)
def test_where_values_begin(before: Any, value: Any, after: Any, style: int) -> None:
    """The value of a key is found among others, in an object within an object."""
    inner = {"before": before, "value": value, "after": after}
    text = orjson.dumps({"first": before, "outer": inner, "last": after}, option=style)

    at = value_at(text, ("outer", "value"))

    assert orjson.loads(text[at : end_of(text, at)]) == value


@given(text=st.binary(max_size=30), key=st.text(max_size=3))
def test_what_is_no_json(text: bytes, key: str) -> None:
    """Whatever is there in place of JSON, looking for a value ends, with or without one."""
    try:
        at = value_at(text, (key,))
        assert end_of(text, at) > at
    except NotFoundInTextError:
        pass


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "{",
        '{"a"',
        '{"a" 1, "k": 2}',
        '{"a": 1 "k": 2}',
        '{a: 1, "k": 2}',
        '{"\\x": 1, "k": 2}',
    ],
)
def test_what_is_nearly_json(text: str) -> None:
    """A mistake before the value is noticed."""
    with pytest.raises(NotFoundInTextError):
        end_of(text.encode(), value_at(text.encode(), ("k",)))


def body(items: list[Any], style: int = 0) -> bytes:
    """An answer with a list, with more around it."""
    document = {"status": 200, "requestId": "r]}", "result": items, "more": [{}]}
    return orjson.dumps(document, option=style)


@given(lists=st.lists(st.tuples(ITEMS, STYLES), min_size=1, max_size=5))
def test_lists_are_read_like_the_parser_does(lists: list[tuple[list[Any], int]]) -> None:
    """Whatever has come, gone, moved or changed since the last list, what is seen is this one."""
    snapshots = SnapshotStore[Any](LIFECYCLE, Service.from_dict)
    for items, style in lists:
        former = dict(snapshots.seen)
        snapshots.take_in(snapshots.read_list(body(items, style), ("result",)))

        seen = snapshots.seen
        assert [orjson.loads(each.raw) for each in seen.values()] == items
        assert {key: each.state for key, each in seen.items()} == {
            item["id"]: item["state"] for item in items
        }
        for key, each in seen.items():
            if key in former and former[key].raw == each.raw:
                assert former[key] is each


@given(pages=st.lists(ITEMS, max_size=4))
def test_pages(pages: list[list[Any]]) -> None:
    """Pages one after the other are one list; read again, they show that nothing has changed."""
    snapshots = SnapshotStore[Any](LIFECYCLE, Service.from_dict)
    before: dict[str, Any] | None = None
    for _ in range(2):
        every: list[Any] = []
        for page in pages:
            every += snapshots.read_list(body(page), ("result",), len(every))
        snapshots.take_in(every)
        assert before is None or snapshots.seen is before
        before = snapshots.seen

    assert list(before or {}) == list({item["id"]: None for page in pages for item in page})


def test_only_what_changes_is_new() -> None:
    """Items that are as before are the same objects, and so is the whole where all of them are."""
    snapshots = SnapshotStore[Any](LIFECYCLE, Service.from_dict)
    items = [{"id": f"s{number}", "state": "running"} for number in range(3)]

    def look() -> Any:
        snapshots.take_in(snapshots.read_list(body(items), ("result",)))
        return snapshots.items()

    first, second = look(), look()
    items[1] = {"id": "s1", "state": "stopped"}
    third = look()

    assert first is second
    assert [third[key] is first[key] for key in first] == [True, False, True]
    assert third["s1"].state == "stopped"


def test_an_item_that_cannot_be_read(caplog: pytest.LogCaptureFixture) -> None:
    """One odd item hides no other; it stays as it was, and unseen where it was never readable."""
    snapshots: SnapshotStore[Service] = SnapshotStore(LIFECYCLE, Service.from_dict)

    def look(*items: Any) -> dict[str, str | None]:
        snapshots.take_in(snapshots.read_list(body(list(items)), ("result",)))
        return {key: item.name for key, item in snapshots.items().items()}

    assert look({"id": "a", "name": "A"}, {"id": "b", "tags": 1}, {"name": "C"}, 7) == {"a": "A"}
    assert look({"id": "a", "name": 1}, {"id": "b", "name": "B"}) == {"a": "A", "b": "B"}
    assert "cannot be read" in caplog.text
    assert "has no 'id'" in caplog.text


@pytest.mark.parametrize(
    "text",
    ["", "null", "{}", '{"result": 1}', '{"result": [', '{"result": [{}', '{"result": [1 2]'],
)
def test_no_list(text: str) -> None:
    """A body without a list is noticed."""
    with pytest.raises(NotFoundInTextError):
        SnapshotStore[Any](LIFECYCLE, Service.from_dict).read_list(text.encode(), ("result",))
