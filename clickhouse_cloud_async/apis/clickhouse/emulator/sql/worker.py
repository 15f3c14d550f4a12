"""The process that runs the engine of one warehouse.

It answers on a Unix socket in a folder that only its user may enter, and ends with the emulator:
when its standard input ends, or when it has another parent.
"""

from __future__ import annotations

import logging
import os
import select
import socket
import sys
import threading
from collections import deque
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from .errors import EngineError
from .wire import READY, Head, frame_of, read_body, read_request

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from .engine import Engine
    from .wire import Request

    Answer: TypeAlias = Callable[[Request, Iterator[bytes]], Generator[bytes]]
    Work: TypeAlias = Callable[[str], None]

_WATCH_INTERVAL: Final = 1.0
"""Seconds between two checks that the emulator still runs."""


def main(folder: str, backups: str, path: str) -> None:
    """Run the engine until the emulator ends.

    Args:
        folder: The warehouse's folder.
        backups: The folder of the backups.
        path: Where to listen.
    """
    report = _take_output()
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()
    logging.disable()  # a traceback may hold a statement
    from .engine import Engine

    _serve(Engine(Path(folder), Path(backups)), path, report)


def _take_output() -> int:
    """Reserve the standard output for the report, and discard all other output."""
    report = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return report


def _watch(parent: int) -> None:
    """End the process with the emulator, which may have been killed."""
    while os.getppid() == parent:
        readable, _, _ = select.select([0], [], [], _WATCH_INTERVAL)
        if readable and not os.read(0, 1):
            break
    os._exit(0)


def _serve(engine: Engine, path: str, report: int) -> None:
    """Answer requests, each connection in a thread of its own."""
    from .interface import Interface

    answer = Interface(engine).answer
    works = {"back_up": engine.back_up, "restore": engine.restore}
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        os.write(report, READY)
        os.close(report)
        while True:
            connection, _ = listening.accept()
            arguments = connection, answer, works
            threading.Thread(target=_converse, args=arguments, daemon=True).start()


def _converse(connection: socket.socket, answer: Answer, works: Mapping[str, Work]) -> None:
    """Answer the requests of a connection until it ends, or a response has no end."""
    ends = (OSError, EOFError, EngineError)
    with connection, connection.makefile("rb") as incoming, suppress(*ends):
        while (request := read_request(incoming)) is not None:
            body = read_body(incoming)
            if request.work in works:
                connection.sendall(_worked(works[request.work], request.parameters["name"]))
            else:
                with closing(answer(request, body)) as frames:
                    for each in frames:
                        connection.sendall(each)
            deque(body, maxlen=0)  # what a statement that failed did not read


def _worked(work: Work, name: str) -> bytes:
    """Do something with a backup, and return the response."""
    from .interface import failed

    try:
        work(name)
    except EngineError as error:
        return failed(error)
    return frame_of(Head())


if __name__ == "__main__":
    main(*sys.argv[1:])
