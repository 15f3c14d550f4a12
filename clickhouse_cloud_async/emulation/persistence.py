"""Saves a world in a state file, and loads it in the next run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .clock import DAY, LATEST, moment_at, timestamp
from .state_file import StateFile, StateFileError, read_state
from .timers import TIMERS
from .world import MOMENT

if TYPE_CHECKING:
    from pathlib import Path

    from .json_values import JsonObject
    from .store import Key
    from .world import World


class Persistence:
    """The state file of a world.

    Args:
        world: The world to save.
        file: The file; it need not exist.

    Attributes:
        file: As the argument.
    """

    def __init__(self, world: World, file: Path) -> None:
        self._world = world
        self.file = file
        self._kept_run: int | None = None

    def load(self) -> bool:
        """Load the file into the world; return whether it had any content.

        Raises:
            StateFileError: The file cannot be used.
        """
        kept = read_state(self.file)
        if kept:
            try:
                self._check(kept)
                self._world.load(kept)
            except ValueError as problem:
                raise StateFileError(f"{self.file} is damaged: {problem}") from problem
            except (AttributeError, LookupError, TypeError) as problem:
                what = f"a value is missing or of a wrong type ({problem!r})"
                raise StateFileError(f"{self.file} is damaged: {what}") from problem
            self._kept_run = self._world.runs - 1
        return bool(kept)

    def _check(self, kept: list[tuple[Key, JsonObject]]) -> None:
        """Check the emulated time and the timers of a file.

        Raises:
            ValueError: The emulated time or a timer was not written by an emulator.
        """
        moment = dict(kept)[MOMENT[:-1], MOMENT[-1]]
        elapsed = moment["elapsed"]
        if not 0 <= elapsed <= LATEST:
            raise ValueError(f"emulated time is at {elapsed} s, must be from 0 to {LATEST} s")
        for timer in (document for (path, _), document in kept if path == TIMERS):
            if timer["name"] not in self._world.actions or timer["due"] < 0:
                raise ValueError(f"there is no timer {timer['name']} at {timer['due']} s")
            if timer["due"] < elapsed - DAY:
                raise ValueError(
                    f"emulated time is at {timestamp(moment_at(elapsed))}, and timer"
                    f" {timer['name']} was due at {timestamp(moment_at(timer['due']))} already"
                )

    def open(self) -> None:
        """Save everything in the file, now and on each change.

        Raises:
            StateFileError: The file cannot be used, or another emulator has written it in the
                meantime.
        """
        world = self._world
        world.run_due_timers()
        world.note_moment()
        world.store.commit()
        opened = StateFile(self.file, world.store)
        try:
            self._check_known(opened)
            opened.write_all()
        except StateFileError:
            opened.close()
            raise
        world.state_file, self._kept_run = opened, world.runs

    def _check_known(self, opened: StateFile) -> None:
        moment = opened.document(MOMENT)
        if moment is not None and moment["runs"] != self._kept_run:
            raise StateFileError(f"{self.file} was written by another emulator in the meantime")

    def close(self) -> None:
        """Save the emulated time, and stop saving changes.

        Raises:
            StateFileError: The file cannot be written.
        """
        world = self._world
        try:
            world.run_due_timers()
            world.note_moment()
            world.commit()
        finally:
            if world.state_file is not None:
                world.state_file.close()
                world.state_file, self._kept_run = None, world.runs
