"""Read-only view of a contract: the facts of one API, without descriptions."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

APIS = Path(__file__).resolve().parent.parent / "apis"

Schema = dict[str, Any]


@attrs.frozen
class Parameter:
    """One path, query or header parameter of an operation."""

    name: str
    location: str
    schema: Schema
    required: bool


@attrs.frozen(slots=False)
class ContractOperation:
    """One operation of the contract."""

    id: str
    facts: dict[str, Any]

    @property
    def method(self) -> str:
        """The HTTP method, upper-case."""
        return str(self.facts["method"])

    @property
    def path(self) -> str:
        """The path template, such as ``/v1/things/{thingId}``."""
        return str(self.facts["path"])

    @property
    def tag(self) -> str | None:
        """The first tag, by which an API groups its operations."""
        return next(iter(self.facts.get("tags", ())), None)

    @property
    def beta(self) -> bool:
        """Whether this operation is a preview."""
        return bool(self.facts.get("x-beta"))

    @property
    def permissions(self) -> tuple[str, ...] | None:
        """All permissions that it needs; None if the contract does not say."""
        needed = self.facts.get("x-required-permissions")
        return None if needed is None else tuple(needed)

    @property
    def security(self) -> tuple[tuple[str, ...], ...] | None:
        """The security schemes that it accepts, as alternatives; None for the API's defaults."""
        declared = self.facts.get("security")
        return None if declared is None else tuple(tuple(each) for each in declared)

    @property
    def deprecated(self) -> bool:
        """Whether this operation is deprecated."""
        return bool(self.facts.get("deprecated"))

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """Every parameter, in the contract's order."""
        return tuple(
            Parameter(p["name"], p["in"], p.get("schema", {}), bool(p.get("required")))
            for p in self.facts.get("parameters", ())
        )

    def parameters_in(self, location: str) -> tuple[Parameter, ...]:
        """The parameters of one location: ``path``, ``query`` or ``header``."""
        return tuple(p for p in self.parameters if p.location == location)

    @property
    def body(self) -> Schema | None:
        """The schema of the JSON request body, or None if the operation takes none."""
        content: dict[str, Schema] = self.facts.get("body", {}).get("content", {})
        return content.get("application/json")

    @property
    def statuses(self) -> tuple[int, ...]:
        """The statuses that the contract declares by number, in ascending order."""
        return tuple(sorted(int(status) for status in self.facts["responses"] if status.isdigit()))

    @property
    def success_status(self) -> int:
        """The lowest 2xx status that the contract declares, or the lowest 3xx if there is none.

        If the contract declares neither, the status is 200.
        """
        redirections, end = HTTPStatus.MULTIPLE_CHOICES, HTTPStatus.BAD_REQUEST
        found = [status for status in self.statuses if HTTPStatus.OK <= status < end]
        return min(found, key=lambda status: (status >= redirections, status), default=200)

    @property
    def is_redirection(self) -> bool:
        """Whether success is a redirection to the result."""
        return self.success_status >= HTTPStatus.MULTIPLE_CHOICES

    @property
    def success_content(self) -> tuple[str | None, Schema | None]:
        """Media type and schema of a successful response; both None if it has no body."""
        response = self.facts["responses"].get(str(self.success_status), {})
        content = response.get("content", {})
        return next(iter(content.items()), (None, None))


@attrs.frozen(slots=False, eq=False)
class Contract:
    """The immutable facts of one API."""

    facts: dict[str, Any]

    @property
    def title(self) -> str:
        """The API's name."""
        return str(self.facts["title"])

    @property
    def schemas(self) -> dict[str, Schema]:
        """Every named schema."""
        schemas: dict[str, Schema] = self.facts["schemas"]
        return schemas

    @property
    def usual_schemes(self) -> frozenset[str]:
        """The security schemes of operations that declare none of their own."""
        return frozenset(name for each in self.facts.get("security", ()) for name in each)

    @cached_property
    def operations(self) -> dict[str, ContractOperation]:
        """Every operation by its id."""
        return {
            name: ContractOperation(name, facts) for name, facts in self.facts["operations"].items()
        }

    def resolve(self, schema: Schema) -> Schema:
        """Resolve ``$ref`` until the result is a schema."""
        while "$ref" in schema:
            schema = self.schemas[ref_name(schema)]
        return schema

    def compose(self, schema: Schema) -> Schema:
        """Return an ``allOf`` of objects as one object with the properties of all of them.

        Any other schema is returned as it is.
        """
        if "allOf" not in schema:
            return schema
        own = {key: value for key, value in schema.items() if key != "allOf"}
        parts = [*(self.compose(self.resolve(part)) for part in schema["allOf"]), own]
        if not any("properties" in part for part in parts):
            return schema
        required = [name for part in parts for name in part.get("required", ())]
        return {
            "type": "object",
            "properties": {
                name: child for part in parts for name, child in part.get("properties", {}).items()
            },
            "required": list(dict.fromkeys(required)),
        }


def ref_name(schema: Schema) -> str:
    """Return the name to which a ``$ref`` refers."""
    return str(schema["$ref"]).rpartition("/")[2]


def types_of(schema: Schema) -> tuple[str, ...]:
    """Return the JSON types that a schema names, as a tuple; empty if it names none."""
    declared = schema.get("type", ())
    return (declared,) if isinstance(declared, str) else tuple(declared)


def contract_path(api: str) -> Path:
    """Return the path of an API's contract."""
    return APIS / api / "contract.json"


def load_contract(api: str) -> Contract:
    """Load the contract of one of the packaged APIs.

    Uncertain methods and paths of requests are in ``overlay/requests.toml``, where they can be
    corrected, and replace those in the contract.

    Args:
        api: Name of its folder under ``apis``.

    Raises:
        ValueError: A correction does not fit the contract.
    """
    facts: dict[str, Any] = json.loads(contract_path(api).read_text(encoding="utf-8"))
    corrections = APIS / api / "overlay" / "requests.toml"
    if corrections.exists():
        correct(facts, tomllib.loads(corrections.read_text(encoding="utf-8")))
    return Contract(facts)


def correct(facts: dict[str, Any], requests: Mapping[str, Mapping[str, str]]) -> None:
    """Apply corrected methods and paths to the facts of a contract.

    Args:
        facts: The facts, which are changed.
        requests: Method and path of operations, by id.

    Raises:
        ValueError: There is no such operation, or a path has other parameters.
    """
    for name, request in requests.items():
        operation = facts["operations"].get(name)
        if operation is None or request.keys() - {"method", "path"}:
            raise ValueError(f"requests.toml: {name} is not an operation with a method and a path")
        operation |= request
        parameters = [p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"]
        if sorted(re.findall(r"\{([^}]+)\}", operation["path"])) != sorted(parameters):
            raise ValueError(f"requests.toml: the path of {name} needs the parameters {parameters}")
