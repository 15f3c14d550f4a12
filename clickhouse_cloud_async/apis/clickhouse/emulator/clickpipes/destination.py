"""The destination of a pipe: the table, its columns and the fields that fill them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from clickhouse_cloud_async.emulation.problems import bad_request, require_properties

from .rules import need

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clickhouse_cloud_async.emulation.json_values import JsonObject

RESERVED_ROLES: Final = frozenset({"clickpipes", "clickpipes_system"})

_PLACE = "destination"


def check(destination: JsonObject, mappings: Sequence[JsonObject]) -> None:
    """Check the destination of a pipe of a stream or of files.

    Args:
        destination: The destination in the request.
        mappings: The fields that fill the columns; if empty, each column is filled by the field
            with its name.

    Raises:
        Problem: 400 if a rule is broken.
    """
    need(destination, _PLACE, "table", "columns")
    require_properties(destination, "managedTable", place=_PLACE)
    for index, column in enumerate(destination["columns"]):
        need(column, f"{_PLACE}.columns[{index}]", "name", "type")
    for index, mapping in enumerate(mappings):
        need(mapping, f"fieldMappings[{index}]", "sourceField", "destinationField")
    if mappings:
        _check_mapped(destination["columns"], mappings)


def _check_mapped(columns: Iterable[JsonObject], mappings: Iterable[JsonObject]) -> None:
    """Check that every column is filled.

    Raises:
        Problem: 400 if one is not filled.
    """
    filled = {mapping["destinationField"] for mapping in mappings}
    for column in columns:
        if column["name"] not in filled:
            raise bad_request(f"fieldMappings: the column {column['name']} needs a mapping")


def check_roles(destination: JsonObject) -> None:
    """Check the roles that a pipe has in its service.

    Raises:
        Problem: 400 if one is reserved.
    """
    for index, role in enumerate(destination.get("roles") or ()):
        if role in RESERVED_ROLES:
            raise bad_request(f"{_PLACE}.roles[{index}]: {role} is reserved")


def complete(destination: JsonObject) -> JsonObject:
    """Return the stored form of a checked destination, with defaults."""
    shown = {name: value for name, value in destination.items() if name != "roles"}
    whole = {"database": "default"} | shown
    if whole.get("managedTable") and not whole.get("tableDefinition"):
        whole["tableDefinition"] = {"engine": {"type": "MergeTree"}, "sortingKey": []}
    return whole


def by_name(columns: Iterable[JsonObject]) -> list[JsonObject]:
    """Return mappings that fill each column from the field with its name."""
    return [{"sourceField": c["name"], "destinationField": c["name"]} for c in columns]


def check_empty(
    targets: Iterable[tuple[str, str]], others: Iterable[JsonObject], place: str
) -> None:
    """Check that no other pipe fills the tables that a snapshot requires to be empty.

    Args:
        targets: Databases and names of the tables.
        others: The existing pipes.
        place: The path of the tables in the request.

    Raises:
        Problem: 400 if one does.
    """
    filled = {table: pipe for pipe in others for table in _targets(pipe)}
    for database, table in targets:
        if (database, table) in filled:
            name = filled[database, table]["name"]
            raise bad_request(
                f"{place}: a snapshot needs {database}.{table} to be empty, but {name} fills it"
            )


def _targets(pipe: JsonObject) -> Iterable[tuple[str, str]]:
    database = pipe["destination"]["database"]
    (source,) = pipe["source"].values()
    for mapping in source.get("tableMappings", ()):
        yield database, mapping["targetTable"]
    if "table" in pipe["destination"]:
        yield database, pipe["destination"]["table"]
