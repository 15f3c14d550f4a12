"""Whether a failed request may have been carried out: one decision for calls and fleets."""

from __future__ import annotations

import pytest

from clickhouse_cloud_async import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    BadRequestError,
    CloudError,
    ConflictError,
    InvalidArgumentError,
    OutcomeUnknownError,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
    WaitTimeoutError,
)
from clickhouse_cloud_async.core.ambiguity import is_ambiguous_status, may_have_been_carried_out

NOT_SENT = APIConnectionError("refused")
NOT_SENT.was_sent = False

EARLIER_ATTEMPT = ConflictError("exists already", status=409)
EARLIER_ATTEMPT.has_ambiguous_attempt = True


def test_ambiguous_statuses() -> None:
    """No status of a gateway settles the outcome; 501, 505 and all below 500 do."""
    assert [status for status in range(1000) if is_ambiguous_status(status)] == [
        status for status in range(500, 1000) if status not in {501, 505}
    ]


@pytest.mark.parametrize(
    "error",
    [
        *(ServerError("failed", status=status) for status in (500, 502, 503, 504, 520, 522, 524)),
        APIStatusError("no status known"),
        APIConnectionError("connection lost"),
        APITimeoutError("no response"),
        OutcomeUnknownError("unknown"),
        ResponseDecodeError("cut off", status=200),
        EARLIER_ATTEMPT,
    ],
    ids=repr,
)
def test_errors_that_leave_the_outcome_open(error: CloudError) -> None:
    """Errors after which the request may have been carried out."""
    assert may_have_been_carried_out(error)


@pytest.mark.parametrize(
    "error",
    [
        BadRequestError("no", status=400),
        ConflictError("no", status=409, attempts=3),
        RateLimitError("slow down", status=429, attempts=5),
        ServerError("not implemented", status=501),
        NOT_SENT,
        InvalidArgumentError("bad"),
        WaitTimeoutError("still starting"),
        ValueError("not ours"),
    ],
    ids=repr,
)
def test_errors_that_settle_the_outcome(error: Exception) -> None:
    """Errors after which the request was certainly not carried out."""
    assert not may_have_been_carried_out(error)
