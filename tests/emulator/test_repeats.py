"""A run of the emulator can be repeated to the byte."""

from __future__ import annotations

import os
import subprocess
import sys


def test_two_processes_answer_the_same() -> None:
    """All walks, and faults of every kind, give the same bytes in whichever process they run."""
    program = [sys.executable, "-m", "tests.emulator.transcript"]
    first, second = [
        subprocess.Popen(  # noqa: S603 - our own program
            program, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONHASHSEED": number}
        )
        for number in ("1", "2")
    ]
    with first, second:
        transcripts = [process.communicate()[0].splitlines() for process in (first, second)]

    assert (first.returncode, second.returncode) == (0, 0)
    assert transcripts[0] == transcripts[1]
    lost = [
        line for line in transcripts[0] if line.endswith(("ClientOSError", "DisconnectedError"))
    ]
    assert len(transcripts[0]) > 400
    assert len(lost) > 20
