"""Fields that this version does not know are sent by one door, on calls and on models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import InvalidArgumentError, Secret, models
from clickhouse_cloud_async.core.codec import CollectedSecrets, encode
from tests.samples import SECRET

from .stub import SERVICE

if TYPE_CHECKING:
    from .stub import Stub

EXTRA: dict[str, Any] = {"mood": "good", "plan": {"size": [1, None]}}


async def test_call_sends_extra_fields(stub: Stub) -> None:
    """A call sends what it is given in `extra` beside its arguments, under the given names."""
    stub.answer({"result": {}})

    async with stub.client() as cloud:
        await cloud.services.update(SERVICE, name="etl", extra=EXTRA)

    assert await stub.requests[0].json() == {"name": "etl", **EXTRA}


@pytest.mark.parametrize(
    "value",
    [
        models.ResourceTag(key="env", extra=EXTRA),
        {"key": "env", "extra": EXTRA},
    ],
)
def test_model_and_mapping_send_extra_fields(value: object) -> None:
    """A model, and a mapping in its place, carry extra fields at any depth."""
    assert encode(list[models.ResourceTag], [value]) == [{"key": "env", **EXTRA}]


def test_model_gives_extra_fields_back() -> None:
    """What a model would send is what `to_dict` gives; one that was read has no extra fields."""
    tag = models.ResourceTag(key="env", extra=EXTRA)

    assert tag.to_dict() == {"key": "env", **EXTRA}
    assert models.ResourceTag.from_dict({"key": "env", "mood": "good"}).extra is None


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"key": "a"}, r"^extra\.key: is a field of ResourceTag: pass it as 'key'$"),
        ({"mood": object()}, r"^extra\.mood: object cannot be written as JSON$"),
        (["mood"], r"^extra: expected a mapping, found list$"),
        ({"mood": {1: 2}}, r"^extra\.mood\.1: expected a str, found int$"),
    ],
)
def test_extra_field_that_cannot_be_sent_is_refused(extra: Any, message: str) -> None:
    """What is a field, or has no place in JSON, is refused before anything is sent."""
    with pytest.raises(InvalidArgumentError, match=message):
        encode(models.ResourceTag, models.ResourceTag(key="env", extra=extra))


def test_extra_fields_stay_out_of_sight() -> None:
    """No repr shows an extra field's value, and secrets among them are known as such."""
    tag = models.ResourceTag(key="env", extra={"token": SECRET})
    with CollectedSecrets() as secrets:
        encode(models.ResourceTag, {"key": "env", "extra": {"token": Secret(SECRET)}})

    assert SECRET not in repr(tag)
    assert secrets == [Secret(SECRET)]
