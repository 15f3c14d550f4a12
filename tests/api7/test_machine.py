"""Random sequences of operations on applications and consumers, beside a small model of them."""

from __future__ import annotations

import json
from typing import Any

import attrs
import orjson
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from clickhouse_cloud_async.apis.api7 import API7Emulator
from clickhouse_cloud_async.core.contract import load_contract
from clickhouse_cloud_async.emulation.messages import Incoming
from clickhouse_cloud_async.emulation.router import Router
from tests.contract.relay import Conformity
from tests.effort import EXAMPLES

CONTRACT = load_contract("api7")
CONFORMITY = Conformity(CONTRACT)
ROUTER = Router(CONTRACT.operations.values())
VERSIONS = ("default", "v2")
MOST = 4
"""How many applications, and consumers, there are at most."""

READY_AFTER, SPREAD = 2.0, 0.25
"""Emulated seconds after which a change is delivered to gateways, more or less."""

picks = st.integers(0, 1000)
names = st.sampled_from(["ann", "bob", "eve"])


@attrs.define
class Thing:
    """What the model knows of an application, an API or a consumer.

    Attributes:
        fields: The fields that were sent last, with their defaults.
        changed: When it was changed last, in emulated seconds.
    """

    fields: dict[str, Any]
    changed: float


@attrs.define
class Application(Thing):
    """What the model knows of an application.

    Attributes:
        apis: Its APIs, by id.
        releases: Its canary releases, by id.
    """

    apis: dict[str, Thing] = attrs.Factory(dict)
    releases: dict[str, Thing] = attrs.Factory(dict)


class GatewayMachine(RuleBasedStateMachine):
    """Operations in any order: the emulator does as the model does, and keeps to the contract."""

    def __init__(self) -> None:
        super().__init__()
        self.emulator = API7Emulator(time_scale=0)
        self.plane = f"/controlplanes/{self.emulator.control_plane_id}"
        self.now = 0.0
        self.apps: dict[str, Application] = {}
        self.consumers: dict[str, Thing] = {}

    def ask(self, method: str, path: str, body: object = None, status: int = 200) -> Any:
        """Ask the emulator; the payload of an expected, well-formed response is returned."""
        path = f"/api/v1{path}"
        data = b"" if body is None else orjson.dumps(body)
        headers = {"authorization": f"Bearer {self.emulator.token}"}
        where = ("127.0.0.1", "http://127.0.0.1")
        query = (("page_size", "100"), ("order_by", "created_at")) if body is None else ()
        answer = self.emulator._pipeline.answer(
            Incoming(method, path, query, headers, data, *where)
        )
        content = json.loads(answer.body)
        assert answer.status == status, content
        match = ROUTER.match(method, path)
        assert match is not None
        if status < 400:
            schema = match.operation.success_content[1]
            assert schema is not None
            assert CONFORMITY.misfits(schema, content) == []
            return content.get("payload")
        assert CONFORMITY.misfits(CONTRACT.schemas["Envelope"], content) == []
        return content["error"]

    def pick(self, things: dict[str, Any], number: int) -> str:
        """One of the ids of things."""
        return sorted(things)[number % len(things)]

    # --- applications ---

    @precondition(lambda self: len(self.apps) < MOST)
    @rule(name=names, active=st.sampled_from([0, 1]))
    def create_application(self, name: str, active: int) -> None:
        """Names need not be unique."""
        upstreams = [{"version": version, "upstream": {"targets": []}} for version in VERSIONS]
        for upstream in upstreams:
            upstream["upstream"] = {"targets": [{"host": "a.example.com", "port": 80}]}
        fields = {"name": name, "active": active}
        body = {**fields, "hosts": ["a.b"], "path_prefix": "/", "upstreams": upstreams}
        shown = self.ask("POST", f"{self.plane}/apps", body)
        fields |= {"default_upstream_version": "default"}
        self.apps[shown["id"]] = Application(fields, self.now)

    @precondition(lambda self: self.apps)
    @rule(number=picks, active=st.sampled_from([0, 1]))
    def publish_application(self, number: int, active: int) -> None:
        """Publishing changes nothing else."""
        app = self.pick(self.apps, number)
        self.ask("PATCH", f"{self.plane}/apps/{app}", {"active": active})
        self.apps[app].fields["active"] = active
        self.apps[app].changed = self.now

    @precondition(lambda self: self.apps)
    @rule(number=picks)
    def delete_application(self, number: int) -> None:
        """An application with APIs stays."""
        app = self.pick(self.apps, number)
        has_apis = bool(self.apps[app].apis)
        self.ask("DELETE", f"{self.plane}/apps/{app}", status=409 if has_apis else 200)
        if not has_apis:
            del self.apps[app]
            self.ask("GET", f"/apps/{app}/apis", status=404)

    # --- APIs ---

    @precondition(lambda self: self.apps)
    @rule(number=picks, name=names)
    def create_api(self, number: int, name: str) -> None:
        """An API is published unless it is said otherwise."""
        app = self.pick(self.apps, number)
        body = {"name": name, "paths": [{"path": f"/{name}"}]}
        shown = self.ask("POST", f"/apps/{app}/apis", body)
        self.apps[app].apis[shown["id"]] = Thing({**body, "active": 0}, self.now)

    @precondition(lambda self: any(app.apis for app in self.apps.values()))
    @rule(number=picks, name=names, whole=st.booleans())
    def change_api(self, number: int, name: str, *, whole: bool) -> None:
        """An API is replaced or changed in part; neither switches it."""
        app, api = self._any("apis", number)
        body: dict[str, Any] = {"name": name} | ({"paths": [{"path": "/new"}]} if whole else {})
        self.ask("PUT" if whole else "PATCH", f"/apps/{app}/apis/{api}", body)
        self.apps[app].apis[api].fields |= body
        self.apps[app].apis[api].changed = self.now

    @precondition(lambda self: any(app.apis for app in self.apps.values()))
    @rule(number=picks, every=st.booleans())
    def delete_apis(self, number: int, *, every: bool) -> None:
        """One API goes, or all of an application."""
        app, api = self._any("apis", number)
        self.ask("DELETE", f"/apps/{app}/apis" + ("" if every else f"/{api}"))
        if every:
            self.apps[app].apis.clear()
        else:
            del self.apps[app].apis[api]
            self.ask("GET", f"/apps/{app}/apis/{api}", status=404)

    def _any(self, kind: str, number: int) -> tuple[str, str]:
        """One of all APIs or releases, with its application."""
        every = sorted((app, key) for app in self.apps for key in getattr(self.apps[app], kind))
        return every[number % len(every)]

    # --- canary releases ---

    @precondition(lambda self: self.apps)
    @rule(number=picks, version=st.sampled_from([*VERSIONS, "v9"]))
    def create_release(self, number: int, version: str) -> None:
        """A release is paused at first, and is of a version that there is."""
        app = self.pick(self.apps, number)
        body = {"percent": 5, "canary_upstream_version": version, "state": "in_progress"}
        status = 200 if version in VERSIONS else 400
        shown = self.ask("POST", f"/apps/{app}/canary_releases", body, status)
        if status == 200:
            self.apps[app].releases[shown["id"]] = Thing({**body, "state": "paused"}, self.now)

    @precondition(lambda self: any(app.releases for app in self.apps.values()))
    @rule(number=picks, state=st.sampled_from(["paused", "in_progress", "finished"]))
    def change_release(self, number: int, state: str) -> None:
        """One release is in progress, and one that is finished stays so and is the default."""
        key, release_id = self._any("releases", number)
        app = self.apps[key]
        release = app.releases[release_id]
        others = [r for r in app.releases.values() if r is not release]
        is_refused = release.fields["state"] == "finished" or (
            state == "in_progress" and any(r.fields["state"] == "in_progress" for r in others)
        )
        body = {**release.fields, "state": state}
        path = f"/apps/{key}/canary_releases/{release_id}"
        self.ask("PUT", path, body, 400 if is_refused else 200)
        if not is_refused:
            release.fields, release.changed = body, self.now
            if state == "finished":
                app.fields["default_upstream_version"] = body["canary_upstream_version"]

    @precondition(lambda self: any(app.releases for app in self.apps.values()))
    @rule(number=picks)
    def delete_release(self, number: int) -> None:
        """A release may go in any state."""
        app, release = self._any("releases", number)
        self.ask("DELETE", f"/apps/{app}/canary_releases/{release}")
        del self.apps[app].releases[release]

    # --- consumers ---

    @rule(name=names, key=st.sampled_from(["k1", "k2", None]))
    def create_consumer(self, name: str, key: str | None) -> None:
        """Names and keys are unique in a control plane."""
        fields = {"name": name, "credentials": key and {"key-auth": {"key": key}}}
        taken = [c.fields["name"] for c in self.consumers.values()]
        keys = [c.fields["credentials"] for c in self.consumers.values() if c.fields["credentials"]]
        is_refused = name in taken or fields["credentials"] in keys
        path = f"{self.plane}/consumers"
        shown = self.ask("POST", path, fields, 409 if is_refused else 200)
        if not is_refused:
            self.consumers[shown["id"]] = Thing(fields, self.now)

    @precondition(lambda self: self.consumers)
    @rule(number=picks, name=names)
    def replace_consumer(self, number: int, name: str) -> None:
        """A consumer keeps its name; what is left out has its default again."""
        consumer = self.pick(self.consumers, number)
        is_refused = name != self.consumers[consumer].fields["name"]
        path = f"{self.plane}/consumers/{consumer}"
        self.ask("PUT", path, {"name": name}, 400 if is_refused else 200)
        if not is_refused:
            self.consumers[consumer].fields["credentials"] = None

    @precondition(lambda self: self.consumers)
    @rule(number=picks)
    def delete_consumer(self, number: int) -> None:
        """A consumer's name is free again."""
        consumer = self.pick(self.consumers, number)
        self.ask("DELETE", f"{self.plane}/consumers/{consumer}")
        del self.consumers[consumer]

    # --- time, and what is shown ---

    @rule(seconds=st.sampled_from([0.5, 1.0, 2.0, 3.0]))
    def wait(self, seconds: float) -> None:
        """Changes are delivered after a while."""
        self.emulator.advance(seconds)
        self.now += seconds

    def listed(self, path: str) -> dict[str, dict[str, Any]]:
        """Return what a list shows, by id."""
        page = self.ask("GET", path)
        shown = {item["id"]: item for item in page["list"]}
        assert page["count"] == len(page["list"]) == len(shown)
        return shown

    def compare(self, path: str, things: dict[str, Any], *, has_status: bool = True) -> None:
        """Compare a list with the model."""
        shown = self.listed(path)
        assert shown.keys() == things.keys()
        for key, thing in things.items():
            assert {name: shown[key][name] for name in thing.fields} == thing.fields
            waited = self.now - thing.changed - READY_AFTER
            if has_status and abs(waited) > SPREAD:
                assert shown[key]["status"] == (50 if waited > 0 else 0)

    @invariant()
    def shows_what_the_model_has(self) -> None:
        """Every list holds what was created and not deleted, as it was changed last."""
        self.compare(f"{self.plane}/apps", self.apps)
        self.compare(f"{self.plane}/consumers", self.consumers, has_status=False)
        for key, app in self.apps.items():
            self.compare(f"/apps/{key}/apis", app.apis)
            self.compare(f"/apps/{key}/canary_releases", app.releases)


TestGateway = GatewayMachine.TestCase
TestGateway.settings = settings(max_examples=EXAMPLES // 2, stateful_step_count=30, deadline=None)
