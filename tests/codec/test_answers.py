"""Real responses, which do not always follow the contract."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickhouse_cloud_async import ResponseDecodeError, models
from clickhouse_cloud_async.core.codec import decode
from tests.samples import sample_of

SERVICE = {"id": "0b8f", "name": "etl", "state": "running", "provider": "aws"}


@pytest.mark.parametrize("missing", SERVICE)
def test_missing_fields_are_none(missing: str) -> None:
    """A field that every answer should carry, but this one does not, is None."""
    service = models.Service.from_dict({k: v for k, v in SERVICE.items() if k != missing})

    assert getattr(service, missing) is None
    assert service.to_dict() == {k: v for k, v in SERVICE.items() if k != missing}


def test_absent_and_null_are_told_apart_on_the_way_back() -> None:
    """Absent and null are both None in Python, and come back as what they were."""
    service = models.Service.from_dict({"tags": None})

    assert [getattr(service, name) for name in ("tags", "name")] == [None, None]
    assert service.to_dict() == {"tags": None}


def test_null_list() -> None:
    """A list may be null: a ClickPipe without columns says so."""
    pipe = models.ClickPipe.from_dict({"id": "p", "destination": {"table": "t", "columns": None}})

    assert isinstance(pipe.destination, models.ClickPipeDestination)
    assert pipe.destination.columns is None
    assert pipe.to_dict()["destination"] == {"table": "t", "columns": None}


@pytest.mark.parametrize("sent", [3, 3.0])
def test_whole_numbers_written_as_floats(sent: float) -> None:
    """A whole number is an int, also where the server writes it with a point."""
    replicas = models.Service.from_dict({"numReplicas": sent}).num_replicas

    assert replicas == 3
    assert type(replicas) is int


def test_broken_number_in_a_whole_field() -> None:
    """A number with a fraction is refused where only whole ones make sense."""
    with pytest.raises(ResponseDecodeError, match=r"^\$\.numReplicas: expected integer, found"):
        models.Service.from_dict({"numReplicas": 3.5})


def test_unknown_state() -> None:
    """A state that came with a newer API is a plain text."""
    service = models.Service.from_dict({**SERVICE, "state": "hibernating"})

    assert service.state == "hibernating"
    assert not isinstance(service.state, models.ServiceState)
    assert models.Service.from_dict(SERVICE).state is models.ServiceState.RUNNING


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (models.BackupBucket, {"bucketProvider": "ORACLE", "bucketPath": "oci://b"}),
        (models.ClickStackAlertChannel, {"type": "carrier-pigeon", "webhookId": "w"}),
        (models.ClickStackTileConfig, {"displayType": "hologram", "sourceId": "s", "select": []}),
        (models.ClickStackWebhook, {"service": "telegram", "name": "n"}),
        (models.ClickStackSource, {"kind": "smell", "name": "n", "connection": "c"}),
    ],
)
def test_unknown_discriminator(kind: Any, data: dict[str, object]) -> None:
    """An object of a kind that is not known yet is kept as it came, not forced into another."""
    assert decode(kind, data) == data


def test_unknown_variants_inside_known_objects() -> None:
    """What surrounds an object of an unknown kind is read as usual."""
    tile = {**sample_of("ClickStackTileOutput"), "config": {"displayType": "hologram"}}
    dashboard = {**sample_of("ClickStackDashboardResponse"), "tiles": [tile]}
    decoded = models.ClickStackDashboardResponse.from_dict(dashboard)

    assert decoded.tiles is not None
    assert decoded.tiles[0].config == {"displayType": "hologram"}
    assert decoded.tiles[0].name == tile["name"]
    assert decoded.to_dict() == dashboard


def test_missing_discriminator() -> None:
    """Without the discriminating field the other properties decide, where they can."""
    decoded: object = decode(
        models.BackupBucket, {"bucketPath": "s3://b", "iamRoleArn": "a", "id": "i"}
    )
    undecided: object = decode(models.BackupBucket, {"bucketPath": "somewhere"})

    assert isinstance(decoded, models.AwsBackupBucket)
    assert undecided == {"bucketPath": "somewhere"}


@pytest.mark.parametrize("text", ["", "not-a-uuid", "0000", "12345678-1234-1234-1234"])
def test_odd_ids(text: str) -> None:
    """An id is a text, whatever it looks like."""
    assert models.Service.from_dict({"id": text}).id == text


def test_extra_fields() -> None:
    """Fields that are not known yet are ignored at every level."""
    data = {**SERVICE, "mood": "good", "endpoints": [{"protocol": "https", "colour": "blue"}]}
    service = models.Service.from_dict(data)

    assert service.endpoints is not None
    assert service.to_dict() == {**SERVICE, "endpoints": [{"protocol": "https"}]}


# --- moments -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "2030-01-02T03:04:05Z",
        "2030-01-02T03:04:05.000Z",
        "2030-01-02T03:04:05.000000000Z",
        "2030-01-02T03:04:05+00:00",
        "2030-01-02T05:04:05+02:00",
        "2030-01-02 03:04:05",
    ],
)
def test_spellings_of_a_moment(text: str) -> None:
    """The same moment is read from every spelling; one without an offset is UTC."""
    created = models.Service.from_dict({"createdAt": text}).created_at

    assert created == datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


@given(st.datetimes(timezones=st.timezones()))
def test_any_moment_is_read(moment: datetime) -> None:
    """A moment in any zone is read as that moment, and given back as it."""
    service = models.Service.from_dict({"createdAt": moment.isoformat()})

    # A moment whose clock time comes twice is equal to none in another zone: compare in UTC.
    assert service.created_at is not None
    assert service.created_at.astimezone(UTC) == moment.astimezone(UTC)
    told = datetime.fromisoformat(service.to_dict()["createdAt"])
    assert told.astimezone(UTC) == moment.astimezone(UTC)


@pytest.mark.parametrize("text", ["yesterday", "", "2030-13-01T00:00:00Z", "1893553445"])
def test_malformed_moment(text: str) -> None:
    """A text that is no moment is an error that names its place."""
    with pytest.raises(ResponseDecodeError, match=r"^\$\.createdAt: expected date-time string"):
        models.Service.from_dict({"createdAt": text})


@pytest.mark.parametrize("text", ["2030-01-02", "2030-01-02T00:00:00Z"])
def test_day_written_as_a_moment(text: str) -> None:
    """A day is a date, also where the server spells it as the moment at which it begins."""
    record = models.UsageCostRecord.from_dict({"date": text})

    assert record.date == date(2030, 1, 2)


@pytest.mark.parametrize(
    ("kind", "value", "kept_as"),
    [
        (str | datetime, "2030-01-02T03:04:05Z", datetime),
        (datetime | str, "tomorrow", str),
        (float | int, 3, int),
        (int | float, 3.5, float),
        (str | int, "3", str),
        (str | int, 3, int),
    ],
)
def test_choice_of_plain_types(kind: Any, value: object, kept_as: type) -> None:
    """Where several plain types may stand, the narrowest that fits is taken."""
    decoded: object = decode(kind, value)

    assert type(decoded) is kept_as


def test_deep_places_are_named() -> None:
    """The place of a wrong value is the way to it from the outside in."""
    data = {"tags": [{"key": "a"}, {"key": ["b"]}]}
    with pytest.raises(ResponseDecodeError) as caught:
        models.Service.from_dict(data)

    assert str(caught.value) == "$.tags[1].key: expected string, found array"


def test_wrong_types_inside_variants_are_named() -> None:
    """The place of a wrong value is also found inside one of several kinds of object."""
    bucket = {"bucketProvider": "AWS", "bucketPath": 5}
    with pytest.raises(ResponseDecodeError) as caught:
        decode(models.BackupBucket, bucket)

    assert str(caught.value) == "$.bucketPath: expected string, found integer"


def test_values_never_show_in_errors() -> None:
    """An error names types, not values: those may be secret."""
    with pytest.raises(ResponseDecodeError) as caught:
        models.ServicePostResponse.from_dict({"password": ["planted"]})

    assert "planted" not in str(caught.value)
    assert caught.value.__cause__ is None
