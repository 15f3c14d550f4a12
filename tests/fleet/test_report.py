"""Reports as values."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import CloudError, NotFoundError, Secret, ServerError
from clickhouse_cloud_async.fleet import (
    FleetError,
    MemberFailure,
    Outcome,
    OutcomeStatus,
    Report,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_cloud_async import AsyncClickHouseCloud

HIDDEN = "correct-horse"


def outcomes() -> Iterator[Outcome]:
    """An outcome of each kind."""
    for status in OutcomeStatus:
        failed = status is OutcomeStatus.FAILED
        yield Outcome(
            id=f"id-{status}",
            name=status,
            organization_id="org",
            status=status,
            commands=["start"],
            before="stopped",
            after="starting",
            reason="it is" if failed else None,
            error=ServerError("it broke", status=500, attempts=2) if failed else None,
            requests=2,
            seconds=1.5,
            result=Secret(HIDDEN),
        )


@pytest.fixture
def report() -> Report:
    """A report with one of everything."""
    error = NotFoundError("no such organisation", status=404)
    return Report(
        action="start",
        outcomes=list(outcomes()),
        failures=[MemberFailure(member=3, organization_id=None, error=error)],
        requests=20,
        seconds=3.0,
        is_complete=True,
    )


def test_views(report: Report) -> None:
    """Each way to end has a view and a count."""
    for status in OutcomeStatus:
        (outcome,) = getattr(report, status)
        assert outcome.status is status
    assert report.counts == dict.fromkeys(OutcomeStatus, 1)
    assert len(report.having(OutcomeStatus.DONE, OutcomeStatus.FAILED)) == 2


def test_pickling(report: Report) -> None:
    """A report goes to another process as a whole."""
    copy = pickle.loads(pickle.dumps(report))  # noqa: S301 - it was made here

    assert copy == report
    assert str(copy.failed[0].error) == str(report.failed[0].error)
    assert str(copy.failures[0].error) == str(report.failures[0].error)
    assert copy.done[0].result == Secret(HIDDEN)


def test_json(report: Report) -> None:
    """All but the results can be written as JSON."""
    document = json.loads(json.dumps(report.to_dict()))

    assert document["requests"] == 20
    assert document["outcomes"][2] == {
        "id": "id-failed",
        "name": "failed",
        "organization_id": "org",
        "status": "failed",
        "commands": ["start"],
        "before": "stopped",
        "after": "starting",
        "reason": "it is",
        "error": "ServerError",
        "requests": 2,
        "seconds": 1.5,
    }
    assert document["failures"][0]["error"] == "NotFoundError"
    assert HIDDEN not in json.dumps(document)


def test_repr(report: Report) -> None:
    """A report of any size is shown in a line, without secrets."""
    assert repr(report) == (
        "<Report start: 1 done, 1 unchanged, 1 failed, 1 unknown, 1 sent, 1 waiting, 1 not_sent,"
        " 1 planned, 1 not listed; 20 requests>"
    )
    assert repr(Report(action="stop")) == "<Report stop: incomplete; 0 requests>"
    assert HIDDEN not in repr(report.outcomes)


def test_merged(report: Report) -> None:
    """Reports of parts that ran at the same time are one report of everything."""
    other = Report(action="start", outcomes=list(outcomes())[:1], requests=3, seconds=9.0)

    merged = Report.merged([report, other])

    assert merged.action == "start"
    assert len(merged.outcomes) == 9
    assert merged.failures == report.failures
    assert (merged.requests, merged.seconds) == (23, 9.0)
    assert not merged.is_complete
    assert Report.merged([]).outcomes == []


@pytest.mark.parametrize("status", OutcomeStatus)
def test_success(status: OutcomeStatus) -> None:
    """Only what is done, unchanged or merely planned counts as success."""
    report = Report(action="start", is_complete=True)
    report.outcomes += [outcome for outcome in outcomes() if outcome.status is status]
    is_good = status in {"done", "unchanged", "planned"}

    assert report.is_success == is_good
    if is_good:
        report.raise_for_failures()
    else:
        with pytest.raises(FleetError, match=f"1 {status}") as caught:
            report.raise_for_failures()
        assert caught.value.report is report
        assert pickle.loads(pickle.dumps(caught.value)).report == report  # noqa: S301 - as above


def test_what_an_error_says() -> None:
    """It names the first services that are not as was wanted, and why."""
    names = [("a", "it is failed"), ("b", None), ("c", "no"), ("d", "no")]
    report = Report(action="start", is_complete=True)
    report.outcomes += [
        Outcome(
            id=name,
            name=name,
            organization_id="o",
            before="stopped",
            after="failed",
            status=OutcomeStatus.FAILED,
            reason=reason,
        )
        for name, reason in names
    ]
    with pytest.raises(FleetError) as caught:
        report.raise_for_failures()
    assert (
        str(caught.value)
        == "start: 4 failed; a failed (it is failed); b failed; c failed (no); ..."
    )

    del report.outcomes[1:]
    failure = MemberFailure(member=1, organization_id=None, error=CloudError("bad key"))
    report.failures.append(failure)
    with pytest.raises(FleetError) as caught:
        report.raise_for_failures()
    assert str(caught.value) == (
        "start: 1 failed, 1 not listed; bad key (client 1); a failed (it is failed)"
    )


def test_failures_are_no_success(report: Report) -> None:
    """A client that could not be asked is a failure, and so is an action that broke off."""
    report.outcomes.clear()
    assert not report.is_success
    report.failures.clear()
    assert report.is_success
    report.is_complete = False
    assert not report.is_success


async def test_a_report_says_that_no_service_matches(cloud: AsyncClickHouseCloud) -> None:
    """Nothing to do for any service is no success by chance."""
    empty = await cloud.fleet.select(name="nosuch*").stop()
    full = await cloud.fleet.select(name="etl-*").stop()

    assert empty.is_empty
    assert not full.is_empty
    assert not Report().is_empty
