"""Every operation of the contract, asked for real and checked by another validator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from jsonschema import Draft202012Validator

from clickhouse_cloud_async.core.contract import load_contract
from clickhouse_cloud_async.emulator import Emulator
from clickhouse_cloud_async.emulator.clock import START
from clickhouse_cloud_async.emulator.randomness import seeded
from clickhouse_cloud_async.emulator.sampling import Sampler

from .client import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clickhouse_cloud_async.core.contract import ContractOperation, Schema

    from .client import Answer, Api

pytestmark = pytest.mark.anyio

CONTRACT = load_contract("clickhouse")
BY_PLACE = {(o.method, o.path): o for o in CONTRACT.operations.values()}
ERROR = CONTRACT.operations["instanceGet"].facts["responses"]["400"]["content"]["application/json"]


def _one_size(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "numReplicas"}


def _one_entry(body: dict[str, Any]) -> dict[str, Any]:
    return {"entries": [_one_size(body["entries"][0]) | {"weekdays": [1]}]}


BODIES: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "clickPipeStateUpdate": lambda _: {"command": "stop"},
    "instanceCreate": _one_size,
    "instanceReplicaScalingUpdate": _one_size,
    "instanceStateUpdate": lambda _: {"command": "start"},
    "instanceUpdate": lambda body: {
        name: value for name, value in body.items() if name != "transparentDataEncryptionKeyId"
    },
    "postgresServicePatchState": lambda _: {"command": "restart"},
    "scalingScheduleUpsert": _one_entry,
    "serviceClickhouseSettingsUpdate": lambda _: {"settings": {"max_threads": 4}},
    "udfAttach": lambda _: {"version": 1},
}
"""What a made-up body has to say so that the rules beyond the schema allow it."""

QUERIES = {"cloud_provider": "aws", "filter": "tag:env", "filtered_metrics": "true"}


class Walker:
    """Asks for operations, after creating what they need.

    Args:
        api: Client of the emulator.
        service_id: A stopped service.
        bare: Whether bodies hold only what the contract requires.
    """

    def __init__(self, api: Api, service_id: str, *, bare: bool = False) -> None:
        self.api = api
        self.service_id = service_id
        self.bare = bare
        self.sampler = Sampler(CONTRACT, seeded(1), START)

    async def ask(self, operation: ContractOperation) -> Answer:
        """Ask for an operation with everything that it can be given."""
        path = await self._path(operation)
        if operation.method in {"GET", "PATCH", "DELETE"}:
            await self._put_single(operation.path, path)
        if operation.id == "udfVersionDelete":
            path = path.rpartition("/")[0] + "/1"
        return await self._send(operation, path)

    async def _send(self, operation: ContractOperation, path: str) -> Answer:
        body = None
        if operation.body is not None:
            body = self.sampler.sample(operation.body)
            if self.bare:
                body = _bare(operation.body, body)
            body = BODIES.get(operation.id, dict)(body)
        query = [
            (name, QUERIES.get(name) or str(self.sampler.sample(parameter.schema, name)))
            for parameter in operation.parameters_in("query")
            if (name := parameter.name) not in {"cursor", "limit", "offset"}
        ]
        return await self.api(operation.method, path, body, query=query)

    async def _path(self, operation: ContractOperation) -> str:
        done: list[str] = []
        template: list[str] = []
        for segment in operation.path.split("/"):
            parent = "/".join(template)
            template.append(segment)
            done.append(
                quote(await self._item(segment[1:-1], parent, "/".join(done)), safe="")
                if segment.startswith("{")
                else segment
            )
        return "/".join(done)

    async def _item(self, parameter: str, template: str, path: str) -> str:
        """The id of an item of a collection, which is created if that is possible."""
        if parameter == "organizationId":
            return self.api.emulator.organization_id
        if parameter == "serviceId":
            if template.endswith("/attachments"):
                attach = BY_PLACE["PUT", f"{template}/{{serviceId}}"]
                assert (await self._send(attach, f"{path}/{self.service_id}")).status == 200
            return self.service_id
        if parameter == "settingName":
            assert (await self._send(BY_PLACE["PATCH", template], path)).status == 200
            return "max_threads"
        create = BY_PLACE.get(("POST", template))
        if create is None:
            item = (await self._send(BY_PLACE["GET", template], path)).result[0]
        else:
            created = (await self._send(create, path)).result
            item = created.get("key", created)
        return str(item.get(parameter, item.get("id")))

    async def _put_single(self, template: str, path: str) -> None:
        """Put something where nothing stands at first."""
        if template.endswith("}") or ("DELETE", template) not in BY_PLACE:
            return
        create = BY_PLACE.get(("POST", template)) or BY_PLACE["PUT", template]
        assert (await self._send(create, path)).status == 200


@pytest.mark.parametrize(
    ("operation_id", "bare"),
    [(o.id, False) for o in CONTRACT.operations.values()]
    + [(o.id, True) for o in CONTRACT.operations.values() if o.body],
)
async def test_every_operation_answers_as_the_contract_says(operation_id: str, bare: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A full or a bare request of any operation is answered as the contract has it."""
    operation = CONTRACT.operations[operation_id]
    async with serving(Emulator([{"state": "stopped"}], time_scale=0, seed=7)) as api:
        service_id = (await api("GET", "/services")).result[0]["id"]
        answer = await Walker(api, service_id, bare=bare).ask(operation)

    assert operation.success_status == answer.status, answer.text
    media, schema = operation.success_content
    assert media == answer.headers["Content-Type"]
    assert schema is not None
    if media != "application/json":
        assert answer.text
        return
    _check(schema, answer.json)
    assert list(_unknown(schema, answer.json)) == []
    if isinstance(answer.json, dict):
        assert answer.headers["X-Request-Id"] == answer.json["requestId"]
        assert operation.success_status == answer.json["status"]
        assert ("result" in schema["properties"]) == ("result" in answer.json)


@pytest.mark.parametrize(
    "operation_id", [o.id for o in CONTRACT.operations.values() if o.path.count("{") > 1]
)
async def test_unknown_ids_are_not_found(operation_id: str) -> None:
    """An operation on things that are not there answers 404 in the envelope of errors."""
    operation = CONTRACT.operations[operation_id]
    sampler = Sampler(CONTRACT, seeded(2), START)
    body = sampler.sample(operation.body) if operation.body else None
    query = [(p.name, str(sampler.sample(p.schema))) for p in operation.parameters_in("query")]
    async with serving(Emulator(time_scale=0)) as api:
        path = operation.path.replace("{organizationId}", api.emulator.organization_id)
        path = "/".join("missing" if part.startswith("{") else part for part in path.split("/"))
        answer = await api(operation.method, path, body, query=query)

    assert answer.status == 404
    _check(ERROR, answer.json)
    assert "missing" in answer.error


def _bare(schema: Schema, sample: dict[str, Any]) -> dict[str, Any]:
    """What the contract, or else the emulator's own rules, require of a body."""
    schema = CONTRACT.resolve(schema)
    variants = schema.get("oneOf", [schema])
    required = set.union(*(set(CONTRACT.resolve(v).get("required", ())) for v in variants))
    least = schema.get("minProperties", 0)
    names = [*(name for name in sample if name in required | {"id", "name", "provider", "region"})]
    return {name: sample[name] for name in names or list(sample)[:least]}


def _check(schema: Schema, value: Any) -> None:
    # References lead to "#/schemas/...", so the schemas have to stand beside the envelope.
    whole = {**schema, "schemas": CONTRACT.schemas}
    checker = Draft202012Validator.FORMAT_CHECKER
    errors = Draft202012Validator(whole, format_checker=checker).iter_errors(value)
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def _unknown(schema: Schema, value: object, path: str = "$") -> list[str]:
    """The places of properties that a schema does not name."""
    schema = CONTRACT.resolve(schema)
    variants = schema.get("oneOf") or schema.get("anyOf")
    if variants:
        return min((_unknown(variant, value, path) for variant in variants), key=len)
    if isinstance(value, list):
        items = schema.get("items", {})
        return [place for item in value for place in _unknown(items, item, f"{path}[]")]
    if not isinstance(value, dict) or "properties" not in schema:
        return []
    found: list[str] = []
    for name, item in value.items():
        if name in schema["properties"]:
            found += _unknown(schema["properties"][name], item, f"{path}.{name}")
        else:
            found.append(f"{path}.{name}")
    return found
