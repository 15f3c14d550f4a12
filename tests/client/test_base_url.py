"""Base URLs: which are accepted, in what form, and which are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import AsyncClickHouseCloud, ConfigurationError

if TYPE_CHECKING:
    from .stub import Stub


def base_url(url: Any) -> str:
    """Return what a client makes of a URL."""
    return AsyncClickHouseCloud("key", "secret", base_url=url).base_url


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://api.example.com", "https://api.example.com"),
        ("https://api.example.com/", "https://api.example.com"),
        ("https://api.example.com/v1", "https://api.example.com"),
        ("https://api.example.com/v1/", "https://api.example.com"),
        ("https://api.example.com//v1//", "https://api.example.com"),
        ("  https://api.example.com\n", "https://api.example.com"),
        ("https://api.example.com:8443/v1", "https://api.example.com:8443"),
        ("https://api.example.com/prefix", "https://api.example.com/prefix"),
        ("https://api.example.com/prefix/v1/", "https://api.example.com/prefix"),
        ("https://api.example.com/a/b", "https://api.example.com/a/b"),
        ("HTTPS://api.example.com", "https://api.example.com"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://LOCALHOST", "http://LOCALHOST"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        ("http://127.255.3.4:1/v1", "http://127.255.3.4:1"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("https://10.0.0.1", "https://10.0.0.1"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
    ],
)
def test_accepted(given: str, expected: str) -> None:
    """A trailing version segment and slashes are dropped, a prefix and a port kept."""
    assert base_url(given) == expected


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://api.example.com", "use https"),
        ("http://10.0.0.1", "use https"),
        ("http://0.0.0.0", "use https"),
        ("http://128.0.0.1", "use https"),
        ("http://[::2]", "use https"),
        ("http://localhost.example.com", "use https"),
        ("http://127.0.0.1.example.com", "use https"),
        ("https://key:planted@api.example.com", "must not carry credentials"),
        ("https://planted@api.example.com", "must not carry credentials"),
        ("https://@api.example.com", "must not carry credentials"),
        ("https://api.example.com\\@planted.example", "credentials"),
        ("https://api.example.com?token=planted", "query"),
        ("https://api.example.com/#planted", "fragment"),
        ("https://key:planted/@api.example.com", "host and port"),
        ("https://api.example.com:99999", "host and port"),
        ("http://[::1", "host and port"),
        ("https://", "must look like"),
        ("https:///v1", "must look like"),
        ("api.example.com", "must look like"),
        ("//api.example.com", "must look like"),
        ("ftp://api.example.com", "must look like"),
        ("file:///etc/passwd", "must look like"),
        ("   ", "must look like"),
    ],
)
def test_refused(url: str, message: str) -> None:
    """A URL that credentials must not go to is refused, and what it may hide is not shown."""
    with pytest.raises(ConfigurationError, match=message) as caught:
        base_url(url)

    assert "planted" not in str(caught.value)


@pytest.mark.parametrize("path", ["/a b", "/é", "/..", "/a/../b", "/a\x7f"])
def test_path_that_cannot_be_sent(path: str) -> None:
    """A prefix that is no clean URL path is refused when the client is made."""
    with pytest.raises(ConfigurationError):
        base_url(f"https://api.example.com{path}")


@pytest.mark.parametrize("url", [5, b"https://api.example.com"])
def test_wrong_type(url: object) -> None:
    """A base URL that is not text is refused."""
    with pytest.raises(ConfigurationError):
        base_url(url)


def test_environment_is_checked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The URL of the environment meets the same rules."""
    monkeypatch.setenv("CLICKHOUSE_CLOUD_TOKEN", "token")
    monkeypatch.setenv("CLICKHOUSE_CLOUD_URL", "http://api.example.com")

    with pytest.raises(ConfigurationError, match=r"CLICKHOUSE_CLOUD_URL is .*use https"):
        AsyncClickHouseCloud()


@pytest.mark.parametrize("suffix", ["/proxy/cloud", "/proxy/cloud/", "/proxy/cloud/v1"])
async def test_prefix_is_sent(stub: Stub, suffix: str) -> None:
    """Every request goes below the prefix, with the version segment once."""
    async with stub.client(base_url=stub.url + suffix) as cloud:
        await cloud.organizations.list()

    assert stub.paths == ["/proxy/cloud/v1/organizations"]
