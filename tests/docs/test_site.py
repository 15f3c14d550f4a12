"""The built site, as a browser shows it; the session `docs` builds it before its tests."""

from __future__ import annotations

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from .pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

SITE = ROOT / "docs" / "_build" / "html"
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")

pytestmark = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None or not (SITE / "index.html").exists(),
    reason="needs Chromium with its driver, and the site that the session `docs` builds",
)

PAGES = (
    "index",
    "getting-started",
    "how-to/index",
    "how-to/stop-at-night",
    "fleets",
    "waiting",
    "cli",
    "reference",
    "reference/namespaces/services",
    "performance",
)
"""Pages with all that may be wide: code, tables, pictures, signatures."""

FOUND = {
    "retry": {"reliability", "client", "errors"},
    "pagination": {"client"},
    "rotate api key": {"how-to/rotate-api-keys"},
    "ip access list": {"how-to/ip-access-lists"},
    "rate limit": {"client", "reliability", "errors"},
    "timeout": {"client", "reliability"},
    "restore backup": {"how-to/restore-a-backup"},
    "proxy": {"how-to/proxies-and-certificates", "client"},
    "fastapi": {"how-to/fastapi"},
    "airflow": {"how-to/airflow"},
}
"""What readers search for, and the pages of which one should stand first."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """URL of the site on this machine."""
    handler = partial(_Quiet, directory=str(SITE))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by its base
        """Write no log."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    """A browser without a window."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


def _resize(browser: Chrome, width: int) -> None:
    browser.execute_cdp_cmd(  # pyright: ignore[reportUnknownMemberType]
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600},
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_fit_and_are_whole(browser: Chrome, site: str, width: int, theme: str) -> None:
    """No page scrolls sideways, lacks a picture or writes an error to the console."""
    _resize(browser, width)
    browser.get(site)
    browser.execute_script("localStorage.setItem('theme', arguments[0])", theme)
    wrong: list[str] = []
    for page in PAGES:
        browser.get(f"{site}/{page}.html")
        shown, room, broken = browser.execute_script(
            "const root = document.scrollingElement;"
            "return [root.scrollWidth, root.clientWidth, [...document.images]"
            ".filter(image => !image.naturalWidth).map(image => image.src)]"
        )
        if shown > room:
            wrong.append(f"{page} is {shown} px wide, there are {room}")
        wrong += [f"{page} lacks {source}" for source in broken]
        log: list[dict[str, object]] = browser.get_log("browser")  # type: ignore[no-untyped-call]
        wrong += [f"{page}: {entry['message']}" for entry in log]
        assert browser.execute_script("return document.body.dataset.theme") == theme
    assert wrong == []


def test_search_finds_the_right_page_first(browser: Chrome, site: str) -> None:
    """Ten things that readers search for."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.wait import WebDriverWait

    wrong: dict[str, str] = {}
    for query, pages in FOUND.items():
        browser.get(f"{site}/search.html?q={query.replace(' ', '+')}")
        results = WebDriverWait(browser, 30).until(
            lambda driver: driver.find_elements(By.CSS_SELECTOR, "ul.search li a")
        )
        first = str(results[0].get_attribute("href")).removeprefix(f"{site}/").partition(".html")[0]
        if first not in pages:
            wrong[query] = first
    assert wrong == {}


def test_prompts_are_not_copied(browser: Chrome, site: str) -> None:
    """A button copies what is typed, without the prompt and the output."""
    from selenium.webdriver.common.by import By

    _resize(browser, 1280)
    browser.get(f"{site}/how-to/ip-access-lists.html")
    browser.execute_cdp_cmd(  # pyright: ignore[reportUnknownMemberType]
        "Browser.grantPermissions", {"permissions": ["clipboardReadWrite"]}
    )
    button = browser.find_elements(By.CSS_SELECTOR, ".highlight-console button")[1]
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
    button.click()
    copied = browser.execute_async_script(
        "navigator.clipboard.readText().then(arguments[0], arguments[0])"
    )
    assert copied.splitlines() == [
        f"python allow_address.py {verb} 198.51.100.0/24 team=data"
        for verb in ("add", "add", "remove")
    ]
