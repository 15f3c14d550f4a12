"""The profile file: which profile counts, and when the file is refused."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import AsyncClickHouseCloud, ConfigurationError
from clickhouse_cloud_async.core.settings import config_path

from .profiles import write_profiles, write_text

if TYPE_CHECKING:
    from pathlib import Path

    from .stub import Stub

KEY = {"api_key": "key", "api_secret": "planted-secret"}


@pytest.fixture(autouse=True)
def _profile_only(clean_environment: None) -> None:
    """Every test here starts without credentials in the environment."""


@pytest.mark.skipif(sys.platform != "linux", reason="the variable is Linux's")
def test_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The file is in the API's own folder below the user's configuration folder."""
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    path = config_path(AsyncClickHouseCloud._api)

    assert path == tmp_path / "clickhouse-cloud" / "config.toml"


@pytest.mark.parametrize("name", ["default", "staging"])
async def test_named_profile(
    stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The environment names the profile; where it does not, the one named default counts."""
    write_profiles(
        tmp_path,
        default={"token": "default-token", "url": stub.url},
        staging={"token": "staging-token", "url": stub.url},
    )
    if name != "default":
        monkeypatch.setenv("CLICKHOUSE_CLOUD_PROFILE", name)

    async with AsyncClickHouseCloud() as cloud:
        await cloud.organizations.list()

    assert stub.requests[0].headers["Authorization"] == f"Bearer {name}-token"


async def test_organisation_and_url(stub: Stub, tmp_path: Path) -> None:
    """A profile can also hold the organisation and the base URL."""
    write_profiles(tmp_path, default={**KEY, "url": f"{stub.url}/v1/", "organization_id": "org-1"})

    async with AsyncClickHouseCloud() as cloud:
        await cloud.services.list()

    assert stub.paths == ["/v1/organizations/org-1/services"]


async def test_environment_beats_organisation_and_url_of_a_profile(
    stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment overrides the organisation and the URL that come with a profile."""
    write_profiles(
        tmp_path, default={**KEY, "url": "https://unused.invalid", "organization_id": "unused"}
    )
    monkeypatch.setenv("CLICKHOUSE_CLOUD_URL", stub.url)
    monkeypatch.setenv("CLICKHOUSE_CLOUD_ORGANIZATION_ID", "org-2")

    async with AsyncClickHouseCloud() as cloud:
        await cloud.services.list()

    assert stub.paths == ["/v1/organizations/org-2/services"]


async def test_arguments_beat_everything(
    stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arguments override the organisation and the URL of the environment and of a profile."""
    unused = "https://unused.invalid"
    write_profiles(tmp_path, default={**KEY, "url": unused, "organization_id": "unused"})
    monkeypatch.setenv("CLICKHOUSE_CLOUD_URL", unused)
    monkeypatch.setenv("CLICKHOUSE_CLOUD_ORGANIZATION_ID", "unused")

    async with AsyncClickHouseCloud(base_url=stub.url, organization_id="org-3") as cloud:
        await cloud.services.list()

    assert stub.paths == ["/v1/organizations/org-3/services"]


def test_rest_of_a_profile_counts_only_with_its_credentials(tmp_path: Path) -> None:
    """With credentials from elsewhere the profile's URL is not used, and the file not even read."""
    write_text(tmp_path, "this is not TOML", mode=0o644)

    cloud = AsyncClickHouseCloud("key", "secret")

    assert cloud.base_url == "https://api.clickhouse.cloud"


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o602, 0o660, 0o777])
def test_open_permissions(tmp_path: Path, mode: int) -> None:
    """A file that others can read or change is refused, with the remedy."""
    path = write_profiles(tmp_path, default=KEY)
    path.chmod(mode)

    with pytest.raises(ConfigurationError, match="chmod 600"):
        AsyncClickHouseCloud()


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_private_permissions(tmp_path: Path, mode: int) -> None:
    """A file that only its owner can use is read."""
    path = write_profiles(tmp_path, default={**KEY, "url": "https://profile.example"})
    path.chmod(mode)

    assert AsyncClickHouseCloud().base_url == "https://profile.example"


def test_unknown_profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that is named but not there is refused; the error lists those that are."""
    write_profiles(tmp_path, default=KEY, staging=KEY)
    monkeypatch.setenv("CLICKHOUSE_CLOUD_PROFILE", "production")

    with pytest.raises(ConfigurationError, match=r"'production'; it has: default, staging"):
        AsyncClickHouseCloud()


def test_named_profile_without_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A profile that is named while there is no file is refused, not passed over."""
    monkeypatch.setenv("CLICKHOUSE_CLOUD_PROFILE", "production")

    with pytest.raises(ConfigurationError, match=r"'production': .*config\.toml does not exist"):
        AsyncClickHouseCloud()


def test_no_default_profile(tmp_path: Path) -> None:
    """A file without a default profile gives no credentials where none is named."""
    write_profiles(tmp_path, staging=KEY)

    with pytest.raises(ConfigurationError, match="no credentials"):
        AsyncClickHouseCloud()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[default]\napi_key = "planted', "not valid TOML"),
        (b'[default]\napi_secret = "planted\xff"', "not valid TOML"),
        ('api_secret = "planted"', "api_secret has to stand in a profile"),
        ('[default]\nsecret = "planted"', "unknown setting 'secret'"),
        ("[default]\napi_secret = 12345", "default.api_secret has to be a string"),
        ('[other]\nsecret = "planted"', "profile other has an unknown setting"),
        ('[default.nested]\napi_key = "planted"', "unknown setting 'nested'"),
        ("", "no credentials"),
        ("[default]", "no credentials"),
    ],
)
def test_broken_file(tmp_path: Path, text: str | bytes, message: str) -> None:
    """A file that cannot be understood is refused with the place, never with a value."""
    write_text(tmp_path, text)

    with pytest.raises(ConfigurationError, match=message) as caught:
        AsyncClickHouseCloud()

    assert "planted" not in str(caught.value)
    assert "12345" not in str(caught.value)
    assert "config.toml" in str(caught.value)
