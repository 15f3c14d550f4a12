"""Secrets stay out of process lists and shell histories, however they are passed."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from .fleets import wait_for
from .program import environment
from .terminal import start_on_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from clickhouse_cloud_async.emulator import Emulator

    from .terminal import Terminal

PROMPT = "ready> "
SERVICE = "00000000-0000-4000-8000-000000000000"
PLANTED = ("Planted-at-a-prompt1", "Planted-in-a-file1")

WITNESS = """
import json, os, sys

def note(words):
    with open(os.environ["WITNESS"], "a", encoding="utf-8") as log:
        log.write(json.dumps([os.fsdecode(word) for word in words]) + "\\n")

def hear(event, details):
    if event in {"subprocess.Popen", "os.exec", "os.posix_spawn"}:
        note(details[1])
    elif event == "os.system":
        note(details)

sys.addaudithook(hear)
note(sys.orig_argv)
"""
"""Notes the command line of each Python process, and of all that it starts: what ``ps`` shows."""


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_no_secret_in_processes_and_history(emulator: Emulator, tmp_path: Path) -> None:
    """What is typed at prompts, or read from files and standard input, stays out of both.

    The commands are typed into a shell; completion starts a process of its own.
    """
    history, log = tmp_path / "history", tmp_path / "processes"
    secret = tmp_path / "secret"
    secret.write_text(PLANTED[1])
    (tmp_path / "sitecustomize.py").write_text(WITNESS)
    # The key comes from the environment of the shell, and is typed at a prompt for a profile.
    variables = {
        **environment(emulator),
        "HISTFILE": str(history),
        "HOME": str(tmp_path),
        "PS1": PROMPT,
        "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path[:1]]),
        "WITNESS": str(log),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    reset = f"chcloud services reset-password {SERVICE} --yes --dry-run"
    shell = ("bash", "--norc", "--noprofile", "--noediting", "-i")
    with start_on_terminal(shell, size=(200, 40), environment=variables) as running:
        shown = running.read_until(PROMPT)
        program = f"{sys.executable} -m clickhouse_cloud_async.cli"
        shown += _type(running, f'chcloud() {{ {program} "$@"; }}')
        shown += _configure(running, emulator)
        running.write(f"{reset} --password\n")
        shown += running.read_until("password: ")
        shown += _type(running, PLANTED[0])
        shown += _type(running, f"{reset} --password-file {secret}")
        shown += _type(running, f"{reset} --password-file - < {secret}")
        shown += _type(running, "chcloud services list --profile mine -v")
        completed = "COMP_WORDS='chcloud services get' COMP_CWORD=3"
        shown += _type(running, f"_CHCLOUD_COMPLETE=complete_bash {completed} chcloud")
        wait_for(lambda: any((tmp_path / "cache").rglob("*.json")))
        running.write("exit\n")
        shown += running.read_all()
        assert running.process.wait() == 0

    processes = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert sum("clickhouse_cloud_async.cli" in words for words in processes) == 6
    assert any("clickhouse_cloud_async.cli.names_process" in words for words in processes)
    assert "reset-password" in history.read_text()
    everything = shown + history.read_text() + log.read_text("utf-8")
    for planted in (emulator.api_secret, *PLANTED):
        assert planted not in everything


def _type(running: Terminal, line: str) -> str:
    running.write(f"{line}\n")
    return running.read_until(f"\n{PROMPT}")


def _configure(running: Terminal, emulator: Emulator) -> str:
    """Write a profile, whose secret is typed."""
    shown = ""
    running.write("chcloud configure --profile mine\n")
    for question, answer in (
        ("Credentials", ""),
        ("API key", emulator.api_key),
        ("API secret: ", emulator.api_secret),
        ("Organisation", ""),
    ):
        shown += running.read_until(question)
        running.write(f"{answer}\n")
    shown += running.read_until("Base URL")
    return shown + _type(running, emulator.url)
