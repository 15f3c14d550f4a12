"""Asks before something is done that cannot be taken back."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Generator


def check_terminal(otherwise: str) -> None:
    """Make sure that somebody can be asked.

    Args:
        otherwise: The option that answers where nobody can.

    Raises:
        BadParameter: There is no terminal.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise typer.BadParameter(f"there is no terminal to ask on: give {otherwise}")


def ask(question: str) -> None:
    """Ask for consent on the terminal.

    Args:
        question: What is asked.

    Raises:
        Abort: The answer is no.
    """
    with _interruptible():
        typer.confirm(question, abort=True, err=True)


def ask_number(question: str) -> int:
    """Ask for a number on the terminal.

    Args:
        question: What is asked.
    """
    with _interruptible():
        number: int = typer.prompt(question, type=int, err=True)
    return number


@contextmanager
def _interruptible() -> Generator[None]:
    """Let Ctrl-C at a question be what it is elsewhere; it comes as a refusal."""
    try:
        yield
    except typer.Abort as refusal:
        if isinstance(refusal.__context__, KeyboardInterrupt):
            typer.echo(err=True)
            raise KeyboardInterrupt from None
        raise
