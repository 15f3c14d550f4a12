"""What the emulator and the processes of its engines say to each other."""

from __future__ import annotations

from typing import Final

READY: Final = b"ready\n"
"""What a process writes when it answers."""

READONLY: Final = "X-Emulator-Readonly"
"""The header by which the emulator says that a request may not write."""

VERB: Final = "X-Emulator-Verb"
"""The header of a response that says what its statement began with."""
