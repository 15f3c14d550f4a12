"""Kinds of an API that stands in memory: every way for the engine to go wrong, and none of HTTP."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async import AsyncClickHouseCloud, Polling
from clickhouse_cloud_async.core.errors import (
    BadRequestError,
    NotFoundError,
    OutcomeUnknownError,
    ServerError,
)
from clickhouse_cloud_async.desired.comparison import as_mapping, as_set
from clickhouse_cloud_async.desired.description import Described, Description
from clickhouse_cloud_async.desired.engine import Engine
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.kind import Kind
from clickhouse_cloud_async.desired.kinds import Kinds
from clickhouse_cloud_async.desired.resource import Created, Parent, Phase, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clickhouse_cloud_async.desired.plan import Plan, PlanOptions
    from clickhouse_cloud_async.desired.resource import Change, Creation, Location, Resource
    from clickhouse_cloud_async.fleet.report import Report

WARM_UP = 30.0
"""Seconds until a new rack is ready."""


@attrs.define(kw_only=True)
class Item:
    """Something that the API holds."""

    id: str
    parent_id: str | None
    created_at: float
    fields: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        """Return a field, as models have it."""
        if name in {"fields", "__setstate__"}:
            raise AttributeError(name)
        return self.fields.get(name)


@attrs.define(eq=False)
class Toy:
    """The API, as all of its clients see it.

    Attributes:
        items: What there is, by kind and ID.
        sent: How often each request was sent.
        latency: Returns the seconds until a request arrives, and until its response does.
        fault: Returns what becomes of a request that changes something.
        lag: Seconds for which lists do not show what was created.
        dies_at: The number of the request at which the program that sends it is killed.
    """

    items: dict[str, dict[str, Item]] = attrs.Factory(dict)
    sent: Counter[str] = attrs.Factory(Counter)
    latency: Callable[[], float] = lambda: 0.01
    fault: Callable[[], str | None] = lambda: None
    lag: float = 0.0
    dies_at: int | None = None
    killed: asyncio.Event = attrs.Factory(asyncio.Event)
    _number: int = 0

    def of(self, kind: str) -> dict[str, Item]:
        """Return the items of a kind by ID."""
        return self.items.setdefault(kind, {})

    def names(self, kind: str) -> Counter[str]:
        """Return how often each name is there."""
        return Counter(item.fields["name"] for item in self.of(kind).values())

    def add(self, kind: str, parent_id: str | None = None, **fields: Any) -> Item:
        """Put something there, as a person would."""
        self._number += 1
        key = f"{kind}-{self._number}"
        item = Item(id=key, parent_id=parent_id, created_at=_now(), fields=fields)
        self.of(kind)[key] = item
        return item

    async def list_items(self, kind: str, parent_id: str | None) -> list[Item]:
        """Return copies of what there is, in any order."""
        await self._count(f"list {kind}")
        await asyncio.sleep(self.latency())
        now = asyncio.get_running_loop().time()
        there = [
            attrs.evolve(item, fields=dict(item.fields))
            for item in self.of(kind).values()
            if parent_id in {None, item.parent_id} and item.created_at <= now - self.lag
        ]
        await asyncio.sleep(self.latency())
        return there

    async def write(self, what: str, act: Callable[[], Any]) -> Any:
        """Carry a request out, or let it fail in one of the ways that there are."""
        await self._count(what)
        await asyncio.sleep(self.latency())
        fault = self.fault()
        if fault == "refused":
            raise BadRequestError("the API does not like it", status=400)
        if fault == "lost request":
            raise ServerError("the gateway gave up", status=502)
        result = act()
        await asyncio.sleep(self.latency())
        if fault == "lost response":
            raise OutcomeUnknownError("no response")
        return result

    async def _count(self, what: str) -> None:
        """Count a request; where its program is killed by then, it never ends."""
        if self.dies_at is not None and self.sent.total() >= self.dies_at:
            self.killed.set()
            await asyncio.Event().wait()
        self.sent[what] += 1


def _now() -> float:
    """Return the time of the API; before everything else where no program runs."""
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return -WARM_UP


class ToyKind(Kind[Item]):
    """A kind of the API."""

    def __init__(self, toy: Toy) -> None:
        self._toy = toy

    async def list_items(self, location: Location) -> Sequence[Item]:
        """Return what there is."""
        parent = None if location.parent is None else location.parent.id
        return await self._toy.list_items(self.name, parent)

    async def create(self, creation: Creation) -> Created[Item]:
        """Create something."""
        parent = None if creation.parent is None else creation.parent.id

        def act() -> Item:
            return self._toy.add(self.name, parent, **creation.fields)

        item = await self._toy.write(f"create {self.name}", act)
        return Created(attrs.evolve(item, fields=dict(item.fields)), "first secret")

    async def change(self, change: Change[Item]) -> Item | None:
        """Change something."""

        def act() -> None:
            there = self._toy.of(self.name).get(change.resource.id)
            if there is None:
                raise NotFoundError("it is not there", status=404)
            there.fields.update(change.fields)

        await self._toy.write(f"{change.request} {self.name}", act)
        return None

    async def delete(self, resource: Resource[Item]) -> None:
        """Delete something."""

        def act() -> None:
            if self._toy.of(self.name).pop(resource.id, None) is None:
                raise NotFoundError("it is not there", status=404)
            boxes = self._toy.of("boxes")
            for key in [key for key, box in boxes.items() if box.parent_id == resource.id]:
                del boxes[key]

        await self._toy.write(f"delete {self.name}", act)


class Labels(ToyKind):
    """What boxes are labelled with."""

    name, noun = "labels", "label"
    fields = (Field("name"), Field("colour", default="white"))

    def protection(self, item: Item) -> str | None:
        """Return that some labels are the API's own."""
        return "it is the API's own" if item.fields.get("is_own") else None


class Racks(ToyKind):
    """What boxes stand in; a new one takes a while."""

    name, noun = "racks", "rack"
    fields = (
        Field("name", change=None),
        Field("place", change=None),
        Field("notes", compare=as_mapping),
    )
    usual_wait = WARM_UP

    def status(self, item: Item) -> Status:
        """Return whether a rack is warm."""
        is_cold = _now() < item.created_at + WARM_UP
        return Status(Phase.PENDING, "cold") if is_cold else Status(Phase.READY, "warm")


class Boxes(ToyKind):
    """What stands in racks."""

    name, noun = "boxes", "box"
    parent = Parent("racks", "rack")
    fields = (
        Field("name"),
        Field("size", change=None),
        Field("labels", refers_to="labels", compare=as_set, change="label"),
        Field("height", change="resize", in_creation=False, warning="what is in it is lost"),
        Field("code", is_secret=True),
    )
    requests = ("update", "label", "resize")
    ends_with_parent = False


def engine_of(toy: Toy) -> Engine:
    """Return an engine for the API."""
    return Engine(
        title="Toys", kinds=Kinds((Labels(toy), Racks(toy), Boxes(toy))), main_kind="boxes"
    )


def open_toy_client(speed: float = 1.0) -> AsyncClickHouseCloud:
    """Return a client that sends nothing: the API is not its own."""
    return AsyncClickHouseCloud(
        "key", "secret", organization_id="o", rate_limit=None, polling=Polling(speed=speed)
    )


def describe(*resources: Described, **options: Any) -> Description:
    """Describe a fleet."""
    return Description(name="toys", resources=resources, **options)


def label(name: str, **fields: Any) -> Described:
    """Describe a label."""
    return _described("labels", name, fields)


def rack(name: str, **fields: Any) -> Described:
    """Describe a rack."""
    return _described("racks", name, fields)


def box(name: str, rack_name: str, **fields: Any) -> Described:
    """Describe a box."""
    return _described("boxes", name, {"rack": rack_name, **fields})


def _described(kind: str, name: str, fields: Mapping[str, Any]) -> Described:
    rest = dict(fields)
    return Described(
        kind=kind,
        id=rest.pop("id", None),
        is_absent=rest.pop("absent", False),
        fields={"name": name, **rest},
    )


class Program:
    """A program that brings a description about.

    Args:
        toy: The API.
    """

    def __init__(self, toy: Toy) -> None:
        self.engine: Engine = engine_of(toy)
        self.client: AsyncClickHouseCloud = open_toy_client()

    async def plan(self, desired: Description, options: PlanOptions | None = None) -> Plan:
        """Plan a description."""
        return await self.engine.plan([self.client], desired, options)

    async def apply(self, plan: Plan, **options: Any) -> Report:
        """Apply a plan."""
        from clickhouse_cloud_async.fleet.report import Report
        from clickhouse_cloud_async.fleet.run import Options

        report = options.pop("report", None) or Report()
        return await self.engine.apply(
            [self.client], plan, Options(wait=True, report=report), **options
        )

    async def bring_about(self, desired: Description, **options: Any) -> Report:
        """Plan a description and apply the plan."""
        return await self.apply(await self.plan(desired), **options)


def some_latency(seed: int) -> Callable[[], float]:
    """Return latencies that differ, the same ones each time."""
    generator = random.Random(seed)  # noqa: S311 - to have the same ones each time
    return lambda: generator.choice([0.001, 0.01, 0.05, 0.2, 1.0])
