"""Prints reports of actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer
from rich.text import Text

from clickhouse_cloud_async.desired.inventory import joined
from clickhouse_cloud_async.desired.outcome import ResourceOutcome
from clickhouse_cloud_async.fleet.states import GONE, NOT_THERE

from .exit_codes import ExitCode
from .failures import print_json_error
from .options import Output
from .output import complain, show_parts, stdout
from .results import show
from .states import state_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clickhouse_cloud_async.fleet import MemberFailure, Outcome, Report

    from .options import Options
    from .output import Fields

STYLES: Mapping[str, str] = {
    "done": "green",
    "unchanged": "bright_black",
    "failed": "bold red",
    "unknown": "red",
    "sent": "yellow",
    "waiting": "yellow",
    "not_sent": "yellow",
    "planned": "cyan",
}

_DOCUMENTS = {Output.JSON, Output.JSONL, Output.YAML}
"""Formats that hold a report as a whole; the others have a row for each resource."""


def show_report(options: Options, report: Report, kind: str) -> None:
    """Print a report.

    Args:
        options: How to print; which profiles there are.
        report: The outcome of each resource.
        kind: The kind of resources that it is about unless it says another.
    """
    if options.query is not None or options.format in _DOCUMENTS:
        show(options, report.to_dict())
        return
    is_usual = all(getattr(each, "kind", kind) == kind for each in report.outcomes)
    columns = _COLUMNS if is_usual else _RESOURCE_COLUMNS
    show(options, report.outcomes, columns, document=lambda outcome: outcome.to_dict())
    show_failures(options, report.failures, kind)
    if options.format is not Output.TABLE:
        return
    stdout().print()
    counts = Text(", ").join(
        Text.assemble(f"{count} ", _status_text(status)) for status, count in report.counts.items()
    )
    show_parts(
        {
            report.action: counts or f"no {kind}",
            "requests": report.requests,
            "time": f"{report.seconds:.1f} s{'' if report.is_complete else ', interrupted'}",
        }
    )


def show_failures(options: Options, failures: Iterable[MemberFailure], kind: str) -> None:
    """Print the profiles whose resources could not be listed, with the reasons.

    Args:
        options: Which profiles there are.
        failures: What went wrong.
        kind: The kind of the resources.
    """
    profiles = options.profile or []
    for failure in failures:
        profile = profiles[failure.member]
        message = f"the {kind} of the profile {profile} could not be listed: {failure.error}"
        if options.format.is_json:
            print_json_error({**failure.to_dict(), "message": message})
        else:
            complain(message)


def check_listed(report: Report, members: int) -> None:
    """Raise the error if no resources could be listed at all.

    Args:
        report: The outcome of each resource.
        members: How many clients the fleet has.

    Raises:
        CloudError: No client could list its resources.
    """
    if len(report.failures) == members:
        raise report.failures[0].error


def check_success(report: Report) -> None:
    """End the program with the exit code of unsuccessful outcomes, if there are any.

    Raises:
        Exit: Some resources are not as was wanted, or could not be listed.
    """
    if report.is_success:
        return
    is_unknown = report.unknown and not (report.failed or report.failures)
    raise typer.Exit(ExitCode.UNKNOWN if is_unknown else ExitCode.FAILED)


def state_of(outcome: Outcome) -> str:
    """Return the last known state of a resource, or that it is gone."""
    if outcome.after is not None:
        return outcome.after
    return NOT_THERE if outcome.before == NOT_THERE else GONE


def _status_text(status: str) -> Text:
    return Text(status.replace("_", " "), STYLES[status])


def _label(outcome: Outcome) -> str:
    """Return the name of a resource, after that of its parent."""
    parent = outcome.parent if isinstance(outcome, ResourceOutcome) else None
    return joined(parent, outcome.name)


def _way(outcome: Outcome) -> Text:
    after = state_text(state_of(outcome))
    if outcome.before == after.plain:
        return after
    return Text.assemble(state_text(outcome.before), " -> ", after)


_COLUMNS: Fields[Outcome] = {
    "name": lambda outcome: outcome.name,
    "outcome": lambda outcome: _status_text(outcome.status),
    "state": _way,
    "sent": lambda outcome: " ".join(outcome.commands),
    "reason": lambda outcome: outcome.reason,
    "id": lambda outcome: outcome.id,
}

_RESOURCE_COLUMNS: Fields[Outcome] = {
    "kind": lambda outcome: getattr(outcome, "kind", None),
    **_COLUMNS,
    "name": _label,
}
