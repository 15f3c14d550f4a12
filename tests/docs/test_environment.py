"""The page of environment variables has all of them, and no other."""

from __future__ import annotations

import re

from clickhouse_cloud_async.apis.api7.api import API7_CLOUD
from clickhouse_cloud_async.apis.clickhouse.api import CLICKHOUSE_CLOUD
from clickhouse_cloud_async.apis.omnistrate.api import OMNISTRATE
from clickhouse_cloud_async.core.settings import known_settings

from .pages import ROOT

APIS = (CLICKHOUSE_CLOUD, API7_CLOUD, OMNISTRATE)
FOREIGN = {
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "NO_COLOR",
    "COLUMNS",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
}
"""Variables of the platform, which many programs read."""


def test_every_variable_is_on_the_page() -> None:
    """Those of the settings of each API, those of options, and those of the platform."""
    page = (ROOT / "docs" / "environment.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", page))
    settings = {
        name
        for api in APIS
        for name in (
            *(api.variable(setting) for setting in (*known_settings(api), "profile")),
            *api.other_variables.values(),
        )
    }
    options = {
        name
        for path in (ROOT / "clickhouse_cloud_async").rglob("cli/*.py")
        for name in re.findall(r'envvar="(\w+)"', path.read_text("utf-8"))
    }

    assert options
    assert named == settings | options | FOREIGN
