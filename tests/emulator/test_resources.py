"""The stored objects of everything that is not a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.emulator import Emulator

from .client import serving

if TYPE_CHECKING:
    from .client import Answer, Api

pytestmark = pytest.mark.anyio


async def _service(api: Api) -> str:
    service_id = (await api("GET", "/services")).result[0]["id"]
    return f"/services/{service_id}"


@pytest.mark.parametrize("name", ["members", "quotas", "roles"])
async def test_listed_things_can_be_got(api: Api, name: str) -> None:
    """Whatever a read-only list names can be asked for one by one."""
    listed = (await api("GET", f"/{name}")).result
    ids = [item.get("userId") or item.get("quotaCode") or item["id"] for item in listed]

    assert len(listed) >= 2
    assert listed == [(await api("GET", f"/{name}/{item}")).result for item in ids]


async def _pages(api: Api, path: str, limit: int) -> list[Answer]:
    pages: list[Answer] = []
    cursor: str | None = ""
    while cursor is not None:
        query = [("limit", str(limit))] + ([("cursor", cursor)] if cursor else [])
        pages.append(await api("GET", path, query=query))
        envelope = pages[-1].json
        cursor = envelope.get("nextCursor", None)
        if "nextCursor" not in envelope:
            cursor = envelope["result"]["pagination"]["nextCursor"]
    return pages


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"limit": "0"}, "limit: must be at least 1"),
        ({"limit": "251"}, "limit: must be at most 250"),
        ({"limit": "many"}, "limit: must be integer"),
        ({"cursor": "zzz"}, "cursor: was not given by this API"),
        ({"cursor": "YWZ0ZXI6LTE="}, "cursor: was not given by this API"),
    ],
)
async def test_bad_paging(api: Api, query: dict[str, str], message: str) -> None:
    """Limits out of bounds and invented cursors are refused."""
    answer = await api("GET", "/keys", query=list(query.items()))

    assert (400, message) == (answer.status, answer.error)


async def test_commands_are_required(api: Api) -> None:
    """A change of state without a command is refused."""
    path = await _service(api)
    answer = await api("PATCH", f"{path}/state", {})

    assert (answer.status, answer.error) == (400, "command: is required")


async def test_answers_do_not_depend_on_the_order_of_looking() -> None:
    """What is there from the start is the same, whatever was looked at before."""
    answers: list[tuple[str, str]] = []
    for order in (("/members", "/roles"), ("/roles", "/members")):
        async with serving(Emulator(time_scale=0)) as api:
            texts = {path: str((await api("GET", path)).result) for path in order}
            answers.append((texts["/members"], texts["/roles"]))

    assert answers[0] == answers[1]
