"""Every attribute of the provider, at any depth."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from clickhouse_cloud_async.apis.clickhouse.resources.terraform.conversion import CONVERTERS
from clickhouse_cloud_async.fleet import from_terraform

from .provider import PROVIDER, filled
from .states import resource, state


def _marks(types: Any) -> Any:
    """Return the marks of what is sensitive, in the shape of the values."""
    if isinstance(types, dict):
        return {key: _marks(inner) for key, inner in types.items()}
    if isinstance(types, list):
        return [_marks(types[0])]
    return types.startswith("sensitive ")


def test_every_type_is_known() -> None:
    """Each type of the provider is converted, or has a reason why not; and no other is."""
    assert CONVERTERS.keys() == {f"clickhouse_{name}" for name in PROVIDER}


def _unknown(kind: str, values: dict[str, Any]) -> set[str | None]:
    """Return which attributes of a resource nobody knows; a role of the same ids is beside it."""
    role = resource("role", {"id": "sample-role_id", "name": "readers"}, label="other")
    losses = from_terraform(state(resource(kind, values), role), clickstack_service="clicks").losses
    return {each.attribute for each in losses if "this version does not know it" in each.reason}


@pytest.mark.parametrize("kind", sorted(PROVIDER.keys() - {"clickpipe", "clickstack_source"}))
def test_every_attribute_is_known(kind: str) -> None:
    """No attribute of the provider is reported as one that nobody knows."""
    assert _unknown(kind, filled(PROVIDER[kind])) == set()


@pytest.mark.parametrize("source", sorted(PROVIDER["clickpipe"]["source"]))
def test_every_attribute_of_pipes_is_known(source: str) -> None:
    """A pipe has one source; all attributes of each are known."""
    values = filled(PROVIDER["clickpipe"])
    values["source"] = {source: values["source"][source]}
    assert _unknown("clickpipe", values) == set()


def test_every_attribute_of_sources_is_known() -> None:
    """Each attribute of a source of ClickStack is known of a source of some kind."""
    values = filled(PROVIDER["clickstack_source"])
    kinds = ("log", "trace", "metric", "session", "promql")
    unknown = [_unknown("clickstack_source", {**values, "kind": kind}) for kind in kinds]
    assert set.intersection(*unknown) == set()


@pytest.mark.parametrize("source", sorted(PROVIDER["clickpipe"]["source"]))
@pytest.mark.parametrize("are_marked", [True, False])
def test_pipes_have_no_secrets(source: str, *, are_marked: bool) -> None:
    """No sensitive value of a pipe is in the document, whether the state marks it or not."""
    types = PROVIDER["clickpipe"]
    values, marks = filled(types), _marks(types)
    values["source"] = {source: values["source"][source]}
    secrets = set(_sensitive(types["source"][source]))
    if not are_marked:
        # The API shows names of users.
        secrets -= {"username"}
    _check_secrets("clickpipe", secrets, values, marks if are_marked else {})


@pytest.mark.parametrize("kind", sorted(PROVIDER))
def test_documents_have_no_secrets(kind: str) -> None:
    """Neither the document nor the report on it contains a sensitive value."""
    types = PROVIDER[kind]
    _check_secrets(kind, set(_sensitive(types)), filled(types), _marks(types))


def _check_secrets(kind: str, names: set[str], values: dict[str, Any], marks: Any) -> None:
    sensitive = resource(kind, values, sensitive_values=marks)
    conversion = from_terraform(state(sensitive), clickstack_service="clicks")
    told = json.dumps(conversion.to_dict())
    assert [name for name in names if re.search(rf"sample-{name}\b", told)] == []


def _sensitive(types: Any, name: str = "") -> list[str]:
    """Return the names of the attributes that are sensitive."""
    if isinstance(types, dict):
        return [found for key, inner in types.items() for found in _sensitive(inner, key)]
    if isinstance(types, list):
        return _sensitive(types[0], name)
    return [name] if types.startswith("sensitive ") else []
