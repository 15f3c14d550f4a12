"""Each fact is in one place, so that a change of it affects few files."""

from __future__ import annotations

import ast

from .source import PACKAGE, nodes, trees


def _modules_that_name(*words: object) -> set[str]:
    """Return the modules, except models and emulators, that use one of some names or constants."""
    return {
        module.removeprefix(f"{PACKAGE}.")
        for module, tree in trees().items()
        if "emulat" not in module and ".models" not in module
        for node in nodes(tree)
        if (isinstance(node, ast.Constant) and node.value in words)
        or (isinstance(node, ast.Name) and node.id in words)
        or (isinstance(node, ast.Attribute) and node.attr in words)
    }


def test_three_modules_know_what_happens_on_a_429() -> None:
    """One defines its error, one pauses the rate limit, one decides whether to retry."""
    assert _modules_that_name(429, "THROTTLED", "TOO_MANY_REQUESTS") == {
        "core.errors",
        "core.rate_headers",
        "core.retry_decision",
    }


def test_lifecycles_alone_say_which_states_are_up() -> None:
    """Hand-written code uses the lifecycle; only the table of the colours of states names them."""
    assert _modules_that_name("degraded", "partially_running") == {
        "apis.clickhouse.operations.services",  # generated from lifecycles.toml
        "apis.clickhouse.cli.commands.waits",  # likewise
        "cli.states",
    }


def test_the_default_timeout_is_one_constant() -> None:
    """Clients take it from the core; no module repeats the number."""
    named = {
        (module.removeprefix(f"{PACKAGE}."), ast.unparse(default))
        for module, tree in trees().items()
        for node in nodes(tree)
        if isinstance(node, ast.FunctionDef) and node.name == "__init__"
        for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        if argument.arg == "timeout" and default is not None
    }
    assert ("apis.clickhouse.client", "DEFAULT_TIMEOUT") in named
    assert {default for _, default in named} == {"DEFAULT_TIMEOUT"}
