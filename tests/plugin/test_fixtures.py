"""The fixtures for pytest, in projects of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import ClickHouseCloud
from clickhouse_cloud_async.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable

    Passes = Callable[..., None]

ANYIO = """
import pytest
from pytest import fixture

pytestmark = pytest.mark.anyio

@pytest.fixture
def anyio_backend():
    return "asyncio"
"""

STRICT = """
import pytest
from pytest_asyncio import fixture

pytestmark = pytest.mark.asyncio
"""

AUTO = """
from pytest import fixture
"""

ALONE = ("-p", "no:asyncio")
BESIDE = ("-o", "asyncio_default_fixture_loop_scope=function")
"""Options without pytest-asyncio, and with it, which warns where it is not told this."""

RUNNERS = {
    "anyio": (ANYIO, BESIDE),
    "pytest-asyncio, strict": (STRICT, (*BESIDE, "--asyncio-mode=strict")),
    "pytest-asyncio, auto": (AUTO, (*BESIDE, "--asyncio-mode=auto")),
    "anyio without pytest-asyncio": (ANYIO, ALONE),
    "pytest-asyncio without anyio": (STRICT, (*BESIDE, "-p", "no:anyio")),
}
"""Ways to run coroutine tests: what the module begins with, and options."""

COROUTINES = """
import gc

clients = []

@fixture
async def etl(async_clickhouse_cloud):
    yield await async_clickhouse_cloud.services.create(
        name="etl", provider="aws", region="us-east-1"
    )
    assert len(await async_clickhouse_cloud.services.list()) == 1

async def test_fixture_and_test_share_the_client(
    etl, async_clickhouse_cloud, clickhouse_cloud_emulator
):
    clients.append(async_clickhouse_cloud)
    await clickhouse_cloud_emulator.advance(minutes=5)
    assert (await async_clickhouse_cloud.services.get(etl.service.id)).state == "running"

class TestClass:
    async def test_method(self, async_clickhouse_cloud):
        async with async_clickhouse_cloud as cloud:
            assert await cloud.services.list() == []

async def test_unused(async_clickhouse_cloud):
    clients.append(async_clickhouse_cloud)

async def test_clients_are_closed():
    from clickhouse_cloud_async import ConfigurationError

    for client in clients:
        try:
            await client.services.list()
        except ConfigurationError as error:
            assert "closed" in str(error)
        else:
            assert False
    clients.clear()
    gc.collect()
"""


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """Loads what a run of pytest inside of this one would load, and forget at its end."""
    with Emulator() as emulator:
        client = ClickHouseCloud(emulator.api_key, emulator.api_secret, base_url=emulator.url)
        with client as cloud:
            cloud.services.list()


@pytest.fixture
def passes(pytester: pytest.Pytester) -> Passes:
    """Runs a project whose tests all have to pass without any warning."""

    def run(module: str, options: tuple[str, ...] = ALONE, *, passed: int) -> None:
        pytester.makepyfile(module)
        strict = ("-p", "no:cacheprovider", "-W", "error", "--strict-markers")
        result = pytester.runpytest_inprocess(*strict, *options)
        result.assert_outcomes(passed=passed)

    return run


def test_client_of_an_emulator(passes: Passes) -> None:
    """Each test has its own emulator, with services that a marker names, and a client of it."""
    passes(
        """
        import pytest

        @pytest.mark.clickhouse_cloud(services=[{"name": "etl", "state": "stopped"}])
        @pytest.mark.parametrize("turn", [1, 2])
        def test_start(turn, clickhouse_cloud, clickhouse_cloud_emulator):
            etl = clickhouse_cloud.services.get_by_name("etl")
            assert clickhouse_cloud.services.start(etl.id).state == "starting"
            clickhouse_cloud_emulator.advance(minutes=2)
            assert clickhouse_cloud.services.get(etl.id).state == "running"

        def test_empty(clickhouse_cloud, clickhouse_cloud_emulator):
            assert clickhouse_cloud.services.list() == []
            assert clickhouse_cloud_emulator.requests != []
        """,
        passed=3,
    )


def test_closest_marker_wins(passes: Passes) -> None:
    """Options of the session and markers of module, class and test add up."""
    passes(
        """
        import pytest
        from clickhouse_cloud_async.emulator import Emulator, RequestLimit

        pytestmark = pytest.mark.clickhouse_cloud(services=2)

        @pytest.fixture(scope="session")
        def clickhouse_cloud_options():
            return {"services": 1, "seed": 5, "rate_limit": RequestLimit(10, per=10)}

        @pytest.mark.clickhouse_cloud(seed=6)
        class TestClass:
            @pytest.mark.clickhouse_cloud(services=3, rate_limit=None)
            def test_method(self, clickhouse_cloud_emulator, clickhouse_cloud):
                assert len(clickhouse_cloud.services.list()) == 3
                assert clickhouse_cloud_emulator.api_key == Emulator(seed=6).api_key

        def test_function(clickhouse_cloud_emulator, clickhouse_cloud):
            assert len(clickhouse_cloud.services.list()) == 2
            assert clickhouse_cloud_emulator.api_key == Emulator(seed=5).api_key

        def test_session(clickhouse_cloud_session):
            assert len(clickhouse_cloud_session.services.list()) == 1
        """,
        passed=3,
    )


def test_time(passes: Passes) -> None:
    """Time stands still unless a marker lets it run."""
    passes(
        """
        import pytest

        BODY = {"name": "etl", "provider": "aws", "region": "us-east-1"}

        def test_still(clickhouse_cloud):
            etl = clickhouse_cloud.services.create(**BODY).service
            assert clickhouse_cloud.services.get(etl.id).state == "provisioning"

        @pytest.mark.clickhouse_cloud(time_scale=1_000_000)
        def test_fast(clickhouse_cloud):
            etl = clickhouse_cloud.services.create(**BODY).service
            while clickhouse_cloud.services.get(etl.id).state == "provisioning":
                pass
        """,
        passed=2,
    )


def test_waits(passes: Passes) -> None:
    """The fixtures' clients keep pace with the clock of the emulator, and with its rate limit."""
    passes(
        """
        import pytest
        from clickhouse_cloud_async.emulator import RequestLimit

        STOPPED = [{"name": name, "state": "stopped"} for name in "abc"]

        def start(cloud):
            service = cloud.services.list()[0]
            cloud.services.start(service.id)
            return service.id

        @pytest.mark.clickhouse_cloud(services=STOPPED)
        def test_still(clickhouse_cloud, clickhouse_cloud_emulator):
            service_id = start(clickhouse_cloud)
            looks = []

            def look(seen):
                looks.append(seen.state)
                if len(looks) == 20:
                    clickhouse_cloud_emulator.advance(minutes=5)

            clickhouse_cloud.services.wait_until(service_id, "running", on_progress=look)
            assert looks[-2:] == ["starting", "running"]

        @pytest.mark.clickhouse_cloud(
            services=STOPPED, time_scale=1000, rate_limit=RequestLimit(3, per=10)
        )
        def test_fast(clickhouse_cloud, clickhouse_cloud_emulator):
            service_id = start(clickhouse_cloud)
            assert clickhouse_cloud.services.wait_until(service_id, "running").state == "running"
            assert {request.status for request in clickhouse_cloud_emulator.requests} == {200}
        """,
        passed=2,
    )


def test_session(passes: Passes) -> None:
    """Tests can share an emulator, or each begin with it as it was."""
    passes(
        """
        import pytest

        BODY = {"name": "etl", "provider": "aws", "region": "us-east-1"}

        def test_create(clickhouse_cloud_session, clickhouse_cloud_emulator_session):
            clickhouse_cloud_session.services.create(**BODY)

        def test_created(clickhouse_cloud_session):
            assert len(clickhouse_cloud_session.services.list()) == 1

        class TestRestored:
            @pytest.fixture
            def clickhouse_cloud_emulator(self, clickhouse_cloud_emulator_session):
                before = clickhouse_cloud_emulator_session.snapshot()
                yield clickhouse_cloud_emulator_session
                clickhouse_cloud_emulator_session.restore(before)

            @pytest.mark.parametrize("turn", [1, 2])
            def test_create(self, turn, clickhouse_cloud):
                clickhouse_cloud.services.create(**BODY)
                assert len(clickhouse_cloud.services.list()) == 2
        """,
        passed=4,
    )


@pytest.mark.parametrize("runner", RUNNERS)
def test_coroutines(passes: Passes, runner: str) -> None:
    """Whoever runs coroutine tests, the client works in them and is closed after them."""
    header, options = RUNNERS[runner]
    passes(header + COROUTINES, options, passed=4)


def test_failing_coroutine(pytester: pytest.Pytester) -> None:
    """The client of a test that fails is closed, and the test's own failure is shown."""
    pytester.makepyfile(
        AUTO
        + """
async def test_fails(async_clickhouse_cloud):
    await async_clickhouse_cloud.services.list()
    assert 1 == 2
"""
    )
    result = pytester.runpytest_inprocess("-W", "error", *BESIDE, "--asyncio-mode=auto")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E       assert 1 == 2"])


LOOPS = """
import asyncio
import unittest

import pytest

BODY = {"name": "etl", "provider": "aws", "region": "us-east-1"}

@pytest.mark.parametrize("closed", [True, False])
def test_asyncio_run(async_clickhouse_cloud, closed):
    async def main():
        services = await async_clickhouse_cloud.services.list()
        if closed:
            await async_clickhouse_cloud.close()
        return services

    assert asyncio.run(main()) == []
    if not closed:
        assert asyncio.run(main()) == []

@pytest.mark.parametrize("closed", [True, False])
def test_loop_of_the_test(async_clickhouse_cloud, closed):
    loop = asyncio.new_event_loop()
    loop.run_until_complete(async_clickhouse_cloud.services.list())
    if closed:
        loop.run_until_complete(async_clickhouse_cloud.close())
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()

@pytest.fixture
def loop():
    with asyncio.Runner() as runner:
        yield runner

def test_loop_that_ends_after_the_client(loop, async_clickhouse_cloud):
    assert loop.run(async_clickhouse_cloud.services.list()) == []

def test_loop_that_ends_before_the_client(async_clickhouse_cloud, loop):
    assert loop.run(async_clickhouse_cloud.services.list()) == []

class TestIsolated(unittest.IsolatedAsyncioTestCase):
    @pytest.fixture(autouse=True)
    def _cloud(self, async_clickhouse_cloud):
        self.cloud = async_clickhouse_cloud

    async def asyncSetUp(self):
        self.service = (await self.cloud.services.create(**BODY)).service

    async def asyncTearDown(self):
        assert (await self.cloud.services.list())[0].name == "etl"

    async def test_method(self):
        assert (await self.cloud.services.get(self.service.id)).name == "etl"
"""


def test_async_client_in_any_loop(pytester: pytest.Pytester) -> None:
    """Whatever runs the loop, and whether or not the client is closed, nothing is complained of."""
    pytester.makepyfile(LOOPS)
    result = pytester.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider", *ALONE)

    result.assert_outcomes(passed=7)
    assert result.ret == 0
    result.stderr.no_fnmatch_line("*")


SHARED_LOOP = """
import pytest
from pytest_asyncio import fixture

pytestmark = pytest.mark.asyncio(loop_scope="session")

@fixture(loop_scope="session")
async def service(async_clickhouse_cloud):
    created = await async_clickhouse_cloud.services.create(
        name="etl", provider="aws", region="us-east-1"
    )
    yield created.service
    assert len(await async_clickhouse_cloud.services.list()) == 1

@pytest.mark.parametrize("turn", [1, 2, 3])
async def test_services(async_clickhouse_cloud, service, turn):
    assert (await async_clickhouse_cloud.services.get(service.id)).name == "etl"
"""


def test_clients_of_one_loop(pytester: pytest.Pytester) -> None:
    """A loop that outlives the tests in it is no hindrance."""
    pytester.makepyfile(SHARED_LOOP)
    result = pytester.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider", *BESIDE)

    result.assert_outcomes(passed=3)
    assert result.ret == 0
    result.stderr.no_fnmatch_line("*")


def test_environment(passes: Passes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients that are made without arguments find the emulator, and nothing else."""
    monkeypatch.setenv("CLICKHOUSE_CLOUD_TOKEN", "of-a-real-account")
    passes(
        """
        import os
        import pytest
        from clickhouse_cloud_async import ClickHouseCloud

        @pytest.mark.clickhouse_cloud(services=2)
        def test_own_client(clickhouse_cloud_env):
            with ClickHouseCloud() as cloud:
                assert len(cloud.services.list()) == 2
            assert clickhouse_cloud_env.requests != []

        def test_environment_is_back():
            assert os.environ["CLICKHOUSE_CLOUD_TOKEN"] == "of-a-real-account"
            assert "CLICKHOUSE_CLOUD_URL" not in os.environ
        """,
        passed=2,
    )


@pytest.mark.parametrize(
    ("arguments", "wrong"), [("5", "by name"), ("services=5, speed=2", "not speed")]
)
def test_wrong_marker(pytester: pytest.Pytester, arguments: str, wrong: str) -> None:
    """A marker that says something unknown is an error of the tests that use it."""
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.clickhouse_cloud({arguments})
        def test_marked(clickhouse_cloud_emulator):
            pass
        """
    )
    result = pytester.runpytest_inprocess(*ALONE)

    result.assert_outcomes(errors=1)
    message = f"*clickhouse_cloud takes services, time_scale, seed, rate_limit, sql, {wrong}"
    result.stdout.fnmatch_lines([message])


def test_fixtures_are_listed(pytester: pytest.Pytester) -> None:
    """The marker and each fixture are shown with what they are."""
    pytester.runpytest_inprocess(*ALONE, "--markers").stdout.fnmatch_lines(
        ["@pytest.mark.clickhouse_cloud(services, time_scale, seed, rate_limit, sql): *"]
    )
    shown = pytester.runpytest_inprocess(*ALONE, "--fixtures").stdout
    for name in (
        "async_clickhouse_cloud",
        "clickhouse_cloud",
        "clickhouse_cloud_env",
        "clickhouse_cloud_options [[]session scope[]]",
        "clickhouse_cloud_session [[]session scope[]]",
        "clickhouse_cloud_emulator",
        "clickhouse_cloud_emulator_session [[]session scope[]]",
    ):
        shown.fnmatch_lines([f"{name} -- *clickhouse_cloud_async/pytest_plugin.py:*"])


def test_nothing_heavy_is_imported(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A project that uses no fixture pays nothing for the plugin."""
    pytester.makepyfile(
        """
        import sys

        def test_modules():
            assert "clickhouse_cloud_async.pytest_plugin" in sys.modules
            ours = {name for name in sys.modules if name.startswith("clickhouse_cloud_async")}
            apis = {f"clickhouse_cloud_async.apis.{name}" for name in ("api7", "omnistrate")}
            assert ours == {
                "clickhouse_cloud_async",
                "clickhouse_cloud_async._version",
                "clickhouse_cloud_async.apis",
                *apis,
                *(f"{api}.pytest_plugin" for api in apis),
                "clickhouse_cloud_async.pytest_plugin",
            }
            assert not {"aiohttp", "attrs", "cattrs", "orjson"} & sys.modules.keys()
        """
    )
    # Whatever other plugins are installed import what they like.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    result = pytester.runpytest_subprocess("-p", "clickhouse_cloud_async.pytest_plugin")

    result.assert_outcomes(passed=1)
