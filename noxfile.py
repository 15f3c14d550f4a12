# /// script
# dependencies = ["nox[uv]>=2026.8.10"]
# ///
"""Every check of the project; plain ``nox`` runs those that a change has to pass."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
from pathlib import Path

import nox
from packaging.requirements import Requirement

nox.needs_version = ">=2026.8.10"  # the first one that runs sessions in parallel
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"
nox.options.parallel = os.cpu_count() or 1
nox.options.allow_parallel = True
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True

# As pip does, uv has to trust the certificates that the machine trusts, such as those of a proxy.
os.environ.setdefault("UV_SYSTEM_CERTS", "1")

# Tests start hundreds of programs: let the first one keep the compiled code for the others.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
OLDEST = PYTHONS[0]
NEWEST = max(
    version for version in PYTHONS if shutil.which(f"python{version}") or version == OLDEST
)
"""The newest of them that is installed."""

# Sessions start in this order. Those that take long come first, so that none of them is left alone
# on one core at the end.
nox.options.sessions = [
    *(f"tests-{OLDEST}", "pages", f"tests-{NEWEST}", "docs", "types", "lowest"),
    *(f"tests-{version}" for version in PYTHONS if version not in {OLDEST, NEWEST}),
    *("bench_quick", "lint", "demo"),
]

EXTRAS = ("cli", "yaml", "arrow", "connect", "dask", "otel", "redis")
"""What users may install with the package, apart from what emulators need."""

INTERPRETER = (
    *("client", "codec", "faults", "plugin", "sync", "transport", "unit"),
    *("cli/test_processes.py", "desired/test_killed.py"),
    *("fleet/dask/test_actions.py", "fleet/dask/test_sync.py", "fleet/test_cancellation.py"),
    *("waiting/test_emulated.py", "waiting/test_wait.py"),
)
"""Tests of code that depends on the interpreter: event loops, connections, TLS, threads, processes,
signals, type hints that are evaluated at run time, and the public interface."""

WALKS = (
    *("cli/test_commands.py", "contract/test_emulator.py", "contract/test_wire.py"),
    "emulator/test_walks.py",
)
"""Tests that call every operation on both clients and the emulator, and every command, once."""

pyenv = shutil.which("pyenv")
if pyenv:
    # pyenv's commands run only the versions that are switched on: switch on those tested here.
    listed = subprocess.run(  # noqa: S603  # the pyenv that was found
        [pyenv, "versions", "--bare"], capture_output=True, text=True, check=False
    )
    wanted = [v for v in listed.stdout.split() if v.rpartition(".")[0] in PYTHONS]
    os.environ.setdefault("PYENV_VERSION", ":".join(wanted))


SKIPPED_WITHOUT = {
    "tests with a Redis server": ("redis-server", "valkey-server"),
    "tests in a browser": ("chromium",),
    "tests in a browser, which need its driver": ("chromedriver",),
    **{f"the tests on Python {version}": (f"python{version}",) for version in PYTHONS},
}
"""What is skipped where none of some programs is installed."""


@atexit.register
def _name_what_was_skipped() -> None:
    for skipped, programs in SKIPPED_WITHOUT.items():
        if not any(map(shutil.which, programs)):
            print(f"skipped: {skipped}, since {' or '.join(programs)} is not installed")  # noqa: T201
    for version in PYTHONS[1:]:
        run = "the interpreter's tests" if version == NEWEST else "the clients' tests"
        if shutil.which(f"python{version}"):
            print(  # noqa: T201
                f"skipped: on Python {version}, tests other than {run} and the walks; "
                f"`nox -s tests-{version} -- tests` runs all"
            )


@nox.session
def lint(session: nox.Session) -> None:
    """Look for mistakes, for formatting that is not ours, and for generated code that is stale."""
    session.install("-e", ".[lint]")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("python", "-m", "clickhouse_cloud_async.codegen", "generate", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Check all types with mypy and pyright, and that the public interface is fully typed."""
    # Type checkers read these packages and do not run them, so they are not compiled.
    session.install("--no-compile", ".[cli,dask,otel,redis,types,test,interop,docs,examples]")
    session.run("mypy")
    session.run("pyright", "--pythonpath", f"{session.bin}/python")
    # From elsewhere, so that the installed package is looked at and not the folder here.
    session.chdir(session.create_tmp())
    session.run("pyright", "--ignoreexternal", "--verifytypes", "clickhouse_cloud_async")


@nox.session
def generate(session: nox.Session) -> None:
    """Write the generated code; with ``-- --check`` only look for stale code."""
    session.install("-e", ".[lint]")
    session.run("python", "-m", "clickhouse_cloud_async.codegen", "generate", *session.posargs)


@nox.session
def update(session: nox.Session) -> None:
    """Take over a newer specification of the API: ``nox -s update -- SPEC``.

    It is imported, code is generated from it, and lines for the changelog are proposed. Where
    something new has no name or docstring yet, it ends with what has to be written where; go on
    with ``nox -s generate`` then. The emulator answers new operations with 501.
    """
    session.install("-e", ".[lint]", "pyyaml")
    session.run("python", "-m", "clickhouse_cloud_async.codegen", "update", *session.posargs)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests; arguments after ``--`` say which ones, as they do to pytest.

    The oldest Python version runs all of them, with many examples of each property. On a newer one,
    code that depends on the interpreter can break, and code that does not run there at all. The
    newest version runs the tests of the former, and walks that run the latter; the versions in
    between run the clients' tests and the walks. Rules in plain Python, such as those of the
    emulator and of plans, do not depend on the version.
    Tests of the documentation are in the sessions ``docs`` and ``pages``.
    """
    is_oldest = session.python == OLDEST
    # The engine of emulated services takes 600 MB, so that one environment has to do.
    engine = ",sql,sql-drivers" if is_oldest else ""
    session.install("-e", f".[cli,dask,otel,redis,test,lint{engine}]")
    chosen = {OLDEST: ("",), NEWEST: (*INTERPRETER, *WALKS)}.get(
        str(session.python), ("client", "sync", *WALKS)
    )
    # Some tests take seconds, most milliseconds: a process that is done takes over from others.
    session.run(
        *("pytest", "-q", "-n", _processes(session), "--dist", "worksteal"),
        "--ignore=tests/docs",
        *(session.posargs or [f"tests/{name}" for name in chosen]),
    )


@nox.session
def unit(session: nox.Session) -> None:
    """Run the tests that need aioresponses, which does not work with aiohttp 3.14 yet."""
    session.install("-e", ".[test]", "aiohttp<3.14")
    session.run("pytest", "-q", "tests/unit", *session.posargs)


@nox.session(python=OLDEST)
def lowest(session: nox.Session) -> None:
    """Run the tests of the client with the lowest declared version of each dependency.

    Those of ``tests/unit`` are among them: the lowest aiohttp is one that aioresponses works with.
    """
    constraints = Path(session.create_tmp()) / "lowest.txt"
    constraints.write_text("\n".join(lowest_versions()), encoding="utf-8")
    extras = ",".join(EXTRAS)
    session.install("-e", f".[{extras},test]", "--constraint", str(constraints))
    session.run(
        *("pytest", "-q", "-n", _processes(session), "--dist", "worksteal"),
        *(f"tests/{name}" for name in ("client", "transport", "faults", "unit")),
        *session.posargs,
        env={"TEST_EFFORT": "low"},
    )


def _processes(session: nox.Session) -> str:
    """Return how many processes of pytest keep all cores busy."""
    return str((os.cpu_count() or 1) * (1 if session.parallel else 2))


def lowest_versions() -> list[str]:
    """Pin each dependency of the package and of its extras to the lowest version declared."""
    project = nox.project.load_toml("pyproject.toml")["project"]
    declared = [Requirement(each) for each in project["dependencies"]]
    for extra in EXTRAS:
        declared += map(Requirement, project["optional-dependencies"][extra])
    return [
        f"{each.name}=={specifier.version}"
        for each in declared
        for specifier in each.specifier
        if specifier.operator == ">="
    ]


@nox.session
def interop(session: nox.Session) -> None:
    """Run clients that others wrote against the emulator."""
    session.install("-e", ".[test,interop]")
    session.run("pytest", "-q", "tests/interop", *session.posargs)


@nox.session
def airflow(session: nox.Session) -> None:
    """Run the example for Airflow in Airflow itself, which is too large for the other sessions."""
    session.install("-e", ".[test]", "apache-airflow>=3.0")
    environment = {"AIRFLOW_HOME": str(Path(session.create_tmp()).resolve())}
    session.run("pytest", "-q", "tests/interop/test_airflow.py", *session.posargs, env=environment)


@nox.session
def coverage(session: nox.Session) -> None:
    """Run the tests and show which lines they leave out."""
    session.install("-e", ".[cli,dask,otel,redis,test,lint]")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", "-q", *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session
def demo(session: nox.Session) -> None:
    """Install the package as a user would and run its main job on the embedded emulator."""
    session.install(".[cli]")
    session.run("chcloud", "demo")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation, where a warning is an error, and look at it in a browser."""
    session.install("-e", ".[cli,dask,docs,test]")
    session.run("sphinx-build", "-W", "-q", "-b", "html", "docs", "docs/_build/html")
    session.run("pytest", "-q", "tests/docs/test_site.py", *session.posargs)


@nox.session
def pages(session: nox.Session) -> None:
    """Do what the pages of the documentation say."""
    session.install("-e", ".[cli,dask,examples,redis,sql,test]")
    session.run(
        *("pytest", "-q", "-n", _processes(session), "--ignore=tests/docs/test_site.py"),
        *(session.posargs or ["tests/docs"]),
    )


@nox.session
def bench(session: nox.Session) -> None:
    """Measure speed beside a floor and a peer; with ``-- --quick`` only see that it works."""
    session.install("-e", ".[cli,bench,sql]")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def bench_quick(session: nox.Session) -> None:
    """See that the benchmarks work; no time is asserted."""
    session.install("-e", ".[cli,bench,sql]")
    session.run("python", "-m", "benchmarks", "--quick")
