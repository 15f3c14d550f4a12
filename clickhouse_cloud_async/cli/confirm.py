"""Confirmation of what cannot be undone."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Generator


def check_terminal(otherwise: str) -> None:
    """Raise unless there is a terminal to ask on.

    Args:
        otherwise: The option that confirms without a terminal.

    Raises:
        BadParameter: There is no terminal.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise typer.BadParameter(f"there is no terminal to ask on: give {otherwise}")


def ask(question: str) -> None:
    """Ask for confirmation on the terminal.

    Args:
        question: What is asked.

    Raises:
        Abort: The user declined.
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
    """Raise KeyboardInterrupt for Ctrl-C at a prompt, which typer reports as a refusal."""
    try:
        yield
    except typer.Abort as refusal:
        if isinstance(refusal.__context__, KeyboardInterrupt):
            typer.echo(err=True)
            raise KeyboardInterrupt from None
        raise
