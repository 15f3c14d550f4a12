"""Waits for transitions, with a line that shows their progress."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from clickhouse_cloud_async.cli.call import run_calls
from clickhouse_cloud_async.cli.failures import CommandError
from clickhouse_cloud_async.cli.output import note, stderr

from .inputs import read_arguments
from .loading import load_client, load_lifecycle, method_of
from .names import Names
from .table import Command
from .values import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator

    from clickhouse_cloud_async.cli.options import Options
    from clickhouse_cloud_async.core.waiting.lifecycle import Lifecycle
    from clickhouse_cloud_async.core.waiting.wait import Progress

    from .option_groups import Goal
    from .table import Tree, Wait

_GONE = "gone"
_EXPRESSION = frozenset("=<>!&|()[]@`'. ")
"""Characters that occur in expressions and in no state."""

_QUOTED = re.compile(r"""'(?:\\.|[^'])*'|`(?:\\.|[^`])*`|"(?P<name>[^"\\]*)\"""")
"""A text, a literal, or a name in double quotes of an expression."""


def run_wait(tree: Tree, wait: Wait, options: Options, given: dict[str, Any]) -> None:
    """Run a command that waits for a state or condition.

    Args:
        tree: The commands of the API.
        wait: The wait.
        options: How to reach the API, and how long to wait.
        given: What typer has read of the command's own arguments and options.

    Raises:
        CloudError: The condition is not met, or not in time.
        BadParameter: An option cannot be used.
    """
    goal: Goal = given.pop("goal")
    target = _target(wait, goal.until or [])
    command = Command(wait.until, wait.help, wait.parameters)
    arguments = read_arguments(tree, command, given)

    async def calls(client: Any) -> Any:
        await Names(client, wait.parameters, arguments).resolve()
        return await Waiter(client, tree, wait, options).until(arguments, target)

    run_calls(load_client(tree), options, calls)


class Waiter:
    """Waits for one kind of resource.

    Args:
        client: The client of the API.
        tree: The commands of the API.
        wait: The wait.
        options: How long to wait.
    """

    def __init__(self, client: Any, tree: Tree, wait: Wait, options: Options) -> None:
        self._client = client
        self._wait = wait
        self._timeout = options.timeout
        self._lifecycle = load_lifecycle(tree, wait)

    async def until(self, arguments: dict[str, Any], target: Any) -> Any:
        """Wait for something.

        Args:
            arguments: What names the thing.
            target: States, ``gone``, a condition, or None for the end of the present transition.

        Returns:
            The thing as it was seen at last; None if it is gone.

        Raises:
            CloudError: The condition is not met, or not in time.
            CommandError: It has failed.
        """
        wait, lifecycle = self._wait, self._lifecycle
        given = arguments | ({} if self._timeout is None else {"timeout": self._timeout})
        key = str(arguments[wait.item])
        is_widened = any(
            arguments.get(each.name) for each in wait.parameters if each.kind == "flag"
        )
        if is_widened and target == _GONE:
            raise typer.BadParameter(
                "gone cannot be combined with options such as --wake", param_hint="--until"
            )
        with shown_progress(wait.kind, key) as show:
            if target == _GONE:
                gone = method_of(self._client, f"{wait.namespace}.{wait.gone}")
                await gone(**given, on_progress=show)
                return None
            until = method_of(self._client, f"{wait.namespace}.{wait.until}")
            states = target
            if target is None:
                # A switch such as --wake asks for more than any state at rest.
                states = lifecycle.awake if is_widened else _settled(lifecycle)
            item = await until(**given, target=states, on_progress=show)
        state = lifecycle.name_of(getattr(item, lifecycle.state)) if lifecycle.state else None
        if state in wait.failed and not (isinstance(target, list) and state in target):
            advice = lifecycle.advice.get(state or "")
            raise CommandError(f"{wait.kind} {key} is {state}{f': {advice}' if advice else ''}")
        return item

    async def after(self, command: Command, arguments: dict[str, Any], result: Any) -> Any:
        """Wait until the transition that a command has started is over.

        Args:
            command: The command.
            arguments: The arguments of its method.
            result: Its result, which may be the thing itself or hold it.

        Returns:
            The result, with the thing as it was seen at last; None if it is gone.

        Raises:
            CloudError: The condition is not met, or not in time.
            CommandError: It has failed.
        """
        lifecycle = self._lifecycle
        names = [parameter.name for parameter in self._wait.parameters]
        known = {name: arguments[name] for name in names if name in arguments}
        if command.goal == _GONE:
            return await self.until(known, _GONE)
        if command.goal in lifecycle.states:
            # The result shows no state; of something new it has the id.
            if self._wait.item not in known:
                known[self._wait.item] = result.id
            return await self.until(known, [command.goal])
        inside = (n for n in _attributes(result) if isinstance(getattr(result, n), lifecycle.model))
        holder = next(inside, "")
        item = getattr(result, holder) if holder else result
        known.setdefault(self._wait.item, getattr(item, lifecycle.identity))
        state = lifecycle.name_of(getattr(item, lifecycle.state))
        states = goal_states(lifecycle, state, command.goal)
        if states is None:
            return result
        item = await self.until(known, states)
        if not holder:
            return item
        setattr(result, holder, item)
        return result


def _attributes(result: Any) -> list[str]:
    from clickhouse_cloud_async.core.codec import model_fields

    return [field.name for field in model_fields(type(result))]


def goal_states(
    lifecycle: Lifecycle[Any], state: str | None, goal: str = ""
) -> Collection[str] | None:
    """Return the states that end the transition of a command; None without a transition.

    Args:
        lifecycle: How the thing changes.
        state: Its state after the command.
        goal: What the command is for, as in `Command`.
    """
    if goal == "awake":
        return lifecycle.awake
    if state is None or state not in lifecycle.transitional:
        return None
    end = lifecycle.leads_to.get(state)
    if end is None:
        return _settled(lifecycle)
    return lifecycle.up if end in lifecycle.up else {end}


def _settled(lifecycle: Lifecycle[Any]) -> Collection[str]:
    return lifecycle.states - lifecycle.transitional.keys()


def _target(wait: Wait, until: list[str]) -> Any:
    """Return the goal of a wait: states, ``gone``, a condition; None for a transition to end."""
    expressions = [text for text in until if _EXPRESSION & {*text} and text not in wait.states]
    if expressions:
        if len(until) > 1:
            raise typer.BadParameter(
                "an expression cannot be combined with other conditions", param_hint="--until"
            )
        return _condition(expressions[0], wait.states)
    if not until and not wait.states:
        raise typer.BadParameter(
            "it has no states: pass an expression, such as 'size == `4`'", param_hint="--until"
        )
    if until == [_GONE] and wait.gone:
        return _GONE
    for text in until:
        if text not in wait.states:
            known = sorted((*wait.states, _GONE) if wait.gone else wait.states)
            raise typer.BadParameter(
                f"there is no state {text!r}{nearest(text, known)} Known: {', '.join(known)}",
                param_hint="--until",
            )
    return until or None


def _condition(expression: str, states: Collection[str]) -> Callable[[Any], bool]:
    """Return whether an expression holds of a thing; a state in double quotes is a text.

    JMESPath would take it for the name of a field, which does not exist: the wait would not end.
    """
    from clickhouse_cloud_async.cli.results import document_of
    from clickhouse_cloud_async.cli.selection import compiled

    def literal(found: re.Match[str]) -> str:
        return f"'{found['name']}'" if found["name"] in states else found[0]

    search = compiled(_QUOTED.sub(literal, expression), "--until")
    return lambda item: bool(search(document_of(item)))


@contextmanager
def shown_progress(kind: str, key: str) -> Generator[Callable[[Progress[Any]], None]]:
    """Show the progress of a wait: an updated line on a terminal, a line per state elsewhere.

    Args:
        kind: The kind of the resource.
        key: Its name or ID.
    """
    console = stderr()
    last: str | None = ""

    def line(progress: Progress[Any]) -> str:
        name = getattr(progress.item, "name", None) or key
        usual = "" if progress.typical is None else f", usually {progress.typical:.0f} s"
        return f"{kind} {name} is {progress.state} for {progress.elapsed:.0f} s{usual}"

    if console.is_terminal:
        with console.status(f"waiting for {kind} {key}") as status:
            yield lambda progress: status.update(line(progress))
        return

    def show(progress: Progress[Any]) -> None:
        nonlocal last
        if progress.state != last:
            note(line(progress))
        last = progress.state

    yield show
