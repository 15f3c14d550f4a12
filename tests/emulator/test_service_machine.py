"""Random sequences of operations on services, keys and backups, beside a small model of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs
import orjson
from aiohttp import encode_basic_auth
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from clickhouse_cloud_async.emulation.clock import START, timestamp
from clickhouse_cloud_async.emulation.messages import Incoming
from clickhouse_cloud_async.emulator import Emulator
from tests.effort import EXAMPLES

from .callers import ANYWHERE
from .client import Answer
from .contract import check_answer, operation_at

if TYPE_CHECKING:
    from collections.abc import Collection

PLACE = {"provider": "aws", "region": "us-east-1"}
TYPICAL = {
    "provisioning": 60, "starting": 45, "stopping": 30, "awaking": 20, "terminating": 30,
    "terminated": 10,
}  # fmt: skip
FOLLOWING = {
    "provisioning": "starting", "starting": "running", "stopping": "stopped",
    "awaking": "running", "terminating": "terminated", "terminated": "404",
}  # fmt: skip
COMMANDS = {
    "start": ({"stopped"}, "starting"),
    "stop": ({"running", "idle"}, "stopping"),
    "awake": ({"idle"}, "awaking"),
}
WITHOUT_EFFECT = {("start", "idle"), ("awake", "running")}
DELETABLE = {"provisioning", "starting", "awaking", "idle", "stopped"}
SETTLED = {"running", "idle", "stopped", "404"}
STARTING_STATES = ("running", "stopped", "idle", "stopped")
MOST_SERVICES, MOST_KEYS = 8, 3
SURELY_SETTLED = 1.1 * sum(TYPICAL.values())

picks = st.integers(0, 1000)


@attrs.define
class Service:
    """What the model knows of a service.

    Args:
        id: Its id.
        name: Its name.
        warehouse: The warehouse that it is part of.
        primary: Whether it is the first one there.
        timeout: After how many minutes it goes idle; None for never.
        state: Its state, as it was seen last.
        since: When it came into that state; None where only the emulator knows.
    """

    id: str
    name: str
    warehouse: str
    primary: bool
    timeout: int | None
    state: str
    since: float | None


@attrs.define
class Key:
    """What the model knows of an API key.

    Args:
        id: Its id.
        headers: What it authenticates with.
        enabled: Whether it is enabled.
        expires: When it expires, in emulated seconds; None for never.
    """

    id: str
    headers: dict[str, str]
    enabled: bool
    expires: float | None


class CloudMachine(RuleBasedStateMachine):
    """Operations in any order: the emulator does as the model does, and never anything illegal."""

    def __init__(self) -> None:
        super().__init__()
        services = [{"name": state, **PLACE, "state": state} for state in STARTING_STATES]
        self.emulator = Emulator(services, time_scale=0)
        self.own = _header(self.emulator.api_key, self.emulator.api_secret)
        self.now = 0.0
        self.services: dict[str, Service] = {}
        self.gone: list[str] = []
        self.keys: list[Key] = []
        self.backups: dict[str, dict[str, str]] = {}
        for shown in self.ask("GET", "/services").result:
            timeout = shown["idleTimeoutMinutes"] if shown["idleScaling"] else None
            self._add(shown, timeout)

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: dict[str, str] | None = None,
        *,
        checked: bool = True,
    ) -> Answer:
        """Ask the emulator, and check its answer by the contract."""
        path = f"/v1/organizations/{self.emulator.organization_id}{path}"
        data = b"" if body is None else orjson.dumps(body)
        incoming = Incoming(
            method, path, (), headers or self.own, data, "127.0.0.1", "http://127.0.0.1"
        )
        outgoing = self.emulator._pipeline.answer(incoming)
        answer = Answer(outgoing.status, outgoing.headers, outgoing.body.decode())
        if checked:
            check_answer(operation_at(method, path), answer)
        return answer

    @precondition(lambda self: len(self.services) < MOST_SERVICES)
    @rule(
        name=st.sampled_from(["etl", "api", "web"]),
        timeout=st.sampled_from([None, 5, 15]),
        sibling=st.none() | picks,
    )
    def create_service(self, name: str, timeout: int | None, sibling: int | None) -> None:
        """A service begins; one that joins a warehouse, which lasts, is secondary there."""
        body: dict[str, Any] = {"name": name, **PLACE, "idleScaling": timeout is not None}
        if timeout is not None:
            body["idleTimeoutMinutes"] = timeout
        ending = {"terminating", "terminated"}
        primaries = [s for s in self.services.values() if s.primary and s.state not in ending]
        if sibling is not None and primaries:
            body["dataWarehouseId"] = primaries[sibling % len(primaries)].warehouse
        shown = self.ask("POST", "/services", body).result["service"]

        assert shown["state"] == "provisioning"
        assert shown["isPrimary"] == ("dataWarehouseId" not in body)
        self._add(shown, timeout)

    def _add(self, shown: dict[str, Any], timeout: int | None) -> None:
        assert shown["id"] not in self.services
        self.services[shown["id"]] = Service(
            shown["id"],
            shown["name"],
            shown["dataWarehouseId"],
            primary=shown["isPrimary"],
            timeout=timeout,
            state=shown["state"],
            since=self.now,
        )

    @precondition(lambda self: self.services)
    @rule(pick=picks, command=st.sampled_from(list(COMMANDS)), fitting=st.booleans())
    def command(self, *, pick: int, command: str, fitting: bool) -> None:
        """A command works in its states, is accepted again while it goes on, and only then."""
        allowed, following = COMMANDS[command]
        service = _picked(self.services, pick, allowed if fitting else ())
        path = f"/services/{service.id}/state"
        answer = self.ask("PATCH", path, {"command": command})

        if service.state in allowed:
            assert answer.result["state"] == following
            service.state, service.since = following, self.now
        elif service.state == following:
            assert answer.result["state"] == following
        elif (command, service.state) in WITHOUT_EFFECT:
            assert answer.result["state"] == service.state
        else:
            assert answer.status == 400
            assert answer.error.endswith(f"Current state: {service.state}")

    @precondition(lambda self: self.services)
    @rule(pick=picks, fitting=st.booleans())
    def delete_service(self, *, pick: int, fitting: bool) -> None:
        """Services end in some states only, and a primary one not before the secondary ones."""
        service = _picked(self.services, pick, DELETABLE if fitting else ())
        siblings = [s for s in self.services.values() if s.warehouse == service.warehouse]
        answer = self.ask("DELETE", f"/services/{service.id}")

        if service.state == "terminating":
            assert answer.status == 200
        elif service.state not in DELETABLE:
            assert answer.status == 409
        elif service.primary and len(siblings) > 1:
            assert answer.status == 400
        else:
            assert answer.status == 200
            service.state, service.since = "terminating", self.now

    @precondition(lambda self: self.services)
    @rule(pick=picks, name=st.sampled_from(["new name", "x", "", "n" * 51, "a/b"]))
    def rename(self, pick: int, name: str) -> None:
        """A name is taken where it is one, and else everything stays."""
        service = _picked(self.services, pick)
        answer = self.ask("PATCH", f"/services/{service.id}", {"name": name})

        assert answer.status == (200 if name in {"new name", "x"} else 400)
        if answer.status == 200:
            service.name = name

    @precondition(lambda self: self.services)
    @rule(pick=picks, timeout=st.sampled_from([None, 5, 15]), high=st.sampled_from([8, 16, 64]))
    def scale(self, pick: int, timeout: int | None, high: int) -> None:
        """Scaling changes sizes and idling together, or neither where they contradict."""
        service = _picked(self.services, pick)
        body = {"minReplicaMemoryGb": 16, "maxReplicaMemoryGb": high}
        idling: dict[str, object] = {"idleScaling": timeout is not None}
        if timeout is not None:
            idling["idleTimeoutMinutes"] = timeout
        answer = self.ask("PATCH", f"/services/{service.id}/replicaScaling", body | idling)

        assert answer.status == (400 if high == 8 else 200)
        if answer.status == 200:
            assert (body | idling).items() <= answer.result.items()
            service.timeout = timeout

    @rule(seconds=st.sampled_from([1, 10, 25, 60, 400, 1000, 4 * 3600, 26 * 3600]))
    def advance(self, seconds: int) -> None:
        """Time lets states pass in their order, after about as long as they typically last."""
        self.emulator.advance(seconds)
        self.now += seconds
        for service in list(self.services.values()):
            answer = self.ask("GET", f"/services/{service.id}")
            state = "404" if answer.status == 404 else str(answer.result["state"])
            self._check_passing(service, state, seconds)
            if state != service.state:
                service.state, service.since = state, None
            if state == "404":
                self.gone.append(service.id)
                del self.services[service.id]

    def _check_passing(self, service: Service, state: str, seconds: int) -> None:
        assert state in _reachable(service)
        if service.since is not None and service.state in TYPICAL:
            lasted = (self.now - service.since) / TYPICAL[service.state]
            assert state == service.state or lasted >= 0.9
            assert state != service.state or lasted <= 1.1
        if seconds > SURELY_SETTLED:
            assert state in SETTLED
        if service.timeout is not None and seconds > SURELY_SETTLED + service.timeout * 60:
            assert state != "running"

    @precondition(lambda self: len(self.keys) < MOST_KEYS)
    @rule(lifetime=st.none() | st.sampled_from([30, 600, 100_000]))
    def create_key(self, lifetime: int | None) -> None:
        """A key is made, perhaps for a while only."""
        body: dict[str, object] = {
            "name": "key",
            "roles": ["developer"],
            "ipAccessList": ANYWHERE,
        }
        if lifetime is not None:
            expires = timestamp(START + timedelta(seconds=self.now + lifetime))
            body["expireAt"] = expires
        made = self.ask("POST", "/keys", body).result
        self.keys.append(
            Key(
                made["key"]["id"],
                _header(made["keyId"], made["keySecret"]),
                enabled=True,
                expires=None if lifetime is None else self.now + lifetime,
            )
        )

    @precondition(lambda self: self.keys)
    @rule(pick=picks, state=st.sampled_from(["enabled", "disabled"]))
    def change_key(self, pick: int, state: str) -> None:
        """A key is switched on or off."""
        key = self.keys[pick % len(self.keys)]
        answer = self.ask("PATCH", f"/keys/{key.id}", {"state": state})

        assert answer.result["state"] == state
        key.enabled = state == "enabled"

    @precondition(lambda self: self.keys)
    @rule(pick=picks)
    def delete_key(self, pick: int) -> None:
        """A deleted key is not there and works no more."""
        key = self.keys.pop(pick % len(self.keys))

        assert self.ask("DELETE", f"/keys/{key.id}").status == 200
        assert self.ask("GET", f"/keys/{key.id}").status == 404
        assert self.ask("GET", "/services", headers=key.headers).status == 401

    @precondition(lambda self: self.keys)
    @rule(pick=picks)
    def delete_own_key(self, pick: int) -> None:
        """No key deletes itself, whether it works or not."""
        key = self.keys[pick % len(self.keys)]
        answer = self.ask("DELETE", f"/keys/{key.id}", headers=key.headers)

        assert answer.status == (400 if self._works(key) else 401)

    @precondition(lambda self: self.services)
    @rule(pick=picks, hours=st.sampled_from([6, 24]))
    def look_at_backups(self, pick: int, hours: int) -> None:
        """Backups are listed newest first, one at a time is made, and none begins again."""
        service = _picked(self.services, pick)
        path = f"/services/{service.id}/backupConfiguration"
        changed = self.ask("PATCH", path, {"backupPeriodInHours": hours}).result
        assert changed["backupPeriodInHours"] == hours
        listed = self.ask("GET", f"/services/{service.id}/backups").result
        known = self.backups.setdefault(service.id, {})

        assert listed == sorted(listed, key=lambda backup: backup["startedAt"], reverse=True)
        assert sum(backup["status"] == "in_progress" for backup in listed) <= 1
        for backup in listed:
            assert known.get(backup["id"]) in {None, "in_progress", backup["status"]}
            assert ("finishedAt" in backup) == (backup["status"] != "in_progress")
        known.clear()
        known.update({backup["id"]: backup["status"] for backup in listed})

    @precondition(lambda self: self.backups and len(self.services) < MOST_SERVICES)
    @rule(pick=picks, region=st.sampled_from(["us-east-1", "eu-central-1"]))
    def restore_backup(self, pick: int, region: str) -> None:
        """A backup that is done becomes a service, of the same region only."""
        known = [(service, backup) for service in self.services for backup in self._listed(service)]
        if not known:
            return
        service_id, backup = known[pick % len(known)]
        body = {"name": "copy", **PLACE, "region": region, "backupId": backup["id"]}
        answer = self.ask("POST", "/services", body)

        if backup["status"] == "done" and region == PLACE["region"]:
            assert answer.result["service"]["state"] == "provisioning"
            assert answer.result["service"]["id"] != service_id
            self._add(answer.result["service"], 15)
        else:
            assert answer.status == 400

    def _listed(self, service_id: str) -> list[dict[str, Any]]:
        backups: list[dict[str, Any]] = self.ask("GET", f"/services/{service_id}/backups").result
        return backups

    @invariant()
    def services_are_listed(self) -> None:
        """List what the model has: names, states, warehouses."""
        # What is listed was checked when the services were looked at one by one.
        listed = self.ask("GET", "/services", checked=False).result
        expected = [(s.id, s.name, s.state, s.primary) for s in self.services.values()]
        assert expected == [(s["id"], s["name"], s["state"], s["isPrimary"]) for s in listed]
        assert all(s["minReplicaMemoryGb"] <= s["maxReplicaMemoryGb"] for s in listed)

    @invariant()
    def keys_work(self) -> None:
        """A key works while it is enabled and not expired."""
        for key in self.keys:
            status = self.ask("GET", "/keys", headers=key.headers).status
            assert status == (200 if self._works(key) else 401)

    @invariant()
    def what_is_gone_stays_away(self) -> None:
        """Of a service that is gone nothing answers."""
        for service_id in self.gone[-2:]:
            for method, path, body in (
                ("GET", "", None),
                ("DELETE", "", None),
                ("PATCH", "/state", {"command": "start"}),
                ("GET", "/backups", None),
            ):
                assert self.ask(method, f"/services/{service_id}{path}", body).status == 404

    def _works(self, key: Key) -> bool:
        return key.enabled and (key.expires is None or self.now < key.expires)


def _header(key: str, secret: str) -> dict[str, str]:
    return {"authorization": encode_basic_auth(key, secret)}


def _picked(
    services: dict[str, Service], pick: int, states: Collection[str] = frozenset()
) -> Service:
    """One of the services, in one of some states where there is such a one."""
    fitting = [service for service in services.values() if service.state in states]
    choice = fitting or list(services.values())
    return choice[pick % len(choice)]


def _reachable(service: Service) -> list[str]:
    """The states that a service can come to by itself, the one that it is in included."""
    states = [service.state]
    while states[-1] in FOLLOWING:
        states.append(FOLLOWING[states[-1]])
    if states[-1] == "running" and service.timeout is not None:
        states.append("idle")
    return states


TestCloud = CloudMachine.TestCase
TestCloud.settings = settings(max_examples=EXAMPLES, stateful_step_count=30, deadline=None)
