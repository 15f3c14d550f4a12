"""The status page, as it is sent and as a browser shows it."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import ClickHouseCloud, RetryPolicy, ServerError
from clickhouse_cloud_async.emulator import Emulator, ErrorResponse

from .callers import new_key, new_role
from .client import Api, serving

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from selenium.webdriver import Chrome

CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
SERVICES = [{"name": "etl", "state": "stopped"}, {"name": "<b>&", "state": "idle"}]


async def _page(api: Api, query: str = "") -> str:
    async with api.session.get(f"{api.emulator.url}/{query}") as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
        return await answer.text()


async def test_what_the_page_says() -> None:
    """Services, keys, faults and requests are on the page, and no secret is."""
    async with serving(Emulator(SERVICES, time_scale=0)) as api:
        api.emulator.faults.add(ErrorResponse(503), operation="instanceGetList", count=3)
        await api("GET", "/services", checked=False)
        second = api.emulator.add_organization("Second", 1)
        role = await new_role(api, ("ALLOW", "control-plane:service:view", "instance/*"))
        await new_key(api, assignedRoleIds=[role])
        text = await _page(api)
        secrets = (api.emulator.api_secret, second.api_secret, api.emulator.token)

    for part in ("etl", "stopped", "idle", "Second", second.id, "emulator", "ErrorResponse",
                 "1 of 3", "instanceGetList", ">503<", "<td>Admin</td>", "<td>role 5</td>",
                 "Monday, 05 January 2026, 09:00:00 UTC"):  # fmt: skip
        assert part in text
    assert not [secret for secret in secrets if secret in text]
    assert "<b>&" not in text
    assert "&lt;b&gt;&amp;" in text


async def test_looking_at_the_page_leaves_no_trace() -> None:
    """The page needs no key, and asking for it is no request of the API."""
    async with serving(Emulator(SERVICES, time_scale=0)) as api:
        first = await _page(api)
        assert first == await _page(api)
        assert api.emulator.requests == []
        async with api.session.post(f"{api.emulator.url}/") as answer:
            assert answer.status == 401


async def test_services_are_filtered_by_name() -> None:
    """With many services the page shows some, and those that are looked for."""
    services = [{"name": f"service-{number}"} for number in range(210)]
    async with serving(Emulator([*services, {"name": 'a"<i>'}], time_scale=0)) as api:
        whole = await _page(api)
        some = await _page(api, "?q=service-20")
        quoted = await _page(api, "?q=%22%3Ci%3E")

    assert "211 services, 200 shown" in whole
    assert len(re.findall(r"service-\d+", whole)) == 200
    assert set(re.findall(r"<td>(service-\d+)", some)) == {
        f"service-{number}" for number in (20, *range(200, 210))
    }
    assert "<i>" not in quoted
    assert 'value="&quot;&lt;i&gt;"' in quoted


async def test_characters_that_change_how_a_name_shows_are_escaped() -> None:
    """A name that turns the direction of writing shows what it is."""
    names = ["prod\u202ecte", "\u2066a\u2069", "b\u200bc", "zur\u00fcck \u05d0"]
    async with serving(Emulator([{"name": name} for name in names], time_scale=0)) as api:
        page = await _page(api)
    shown = re.findall(r"<tr><td>([^<]*)</td><td><span class=\"state", page)
    assert shown == [r"prod\u202ecte", r"\u2066a\u2069", r"b\u200bc", "zur\u00fcck \u05d0"]


@contextmanager
def _browser(profile: Path) -> Generator[Chrome]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in (
        "headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
        "disable-background-networking", "disable-component-update", "disable-sync",
        f"user-data-dir={profile}",
    ):  # fmt: skip
        options.add_argument(f"--{argument}")
    browser = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    try:
        yield browser
    finally:
        browser.quit()


async def test_states_have_totals_and_timelines_the_time_that_there_was() -> None:
    """Above the services stands how many are in each state; the strip is not an empty hour."""
    services = [{"name": "a", "state": "stopped"}, {"name": "b", "state": "stopped"}, *SERVICES[1:]]
    titles: list[str] = []
    bars: list[list[tuple[str, str]]] = []
    async with serving(Emulator(services, time_scale=0)) as api:
        for minutes in (0, 13, 60):
            await api.emulator.advance(minutes=minutes)
            page = await _page(api)
            titles += re.findall(r"<th>(the last [^<]*)</th>", page)
            bars.append(re.findall(r'class="idle" x="([\d.]+)" y="0" width="([\d.]+)"', page))
    assert re.findall(r'class="state \w+">(\d+ \w+)', page) == ["2 stopped", "1 idle"]
    assert titles == ["the last 60 seconds", "the last 13 minutes", "the last hour"]
    assert bars[1:] == [[("0.0000", "1.0000")]] * 2


@pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver")
def test_every_column_fits_a_screen_of_1280_pixels(tmp_path: Path) -> None:
    """Neither a long request path nor a long fault pushes a column out of view."""
    with Emulator(SERVICES, time_scale=0) as emulator, _browser(tmp_path) as browser:
        operation = "clickPipeReversePrivateEndpointGetList"
        emulator.faults.add(ErrorResponse(503, "a message that is long " * 5), operation=operation)
        with ClickHouseCloud(
            emulator.api_key,
            emulator.api_secret,
            base_url=emulator.url,
            retry=RetryPolicy(attempts=1),
        ) as cloud:
            for service in cloud.services.list():
                with pytest.raises(ServerError):
                    cloud.reverse_private_endpoints.list(service.id)
        browser.set_window_size(1280, 900)
        browser.get(f"{emulator.url}/")
        overflowing = browser.execute_script(
            "return [document.documentElement, ...document.querySelectorAll('.scroll')]"
            ".filter(element => element.scrollWidth > element.clientWidth)"
            ".map(element => element.textContent)"
        )
        width = browser.execute_script("return innerWidth")
    assert overflowing == []
    assert width <= 1280


@pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver")
def test_page_brings_itself_up_to_date(tmp_path: Path) -> None:
    """In a browser the page shows a change without being loaded again, and errors nowhere."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.wait import WebDriverWait

    with (
        Emulator(SERVICES, time_scale=0) as emulator,
        ClickHouseCloud(emulator.api_key, emulator.api_secret, base_url=emulator.url) as cloud,
        _browser(tmp_path) as browser,
    ):
        browser.get(f"{emulator.url}/")
        heading = browser.find_element(By.TAG_NAME, "h1")
        wait = WebDriverWait(browser, 30)

        def state() -> str:
            script = "return document.querySelector('tbody .state').textContent"
            return str(browser.execute_script(script))

        assert (heading.text, state()) == ("ClickHouse Cloud emulator", "stopped")
        cloud.services.start(cloud.services.get_by_name("etl").id)
        wait.until(lambda _: state() == "starting")
        emulator.advance(minutes=2)
        wait.until(lambda _: state() == "running")
        bars = browser.execute_script(
            "return document.querySelectorAll('tr:first-child rect').length"
        )
        problems = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]  # type: ignore[no-untyped-call]
        # The element is still there: the page was never loaded again.
        assert heading.is_displayed()

    assert bars >= 3
    assert problems == []
    assert None not in {request.operation_id for request in emulator.requests}
