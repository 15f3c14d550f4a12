"""Descriptions of the initial content of an emulator."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from clickhouse_cloud_async.emulation.description_file import read_description_file
from clickhouse_cloud_async.emulation.problems import Problem
from clickhouse_cloud_async.emulation.validation import MismatchError, path_text

from .call import Call
from .gateways import start_gateway
from .operations import apis, applications, canary_releases, consumers
from .place import Place
from .states import APIS, APPLICATIONS, CANARY_RELEASES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from clickhouse_cloud_async.emulation.json_values import JsonObject
    from clickhouse_cloud_async.emulation.world import World

PARTS = ("applications", "consumers", "gateways", "users")
"""The keys of a description."""

_INSIDE = ("apis", "canary_releases", "count")
"""The keys of an application in addition to the API's own fields."""

_TARGET = {"host": "backend.example.com", "port": 80, "weight": 100}


def read_description(source: str | PathLike[str] | Mapping[str, object]) -> Mapping[str, Any]:
    """Read a description of the initial content of an emulator.

    Args:
        source: The description, or a YAML or JSON file with one.

    Raises:
        ValueError: It is not an object, or has an unknown part.
    OSError: The file cannot be read.
    """
    value = source if isinstance(source, Mapping) else read_description_file(Path(source))
    return checked_object(value, "the description", PARTS)


def items_of(parent: Mapping[str, Any], name: str, within: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the items of a list in a description, each with its path.

    Args:
        parent: The object with the list.
        name: Name of the list, which may be missing.
        within: Path of the parent, with a dot at its end.

    Raises:
        ValueError: It is not a list.
    """
    value = parent.get(name, [])
    if not isinstance(value, list):
        raise ValueError(f"{within}{name}: must be a list")  # noqa: TRY004 - of a file
    for index, item in enumerate(value):
        yield f"{within}{name}[{index}]", item


@attrs.frozen
class Seeder:
    """Adds the resources in a description to a control plane.

    They are checked like requests, and are ready at once.

    Args:
        world: The emulator's documents and time.
        control_plane: Id of the control plane.
        user: ID of the user that creates them.
    """

    world: World
    control_plane: str
    user: str

    def add(self, description: Mapping[str, Any]) -> tuple[str, ...]:
        """Add applications, consumers and gateways.

        Args:
            description: The description.

        Returns:
            The ids of the applications.

        Raises:
            ValueError: A value is unknown or invalid; the message has its path.
        """
        added = [
            application
            for where, item in items_of(description, "applications")
            for application in self._applications(where, checked_object(item, where))
        ]
        for where, item in items_of(description, "consumers"):
            body = self._checked("createConsumer", where, checked_object(item, where))
            path = ("controlplanes", self.control_plane, "consumers")
            _placed(where, consumers.create, self._call(path, body))
        for where, item in items_of(description, "gateways"):
            gateway = checked_object({"id": item} if isinstance(item, str) else item, where)
            self._gateway(where, gateway)
        return tuple(added)

    def _applications(self, where: str, item: Mapping[str, Any]) -> Iterator[str]:
        """Add an application, repeatedly if it has a count."""
        count = item.get("count")
        if count is None:
            yield self._application(where, item)
            return
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise ValueError(f"{where}.count: must be a whole number of at least 1")
        for number in range(1, count + 1):
            yield self._application(where, {**item, "name": f"{item.get('name', '')}-{number}"})

    def _application(self, where: str, item: Mapping[str, Any]) -> str:
        defaults = {
            "hosts": [f"{item.get('name')}.example.com"],
            "path_prefix": "/",
            "upstreams": [{"version": "default", "upstream": {"targets": [_TARGET]}}],
        }
        body = self._checked("createApplication", where, {**defaults, **item}, beside=_INSIDE)
        app: str = _placed(where, applications.create, self._call(("apps",), body))["id"]
        APPLICATIONS.enter(Place(self.world), ("apps", app), "normal")
        for place, api in items_of(item, "apis", f"{where}."):
            body = self._checked("createApi", place, checked_object(api, place))
            path = ("apps", app, "apis")
            made = apis.add_api(self._call(path, body, app), app, body)
            APIS.enter(Place(self.world), (*path, made["id"]), "normal")
        for place, release in items_of(item, "canary_releases", f"{where}."):
            self._release(app, place, checked_object(release, place))
        return app

    def _release(self, app: str, where: str, item: Mapping[str, Any]) -> None:
        body = self._checked("createCanaryRelease", where, item)
        releases = ("apps", app, "canary_releases")
        made = _placed(where, canary_releases.create, self._call(releases, body, app))
        path = (*releases, made["id"])
        if "state" in body:
            _placed(where, canary_releases.replace, self._call(path, body, app))
        CANARY_RELEASES.enter(Place(self.world), path, "normal")

    def _gateway(self, where: str, item: Mapping[str, Any]) -> None:
        instance, configured = item.get("id"), item.get("configured", True)
        if not isinstance(instance, str) or not instance:
            raise ValueError(f"{where}.id: must be a non-empty text")
        if not isinstance(configured, bool) or item.keys() - {"id", "configured"}:
            raise ValueError(f"{where}: may only have an id, and configured as true or false")
        start_gateway(self.world, self.control_plane, instance, configured=configured)

    def _call(self, path: tuple[str, ...], body: JsonObject, app: str = "") -> Call:
        parameters = {"control_plane_id": self.control_plane, "app_id": app}
        return Call(self.world, path, parameters, {}, body, self.user)

    def _checked(
        self,
        operation: str,
        where: str,
        item: Mapping[str, Any],
        *,
        beside: tuple[str, ...] = (),
    ) -> JsonObject:
        """Return an item as the body of a request, without additional keys."""
        schema = self.world.contract.operations[operation].body
        assert schema is not None
        known = self.world.contract.compose(self.world.contract.resolve(schema))["properties"]
        checked_object(item, where, (*known, *beside))
        body = {name: value for name, value in item.items() if name not in beside}
        try:
            checked: JsonObject = self.world.validator.check(schema, body)
        except MismatchError as problem:
            place = f"{where}.{path_text(problem.path)}" if problem.path else where
            raise ValueError(f"{place}: {problem.problem}") from problem
        return checked


def _placed(where: str, create: Any, call: Call) -> JsonObject:
    """Create a resource; an error message has its path in the description."""
    try:
        made: JsonObject = create(call)
    except Problem as problem:
        raise ValueError(f"{where}: {problem.message}") from problem
    return made


def checked_object(value: object, where: str, known: tuple[str, ...] = ()) -> Mapping[str, Any]:
    """Return an object of a description.

    Args:
        value: The value.
        where: Its path, for the message.
        known: The names that it may have; any if empty.

    Raises:
        ValueError: It is not an object, or has another name.
    """
    if not isinstance(value, Mapping):
        raise ValueError(f"{where}: must be an object")  # noqa: TRY004 - of a file, not an argument
    for name in value:
        if known and name not in known:
            raise ValueError(
                f"{where}: {name!r} is not known; use one of {', '.join(sorted(known))}"
            )
    return value
