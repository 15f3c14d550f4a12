"""The ClickHouse settings of services."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import attrs

from clickhouse_cloud_async.emulation.problems import bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.emulation.json_values import JsonObject

_RESTARTS: Final = "The servers restart one after another to apply this setting."
_GROWS: Final = "Values that do not fit the memory of the replicas make queries fail."
_MOST: Final = 2**64 - 1


@attrs.frozen
class Setting:
    """A setting.

    Args:
        name: Its name.
        type: ClickHouse's name of the type of its values.
        description: Its description.
        example: A value.
        least: The minimum.
        most: The maximum.
        choices: The allowed values, if there are only a few.
        warning: A warning for users who set it.
        deprecated: The replacement, if it is deprecated.
    """

    name: str
    type: str
    description: str
    example: str
    least: float = 0
    most: float = _MOST
    choices: tuple[int | str, ...] = ()
    warning: str | None = None
    deprecated: str | None = None

    @property
    def is_of_server(self) -> bool:
        """Whether it applies to servers, not to queries."""
        return self.warning == _RESTARTS

    @property
    def shown(self) -> JsonObject:
        """The setting as the API shows it in its schema."""
        entry: JsonObject = {
            "name": self.name,
            "type": self.type,
            "description": self.description,
            "example": self.example,
        }
        numbers = [choice for choice in self.choices if isinstance(choice, int)]
        optional = {
            "enum": numbers,
            "warning": self.warning,
            "deprecationNotice": self.deprecated,
        }
        return entry | {name: value for name, value in optional.items() if value}

    def problem_of(self, value: str | int) -> str | None:
        """Return why a value is invalid; None if it is valid."""
        if self.choices:
            fits = str(value) in map(str, self.choices)
            return None if fits else f"must be one of {', '.join(map(str, self.choices))}"
        if self.type == "String":
            return None if value != "" else "must not be empty"
        if self.type == "Float":
            number = _float(value)
            kind = "a number"
        else:
            number = _whole(value)
            kind = "a whole number"
        if number is None:
            return f"must be {kind}"
        if number < self.least:
            return f"must be at least {self.least}"
        return f"must be at most {self.most}" if number > self.most else None


def _flag(name: str, description: str, *, deprecated: str | None = None) -> Setting:
    return Setting(name, "Bool", description, "1", choices=(0, 1), deprecated=deprecated)


def _count(name: str, description: str, example: int, least: int = 0, most: int = _MOST) -> Setting:
    return Setting(name, "UInt64", description, str(example), least, most)


def _bytes(name: str, description: str, example: int) -> Setting:
    return Setting(name, "UInt64", description, str(example), warning=_GROWS)


def _seconds(name: str, description: str, example: int, least: int = 0) -> Setting:
    return Setting(name, "Seconds", description, str(example), least, 86_400 * 365)


def _word(name: str, description: str, *choices: str) -> Setting:
    return Setting(name, "String", description, choices[0], choices=choices)


def _server(name: str, description: str, example: int, least: int, most: int) -> Setting:
    return Setting(name, "UInt64", description, str(example), least, most, warning=_RESTARTS)


_ALL: Sequence[Setting] = (
    _count("max_threads", "Most threads of a query.", 8, most=1024),
    _count("max_insert_threads", "Most threads of an INSERT SELECT.", 4, most=1024),
    _count("max_block_size", "Most rows in a block that is read.", 65_409, least=1),
    _count("max_insert_block_size", "Most rows in an inserted block.", 1_048_449, 1),
    _count("min_insert_block_size_rows", "Inserted blocks with fewer rows are joined.", 1_048_449),
    _count("max_partitions_per_insert_block", "Most partitions in an inserted block.", 100),
    _count("max_rows_to_read", "Most rows that a query reads; 0 for no limit.", 1_000_000_000),
    _count("max_result_rows", "Most rows in a result; 0 for no limit.", 100_000),
    _count("max_concurrent_queries_for_user", "Most concurrent queries of a user.", 50),
    _count("max_query_size", "Maximum length of the text of a query, in bytes.", 262_144, least=1),
    _count("max_ast_depth", "Maximum nesting depth of a query.", 1_000, least=1, most=100_000),
    _count("max_columns_to_read", "Most columns that a query reads; 0 for no limit.", 500),
    _count("group_by_two_level_threshold", "Number of keys from which grouping is split.", 100_000),
    _bytes("max_memory_usage", "Maximum memory of a query on a server.", 10_000_000_000),
    _bytes("max_memory_usage_for_user", "Maximum memory of a user's queries.", 40_000_000_000),
    _bytes("max_bytes_before_external_group_by", "When grouping uses the disk.", 10_000_000_000),
    _bytes("max_bytes_before_external_sort", "When sorting uses the disk.", 10_000_000_000),
    _bytes("max_bytes_in_join", "Maximum size of the hash table of a join.", 5_000_000_000),
    _seconds("max_execution_time", "Maximum duration of a query; 0 for no limit.", 60),
    _seconds("receive_timeout", "Time to wait for data from a client.", 300, least=1),
    _seconds("send_timeout", "Time to wait until a client accepts data.", 300, least=1),
    _seconds("lock_acquire_timeout", "Time to wait for the lock of a table.", 120, least=1),
    Setting(
        "async_insert_busy_timeout_max_ms", "Milliseconds",
        "Maximum time until collected inserts are written.", "1000", 1, 600_000,
    ),
    Setting(
        "max_bytes_ratio_before_external_sort", "Float",
        "Share of the memory from which sorting uses the disk.", "0.5", 0, 1,
    ),
    Setting(
        "max_streams_to_max_threads_ratio", "Float",
        "Most streams for each thread.", "1", 0, 100,
    ),
    _flag("async_insert", "Whether inserts are collected before they are written."),
    _flag("wait_for_async_insert", "Whether an insert waits until it is written."),
    _flag("use_query_cache", "Whether results are kept for the next query of the same text."),
    _flag("join_use_nulls", "Whether a join fills missing values with NULL."),
    _flag("optimize_read_in_order", "Whether data is read in sorted order to avoid sorting."),
    _flag("log_queries", "Whether queries are written to the query log."),
    _flag("insert_deduplicate", "Whether repeated inserts are skipped."),
    _flag("allow_experimental_json_type", "Whether columns may be of type JSON.",
          deprecated="The type JSON is allowed without this setting."),
    Setting(
        "readonly", "UInt64", "Kinds of queries that are allowed.", "1", choices=(0, 1, 2)
    ),
    _word("join_algorithm", "Algorithm that joins tables.",
          "default", "hash", "parallel_hash", "grace_hash", "partial_merge", "auto"),
    _word("load_balancing", "Order in which replicas are tried.",
          "random", "nearest_hostname", "in_order", "first_or_random", "round_robin"),
    _word("date_time_input_format", "Parser of dates and times.",
          "basic", "best_effort", "best_effort_us"),
    _word("distributed_ddl_output_mode", "Result of a statement for the cluster.",
          "throw", "none", "null_status_on_timeout", "never_throw"),
    Setting("session_timezone", "String", "Time zone of a session.", "UTC"),
    Setting("timezone", "String", "Time zone in which the servers read and write times.", "UTC",
            warning=_RESTARTS),
    _server("max_concurrent_queries", "Most concurrent queries on a server.", 1000, 1, 100_000),
    _server("max_connections", "Most connections to a server.", 4096, 1, 100_000),
    _server("background_pool_size", "Number of threads that merge and mutate parts.", 16, 1, 1024),
    _server("background_schedule_pool_size", "Number of threads for small tasks.", 512, 1, 4096),
    _server("keep_alive_timeout", "Seconds for which an idle connection stays open.", 30, 1, 3600),
    _server("max_table_size_to_drop", "Larger tables are not dropped.", 50_000_000_000, 0, _MOST),
)  # fmt: skip

SETTINGS: Mapping[str, Setting] = {setting.name: setting for setting in _ALL}
"""Every setting that can be configured, by name."""


def check(settings: Mapping[str, str | int]) -> None:
    """Check the values of settings.

    Args:
        settings: Values by the names of the settings.

    Raises:
        Problem: 400 for the first invalid setting.
    """
    for name, value in settings.items():
        if name not in SETTINGS:
            raise bad_request(f"settings.{name}: cannot be configured")
        problem = SETTINGS[name].problem_of(value)
        if problem is not None:
            raise bad_request(f"settings.{name}: {problem}")


def warnings(settings: Mapping[str, str | int]) -> list[JsonObject]:
    """Return the warnings about settings that were set, as the API shows them."""
    messages = [(name, SETTINGS[name].deprecated or SETTINGS[name].warning) for name in settings]
    return [{"name": name, "message": message} for name, message in messages if message]


def _whole(value: str | int) -> int | None:
    return int(value) if re.fullmatch(r"-?\d{1,30}", str(value)) else None


def _float(value: str | int) -> float | None:
    return float(value) if re.fullmatch(r"-?\d{1,30}(\.\d{1,30})?", str(value)) else None
