"""Valid documents, and messages about errors."""

from __future__ import annotations

import pickle
import sys
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickhouse_cloud_async import ConfigurationError, InvalidArgumentError
from clickhouse_cloud_async import desired as engine
from clickhouse_cloud_async.fleet import (
    DescriptionError,
    DesiredFleet,
    DesiredService,
    ValidationIssue,
)
from clickhouse_cloud_async.models import (
    BackupConfigurationPatchRequest,
    CloudProvider,
    IpAccessListEntry,
    ScalingScheduleEntryRequest,
    UpgradeWindowPutRequest,
)
from tests.effort import calls_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WHOLE = """\
fleet: staging
defaults:
  services:
    provider: aws
    region: eu-central-1
    tags: {env: staging, bare: }
    num_replicas: 3
services:
  - name: etl nightly
    organization: 0c4e1a60-8f0b-4d0b-a4a9-1de5b1a6a2f4
    state: stopped
    tags: {env: dev}
    ip_access_list: [10.0.0.0/8, {source: 192.0.2.1, description: office}]
    backup_configuration: {backup_period_in_hours: 24, backup_start_time: 12:00}
    scaling_schedule:
      - name: nights
        weekdays: [1, 2]
        start_hour_utc: 20
        end_hour_utc: 6
        num_replicas: 4
    upgrade_window: {weekday: 2, start_hour_utc: 6}
    endpoints: {mysql: true}
  - name: no
    min_replicas: 1
    max_replicas: 4
    upgrade_window:
"""


def _services(text: str) -> list[dict[str, Any]]:
    """Return the fields of the services of a document."""
    return [dict(each.fields) for each in DesiredFleet.parse(text).description.resources]


def _mistakes(text: str) -> list[str]:
    """Return what is said of a document, without the name of its source."""
    with pytest.raises(DescriptionError) as caught:
        DesiredFleet.parse(text, source="f")
    assert str(caught.value).splitlines() == list(map(str, caught.value.issues))
    return [str(issue).removeprefix("f:") for issue in caught.value.issues]


def _of_service(fields: str) -> list[str]:
    """Return what is said of the fields of a service, without the place of the service."""
    mistakes = _mistakes(f"fleet: x\nservices:\n- name: etl\n  {fields}\n")
    return [mistake.partition("services[0].")[2] or mistake for mistake in mistakes]


def test_whole_document() -> None:
    """Services have what they name, and what the defaults name besides."""
    fleet = DesiredFleet.parse(WHOLE)
    first, second = fleet.description.resources

    assert fleet.name == "staging"
    assert first.scope == "0c4e1a60-8f0b-4d0b-a4a9-1de5b1a6a2f4"
    assert first.fields == {
        "name": "etl nightly",
        "state": "stopped",
        "provider": "aws",
        "region": "eu-central-1",
        "num_replicas": 3,
        "tags": {"env": "dev", "bare": None},
        "ip_access_list": ["10.0.0.0/8", {"source": "192.0.2.1", "description": "office"}],
        "endpoints": {"mysql": True},
        "backup_configuration": {"backup_period_in_hours": 24, "backup_start_time": "12:00"},
        "scaling_schedule": [
            {
                "name": "nights",
                "weekdays": [1, 2],
                "start_hour_utc": 20,
                "end_hour_utc": 6,
                "num_replicas": 4,
            }
        ],
        "upgrade_window": {"weekday": 2, "start_hour_utc": 6},
    }
    assert second.fields["name"] == "no"
    assert second.fields["upgrade_window"] is None
    assert "num_replicas" not in second.fields


def test_file(tmp_path: Path) -> None:
    """A file is read like a text, and a mistake names it."""
    file = tmp_path / "fleet.yaml"
    file.write_text(WHOLE)
    assert DesiredFleet.load(file) == DesiredFleet.parse(WHOLE)
    assert DesiredFleet.load(str(file)).name == "staging"

    file.write_text("fleet: x\nservices: 5\n")
    with pytest.raises(DescriptionError, match=r"fleet\.yaml:2: services: is not a list"):
        DesiredFleet.load(file)
    file.write_bytes(b"fleet: x\nservices:\n- name: \xff\n")
    with pytest.raises(DescriptionError, match=r"fleet\.yaml:3: this is not UTF-8 text"):
        DesiredFleet.load(file)
    with pytest.raises(FileNotFoundError):
        DesiredFleet.load(tmp_path / "missing.yaml")


def test_python_is_a_document_too() -> None:
    """Models and plain values say the same."""
    models = DesiredService(
        name="etl",
        provider=CloudProvider.AWS,
        ip_access_list=[IpAccessListEntry(source="10.0.0.0/8")],
        backup_configuration=BackupConfigurationPatchRequest(backup_start_time="02:00"),
        scaling_schedule=[
            ScalingScheduleEntryRequest(name="n", weekdays=[0], start_hour_utc=1, end_hour_utc=2)
        ],
        upgrade_window=UpgradeWindowPutRequest(weekday=1, start_hour_utc=6),
    )
    text = """
    fleet: x
    services:
    - name: etl
      provider: aws
      ip_access_list: [{source: 10.0.0.0/8}]
      backup_configuration: {backup_start_time: 02:00}
      scaling_schedule: [{name: n, weekdays: [0], start_hour_utc: 1, end_hour_utc: 2}]
      upgrade_window: {weekday: 1, start_hour_utc: 6}
    """
    fleet = DesiredFleet(name="x", services=[models])
    assert DesiredFleet.parse(text) == fleet
    assert DesiredFleet(name="x", services=[models.to_dict()]) == fleet


def test_python_is_checked_too() -> None:
    """Objects that make no sense cannot be made."""
    with pytest.raises(InvalidArgumentError, match=r"^state: 'runing' is not one of running"):
        DesiredService(name="etl", state="runing")  # type: ignore[arg-type] # the point
    with pytest.raises(InvalidArgumentError, match=r"^num_replicas: expected an int, found str"):
        DesiredService(name="etl", num_replicas="3")  # type: ignore[arg-type] # the point
    twice = [DesiredService(name="etl"), DesiredService(name="etl")]
    with pytest.raises(InvalidArgumentError, match=r"^services\[1\]\.name: there is another"):
        DesiredFleet(name="x", services=twice)
    with pytest.raises(InvalidArgumentError, match=r"^fleet: must consist of"):
        DesiredFleet(name="x y", services=[])
    no_service: Any = 5
    with pytest.raises(InvalidArgumentError, match=r"^services\[0\]: a service is a mapping"):
        DesiredFleet(name="x", services=[no_service])


def test_all_mistakes_at_once() -> None:
    """All mistakes of a document are told, in the order of its lines."""
    mistakes = _mistakes("""\
fleet: bad name
defaults: {services: {
  regoin: us-east-1}}
organisation: x
services:
  - name: etl
    minReplicaMemoryGb: 16
    num_replicas: "3"
    tags: {n: 5}
  - name: web
    name: web2
    state: runing
    ip_access_list: [{sorce: 192.0.2.1}]
  - scaling_schedule:
      - {name: x, weekdays: [1, a], start_hour_utc: 3}
""")
    assert [mistake.partition(":")[0] for mistake in mistakes] == [
        "1", "3", "4", "7", "8", "9", "11", "12", "13", "13", "14", "15", "15",
    ]  # fmt: skip
    assert "1: fleet: must consist of 1 to 256" in mistakes[0]
    assert mistakes[1].endswith(
        "defaults.services.regoin: there is no such field; did you mean region?"
    )
    assert mistakes[2].startswith("4: organisation: there is no such kind")
    assert mistakes[3].endswith("did you mean min_replica_memory_gb?")
    assert mistakes[4] == "8: services[0].num_replicas: expected an int, found str"
    assert mistakes[5] == "9: services[0].tags.n: expected a str, found int"
    assert mistakes[6] == "11: services[1].name: duplicate field, first set on line 10"
    assert (
        mistakes[11]
        == "15: services[2].scaling_schedule[0].weekdays[1]: expected an int, found str"
    )


@pytest.mark.parametrize(
    ("fields", "mistake"),
    [
        ("state: idle", "state: 'idle' is not one of running, stopped"),
        ("data_warehouse_id: web", "warehouse is ${services.web.data_warehouse_id}"),
        ("tags: {chcloud.fleet: y}", "tags.chcloud.fleet: this tag is set by itself"),
        ("ip_access_list: [300.0.0.1]", "ip_access_list[0]: '300.0.0.1' is neither an IP address"),
        (
            "ip_access_list: [10.0.0.1/8, 10.0.0.0/8]",
            "ip_access_list[1]: 10.0.0.0/8 is in the list",
        ),
        ("backup_configuration: {backup_start_time: 02:15}", "'02:15' is not a full hour"),
        (
            "backup_configuration: {backup_start_time: 2pm}",
            "is not a full hour (UTC) such as 02:00",
        ),
        ("backup_configuration: {backup_period_in_hours: }", "give a number"),
        (
            "backup_configuration: {backup_start_time: 02:00, backup_period_in_hours: 12}",
            "is 24 or 48 beside a backup_start_time",
        ),
        ("min_replicas: 1", "min_replicas and max_replicas come together"),
        ("num_replicas: 1\n  min_replicas: 1\n  max_replicas: 1", "num_replicas excludes"),
        ("min_replica_memory_gb: 64\n  max_replica_memory_gb: 16", "64 is more than the maximum"),
        ("min_replicas: 2\n  max_replicas: 1", "min_replicas: 2 is more than max_replicas, 1"),
        ("autoscaling_mode: horizontal\n  num_replicas: 2", "takes min_replicas and max_replicas"),
        ("autoscaling_mode: horizontal\n  min_replica_memory_gb: 8", "has one memory"),
        (
            "autoscaling_mode: vertical\n  min_replicas: 1\n  max_replicas: 2",
            "vertical scaling has a fixed number of replicas",
        ),
        (
            "scaling_schedule: [{name: a, weekdays: [1], start_hour_utc: 3, end_hour_utc: 3}]",
            "is also the hour at which the entry starts",
        ),
        (
            "scaling_schedule: [&a {name: a, weekdays: [1], start_hour_utc: 3, end_hour_utc: 4}]",
            "anchors are not supported",
        ),
        ("tags: !!map {}", "tags are not supported"),
        ("name: ''", "duplicate field"),
        ("<<: {state: running}", "<<: there is no such field"),
        ("tags: [a]", "tags: expected a mapping, found list"),
        ("upgrade_window: 5", "found int"),
        ("idle_timeout_minutes: .inf", "expected a number, found str"),
        ("idle_scaling: yes", "expected a bool, found str"),
        ("provider: amazon", "provider: 'amazon' is not one of aws, gcp, azure"),
        ("release_channel: quick", "'quick' is not one of slow, default, fast"),
        ("release_channel: Fsat", "is not one of slow, default, fast; did you mean fast?"),
        ("autoscaling_mode: both", "'both' is not one of vertical, horizontal"),
        (
            (
                "scaling_schedule: [{name: a, weekdays: [1], start_hour_utc: 3, end_hour_utc: 4,"
                " autoscaling_mode: both}]"
            ),
            "scaling_schedule[0].autoscaling_mode: 'both' is not one of",
        ),
    ],
)
def test_mistakes_of_a_service(fields: str, mistake: str) -> None:
    """A mistake is named with what is wrong."""
    assert any(mistake in each for each in _of_service(fields))


def test_all_mistakes_are_told_at_once() -> None:
    """One mistake does not hide the others: not of another kind, nor of another place."""
    text = """
fleet: 5
defaults: {services: {state: asleep}}
services:
- {name: y, stat: running}
- {name: y, state: off}
"""
    with pytest.raises(DescriptionError) as raised:
        DesiredFleet.parse(text, source="f")

    assert [issue.line for issue in raised.value.issues] == [2, 3, 5, 6, 6]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "1: a document is a mapping"),
        ("[]", "1: a document is a mapping"),
        ("fleet: 5\nservices: []", "1: fleet: is not text"),
        ("fleet: x\nservice: []", "2: service: there is no such kind; did you mean services?"),
        ("fleet: x\nservices: [5]", "2: services[0]: a service is a mapping of its fields"),
        ("fleet: x\nservices: [{}]", "2: services[0].name: is required"),
        ("fleet: x\nservices: [{name: ''}]", "2: services[0].name: identifies the resource"),
        ("fleet: x\nservices: []\ndefaults: {services: {name: y}}", "each service has its own"),
        ("fleet: x\nservices: [}", "2: this is not valid YAML"),
        ("fleet: x\nservices: []\n--- 5", "this is not valid YAML"),
        ("fleet: x\nservices: [{? [a] : 5}]", "2: services[0]: the name of a field must be text"),
        ("fleet: \0", "1: this is not valid YAML"),
        ("[" * 30 + "]" * 30, "this is nested too deeply: more than 20 levels"),
        ("- " * 500_000, "this is nested too deeply"),
        ("[" * 500_000, "nest"),
        ("x" * (9 << 20), "this is larger than 8 MiB"),
        ("fleet: x\nservices:\n" + "- 5\n" * 5000, "these are the first 100 errors"),
        ("fleet: x\nservices:\n- {name: y, " + "z" * 500 + ": 5}", "zzz...: there is no such"),
        (
            ("fleet: x\ndefaults: {services: {backup_configuration: {backup_start_time: 02:00}}}\n"
            "services:\n- {name: y, backup_configuration: {backup_period_in_hours: 12}}"),
            "4: services[0].backup_configuration.backup_period_in_hours: is 24 or 48",
        ),
        (
            "fleet: x\nservices:\n- {name: y}\n- {name: y}",
            "4: services[1].name: there is another service 'y'",
        ),
    ],
)  # fmt: skip
def test_mistakes_of_a_document(text: str, mistake: str) -> None:
    """A document that is none is refused with line and reason."""
    assert any(mistake in each for each in _mistakes(text))


@pytest.mark.parametrize("period", [24, 48])
def test_periods_of_backups_with_a_start_time(period: int) -> None:
    """Backups that begin at an hour of the day are a day or two apart."""
    backups = f"{{backup_start_time: 02:00, backup_period_in_hours: {period}}}"
    (service,) = _services(f"fleet: x\nservices: [{{name: y, backup_configuration: {backups}}}]")
    assert service["backup_configuration"]["backup_period_in_hours"] == period


def test_names_in_several_organizations() -> None:
    """Services of different organisations may have the same name."""
    text = "fleet: x\nservices: [{name: y, organization: a}, {name: y, organization: b}]"
    assert len(_services(text)) == 2


def test_bounds_are_the_apis_own() -> None:
    """A size that the contract does not know is not refused here."""
    text = "fleet: x\nservices: [{name: y, max_replica_memory_gb: 512, region: mars-north-1}]"
    assert _services(text)[0]["max_replica_memory_gb"] == 512


def test_without_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PyYAML it is said what to install."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    monkeypatch.delattr(engine, "reading", raising=False)
    monkeypatch.delitem(sys.modules, "clickhouse_cloud_async.desired.reading", raising=False)
    with pytest.raises(ConfigurationError, match=r"pip install \"\.\[yaml\]\""):
        DesiredFleet.parse(WHOLE)


def test_file_without_end() -> None:
    """Of a file that has no end no more is read than a description may have."""
    with pytest.raises(DescriptionError, match="larger than 8 MiB"):
        DesiredFleet.load("/dev/zero")


def test_byte_order_mark(tmp_path: Path) -> None:
    """A file as editors of some systems save it is read."""
    file = tmp_path / "fleet.yaml"
    file.write_text(WHOLE, encoding="utf-8-sig", newline="\r\n")
    assert DesiredFleet.load(file) == DesiredFleet.parse(WHOLE)


@pytest.mark.parametrize("mistake", ["", "stat: running"])
def test_reading_takes_linear_time(mistake: str) -> None:
    """Four times as many services take four times as long, with and without mistakes."""

    def read(count: int) -> int:
        services = "".join(f"- name: s{n}\n  tags: {{env: dev}}\n" for n in range(count))
        text = f"fleet: x\nservices:\n{services}  {mistake}\n"
        return calls_of(lambda: _problems(lambda: DesiredFleet.parse(text)))

    read(1)
    assert read(400) < 4.5 * read(100)


def test_error_is_picklable() -> None:
    """An error passes between processes."""
    with pytest.raises(DescriptionError) as caught:
        DesiredFleet.parse("fleet: 5")
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own
    assert again.issues == caught.value.issues


def _problems(make: Callable[[], object]) -> tuple[ValidationIssue, ...]:
    """Return what is said of what cannot be made; nothing where it can."""
    try:
        make()
    except DescriptionError as error:
        return error.issues
    return ()


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text brings the reader out of step."""
    assert all(issue.reason for issue in _problems(lambda: DesiredFleet.parse(text)))


_NAMES = st.sampled_from(["name", "tags", "source", "weekdays", "scaling_schedule", "x", "y"])
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=8,
)
_FIELDS = st.sampled_from([name for name in attrs.fields_dict(DesiredService) if name != "name"])


@given(st.dictionaries(_FIELDS, _JSON))
def test_any_fields_are_taken_or_refused(fields: dict[str, Any]) -> None:
    """Values of any type are taken as they are, or refused with a reason."""
    issues = _problems(lambda: DesiredService(name="etl", **fields))
    assert all(issue.reason for issue in issues)
    if not issues:
        assert DesiredService(name="etl", **fields).to_dict() == {"name": "etl", **fields}
