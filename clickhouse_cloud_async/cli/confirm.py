"""Confirmation of irreversible actions."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from .failures import CommandError

if TYPE_CHECKING:
    from collections.abc import Generator

    from .options import Changing


def check_terminal(otherwise: str) -> None:
    """Raise an error without a terminal for prompts.

    Args:
        otherwise: The option that confirms without a terminal.

    Raises:
        BadParameter: There is no terminal.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise typer.BadParameter(f"there is no terminal for a prompt: pass {otherwise}")


def confirm_by_name(changing: Changing, action: str, name: str) -> None:
    """Ask for the name of the resource of an action, unless prompts are disabled.

    Args:
        changing: Whether anything is asked.
        action: What is done, such as ``delete the service``.
        name: The name, or the id of a thing without one, that has to be typed.

    Raises:
        BadParameter: There is no terminal to ask on.
        CommandError: Something else was typed.
    """
    if changing.yes or changing.dry_run:
        return
    check_terminal("--yes")
    typed = ask_text(f"To {action}, type {name}")
    if typed.strip() != name:
        raise CommandError(f"{typed.strip()!r} is not {name!r}: nothing was done")


def ask(question: str) -> None:
    """Ask for confirmation on the terminal.

    Args:
        question: The question.

    Raises:
        Abort: The user declined.
    """
    with _interruptible():
        typer.confirm(question, abort=True, err=True)


def ask_number(question: str) -> int:
    """Ask for a number on the terminal.

    Args:
        question: The question.
    """
    with _interruptible():
        number: int = typer.prompt(question, type=int, err=True)
    return number


def ask_secret(question: str) -> str:
    """Ask for a secret on the terminal, which does not show what is typed.

    Args:
        question: The question.
    """
    with _interruptible():
        secret: str = typer.prompt(question, hide_input=True, err=True)
    return secret


def ask_text(question: str, default: str | None = None, *, optional: bool = False) -> str:
    """Ask for a text on the terminal.

    Args:
        question: The question.
        default: What an empty line stands for; None to ask again.
        optional: Whether the line may be empty.
    """
    with _interruptible():
        text: str = typer.prompt(
            question,
            default="" if optional else default,
            show_default=default is not None,
            err=True,
        )
    return text.strip()


def ask_yes(question: str) -> bool:
    """Ask a question; an empty line means yes, and no terminal means no.

    Args:
        question: The question.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    with _interruptible():
        return typer.confirm(question, default=True, err=True)


@contextmanager
def _interruptible() -> Generator[None]:
    """Raise KeyboardInterrupt for Ctrl-C at a prompt, which typer reports as an abort."""
    try:
        yield
    except typer.Abort as refusal:
        if isinstance(refusal.__context__, KeyboardInterrupt):
            typer.echo(err=True)
            raise KeyboardInterrupt from None
        raise
