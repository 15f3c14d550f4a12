"""Which credentials a client uses, and when it refuses to start."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import (
    AsyncClickHouseCloud,
    ConfigurationError,
    PermissionDeniedError,
    Secret,
)

from .profiles import write_profiles

if TYPE_CHECKING:
    from pathlib import Path

    from .stub import Stub

ENV = "CLICKHOUSE_CLOUD_"

SOURCES: dict[str, dict[str, str]] = {
    "arguments": {"api_key": "argument-key", "api_secret": "argument-secret"},
    "environment": {"api_key": "environment-key", "api_secret": "environment-secret"},
    "profile": {"api_key": "profile-key", "api_secret": "profile-secret"},
}


def basic(key: str, secret: str) -> str:
    """The header that a key authenticates with."""
    return f"Basic {base64.b64encode(f'{key}:{secret}'.encode()).decode()}"


async def sent_authorization(stub: Stub, **arguments: Any) -> str:
    """Start a client with only these arguments, call once and give the header that arrived."""
    async with AsyncClickHouseCloud(base_url=stub.url, **arguments) as cloud:
        await cloud.organizations.list()
    return stub.requests[-1].headers["Authorization"]


@pytest.mark.parametrize(
    ("present", "winner"),
    [
        (("arguments", "environment", "profile"), "arguments"),
        (("environment", "profile"), "environment"),
        (("profile",), "profile"),
        (("arguments",), "arguments"),
    ],
)
async def test_key_order(
    stub: Stub,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    present: tuple[str, ...],
    winner: str,
) -> None:
    """A key comes from the arguments, then the environment, then the profile."""
    if "environment" in present:
        for name, value in SOURCES["environment"].items():
            monkeypatch.setenv(ENV + name.upper(), value)
    if "profile" in present:
        write_profiles(tmp_path, default=SOURCES["profile"])
    arguments = SOURCES["arguments"] if "arguments" in present else {}

    header = await sent_authorization(stub, **arguments)

    assert header == basic(SOURCES[winner]["api_key"], SOURCES[winner]["api_secret"])


async def test_token_order(stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token comes from the arguments, then the environment, then the profile, as a bearer."""
    write_profiles(tmp_path, default={"token": "profile-token"})
    assert await sent_authorization(stub) == "Bearer profile-token"

    monkeypatch.setenv(f"{ENV}TOKEN", "environment-token")
    assert await sent_authorization(stub) == "Bearer environment-token"

    assert await sent_authorization(stub, token="argument-token") == "Bearer argument-token"


async def test_kind_follows_the_first_source(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token as argument beats a key in the environment: the two are never mixed."""
    monkeypatch.setenv(f"{ENV}API_KEY", "environment-key")
    monkeypatch.setenv(f"{ENV}API_SECRET", "environment-secret")

    assert await sent_authorization(stub, token="argument-token") == "Bearer argument-token"


async def test_secret_objects(stub: Stub) -> None:
    """A secret may be given wrapped as well as plain."""
    wrapped = await sent_authorization(stub, api_key="key", api_secret=Secret("wrapped"))
    token = await sent_authorization(stub, token=Secret("wrapped"))

    assert (wrapped, token) == (basic("key", "wrapped"), "Bearer wrapped")


async def test_non_ascii_secret(stub: Stub) -> None:
    """Key and secret are encoded as UTF-8."""
    assert await sent_authorization(stub, api_key="clé", api_secret="秘密") == basic("clé", "秘密")


def test_no_credentials() -> None:
    """Without credentials the error names every way to give them."""
    with pytest.raises(ConfigurationError) as caught:
        AsyncClickHouseCloud()

    for hint in ("api_key", "token", f"{ENV}API_KEY", f"{ENV}API_SECRET", "config.toml"):
        assert hint in str(caught.value)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    ("given", "missing"), [("api_key", "api_secret"), ("api_secret", "api_key")]
)
def test_half_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, given: str, missing: str
) -> None:
    """Half a key is refused in each source, even where a later source has a whole one."""
    half = {given: "planted-secret"}
    write_profiles(tmp_path, default=half if source == "profile" else SOURCES["profile"])
    if source == "environment":
        monkeypatch.setenv(ENV + given.upper(), "planted-secret")

    with pytest.raises(ConfigurationError, match="come together") as caught:
        AsyncClickHouseCloud(**(half if source == "arguments" else {}))  # type: ignore[arg-type]  # one of two texts

    if source == "environment":
        given, missing = (f"{ENV}{name.upper()}" for name in (given, missing))
    present, _, absent = caught.value.message.partition(" is set without ")
    assert given in present
    assert absent.startswith(missing)
    assert "planted-secret" not in str(caught.value)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("other", ["api_key", "api_secret"])
def test_key_and_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, other: str
) -> None:
    """A token beside a key, or half of one, is refused in each source."""
    both = {"token": "planted-token", other: "planted-secret"}
    if source == "profile":
        write_profiles(tmp_path, default=both)
    if source == "environment":
        for name, value in both.items():
            monkeypatch.setenv(ENV + name.upper(), value)

    with pytest.raises(ConfigurationError, match="both set: keep one") as caught:
        AsyncClickHouseCloud(**(both if source == "arguments" else {}))  # type: ignore[arg-type]  # texts only

    assert "planted" not in str(caught.value)


@pytest.mark.parametrize("bad", ["", "  ", "line\nbreak", "null\0", "tab\t"])
@pytest.mark.parametrize("name", ["api_key", "api_secret", "token"])
def test_unusable_credentials(name: str, bad: str) -> None:
    """What no header may carry is refused when the client is made, without being shown."""
    given = {"token": bad} if name == "token" else {"api_key": "k", "api_secret": "s", name: bad}

    with pytest.raises(ConfigurationError, match=name) as caught:
        AsyncClickHouseCloud(**given)  # type: ignore[arg-type]  # texts only

    assert not bad.strip() or bad not in str(caught.value)


def test_colon_in_key() -> None:
    """A colon in the key's id would move the border to the secret, so it is refused."""
    with pytest.raises(ConfigurationError, match="colon"):
        AsyncClickHouseCloud("key:planted", "secret")


@pytest.mark.parametrize("bad", [5, b"bytes", ["list"]])
@pytest.mark.parametrize("name", ["api_key", "api_secret", "token"])
def test_credentials_of_a_wrong_type(name: str, bad: Any) -> None:
    """A credential that is not text is refused by name."""
    given: dict[str, Any] = (
        {"token": bad} if name == "token" else {"api_key": "k", "api_secret": "s", name: bad}
    )

    with pytest.raises(ConfigurationError, match=name):
        AsyncClickHouseCloud(**given)


def test_empty_environment_variables_count_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty variable is the same as none."""
    monkeypatch.setenv(f"{ENV}API_KEY", "key")
    monkeypatch.setenv(f"{ENV}API_SECRET", "secret")
    for name in ("TOKEN", "URL", "ORGANIZATION_ID", "PROFILE"):
        monkeypatch.setenv(ENV + name, "")

    assert AsyncClickHouseCloud().base_url == "https://api.clickhouse.cloud"


BESIDE = {"organization_id": "of-another-key", "url": "https://another.example"}
"""Settings that stand beside credentials which are not used."""


@pytest.mark.parametrize("given", ["key", "token"])
@pytest.mark.parametrize("is_whole", [True, False], ids=["with credentials", "alone"])
def test_settings_beside_other_credentials_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, *, is_whole: bool
) -> None:
    """Organisation and URL of environment and profile do not count beside explicit credentials."""
    others = BESIDE | (SOURCES["environment"] if is_whole else {})
    for name, value in others.items():
        monkeypatch.setenv(ENV + name.upper(), value)
    write_profiles(tmp_path, default=others)

    arguments = SOURCES["arguments"] if given == "key" else {"token": "argument-token"}
    cloud = AsyncClickHouseCloud(**arguments)  # type: ignore[arg-type]  # texts only

    assert cloud.base_url == "https://api.clickhouse.cloud"
    assert cloud._settings.scopes == {}


async def refusal(stub: Stub, cloud: AsyncClickHouseCloud, **arguments: Any) -> str:
    """The hint of the error that a client raises where the API refuses an organisation."""
    stub.answer({"error": "forbidden"}, 403)
    async with cloud:
        with pytest.raises(PermissionDeniedError) as caught:
            await cloud.services.list(**arguments)
    assert caught.value.message == "forbidden"
    return caught.value.hint


async def test_refused_organisation_names_the_variable(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A 403 for an organisation from the environment names its variable."""
    for name, value in SOURCES["environment"].items():
        monkeypatch.setenv(ENV + name.upper(), value)
    monkeypatch.setenv(f"{ENV}URL", stub.url)
    monkeypatch.setenv(f"{ENV}ORGANIZATION_ID", "wrong")

    hint = await refusal(stub, AsyncClickHouseCloud())

    assert hint.endswith(f"the organisation comes from {ENV}ORGANIZATION_ID")


async def test_refused_organisation_names_the_profile(stub: Stub, tmp_path: Path) -> None:
    """A 403 for an organisation from a profile names profile, file and line."""
    settings = {**SOURCES["profile"], "url": stub.url, "organization_id": "wrong"}
    path = write_profiles(tmp_path, default=settings)

    hint = await refusal(stub, AsyncClickHouseCloud())

    assert hint.endswith(f"comes from organization_id in profile 'default' ({path}, line 5)")


async def test_refused_organisation_of_an_argument_is_not_explained(stub: Stub) -> None:
    """A 403 for an organisation that a client was given says nothing of other places."""
    client = stub.client(organization_id="wrong")
    changed = stub.client(organization_id=None).with_options(organization_id="wrong")

    for cloud in (client, changed):
        assert await refusal(stub, cloud) == ""


async def test_refused_organisation_of_the_call_is_not_explained(
    stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A 403 for an organisation that the call itself names says nothing of other places."""
    for name, value in SOURCES["environment"].items():
        monkeypatch.setenv(ENV + name.upper(), value)
    monkeypatch.setenv(f"{ENV}URL", stub.url)
    monkeypatch.setenv(f"{ENV}ORGANIZATION_ID", "unused")

    hint = await refusal(stub, AsyncClickHouseCloud(), organization_id="wrong")

    assert hint == ""
