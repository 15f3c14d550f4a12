"""Cases of user-defined functions."""

from __future__ import annotations

from typing import Final

from .case import ARCHIVE, Case

CASES: Final = (
    Case(
        kind="udfs",
        label="options",
        fields={
            "function_name": "double",
            "type": "executable_pool",
            "runtime": "python3.11",
            "arguments": [{"name": "x", "type": "UInt64"}],
            "return_type": "UInt64",
            "return_name": "y",
            "format": "TabSeparated",
            "pool_size": 2,
            "command_read_timeout": 1000,
            "command_write_timeout": 1000,
            "max_command_execution_time": 5,
            "send_chunk_header": False,
            "sandbox_type": "basic",
            "sandbox_version": "v2",
            "memory_limit_mib": 512,
            "deterministic": True,
            "archive": ARCHIVE,
        },
        changes=[
            {"arguments": [{"name": "x", "type": "UInt32"}], "return_type": "UInt32"},
            {"runtime": "native", "return_name": None, "format": "JSONEachRow"},
            {"pool_size": 3, "max_command_execution_time": 6, "send_chunk_header": True},
            {"command_read_timeout": 2000, "command_write_timeout": 2000},
            {"sandbox_type": "netenable", "sandbox_version": "v3"},
            {"memory_limit_mib": None, "deterministic": False},
            {"type": "executable", "pool_size": None, "max_command_execution_time": None},
        ],
        beside=["archive"],
    ),
    Case(
        kind="udfs",
        label="version",
        fields={
            "function_name": "triple",
            "type": "executable",
            "runtime": "native",
            "arguments": [],
            "return_type": "UInt8",
            "archive": ARCHIVE,
            "version": 2,
        },
        changes=[{"version": 3}],
        beside=["archive"],
    ),
    Case(
        kind="udf_attachments",
        fields={"service": "clicks", "function": "double", "version": 1},
        changes=[{"version": 2}],
        needs=[
            (
                "udfs",
                {
                    "function_name": "double",
                    "type": "executable",
                    "runtime": "python3.11",
                    "arguments": [],
                    "return_type": "UInt64",
                    "archive": ARCHIVE,
                    "version": 2,
                },
            )
        ],
    ),
)
