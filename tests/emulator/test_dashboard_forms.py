"""The older and the newer form of a dashboard's tiles, and the rules for both."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from clickhouse_cloud_async.apis.clickhouse.emulator.clickstack.dashboard_rules import findings
from clickhouse_cloud_async.apis.clickhouse.emulator.clickstack.dashboards import (
    identified,
    normalized,
)
from clickhouse_cloud_async.emulation.randomness import seeded
from clickhouse_cloud_async.emulation.validation import Validator

from .contract import CONTRACT

VALIDATOR = Validator(CONTRACT)

NAMES = st.sampled_from(["a", "b"])


def _values(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return what a chart shows: a function and its argument, under the form's own name."""
    plain = {"aggFn": st.sampled_from(["avg", "max"]), name: NAMES}
    quantile = {"aggFn": st.just("quantile"), name: NAMES, "level": st.just(0.5)}
    count = st.fixed_dictionaries({"aggFn": st.just("count")}, optional={"alias": NAMES})
    return st.one_of(count, st.fixed_dictionaries(plain), st.fixed_dictionaries(quantile))


def _series(kind: str, **more: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    common = {"type": st.just(kind), "sourceId": NAMES, "where": NAMES}
    language = {"whereLanguage": st.sampled_from(["sql", "lucene"])}
    return st.fixed_dictionaries(common | language | more)


def _with_value(series: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(dict.__or__, series, _values("field"))


GROUPS = st.lists(NAMES, max_size=2)
SERIES = st.one_of(
    st.lists(_with_value(_series("time", groupBy=GROUPS)), min_size=1, max_size=3),
    st.lists(_with_value(_series("table", groupBy=GROUPS)), min_size=1, max_size=3),
    st.lists(_with_value(_series("number")), min_size=1, max_size=2),
    st.lists(_series("search", fields=GROUPS), min_size=1, max_size=2),
    st.just([{"type": "markdown", "content": "a"}]),
)
CHARTS = st.fixed_dictionaries(
    {
        "displayType": st.sampled_from(["line", "stacked_bar", "table"]),
        "sourceId": NAMES,
        "select": st.lists(_values("valueExpression"), max_size=3),
    },
    optional={"asRatio": st.booleans(), "formulas": st.just([{"expression": "A"}])},
)
_PLACE: dict[str, st.SearchStrategy[Any]] = {
    "name": NAMES,
    **dict.fromkeys(("x", "y", "w", "h"), st.integers(0, 3)),
}
TILES = st.one_of(
    st.fixed_dictionaries(_PLACE | {"config": CHARTS}, optional={"id": NAMES, "series": SERIES}),
    st.fixed_dictionaries(_PLACE | {"series": SERIES}, optional={"asRatio": st.booleans()}),
)
DASHBOARDS = st.fixed_dictionaries({"name": NAMES, "tiles": st.lists(TILES, max_size=3)})


@given(DASHBOARDS)
def test_what_is_kept_breaks_no_rule(body: dict[str, Any]) -> None:
    """A dashboard without mistakes has none in its newer form, which fits the contract."""
    body = VALIDATOR.check(CONTRACT.schemas["ClickStackCreateDashboardRequest"], body)
    if any(findings(body)):
        return
    kept = normalized(body)

    assert list(findings(kept)) == []
    assert normalized(kept) == kept
    shown = identified(body, {}, seeded(1))
    assert VALIDATOR.accepts(CONTRACT.schemas["ClickStackDashboardResponse"], {"id": "1", **shown})


@given(DASHBOARDS)
def test_what_is_read_can_be_written_back(body: dict[str, Any]) -> None:
    """A dashboard that is put in its own place, as it was shown, stays as it is."""
    if any(findings(body)):
        return
    shown = identified(body, {}, seeded(1))

    assert identified(shown, shown, seeded(2)) == shown
