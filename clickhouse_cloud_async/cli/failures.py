"""Reports failures: an error on stderr, as a line or as JSON, and the exit code of its cause."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import typer

from .exit_codes import ExitCode, code_of
from .options import Output
from .output import complain, note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clickhouse_cloud_async.core.errors import CloudError

# The base classes of typer's errors have no public names of their own.
_UsageError = typer.BadParameter.__bases__[0]
_ProgramError = _UsageError.__bases__[0]

_DETAILS = (
    "status",
    "request_id",
    "operation",
    "method",
    "path",
    "attempts",
    "code",
    "hint",
    "required_permissions",
    "retry_after",
    "kind",
    "id",
    "state",
    "elapsed",
    "name",
)
"""Attributes of client errors that are part of the JSON of an error."""


_NO_CREDENTIALS = re.compile(r"(?<=^no credentials: )pass [^,]+, ")
"""The advice for programs in the message about missing credentials."""


class CommandError(Exception):
    """An error of a command that is not an error of a client.

    Args:
        message: The problem, and what to do; a line for each of several problems.
        code: The exit code.
        details: Further data for programs.
    """

    def __init__(
        self,
        message: str,
        code: ExitCode = ExitCode.FAILED,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.details: Mapping[str, object] = details or {}


_CHOICE = re.compile(r"(Value error, )?'(?P<given>[^']*)' is not one of '(?P<words>.+)'\.")
"""Typer's message about an invalid word for an option."""


def report(error: Exception, arguments: Sequence[str]) -> int:
    """Print an error and return the exit code of its cause.

    Args:
        error: What a command raised.
        arguments: The command line, which shows whether the error is printed as JSON.

    Raises:
        Exception: The error itself, if it is a bug in this program.
    """
    from clickhouse_cloud_async.core.errors import CloudError

    from .trees import as_command, program_of

    as_json = wants_json(arguments)
    if isinstance(error, CommandError):
        message = as_command(error.message, program_of(arguments))
        return _print(message, error.code, error.details, "CommandError", as_json=as_json)
    if isinstance(error, CloudError):
        code = code_of(error)
        _word_for_commands(error, arguments)
        if as_json:
            details = {name: getattr(error, name, None) for name in _DETAILS}
            message = _as_typed(error.message, arguments)
            return _print(message, code, details, type(error).__name__, as_json=True)
        complain(_as_typed(str(error), arguments))
        return code
    if isinstance(error, typer.Abort):
        return _print("nothing was done", ExitCode.FAILED, {}, "Declined", as_json=as_json)
    if isinstance(error, _ProgramError):
        return _report_usage(error, as_json=as_json)
    raise error


def _word_for_commands(error: CloudError, arguments: Sequence[str]) -> None:
    """Replace advice for programs in Python by advice for the command line."""
    from clickhouse_cloud_async.core.errors import AuthenticationError

    from .trees import as_command, program_of

    program = program_of(arguments)
    error.hint = as_command(error.hint, program)
    if error.status is None:  # otherwise the words are the server's
        error.message, lacks_credentials = _NO_CREDENTIALS.subn("", error.message)
        error.message = as_command(error.message, program)
        if lacks_credentials:
            error.hint = f"{program} configure writes one"
    elif isinstance(error, AuthenticationError) and "doctor" not in arguments:
        error.hint = f"{program} doctor shows which credentials are in use"


def _report_usage(error: Any, *, as_json: bool) -> int:
    context = getattr(error, "ctx", None)
    message = _CHOICE.sub(_refuse_word, error.format_message())
    if not message.strip():  # a group without a command, whose help has been printed
        return ExitCode.USAGE
    code = ExitCode.USAGE if isinstance(error, _UsageError) else ExitCode.FAILED
    _print(message, code, {}, "UsageError", as_json=as_json)
    if context is not None and not as_json:
        note(f"see {context.command_path} --help")
    return code


def _refuse_word(found: re.Match[str]) -> str:
    from .commands.values import nearest

    words = sorted(found["words"].split("', '"))
    return f"{found['given']!r} is not one of {', '.join(words)}{nearest(found['given'], words)}"


def _as_typed(message: str, arguments: Sequence[str]) -> str:
    """Replace an argument's name in a message by the option, if that is on the command line."""
    name, colon, rest = message.partition(": ")
    option = f"--{name.replace('_', '-')}"
    is_typed = any(argument.partition("=")[0] == option for argument in arguments)
    return f"{option}{colon}{rest}" if is_typed else message


def _print(
    message: str, code: ExitCode, details: Mapping[str, Any], kind: str, *, as_json: bool
) -> int:
    if not as_json:
        for line in message.splitlines():
            complain(line)
        return code
    known = {name: value for name, value in details.items() if value not in (None, "", (), 0)}
    error = {"type": kind, "message": message, "exit_code": int(code), **known}
    print_json_error(error)
    return code


def print_json_error(error: Mapping[str, object]) -> None:
    """Print the JSON of an error on stderr."""
    from clickhouse_cloud_async.core.codec import json_bytes

    typer.echo(json_bytes({"error": error}), err=True)


def wants_json(arguments: Sequence[str]) -> bool:
    """Return whether a command line, valid or not, asks for JSON.

    Args:
        arguments: The command line without the program's name.
    """
    wanted = ""
    for number, argument in enumerate(arguments):
        if argument in {"--output", "-o"}:
            wanted = next(iter(arguments[number + 1 :]), "")
        elif argument.startswith("--output="):
            wanted = argument.partition("=")[2]
        elif argument.startswith("-o"):
            wanted = argument.removeprefix("-o")
    return wanted in {each for each in Output if each.is_json}
