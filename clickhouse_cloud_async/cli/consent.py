"""Asks before something is done that cannot be taken back."""

from __future__ import annotations

import sys

import typer


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
    typer.confirm(question, abort=True, err=True)


def ask_number(question: str) -> int:
    """Ask for a number on the terminal.

    Args:
        question: What is asked.
    """
    number: int = typer.prompt(question, type=int, err=True)
    return number
