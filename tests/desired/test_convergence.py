"""Whatever is described, edited by hand, lost or killed: in the end all is as described, once."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async import Secret
from clickhouse_cloud_async.desired.plan import PlanOptions
from tests.effort import EXAMPLES

from .clock import simulated
from .toy import Item, Program, Toy, box, describe, label, rack, some_latency

if TYPE_CHECKING:
    from clickhouse_cloud_async.desired.description import Described, Description

_NAMES = ("a", "b", "c")
_FAULTS = (None,) * 6 + ("refused", "lost request", "lost response")
_ROUNDS = 6


def _described(chance: random.Random) -> Description:
    """Describe some of what there may be, in any order."""
    labels = [name for name in _NAMES if chance.random() < 0.7]
    racks = [name for name in _NAMES if chance.random() < 0.7]
    resources: list[Described] = [
        *(label(name, **_some(chance, colour=chance.choice(["red", None]))) for name in labels),
        *(rack(name, **_some(chance, notes={"floor": chance.choice("12")})) for name in racks),
    ]
    for name in _NAMES:
        if racks and chance.random() < 0.7:
            fields = _some(
                chance,
                labels=[each for each in labels if chance.random() < 0.5],
                height=chance.choice([1, 2]),
                code=Secret("hush"),
            )
            resources.append(box(name, chance.choice(racks), **fields))
    chance.shuffle(resources)
    kinds = ("labels", "boxes", "racks")
    return describe(*resources, prune=frozenset(kind for kind in kinds if chance.random() < 0.3))


def _some(chance: random.Random, **fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if chance.random() < 0.7}


def _edit_by_hand(toy: Toy, chance: random.Random) -> None:
    """Change, add or remove something behind the programs' back."""
    kind = chance.choice(["labels", "boxes"])
    items = toy.of(kind)
    if items and chance.random() < 0.7:
        item = items[chance.choice(sorted(items))]
        if chance.random() < 0.3:
            del items[item.id]
        else:
            item.fields["colour" if kind == "labels" else "height"] = "by hand"
    elif kind == "labels":
        toy.add("labels", name="stranger")


async def _apply_for_a_while(toy: Toy, desired: Description, options: PlanOptions) -> None:
    """Plan and apply until it is over or the program is killed, at whichever request."""
    program = Program(toy)

    async def run() -> None:
        plan = await program.plan(desired, options)
        await program.apply(plan, allow_delete=True)

    task, killed = asyncio.create_task(run()), asyncio.create_task(toy.killed.wait())
    await asyncio.wait([task, killed], return_when=asyncio.FIRST_COMPLETED)
    for each in asyncio.all_tasks() - {asyncio.current_task()}:
        each.cancel()
    await asyncio.gather(task, killed, return_exceptions=True)
    if task.done() and not task.cancelled() and task.exception() is not None:
        raise task.exception()  # type: ignore[misc] # it is not None
    toy.killed = asyncio.Event()


async def _live(toy: Toy, chance: random.Random) -> Description:
    """Bring about some documents, one after the other, while nothing goes well."""
    desired = _described(chance)
    for _ in range(_ROUNDS):
        if chance.random() < 0.4:
            desired = _described(chance)
        if chance.random() < 0.4:
            _edit_by_hand(toy, chance)
        toy.dies_at = toy.sent.total() + chance.randint(1, 60)
        toy.fault = lambda: chance.choice(_FAULTS)
        before = {key for items in toy.items.values() for key in items}
        targets = chance.choice([None, None, frozenset(("boxes/a",))])
        await _apply_for_a_while(toy, desired, PlanOptions(targets=targets))
        _check_losses(toy, desired, before)
    toy.dies_at, toy.fault = None, lambda: None
    return desired


def _check_losses(toy: Toy, desired: Description, before: set[str]) -> None:
    """Nothing goes that is described, or of a kind that is not pruned."""
    gone = before - {key for items in toy.items.values() for key in items}
    allowed = desired.prune | ({"boxes"} if "racks" in desired.prune else set())
    assert {key.rpartition("-")[0] for key in gone} <= allowed


def _rack_of(toy: Toy, item: Item) -> str | None:
    name: str | None = item.parent_id and toy.of("racks")[item.parent_id].name
    return name


@pytest.mark.parametrize("part", range(4))
def test_all_converges(monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    """A run that is left alone ends with everything as described, and there once."""
    for seed in range(part * EXAMPLES // 2, (part + 1) * EXAMPLES // 2):
        chance = random.Random(seed)  # noqa: S311 - to have the same lives each time
        toy = Toy(latency=some_latency(seed))
        with simulated(monkeypatch) as runner:
            desired = runner.run(_live(toy, chance))
            program = Program(toy)
            report = runner.run(program.bring_about(desired, allow_delete=True))
            assert report.is_success, (seed, [o.reason for o in report.outcomes])
            assert runner.run(program.plan(desired)).is_empty, seed
        for kind in ("labels", "racks", "boxes"):
            described = [
                (each.fields.get("rack"), each.fields["name"])
                for each in desired.resources
                if each.kind == kind
            ]
            there = [(_rack_of(toy, item), item.name) for item in toy.of(kind).values()]
            assert all(there.count(each) == 1 for each in described), (seed, kind)
