"""A Redis server for a test."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
from typing import TYPE_CHECKING, Any, Self

import redis

if TYPE_CHECKING:
    from types import TracebackType

PROGRAM = shutil.which("redis-server") or shutil.which("valkey-server")

PASSWORD = "planted-redis-password"


class RedisServer:
    """A real Redis (or Valkey) server on a free loopback port, which keeps nothing on disk."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port: int = free.getsockname()[1]
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Its URL, with the password."""
        return f"redis://:{PASSWORD}@127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        assert PROGRAM is not None
        settings = f"--port {self._port} --bind 127.0.0.1 --appendonly no --save"
        process = subprocess.Popen(  # noqa: S603  # the server that was found
            [PROGRAM, *settings.split(), "", "--requirepass", PASSWORD],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        for line in process.stdout:
            if "Ready to accept connections" in line:
                break
        self._process = process

    def kill(self) -> None:
        """End it at once, as if its machine were gone."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def freeze(self) -> None:
        """Let it take connections and answer nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def names(self) -> list[str]:
        """The names of the budgets that it holds."""
        with redis.Redis.from_url(self.url, decode_responses=True) as client:
            return [str(name) for name in client.scan_iter()]

    def counted(self) -> int:
        """Return how many budgets it holds."""
        return sum(name.endswith(":requests") for name in self.names())

    def connections(self) -> int:
        """Return how many connections there are besides the one that asks."""
        with redis.Redis.from_url(self.url) as client:
            every: Any = client.client_list()
            return len(every) - 1

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
