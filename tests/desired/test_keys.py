"""Several keys of one organisation: a look is spread over all of them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async import AsyncClickHouseCloud, RateLimit
from clickhouse_cloud_async.core.client import caller_of
from clickhouse_cloud_async.core.limits import Priority
from clickhouse_cloud_async.desired.engine import Engine
from clickhouse_cloud_async.desired.kinds import Kinds
from clickhouse_cloud_async.desired.looking import LookOptions, LookProgress

from .clock import simulated
from .toy import Boxes, Item, Labels, Racks, Toy, box, describe

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from clickhouse_cloud_async.desired.resource import Location

BUDGET = RateLimit(10, per=10)
RACKS = 300


class LimitedBoxes(Boxes):
    """Boxes whose lists take a slot of the rate limit of the client that asks for them."""

    sent: defaultdict[int, list[float]]
    loop: asyncio.AbstractEventLoop

    async def list_items(self, location: Location) -> Sequence[Item]:
        """Return what there is as soon as the client may ask."""
        budget = caller_of(location.client)._sender.limiter
        assert budget is not None
        await budget.acquire(Priority.READ)
        self.sent[id(location.client)].append(self.loop.time())
        items = await super().list_items(location)
        budget.release(sent=True)
        return items


def _look(monkeypatch: pytest.MonkeyPatch, keys: int) -> tuple[float, LimitedBoxes, LookProgress]:
    """Look at many racks with some keys; return how long it takes, and how long it was to take."""
    toy, told = Toy(), list[LookProgress]()
    boxes = LimitedBoxes(toy)
    boxes.sent = defaultdict(list)
    engine = Engine(title="Toys", kinds=Kinds((Labels(toy), Racks(toy), boxes)), main_kind="racks")
    racks = [toy.add("racks", name=f"r{number}") for number in range(RACKS)]
    described = describe(*(box("b", rack.fields["name"]) for rack in racks))
    clients = [
        AsyncClickHouseCloud(f"key-{keys}-{n}", "secret", organization_id="o", rate_limit=BUDGET)
        for n in range(keys)
    ]
    with simulated(monkeypatch) as runner:
        boxes.loop = runner.get_loop()
        options = LookOptions(on_progress=told.append)
        plan = runner.run(engine.plan(clients, described, looking=options))
        took = runner.get_loop().time()
    assert len(plan.additions) == RACKS
    return took, boxes, told[0]


def test_keys_share_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three keys take a third of the time of one, and none sends more than it may."""
    took = {}
    for keys in (1, 3):
        took[keys], boxes, expected = _look(monkeypatch, keys)
        assert len(boxes.sent) == keys
        for times in boxes.sent.values():
            assert len(times) == pytest.approx(RACKS / keys, abs=2)
            pairs = zip(times, times[10:], strict=False)
            # Of any eleven requests the last is out of the window of the first.
            assert all(late - early >= BUDGET.per for early, late in pairs)
        assert expected.total == RACKS + 1
        assert expected.remaining_seconds == pytest.approx((RACKS + 1) / keys)
        assert took[keys] == pytest.approx(expected.remaining_seconds, rel=0.15)

    assert took[1] / took[3] == pytest.approx(3, rel=0.15)
