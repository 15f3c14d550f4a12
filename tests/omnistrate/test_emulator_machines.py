"""Random sequences of requests about the tree and about instances, beside small models of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.effort import EXAMPLES

from .direct import Direct
from .requests import address_of

if TYPE_CHECKING:
    from collections.abc import Iterator

picks = st.integers(0, 1000)

STEMS = {
    "service": "Service",
    "environment": "ServiceEnvironment",
    "api": "ServiceAPI",
    "model": "ServiceModel",
    "tier": "ProductTier",
    "compute": "ComputeConfig",
    "infra": "InfraConfig",
    "resource": "Resource",
}
"""Kinds of the model, with how operations call them."""

PARENTS = {
    "environment": ("service", "serviceId"),
    "api": ("environment", "serviceEnvironmentId"),
    "model": ("api", "serviceApiId"),
    "tier": ("model", "serviceModelId"),
    "compute": ("service", "serviceId"),
    "infra": ("environment", "serviceEnvironmentId"),
    "resource": ("tier", "productTierId"),
}
"""What each kind belongs to, with the field that names it."""

USES = {
    "environment": ("environment", "sourceEnvironmentId"),
    "infra": ("compute", "computeConfigId"),
    "resource": ("infra", "infraConfigId"),
}
"""What each kind may need."""

MOST = 25


@attrs.define(eq=False)
class Thing:
    """What the model knows of a thing of the tree."""

    id: str
    kind: str
    parent: Thing | None
    used: Thing | None

    @property
    def service(self) -> Thing:
        """The service that it belongs to."""
        return self if self.parent is None else self.parent.service


class TreeMachine(RuleBasedStateMachine):
    """Things are created, released and deleted in any order; nothing hangs in the air."""

    def __init__(self) -> None:
        super().__init__()
        self.ask = Direct()
        self.default = self.ask("describeDeploymentConfig", id="default")[1]["id"]
        self.things: list[Thing] = []
        self.gone: list[Thing] = []
        self.number = 0

    @precondition(lambda self: len(self.things) < MOST)
    @rule(kind=st.sampled_from(list(STEMS)), pick=picks, used=st.none() | picks)
    def create(self, kind: str, pick: int, used: int | None) -> None:
        """A thing begins below a parent that is there, and may need a sibling."""
        self.number += 1
        body: dict[str, Any] = {"name": f"{kind} {self.number}", "description": "d"}
        body |= {
            "environment": {"deploymentConfigId": self.default},
            "model": {"modelType": "CUSTOMER_HOSTED"},
            "tier": {"planDescription": "p", "tierType": "CUSTOM_TENANCY"},
        }.get(kind, {})
        parent = needed = None
        if kind in PARENTS:
            whose, field = PARENTS[kind]
            parents = [thing for thing in self.things if thing.kind == whose]
            if not parents:
                return
            parent = parents[pick % len(parents)]
            body[field] = parent.id
        if kind in USES and used is not None and parent is not None:
            whose, field = USES[kind]
            fit = [t for t in self.things if t.kind == whose and t.service is parent.service]
            if fit:
                needed = fit[used % len(fit)]
                body[field] = needed.id
        service = "" if parent is None else parent.service.id
        status, key = self.ask(f"create{STEMS[kind]}", body, serviceId=service)
        assert status == 200, key
        self.things.append(Thing(key, kind, parent, needed))

    @precondition(lambda self: self.things)
    @rule(pick=picks)
    def delete(self, pick: int) -> None:
        """A thing goes with all that it has, unless something that stays needs a part of it."""
        thing = self.things[pick % len(self.things)]
        going = list(self._below(thing))
        needed = any(t.used in going and t not in going for t in self.things)
        place = {"id": thing.id, "serviceId": thing.service.id}
        status, _ = self.ask(f"delete{STEMS[thing.kind]}", **place)
        assert status == (409 if needed else 200)
        if not needed:
            self.things = [t for t in self.things if t not in going]
            self.gone += going

    @precondition(lambda self: any(thing.kind == "api" for thing in self.things))
    @rule(pick=picks, is_preferred=st.booleans())
    def release(self, pick: int, *, is_preferred: bool) -> None:
        """After a release nothing is pending, and one version is preferred at most."""
        apis = [thing for thing in self.things if thing.kind == "api"]
        place = {"id": (api := apis[pick % len(apis)]).id, "serviceId": api.service.id}
        assert self.ask("releaseServiceAPI", {"isPreferred": is_preferred}, **place)[0] == 200
        _, found = self.ask("describePendingChanges", **place)
        states = {each["overallResourceStatus"] for each in found["resourceChangeSets"].values()}
        assert states <= {"NO_CHANGE"}
        for tier in (t for t in self._below(api) if t.kind == "tier"):
            _, listed = self.ask(
                "listTierVersionSets", productTierId=tier.id, serviceId=api.service.id
            )
            versions = [each["status"] for each in listed["tierVersionSets"]]
            assert versions
            assert versions.count("Preferred") <= 1

    @invariant()
    def shows_what_is_there(self) -> None:
        """Each thing of the model is shown below its parent, and what is gone is not."""
        _, services = self.ask("listService")
        assert services["ids"] == [t.id for t in self.things if t.kind == "service"]
        for thing in self.things[-5:]:
            status, shown = self._describe(thing)
            assert status == 200
            if thing.parent is not None:
                assert shown[PARENTS[thing.kind][1]] == thing.parent.id
        for thing in self.gone[-5:]:
            assert self._describe(thing)[0] == 404

    def _describe(self, thing: Thing) -> tuple[int, Any]:
        place = {"id": thing.id, "serviceId": thing.service.id}
        return self.ask(f"describe{STEMS[thing.kind]}", **place)

    def _below(self, thing: Thing) -> Iterator[Thing]:
        yield thing
        for other in self.things:
            if other.parent is thing:
                yield from self._below(other)


PASSING = {
    "PENDING": ("DEPLOYING", 60),
    "DEPLOYING": ("RUNNING", 540),
    "STARTING": ("RUNNING", 180),
    "STOPPING": ("STOPPED", 120),
    "RESTARTING": ("RUNNING", 180),
    "DELETING": ("404", 300),
}
"""States that pass, with what follows and how long it takes at most, typically."""

COMMANDS = {
    "start": ({"STOPPED"}, "STARTING"),
    "stop": ({"RUNNING"}, "STOPPING"),
    "restart": ({"RUNNING"}, "RESTARTING"),
    "update": ({"RUNNING"}, "DEPLOYING"),
    "delete": ({"RUNNING", "STOPPED"}, "DELETING"),
}
"""Commands, with the states in which they are possible and the one that they lead to."""


class InstanceMachine(RuleBasedStateMachine):
    """Commands to instances in any order, as time passes: states follow each other as they may."""

    def __init__(self) -> None:
        super().__init__()
        self.ask = Direct({"name": "DB", "plans": ["Pro"], "instances": 2})
        _, offerings = self.ask("listServiceOffering")
        (service,) = offerings["services"]
        (plan,) = service["offerings"]
        self.ask.known = address_of(service, plan, plan["resourceParameters"][0]["urlKey"])
        self.states = {each["id"]: each["status"] for each in self._listed()}
        assert set(self.states.values()) == {"RUNNING"}

    def _listed(self) -> list[dict[str, Any]]:
        _, listed = self.ask("listAllResourceInstances")
        found: list[dict[str, Any]] = listed["resourceInstances"]
        return found

    @precondition(lambda self: len(self.states) < 6)
    @rule()
    def create(self) -> None:
        """An instance begins as pending."""
        status, made = self.ask("createResourceInstance", {})
        assert status == 202
        self.states[made["id"]] = "PENDING"

    @precondition(lambda self: self.states)
    @rule(pick=picks, command=st.sampled_from(list(COMMANDS)))
    def command(self, pick: int, command: str) -> None:
        """A command is accepted in its states; while one is under way it is refused as such."""
        key = list(self.states)[pick % len(self.states)]
        allowed, following = COMMANDS[command]
        body: Any = {} if command == "update" else None
        status, answer = self.ask(f"{command}ResourceInstance", body, id=key)
        if self.states[key] in allowed:
            assert status == 202
            self.states[key] = following
        else:
            assert status == 409
            is_passing = self.states[key] in PASSING
            assert ("already in progress" in answer["message"]) == is_passing

    @rule(seconds=st.sampled_from([1, 60, 200, 700]))
    def advance(self, seconds: int) -> None:
        """Each state is one that its instance can have come to; in time all come to rest."""
        self.ask.emulator.advance(seconds)
        now = {each["id"]: each["status"] for each in self._listed()}
        for key, before in list(self.states.items()):
            state = now.get(key, "404")
            assert state in _reachable(before)
            if seconds > 1.1 * sum(PASSING[each][1] for each in _reachable(before)[:-1]):
                assert state == _reachable(before)[-1]
            self.states[key] = state
            if state == "404":
                assert self.ask("describeResourceInstance", id=key)[0] == 404
                del self.states[key]

    @invariant()
    def list_and_description_agree(self) -> None:
        """Check that the list shows of an instance what describes it."""
        for shown in self._listed():
            assert self.states[shown["id"]] == shown["status"]
            assert self.ask("describeResourceInstance", id=shown["id"]) == (200, shown)


def _reachable(state: str) -> list[str]:
    """The states that an instance can come to by itself, the one that it is in included."""
    states = [state]
    while states[-1] in PASSING:
        states.append(PASSING[states[-1]][0])
    return states


TestTree = TreeMachine.TestCase
TestTree.settings = settings(max_examples=EXAMPLES // 2, stateful_step_count=40, deadline=None)
TestInstances = InstanceMachine.TestCase
TestInstances.settings = settings(max_examples=EXAMPLES // 2, stateful_step_count=40, deadline=None)
