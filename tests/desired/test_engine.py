"""The engine with any kinds: observation, plans, refusals and application."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from clickhouse_cloud_async import InvalidArgumentError, Secret
from clickhouse_cloud_async.desired.plan import PlanOptions
from clickhouse_cloud_async.desired.references import Reference, Template
from tests.effort import calls_of

from .clock import simulated
from .toy import Program, Toy, box, describe, label, rack

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from clickhouse_cloud_async.desired.plan import Plan
    from clickhouse_cloud_async.fleet.report import Report

Run: TypeAlias = "Callable[[Coroutine[Any, Any, Any]], Any]"


@pytest.fixture
def toy() -> Toy:
    """The API."""
    return Toy()


@pytest.fixture
def program(toy: Toy) -> Program:
    """A program that uses it."""
    return Program(toy)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs a coroutine on a clock that jumps."""
    with simulated(monkeypatch) as runner:
        yield runner.run


EVERYTHING = describe(
    box("b1", "r1", labels=["red", "blue"], height=3, code=Secret("hush")),
    box("b2", "r1", labels=[]),
    rack("r1", notes={"floor": "2"}),
    label("red", colour="#f00"),
    label("blue"),
)


def _reasons(plan: Plan) -> dict[str, str | None]:
    return {item.label: item.reason for item in plan.refused}


def _statuses(report: Report) -> dict[str, str]:
    return {outcome.name: str(outcome.status) for outcome in report.outcomes}


def test_dependencies_come_first(run: Run, program: Program, toy: Toy) -> None:
    """What others name or live in is there before them, whatever the order of the document."""
    plan = run(program.plan(EVERYTHING))
    report = run(program.apply(plan))
    [red] = [item.id for item in toy.of("labels").values() if item.name == "red"]
    [rack_item] = toy.of("racks").values()
    by_name = {item.name: item for item in toy.of("boxes").values()}

    assert [item.kind for item in plan.items] == ["labels", "labels", "racks", "boxes", "boxes"]
    assert [item.commands for item in plan.of("boxes")] == [("create", "resize"), ("create",)]
    assert plan.seconds == 30
    report.raise_for_failures()
    assert red in by_name["b1"].fields["labels"]
    assert by_name["b1"].parent_id == rack_item.id
    assert by_name["b1"].fields["code"] == Secret("hush")
    assert {outcome.result for outcome in report.outcomes} == {"first secret"}


def test_what_was_applied_is_not_planned_again(run: Run, program: Program, toy: Toy) -> None:
    """A second plan is empty, and says what it could not compare."""
    run(program.bring_about(EVERYTHING))
    toy.sent.clear()
    plan = run(program.plan(EVERYTHING))

    assert plan.is_empty
    assert plan.notes == ("box r1/b1: code cannot be compared",)
    assert toy.sent == {"list labels": 1, "list racks": 1, "list boxes": 1}
    assert plan.look_requests == 0  # none of them was HTTP's


def test_only_what_is_named_is_looked_at(run: Run, program: Program, toy: Toy) -> None:
    """Kinds and parents that the document does not name cost no request."""
    toy.add("racks", name="r1")
    toy.add("racks", name="r2")
    run(program.plan(describe(label("red"))))
    assert toy.sent == {"list labels": 1}

    toy.sent.clear()
    run(program.plan(describe(box("b1", "r1"))))
    assert toy.sent == {"list racks": 1, "list boxes": 1}
    assert run(program.engine.look_requests([program.client], describe(box("b1", "r1")))) == 2


def test_changes_are_shown_field_by_field(run: Run, program: Program, toy: Toy) -> None:
    """A plan tells what is and what is to be, and warns of what is lost."""
    parent = toy.add("racks", name="r1")
    red = toy.add("labels", name="red", colour="#f00")
    toy.add("boxes", parent.id, name="b1", labels=[red.id], height=1)
    plan = run(
        program.plan(
            describe(box("b1", "r1", labels=["blue"], height=2), label("red"), label("blue"))
        )
    )

    assert str(plan).splitlines() == [
        "fleet toys: 1 to add, 1 to change; 3 requests, about 1 s",
        "+ label blue",
        "    name: blue",
        "~ box r1/b1 (boxes-3)",
        "    labels[red]: true -> not there",
        "    labels[blue]: true",
        "    height: 1 -> 2",
        "    warning: what is in it is lost",
    ]
    assert plan.is_destructive
    told = json.loads(json.dumps(plan.to_dict()))
    assert told["items"][1]["commands"] == ["label", "resize"]
    assert "| `~` | box r1/b1 |" in plan.to_markdown()


def test_absent_null_and_empty_are_three_wishes(run: Run, program: Program, toy: Toy) -> None:
    """What is left out stays, null is the default, and an empty list is none."""
    toy.add("labels", name="red", colour="#f00")
    parent = toy.add("racks", name="r1")
    toy.add("boxes", parent.id, name="b1", labels=["labels-1"])

    assert run(program.plan(describe(label("red"), box("b1", "r1")))).is_empty
    plan = run(program.plan(describe(label("red", colour=None), box("b1", "r1", labels=[]))))
    changes = [str(change) for item in plan.changes for change in item.changes]
    assert changes == ["colour: #f00 -> white", "labels[red]: true -> not there"]
    run(program.apply(plan)).raise_for_failures()
    assert toy.of("labels")["labels-1"].fields["colour"] is None
    assert toy.of("boxes")["boxes-3"].fields["labels"] == []


def test_what_cannot_be_is_refused_with_the_reason(run: Run, program: Program, toy: Toy) -> None:
    """Nothing is skipped silently, and nothing is sent for what is refused."""
    parent = toy.add("racks", name="r1", place="left")
    twins = [toy.add("boxes", parent.id, name="twin").id for _ in range(2)]
    toy.add("labels", name="system", is_own=True, colour="grey")
    desired = describe(
        rack("r1", place="right"),
        box("twin", "r1"),
        box("b1", "nowhere"),
        box("b2", "r1", labels=["unknown"]),
        label("system", colour="black"),
        label("pinned", id="labels-9"),
    )
    report = run(program.bring_about(desired))

    assert _reasons(run(program.plan(desired))) == {
        "r1": "fields that are set at creation cannot be changed: place: left -> right;"
        " it would have to be replaced",
        "r1/twin": f"2 resources have this name: {', '.join(twins)}; pin one with its id",
        "nowhere/b1": "there is no rack 'nowhere'",
        "r1/b2": "there is no label 'unknown'",
        "system": "it is the API's own",
        "pinned": "there is no label with the ID labels-9",
    }
    assert set(_statuses(report).values()) == {"failed"}
    assert not any(name.startswith(("create", "update")) for name in toy.sent)


def test_an_id_finds_what_its_name_does_not(run: Run, program: Program, toy: Toy) -> None:
    """A resource whose ID is pinned is renamed, and one of several of a name is chosen."""
    first, second = (toy.add("labels", name="red") for _ in range(2))
    run(program.bring_about(describe(label("green", id=first.id)))).raise_for_failures()

    assert first.fields["name"] == "green"
    assert second.fields["name"] == "red"


def test_what_is_absent_goes_where_that_is_allowed(run: Run, program: Program, toy: Toy) -> None:
    """Deletion takes leave, for all kinds or for some."""
    parent = toy.add("racks", name="r1")
    toy.add("boxes", parent.id, name="b1")
    desired = describe(rack("r1", absent=True), box("b1", "r1", absent=True))
    plan = run(program.plan(desired))
    assert [item.kind for item in plan.removals] == ["boxes", "racks"]

    assert _statuses(run(program.apply(plan))) == {"b1": "not_sent", "r1": "not_sent"}
    allowed = run(program.apply(plan, allow_delete=frozenset(("boxes",))))
    assert _statuses(allowed) == {"b1": "done", "r1": "not_sent"}
    assert _statuses(run(program.apply(plan, allow_delete=True))) == {
        "b1": "unchanged",
        "r1": "done",
    }
    assert not toy.of("racks")
    with pytest.raises(InvalidArgumentError, match="'boxen' is not a kind"):
        run(program.apply(plan, allow_delete=frozenset(("boxen",))))


def test_pruning_removes_what_is_not_described(run: Run, program: Program, toy: Toy) -> None:
    """Only of the kinds that say so, in the parents that are named, and nothing of the API's."""
    parents = [toy.add("racks", name=name) for name in ("r1", "r2")]
    for parent in parents:
        toy.add("boxes", parent.id, name="b1")
        toy.add("boxes", parent.id, name="b2")
    toy.add("labels", name="own", is_own=True)
    toy.add("labels", name="red")
    desired = describe(rack("r1"), box("b1", "r1"), prune=frozenset(("boxes", "labels")))
    plan = run(program.plan(desired))

    assert {item.label for item in plan.items} == {"r1/b2", "red"}
    partly = PlanOptions(targets=frozenset(("boxes/b1",)))
    assert run(program.plan(desired, partly)).is_empty
    run(program.apply(plan, allow_delete=True)).raise_for_failures()
    assert toy.names("boxes") == {"b1": 2, "b2": 1}
    assert toy.names("labels") == {"own": 1}


def test_destroying_goes_the_other_way_round(run: Run, program: Program, toy: Toy) -> None:
    """What names others goes before them."""
    run(program.bring_about(EVERYTHING))
    plan = run(program.plan(EVERYTHING, PlanOptions(destroy=True)))
    assert [item.kind for item in plan.items][:2] == ["boxes", "boxes"]

    run(program.apply(plan, allow_delete=True)).raise_for_failures()
    assert not any(toy.items.values())
    assert run(program.plan(EVERYTHING, PlanOptions(destroy=True))).is_empty


def test_part_of_a_document(run: Run, program: Program, toy: Toy) -> None:
    """Targets come with what they depend on; kinds that are left out are not looked at."""
    options = PlanOptions(targets=frozenset(("boxes/b2",)))
    assert [item.label for item in run(program.plan(EVERYTHING, options)).items] == ["r1", "r1/b2"]

    toy.sent.clear()
    options = PlanOptions(only=frozenset(("labels",)))
    assert {item.kind for item in run(program.plan(EVERYTHING, options)).items} == {"labels"}
    assert toy.sent == {"list labels": 1}
    with pytest.raises(InvalidArgumentError, match="did you mean labels"):
        run(program.plan(EVERYTHING, PlanOptions(only=frozenset(("labls",)))))
    with pytest.raises(InvalidArgumentError, match="write kind/name"):
        run(program.plan(EVERYTHING, PlanOptions(targets=frozenset(("b2",)))))


def test_references_to_what_is_created_in_the_same_run(
    run: Run, program: Program, toy: Toy
) -> None:
    """A text may hold what another resource shows only once it is there."""
    reference = Reference("racks", "r1", "id")
    desired = describe(
        rack("r1"),
        label("tag", colour=Template(("in ", reference))),
        box("b1", "r1", size=reference),
    )
    plan = run(program.plan(desired))
    assert str(plan.of("labels")[0].changes[1]) == "colour: in ${racks.r1.id}"

    run(program.apply(plan)).raise_for_failures()
    [rack_item] = toy.of("racks").values()
    assert [item.colour for item in toy.of("labels").values()] == [f"in {rack_item.id}"]
    assert run(program.plan(desired)).is_empty


def test_a_circle_of_references_is_an_error(run: Run, program: Program) -> None:
    """Nothing is sent where no order can be found."""
    desired = describe(
        label("a", colour=Reference("labels", "b")), label("b", colour=Reference("labels", "a"))
    )
    with pytest.raises(InvalidArgumentError, match="form a cycle: label"):
        run(program.plan(desired))


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        ([label("a"), label("a")], "label 'a' is described twice"),
        ([label("a", size=1)], "label 'a' has no field 'size'"),
        ([label("a", id="x"), box("b", "r", labels=3)], None),
    ],
)
def test_contradictions_are_errors(
    run: Run, program: Program, toy: Toy, resources: list[Any], message: str | None
) -> None:
    """A description that cannot be meant is refused before anything is sent."""
    if message is None:
        run(program.plan(describe(*resources)))
        return
    with pytest.raises(InvalidArgumentError, match=message):
        run(program.plan(describe(*resources)))
    assert not toy.sent


def test_secrets_are_in_no_plan(run: Run, program: Program, toy: Toy) -> None:
    """They are sent when a resource is created, and again only where that is asked for."""
    plan = run(program.plan(EVERYTHING))
    assert "hush" not in f"{plan} {plan!r} {plan.to_dict()} {plan.to_markdown()}"
    run(program.apply(plan))
    [b1] = [item for item in toy.of("boxes").values() if item.name == "b1"]
    b1.fields["code"] = Secret("another")

    assert run(program.plan(EVERYTHING)).is_empty
    again = run(program.plan(EVERYTHING, PlanOptions(resend=frozenset(("boxes/r1/b1",)))))
    assert [item.commands for item in again.items] == [("update",)]
    run(program.apply(again)).raise_for_failures()
    assert b1.fields["code"] == Secret("hush")


def test_a_failure_holds_up_only_what_depends_on_it(run: Run, program: Program, toy: Toy) -> None:
    """Others are carried out; what depends on the failure says so and sends nothing."""
    toy.fault = iter([None, "refused", *[None] * 20]).__next__
    desired = describe(rack("r1"), box("b1", "r1"), label("red"))
    report = run(program.bring_about(desired))

    assert _statuses(report) == {"r1": "failed", "b1": "not_sent", "red": "done"}
    [left] = report.not_sent
    assert left.reason == "it depends on rack r1, which is failed"
    run(program.bring_about(desired)).raise_for_failures()


def test_lost_responses_are_looked_into(run: Run, program: Program, toy: Toy) -> None:
    """A creation is found by its name; where it is not, it is unknown and not sent again."""
    toy.fault = iter(["lost response", "lost request", *[None] * 20]).__next__
    desired = describe(label("red"), label("blue"))
    report = run(program.bring_about(desired))

    assert sorted(_statuses(report).values()) == ["done", "unknown"]
    assert sum(toy.names("labels").values()) == 1
    run(program.bring_about(desired)).raise_for_failures()
    assert toy.names("labels") == {"red": 1, "blue": 1}
    assert toy.sent["create labels"] == 3


def test_a_plan_is_what_was_shown_or_nothing(run: Run, program: Program, toy: Toy) -> None:
    """What has changed since is left alone, and what was done is not done again."""
    red, blue = (toy.add("labels", name=name, colour="old") for name in ("red", "blue"))
    desired = describe(label("red", colour="new"), label("blue", colour="new"))
    plan = run(program.plan(desired))
    red.fields["colour"], blue.fields["colour"] = "by hand", "new"
    report = run(program.apply(plan))

    assert {outcome.name: outcome.reason for outcome in report.outcomes} == {
        "red": "colour changed since the plan was made: plan again",
        "blue": "it has reached the described state in the meantime",
    }
    assert red.fields["colour"] == "by hand"


def test_comparing_takes_linear_time(run: Run) -> None:
    """Four times as many resources take four times as long to compare."""

    def compare(count: int) -> int:
        toy = Toy()
        red = toy.add("labels", name="red")
        for number in range(count):
            parent = toy.add("racks", name=f"r{number}")
            toy.add("boxes", parent.id, name="b1", labels=[red.id], height=1)
        boxes = (box("b1", f"r{number}", labels=["red"], height=2) for number in range(count))
        program, desired = Program(toy), describe(label("red"), *boxes)
        return calls_of(lambda: run(program.plan(desired)))

    compare(1)

    assert compare(200) < 4.5 * compare(50)
