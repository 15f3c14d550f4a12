"""Passwords and key secrets that never leave this machine: only their hashes do."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import (
    AsyncClickHouseCloud,
    AuthenticationError,
    ClickHouseCloud,
    InvalidArgumentError,
    KeyMaterial,
    Secret,
    hash_password,
)
from tests.client.stub import ORGANIZATION, SERVICE, Stub

if TYPE_CHECKING:
    from clickhouse_cloud_async.emulator import Emulator
    from tests.contract.recorder import Recorder

PASSWORD = "correct horse Battery 9"

VECTORS = [
    # Worked out with other tools; the last double SHA-1 is the one that MySQL's PASSWORD() gives.
    (
        "",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "be1bdec0aa74b4dcb079943e70528096cca985f8",
    ),
    (
        "abc",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "0d3ced9bec10a777aec23ccc353a8c08a633045e",
    ),
    (
        "password",
        "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
        "2470c0c06dee42fd1618bb99005adca2ec9d1e19",
    ),
]


def sha256_in_base64(text: str) -> str:
    """The form in which the API takes the hash of a text."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@pytest.mark.parametrize(("password", "sha256", "double_sha1"), VECTORS)
@pytest.mark.parametrize("kind", [str, Secret])
def test_known_hashes(
    kind: type[str | Secret], password: str, sha256: str, double_sha1: str
) -> None:
    """A password's hashes are the published ones, in base64 and in hexadecimal."""
    hashes = hash_password(kind(password))

    assert base64.b64decode(hashes.sha256.reveal()).hex() == sha256
    assert hashes.double_sha1.reveal() == double_sha1


def test_bytes_of_a_password() -> None:
    """A password is hashed as UTF-8."""
    expected = hashlib.sha256(b"p\xc3\xa4ss\xe2\x82\xac").digest()

    assert base64.b64decode(hash_password("päss€").sha256.reveal()) == expected


def test_hashes_are_secrets() -> None:
    """Neither hashes nor key material show what they hold."""
    material = KeyMaterial("id", Secret("planted"))
    hashes = hash_password("planted")

    shown = f"{hashes!r} {hashes} {material!r} {material} {KeyMaterial('id', 'planted')!r}"
    assert "planted" not in shown
    assert hashes.sha256.reveal() not in shown
    assert hashes.double_sha1.reveal() not in shown


@pytest.mark.parametrize("kind", [str, Secret])
async def test_password_stays_here(stub: Stub, kind: type[str | Secret]) -> None:
    """A password is reset by its two hashes; the password is in no part of the request."""
    stub.answer({"result": {}})

    async with stub.client() as cloud:
        answer = await cloud.services.reset_password(SERVICE, password=kind(PASSWORD))

    (request,) = stub.requests
    inner = hashlib.sha1(PASSWORD.encode()).digest()  # noqa: S324  # the API's own form
    assert await request.json() == {
        "newPasswordHash": sha256_in_base64(PASSWORD),
        "newDoubleSha1Hash": hashlib.sha1(inner).hexdigest(),  # noqa: S324  # as above
    }
    assert PASSWORD not in f"{request.raw_path}{request.raw_headers!r}{await request.text()}"
    assert answer.password is None


async def test_hashes_as_they_are(stub: Stub) -> None:
    """Hashes that the caller made are sent unchanged, and without any the body is empty."""
    stub.answer({"result": {}})
    hashes = hash_password(PASSWORD)

    async with stub.client() as cloud:
        await cloud.services.reset_password(SERVICE, new_password_hash=hashes.sha256)
        await cloud.services.reset_password(SERVICE)

    sent = [await request.json() for request in stub.requests]
    assert sent == [{"newPasswordHash": hashes.sha256.reveal()}, {}]


@pytest.mark.parametrize("field", ["new_password_hash", "new_double_sha1_hash"])
async def test_password_and_hash(stub: Stub, field: str) -> None:
    """A password and a hash of it are one too many; nothing is sent."""
    hashes = {field: "given by the caller"}

    async with stub.client() as cloud:
        with pytest.raises(InvalidArgumentError):
            await cloud.services.reset_password(SERVICE, password=PASSWORD, **hashes)  # type: ignore[arg-type]  # one of two keywords

    assert stub.requests == []


def test_sync_password(recorder: Recorder) -> None:
    """The sync client hashes a password, too."""
    recorder.answer(200, None, {"result": {}})

    with ClickHouseCloud(
        "key", "secret", organization_id=ORGANIZATION, base_url=recorder.url, rate_limit=None
    ) as cloud:
        cloud.services.reset_password(SERVICE, password=PASSWORD)

    hashes = hash_password(PASSWORD)
    assert recorder.requests[0].body == {
        "newPasswordHash": hashes.sha256.reveal(),
        "newDoubleSha1Hash": hashes.double_sha1.reveal(),
    }


def test_key_material() -> None:
    """Key material is letters and digits of the lengths that the API uses, and never the same."""
    made = [KeyMaterial.generate() for _ in range(20)]

    for material in made:
        assert re.fullmatch(r"[A-Za-z0-9]{20}", material.key_id)
        assert re.fullmatch(r"[A-Za-z0-9]{42}", material.key_secret.reveal())
    assert len({material.key_id for material in made}) == len(made)
    assert len({material.key_secret for material in made}) == len(made)


async def test_key_made_here(emulator: Emulator, emulated: dict[str, Any]) -> None:
    """A key is created by the hashes of its id and secret alone."""
    material = KeyMaterial.generate()

    async with AsyncClickHouseCloud(**emulated) as cloud:
        created = await cloud.api_keys.create(
            name="made here", hash_data=material.hash_data(), ip_access_list=[]
        )

    assert emulator.requests[-1].body == {
        "name": "made here",
        "hashData": {
            "keyIdHash": sha256_in_base64(material.key_id),
            "keyIdSuffix": material.key_id[-4:],
            "keySecretHash": sha256_in_base64(material.key_secret.reveal()),
        },
        "ipAccessList": [],
    }
    assert (created.key_id, created.key_secret) == (None, None)
    assert created.key is not None
    assert created.key.key_suffix == material.key_id[-4:]


async def test_use_of_a_key_made_here(emulated: dict[str, Any]) -> None:
    """A key made here opens the API, with its own secret alone."""
    material = KeyMaterial.generate()

    async with AsyncClickHouseCloud(**emulated) as cloud:
        expected = await cloud.services.list()
        await cloud.api_keys.create(
            name="made here",
            hash_data=material.hash_data(),
            roles=["admin"],
            ip_access_list=[{"source": "127.0.0.1"}],
        )
    emulated |= {"api_key": material.key_id, "api_secret": material.key_secret}
    async with AsyncClickHouseCloud(**emulated) as cloud:
        assert await cloud.services.list() == expected
    emulated["api_secret"] = "another"
    async with AsyncClickHouseCloud(**emulated) as cloud:
        with pytest.raises(AuthenticationError):
            await cloud.services.list()
