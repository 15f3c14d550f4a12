"""The facade over forks, at the end of the interpreter and under Ctrl-C, in real processes."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.client.processes import finish, run_script, start_script

if TYPE_CHECKING:
    from subprocess import Popen

    from clickhouse_cloud_async.emulator import Emulator

    from .conftest import HeldServer

CLIENT = """
import sys
from clickhouse_cloud_async import ClickHouseCloud, HTTPOptions, RetryPolicy
cloud = ClickHouseCloud(
    "key",
    "secret",
    base_url=sys.argv[1],
    organization_id="o",
    rate_limit=None,
    http=HTTPOptions(read_timeout=None),
    retry=RetryPolicy(attempts=1),
)
"""

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")


def environment(emulator: Emulator) -> dict[str, str]:
    """Return what makes a script a client of the emulator, by a host name to look up."""
    return {
        "CLICKHOUSE_CLOUD_API_KEY": emulator.api_key,
        "CLICKHOUSE_CLOUD_API_SECRET": emulator.api_secret,
        "CLICKHOUSE_CLOUD_URL": emulator.url.replace("127.0.0.1", "localhost"),
    }


def interrupt(process: Popen[str], server: HeldServer) -> None:
    """Send Ctrl-C to a script as soon as its call is under way."""
    server.await_arrival()
    process.send_signal(signal.SIGINT)


# --- fork --------------------------------------------------------------------------------------


@needs_fork
def test_fork(emulator: Emulator) -> None:
    """After a fork the client works in the child and, over its kept connections, in the parent."""
    outcome = run_script(
        """
        import os, sys, warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # a fork of a process with threads
        from clickhouse_cloud_async import ClickHouseCloud

        with ClickHouseCloud(rate_limit=None) as cloud:
            print("before", len(cloud.services.list()))
            child = os.fork()
            if child == 0:
                print("child", len(cloud.services.list()), len(cloud.services.list()))
                sys.exit()
            _, status = os.waitpid(child, 0)
            print("status", status)
            print("parent", len(cloud.services.list()), len(cloud.services.list()))
        """,
        **environment(emulator),
    )

    assert outcome == (0, "before 12\nchild 12 12\nstatus 0\nparent 12 12\n", "")
    assert len(emulator.requests) == 6  # with one lookup of the organisation


@needs_fork
def test_parent_keeps_its_connection(emulator: Emulator) -> None:
    """A child's calls and its end leave the parent's open connection as it was."""
    outcome = run_script(
        """
        import os, gc, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        from clickhouse_cloud_async import ClickHouseCloud

        def ports(cloud):
            session = next(iter(cloud._async._caller.transport._sessions.values()))._session
            return [
                protocol.transport.get_extra_info("sockname")
                for kept in session.connector._conns.values() for protocol, _ in kept
            ]

        with ClickHouseCloud(rate_limit=None) as cloud:
            cloud.services.list()
            before = ports(cloud)
            for _ in range(3):
                child = os.fork()
                if child == 0:
                    cloud.services.list()
                    cloud.close()
                    del cloud
                    gc.collect()
                    os._exit(0)
                os.waitpid(child, 0)
                cloud.services.list()
            print(len(before), ports(cloud) == before)
        """,
        **environment(emulator),
    )

    assert outcome == (0, "1 True\n", "")


@needs_fork
def test_fork_while_a_call_is_under_way(emulator: Emulator) -> None:
    """A fork in the middle of other threads' calls harms neither side."""
    outcome = run_script(
        """
        import os, threading, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        from clickhouse_cloud_async import ClickHouseCloud

        with ClickHouseCloud(rate_limit=None) as cloud:
            begun = threading.Event()

            def work():
                for _ in range(40):
                    cloud.services.list()
                    begun.set()

            threads = [threading.Thread(target=work) for _ in range(4)]
            for thread in threads:
                thread.start()
            begun.wait()
            children = []
            for _ in range(3):
                child = os.fork()
                if child == 0:
                    os._exit(0 if len(cloud.services.list()) == 12 else 1)
                children.append(child)
            for thread in threads:
                thread.join()
            print([os.waitpid(child, 0)[1] for child in children], len(cloud.services.list()))
        """,
        **environment(emulator),
    )

    assert outcome == (0, "[0, 0, 0] 12\n", "")


@needs_fork
def test_fork_while_the_rate_budget_is_used_up(held_server: HeldServer) -> None:
    """A forked process has a budget of its own, whatever the parent has under way and waiting."""
    held_server.answers["GET /v1/organizations/o/services/free"] = {"id": "free"}
    process = start_script(
        """
import os, sys, threading, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # a fork of a process with threads
from clickhouse_cloud_async import ClickHouseCloud, RateLimit
cloud = ClickHouseCloud(
    "key", "secret", base_url=sys.argv[1], organization_id="o", rate_limit=RateLimit(3, per=3600)
)
for _ in range(4):
    threading.Thread(target=cloud.services.list, kwargs={"timeout": None}, daemon=True).start()
sys.stdin.readline()
child = os.fork()
if child == 0:
    print([cloud.services.get("free").id for _ in range(3)], flush=True)
    os._exit(0)
print(os.waitpid(child, 0)[1])
""",
        held_server.url,
    )
    for _ in range(3):
        held_server.await_arrival()

    outcome = finish(process, "go on\n")
    assert outcome == (0, "['free', 'free', 'free']\n0\n", "")


@needs_fork
def test_fork_while_another_thread_makes_the_client(emulator: Emulator) -> None:
    """A lock that another thread holds at the moment of a fork does not stop the child."""
    outcome = run_script(
        """
        import os, threading, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        from clickhouse_cloud_async import ClickHouseCloud

        with ClickHouseCloud(rate_limit=None) as cloud:
            held, done = threading.Event(), threading.Event()

            def hold():
                with cloud._async._making:
                    held.set()
                    done.wait()

            thread = threading.Thread(target=hold)
            thread.start()
            held.wait()
            child = os.fork()
            if child == 0:
                os._exit(0 if len(cloud.services.list()) == 12 else 1)
            print(os.waitpid(child, 0)[1])
            done.set()
            thread.join()
        """,
        **environment(emulator),
    )

    assert outcome == (0, "0\n", "")


@needs_fork
def test_fork_within_the_block_of_an_emulator() -> None:
    """The child uses the parent's emulator by its URL, cannot steer it, and ends."""
    outcome = run_script(
        """
        import os, sys, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        from clickhouse_cloud_async import ClickHouseCloud
        from clickhouse_cloud_async.emulator import Emulator

        with Emulator() as emulator:
            cloud = ClickHouseCloud(emulator.api_key, emulator.api_secret, base_url=emulator.url)
            child = os.fork()
            if child == 0:
                print("child", len(cloud.services.list()))
                try:
                    emulator.advance(hours=1)
                except RuntimeError as error:
                    print(error)
                sys.exit(3)
            print("status", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            emulator.advance(hours=1)
            print("parent", len(cloud.services.list()))
            cloud.close()
        """
    )

    refusal = (
        "the emulator runs in the process that started it: call this there; a forked process can"
        " only send requests to its URL"
    )
    assert outcome == (0, f"child 0\n{refusal}\nstatus 3\nparent 0\n", "")


# --- end of the interpreter --------------------------------------------------------------------


@pytest.mark.parametrize("warn", ["default", "error"])
@pytest.mark.parametrize("close", ["", "cloud.close()", "del cloud"])
def test_exit(emulator: Emulator, close: str, warn: str) -> None:
    """A script ends by itself and in silence; only strict warnings show an unclosed client."""
    outcome = run_script(
        f"""
        from clickhouse_cloud_async import ClickHouseCloud
        cloud = ClickHouseCloud()
        print(len(cloud.services.list()))
        {close}
        """,
        **environment(emulator),
        **({"PYTHONWARNINGS": "error"} if warn == "error" else {}),
    )

    assert outcome[:2] == (0, "12\n")
    if warn == "default" or close == "cloud.close()":
        assert outcome.err == ""


@pytest.mark.parametrize("use", ["ClickHouseCloud()", "ClickHouseCloud().close()"])
def test_exit_unused(emulator: Emulator, use: str) -> None:
    """A client that was never used does not hinder the end of a script."""
    outcome = run_script(
        f"from clickhouse_cloud_async import ClickHouseCloud\ncloud = {use}",
        **environment(emulator),
    )

    assert outcome == (0, "", "")


def test_exit_with_an_unfinished_iterator(emulator: Emulator) -> None:
    """An iterator that nobody finished does not hinder the end of a script."""
    outcome = run_script(
        """
        from clickhouse_cloud_async import ClickHouseCloud
        cloud = ClickHouseCloud()
        keys = cloud.api_keys.iterate()
        print(next(keys).name)
        """,
        **environment(emulator),
    )

    assert outcome == (0, "emulator\n", "")


def test_exit_with_a_call_under_way(held_server: HeldServer) -> None:
    """A call that waits in a daemon thread is cancelled when the script ends, in silence."""
    process = start_script(
        CLIENT
        + """
import threading
threading.Thread(target=cloud.services.list, daemon=True).start()
sys.stdin.readline()
print("end")
""",
        held_server.url,
    )
    held_server.await_arrival()

    assert finish(process, "go on\n") == (0, "end\n", "")
    held_server.await_departure()


def test_exit_with_an_error(emulator: Emulator) -> None:
    """An error that nobody catches ends the script with its own traceback and nothing else."""
    outcome = run_script(
        """
        from clickhouse_cloud_async import ClickHouseCloud
        with ClickHouseCloud(rate_limit=None) as cloud:
            cloud.services.get("unknown")
        """,
        **environment(emulator),
    )

    assert outcome.status == 1
    assert outcome.err.count("Traceback") == 1
    assert "NotFoundError" in outcome.err.splitlines()[-1] or "BadRequest" in outcome.err
    assert emulator.api_secret not in outcome.err


# --- Ctrl-C ------------------------------------------------------------------------------------


@needs_signals
def test_interrupted_call(held_server: HeldServer) -> None:
    """Ctrl-C ends a waiting call, also at the server's side, and the client can still be used."""
    process = start_script(
        CLIENT
        + """
from clickhouse_cloud_async import APITimeoutError
try:
    cloud.services.list(timeout=None)
except KeyboardInterrupt:
    print("interrupted")
try:
    cloud.services.list(timeout=0.05)
except APITimeoutError:
    print("usable")
cloud.close()
""",
        held_server.url,
    )
    interrupt(process, held_server)

    held_server.await_departure()
    assert finish(process) == (0, "interrupted\nusable\n", "")


@needs_signals
def test_interrupted_iteration(held_server: HeldServer) -> None:
    """Ctrl-C while an iterator waits for a page ends it the same way."""
    process = start_script(
        CLIENT
        + """
keys = cloud.api_keys.iterate(timeout=None)
try:
    next(keys)
except KeyboardInterrupt:
    print("interrupted")
print(list(keys))
cloud.close()
""",
        held_server.url,
    )
    interrupt(process, held_server)

    held_server.await_departure()
    assert finish(process) == (0, "interrupted\n[]\n", "")


@needs_signals
def test_interrupted_script(held_server: HeldServer) -> None:
    """A script that does not catch Ctrl-C ends at once, as any other does."""
    process = start_script(
        CLIENT + "with cloud: cloud.services.list(timeout=None)", held_server.url
    )
    interrupt(process, held_server)

    outcome = finish(process)

    assert outcome.status in {-signal.SIGINT, 1}
    assert outcome.err.splitlines()[-1] == "KeyboardInterrupt"
    assert outcome.err.count("Traceback") == 1


@needs_signals
def test_interrupted_again_and_again(held_server: HeldServer) -> None:
    """Ctrl-C works every time, not only the first."""
    times = 10
    process = start_script(
        CLIENT
        + """
for turn in range(int(sys.argv[2])):
    try:
        print("go", flush=True)
        cloud.services.list(timeout=None)
    except KeyboardInterrupt:
        pass
print("done")
cloud.close()
""",
        held_server.url,
        str(times),
    )
    for _ in range(times):
        interrupt(process, held_server)
        held_server.await_departure()

    assert finish(process) == (0, "go\n" * times + "done\n", "")


@needs_signals
def test_interrupted_action(held_server: HeldServer) -> None:
    """When Ctrl-C reaches the caller, the report of a fleet's action says already what was sent."""
    documents = [
        {
            "id": f"{number}2222222-2222-4222-8222-222222222222",
            "name": f"s{number}",
            "state": "stopped",
            "provider": "aws",
            "region": "us-east-1",
            "autoscalingMode": "vertical",
        }
        for number in range(1, 4)
    ]
    services = "/v1/organizations/o/services"
    first = documents[0]
    held_server.answers[f"GET {services}"] = documents
    held_server.answers[f"PATCH {services}/{first['id']}/state"] = first | {"state": "starting"}
    process = start_script(
        CLIENT
        + """
from clickhouse_cloud_async.fleet import Report
report = Report()
try:
    cloud.fleet.select().start(report=report, on_progress=lambda news: print(news.outcome.name))
except KeyboardInterrupt:
    told = [(each.name, str(each.status), each.commands) for each in report.outcomes]
    print(*told, report.requests, report.is_complete)
cloud.close()
""",
        held_server.url,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "s1\n"
    held_server.await_arrival()
    interrupt(process, held_server)

    told = "('s1', 'done', ['start']) ('s2', 'unknown', ['start']) ('s3', 'unknown', ['start'])"
    assert finish(process) == (0, f"{told} 4 False\n", "")


@needs_signals
def test_interrupted_function(held_server: HeldServer) -> None:
    """Ctrl-C cancels also what functions call in threads, and they can call nothing more."""
    documents = [{"id": "s", "name": "s", "state": "stopped", "provider": "aws", "region": "r"}]
    held_server.answers["GET /v1/organizations/o/services"] = documents
    process = start_script(
        CLIENT
        + """
import threading
from concurrent.futures import CancelledError
from clickhouse_cloud_async.fleet import Report
report, over = Report(), threading.Event()

def work(each):
    for _ in range(2):
        try:
            each.cloud.services.get("s", timeout=None)
        except CancelledError:
            print("cancelled")
    over.set()

try:
    cloud.fleet.select().map(work, report=report)
except KeyboardInterrupt:
    over.wait()
    print(report.outcomes[0].status, report.requests)
cloud.close()
""",
        held_server.url,
    )
    interrupt(process, held_server)

    held_server.await_departure()
    assert finish(process) == (0, "cancelled\ncancelled\nunknown 2\n", "")


@needs_signals
def test_interrupted_twice() -> None:
    """Who does not want to wait for the end of what is cancelled presses Ctrl-C again."""
    process = start_script(
        """
import asyncio
from clickhouse_cloud_async.core import sync

async def stubborn():
    print("begun")
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        print("cancelled")
        await asyncio.sleep(3600)

sync.SECONDS_TO_STOP = 3600
try:
    sync.run(stubborn)
except KeyboardInterrupt as error:
    print("interrupted", repr(error.__context__))
"""
    )
    assert process.stdout is not None
    for expected in ("begun", "cancelled"):
        assert process.stdout.readline().strip() == expected
        process.send_signal(signal.SIGINT)

    assert finish(process) == (0, "interrupted KeyboardInterrupt()\n", "")
