"""Arguments of a client are checked when it is made."""

from __future__ import annotations

import copy
import pickle
from functools import partial
from math import inf, nan
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import (
    APIStatusError,
    AsyncClickHouseCloud,
    ClickHouseCloud,
    ConfigurationError,
    HTTPOptions,
    InvalidArgumentError,
    NotFoundError,
    Polling,
    RateLimit,
    RetryPolicy,
    ServerError,
)

from .stub import SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable

    from .stub import Stub


async def a_coroutine(_: object) -> None:
    """A hook that nobody would await."""


WRONG: list[tuple[str, Any, str]] = [
    ("retry", "3", r"RetryPolicy\(attempts=3\).*found str"),
    ("retry", True, "found bool"),
    ("retry", 2.5, "found float"),
    ("retry", None, "found None"),
    ("rate_limit", 10, r"RateLimit\(10, per=10.0\), or None.*found int"),
    ("rate_limit", (10, 10), "found tuple"),
    ("rate_limit", "redis://localhost", "found str"),
    ("http", 5, r"HTTPOptions.*ClientSession, found int"),
    ("http", "http://proxy.example:3128", "found str"),
    ("polling", 5, r"Polling\(longest=30.0\), found int"),
    ("polling", None, "found None"),
    ("telemetry", "yes", "True or False, found str"),
    ("telemetry", 1, "found int"),
    ("on_request", 5, "expected a function, found int"),
    ("on_response", "print", "expected a function, found str"),
    ("on_request", a_coroutine, "not async"),
    ("on_response", a_coroutine, "not async"),
    ("organization_id", 5, "expected a str or UUID, found int"),
    ("organization_id", ["id"], "found list"),
    ("max_response_bytes", "64M", "64M is not a positive number of bytes"),
    ("timeout", "60", "expected seconds, found str"),
]


@pytest.mark.parametrize("kind", [AsyncClickHouseCloud, ClickHouseCloud])
@pytest.mark.parametrize(("name", "value", "message"), WRONG)
def test_argument_of_a_wrong_type_is_refused_with_an_example(
    kind: Any, name: str, value: Any, message: str
) -> None:
    """An argument that cannot be used is refused by its name, with the form that can."""
    with pytest.raises(InvalidArgumentError, match=f"^{name}: .*{message}"):
        kind("key", "secret", **{name: value})


OUT_OF_RANGE: list[tuple[Callable[..., object], str, list[Any]]] = [
    (RetryPolicy, "attempts", [0, -1, "3", 2.5, True, None]),
    (RetryPolicy, "first_wait", [-1, "1", None, inf]),
    (RetryPolicy, "longest_wait", ["20", -1]),
    (RetryPolicy, "longest_server_wait", [nan]),
    (RateLimit, "requests", [0, "10", 2.5, True, None, (10, 10)]),
    (partial(RateLimit, 10), "per", [0, "10", None, nan, inf]),
    (partial(RateLimit, 10), "storage", [5, "http://localhost"]),
    (Polling, "share", [0, 2, "half", None, True]),
    (Polling, "shortest", ["1", 0]),
    (Polling, "longest", [None, inf, 0.5]),
    (Polling, "speed", ["fast", 0]),
    (HTTPOptions, "max_connections", [0, "20", 2.5, None]),
    (HTTPOptions, "connect_timeout", [0, -1, "10"]),
    (HTTPOptions, "read_timeout", ["30", nan]),
    (HTTPOptions, "keepalive_timeout", [None, 0]),
    (HTTPOptions, "trust_env", ["yes", 1, None]),
    (HTTPOptions, "ssl_context", [False, "cert.pem"]),
]


@pytest.mark.parametrize(
    ("make", "name", "bad"),
    [(make, name, bad) for make, name, values in OUT_OF_RANGE for bad in values],
)
def test_option_out_of_range_is_refused(make: Callable[..., object], name: str, bad: Any) -> None:
    """Every field of the values that a client takes is checked when the value is made."""
    with pytest.raises(ConfigurationError):
        make(**{name: bad})


async def test_a_number_for_retry_means_attempts(stub: Stub) -> None:
    """Where a number is given for `retry`, a call makes so many attempts."""
    stub.answer({"error": "down"}, 503, Retry_After="0")

    async with stub.client(retry=3) as cloud:
        with pytest.raises(ServerError):
            await cloud.services.get(SERVICE)
        assert len(stub.requests) == 3
        with pytest.raises(ServerError):
            await cloud.with_options(retry=2).services.get(SERVICE)

    assert len(stub.requests) == 5


@pytest.mark.parametrize("retry", ["3", None, True])
async def test_options_of_a_view_are_checked(stub: Stub, retry: Any) -> None:
    """`with_options` refuses what the constructor refuses."""
    async with stub.client() as cloud:
        with pytest.raises(InvalidArgumentError, match="retry: "):
            cloud.with_options(retry=retry)
        with pytest.raises(InvalidArgumentError, match="organization_id: "):
            cloud.with_options(organization_id=5)  # type: ignore[arg-type]  # what is refused


# --- Ids ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 404])
async def test_name_in_the_place_of_an_id_hints_at_the_lookup(stub: Stub, status: int) -> None:
    """Where the API refuses an id that is none, the error says how to find one by a name."""
    stub.answer({"error": "no such luck"}, status)

    async with stub.client() as cloud:
        with pytest.raises(APIStatusError) as caught:
            await cloud.services.get("etl")

    assert str(caught.value).startswith(
        "no such luck; 'etl' is not an id, look it up with services.get_by_name('etl')"
    )


async def test_id_that_is_not_found_gets_no_hint(stub: Stub) -> None:
    """Of what is an id nothing is said."""
    stub.answer({"error": "no such luck"}, 404)

    async with stub.client() as cloud:
        with pytest.raises(NotFoundError) as caught:
            await cloud.services.get(SERVICE)

    assert caught.value.message == "no such luck"


async def test_object_in_the_place_of_an_id_hints_at_its_id(stub: Stub) -> None:
    """Where an object is passed in place of its id, the error says so."""
    stub.answer({"result": {"id": SERVICE}})

    async with stub.client() as cloud:
        service = await cloud.services.get(SERVICE)
        with pytest.raises(InvalidArgumentError, match="found Service; pass its id"):
            await cloud.services.get(service)  # type: ignore[arg-type]  # what is refused


# --- What a client cannot do -------------------------------------------------------------------


def parts(cloud: Any) -> list[object]:
    """A client and what hangs off it."""
    return [
        cloud,
        cloud.with_options(timeout=5),
        cloud.services,
        cloud.clickstack.dashboards,
        cloud.fleet,
        cloud.fleet.select(),
        cloud.api_keys.iterate(),
        cloud.services.follow(SERVICE),
    ]


@pytest.mark.parametrize("kind", [AsyncClickHouseCloud, ClickHouseCloud])
@pytest.mark.parametrize("copied", [copy.deepcopy, pickle.dumps])
def test_what_holds_a_client_cannot_be_copied(
    kind: Any, copied: Callable[[object], object]
) -> None:
    """A client and all that hangs off it refuse to be copied or pickled, in one sentence."""
    cloud = kind("key", "secret")

    for part in parts(cloud):
        with pytest.raises(TypeError, match=r"cannot (be )?pickle") as caught:
            copied(part)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", [AsyncClickHouseCloud, ClickHouseCloud])
def test_a_client_cannot_be_copied_shallowly(kind: Any) -> None:
    """A shallow copy would share connections that either of them may close."""
    with pytest.raises(TypeError, match=f"{kind.__name__} cannot be pickled or copied"):
        copy.copy(kind("key", "secret"))


def test_a_client_that_cannot_be_copied_still_works_and_says_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A refused copy leaves no half-made object behind that complains later."""
    cloud = AsyncClickHouseCloud("key", "secret")
    with pytest.raises(TypeError):
        copy.deepcopy({"client": cloud})

    assert cloud.base_url == "https://api.clickhouse.cloud"
    assert capfd.readouterr() == ("", "")
