"""Messages about optional dependencies that are not installed."""

from __future__ import annotations

import re
from importlib.metadata import metadata
from pathlib import Path

import pytest

import clickhouse_cloud_async
from clickhouse_cloud_async import AsyncClickHouseCloud, ConfigurationError, RateLimit
from clickhouse_cloud_async.core.extras import install_command, require_extra

PACKAGE = Path(clickhouse_cloud_async.__file__).parent

DISTRIBUTION = "clickhouse-cloud-async"


def test_nothing_advises_to_install_a_release() -> None:
    """No message of the package advises to install an extra by the distribution's name."""
    advised = re.compile(rf"{DISTRIBUTION}\[")

    assert [p.name for p in PACKAGE.rglob("*.py") if advised.search(p.read_text("utf-8"))] == []


def test_every_extra_that_a_message_names_exists() -> None:
    """Extras in messages are those that the distribution declares."""
    call = re.compile(r"""(?:install_command\(|require_extra\("\w+", )["'](\w+)["']""")
    named = {n for p in PACKAGE.rglob("*.py") for n in call.findall(p.read_text("utf-8"))}

    assert named >= {"cli", "yaml", "redis", "otel", "dask", "connect"}
    assert named <= set(metadata(DISTRIBUTION).get_all("Provides-Extra") or ())


def test_missing_module_is_named_with_the_command_that_installs_it() -> None:
    """The error names the module, and a command that works in a checkout."""
    with pytest.raises(ConfigurationError) as caught:
        require_extra("a_module_that_is_not_there", "redis")

    assert "a_module_that_is_not_there" in caught.value.message
    assert 'python -m pip install ".[redis]"' in caught.value.message


@pytest.mark.parametrize(
    ("module", "options", "extra"),
    [
        ("opentelemetry", {"telemetry": True}, "otel"),
        ("redis", {"rate_limit": RateLimit(10, storage="redis://localhost")}, "redis"),
    ],
)
def test_option_without_its_extra_is_refused_when_the_client_is_made(
    monkeypatch: pytest.MonkeyPatch, module: str, options: dict[str, object], extra: str
) -> None:
    """An option whose module is missing is refused at once."""
    monkeypatch.setattr("clickhouse_cloud_async.core.extras.find_spec", {}.get)

    with pytest.raises(ConfigurationError, match=module) as caught:
        AsyncClickHouseCloud("key", "secret", **options)  # type: ignore[arg-type]  # one option

    assert install_command(extra) in caught.value.message
