"""The profile file: which profile counts, and when the file is refused."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import AsyncClickHouseCloud, ConfigurationError
from clickhouse_cloud_async.core.settings import config_path

from .processes import run_script
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
        ('[default]\napi_key = "planted', "line 2: not valid TOML"),
        ("[default]\n\napi_key = planted\n", "line 3: not valid TOML"),
        (b'[default]\napi_secret = "planted\xff"', "line 2: not UTF-8 text"),
        ('api_secret = "planted"', "line 1: api_secret must be in a profile"),
        ('default = "planted"', r"line 1: default must be a table, \[default\]"),
        (
            '[default]\nsecret = "planted"',
            "line 2: .*'default' has an unknown setting 'secret'",
        ),
        ("[default]\n'secret' = 'planted'", "line 2: profile 'default' has an unknown setting"),
        (
            "[default]\n\napi_secret = 12345",
            "line 3: .* api_secret must be a string",
        ),
        ('[default.nested]\napi_key = "planted"', "line 1: .* unknown setting 'nested'"),
        ("[other]\nurl = 1\n[default]\nurl = 12345", "line 4: .*: url must be a string"),
        (
            "[default]\napi_key = 'planted'",
            r"api_key in profile 'default' .*toml, line 2",
        ),
        ("[default]\ntoken = 'planted'\nurl = 'http://a.example'", "line 3.* use https"),
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


@pytest.mark.parametrize(
    "other",
    [
        '[other]\nsecret = "unknown"',
        "[other]\napi_secret = 12345",
        "[other.nested]\napi_key = 'k'",
        "[other]\nurl = 'http://not.this.machine'",
        "[other]\napi_key = 'half'",
    ],
)
def test_mistake_in_another_profile_does_not_matter(tmp_path: Path, other: str) -> None:
    """Only the profile that is asked for counts."""
    write_text(tmp_path, f"{other}\n[default]\ntoken = 'token'\nurl = 'https://profile.example'")

    assert AsyncClickHouseCloud().base_url == "https://profile.example"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_files_of_all_editors(tmp_path: Path, encoding: str, newline: str) -> None:
    """A file may begin with a byte order mark, be UTF-16, and have any system's line ends."""
    lines = ["[default]", "token = 'token'", "url = 'https://profile.example'"]
    write_text(tmp_path, newline.join(lines).encode(encoding))

    assert AsyncClickHouseCloud().base_url == "https://profile.example"


def test_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    """A folder with the file's name is refused by name."""
    (tmp_path / "clickhouse-cloud" / "config.toml").mkdir(parents=True)

    with pytest.raises(ConfigurationError, match=r"config\.toml is not a file"):
        AsyncClickHouseCloud()


def test_folder_with_an_impossible_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A path at which the system refuses to look is an error of this package, with the path."""
    monkeypatch.setattr("platformdirs.user_config_path", lambda _, **__: tmp_path / ("x" * 300))

    with pytest.raises(ConfigurationError, match=r"x{300}.*cannot be read: "):
        AsyncClickHouseCloud()


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
@pytest.mark.parametrize("name", ["clickhouse-cloud", "clickhouse-cloud/config.toml"])
def test_unreadable(tmp_path: Path, name: str) -> None:
    """A folder or file that this user may not read is refused with its path."""
    write_profiles(tmp_path, default=KEY)
    (tmp_path / name).chmod(0)
    script = f"""
import os, sys
import platformdirs
from pathlib import Path
from clickhouse_cloud_async import AsyncClickHouseCloud, ConfigurationError
from clickhouse_cloud_async.core import arguments, profiles
platformdirs.user_config_path = lambda name, **_: Path({str(tmp_path)!r}) / name
if os.geteuid() == 0:
    os.seteuid(65534)  # root may read everything
try:
    AsyncClickHouseCloud()
except ConfigurationError as error:
    print(error)
"""

    outcome = run_script(script)

    assert "cannot be read: Permission denied" in outcome.out, outcome.err
    assert str(tmp_path) in outcome.out


async def test_named_by_an_argument(
    stub: Stub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A profile that an argument names takes the place of the environment, whole."""
    monkeypatch.setenv("CLICKHOUSE_CLOUD_API_KEY", "other")
    monkeypatch.setenv("CLICKHOUSE_CLOUD_API_SECRET", "other")
    monkeypatch.setenv("CLICKHOUSE_CLOUD_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("CLICKHOUSE_CLOUD_PROFILE", "gone")
    write_profiles(tmp_path, staging=KEY | {"url": stub.url})

    async with AsyncClickHouseCloud(profile="staging") as cloud:
        assert cloud.base_url == stub.url
        stub.answer({"result": []})
        assert await cloud.organizations.list() == []


def test_beside_credentials(tmp_path: Path) -> None:
    """Credentials and a profile as arguments contradict each other; an empty name is no profile."""
    write_profiles(tmp_path, staging=KEY)

    with pytest.raises(ConfigurationError, match="both passed"):
        AsyncClickHouseCloud("key", "secret", profile="staging")
    with pytest.raises(ValueError, match="profile: expected a name"):
        AsyncClickHouseCloud(profile="")
