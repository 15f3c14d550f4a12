"""Command line of the generator.

::

    python -m clickhouse_cloud_async.codegen import SPEC      # specification -> contract.json
    python -m clickhouse_cloud_async.codegen generate         # contract + overlay -> code
    python -m clickhouse_cloud_async.codegen generate --check # fails where code is stale
    python -m clickhouse_cloud_async.codegen update SPEC      # import, then generate
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from clickhouse_cloud_async.core.contract import APIS, contract_path

from .changelog import changelog_lines
from .diff import difference
from .errors import GeneratorError
from .importer import SpecificationError, dump, import_document, read_document


def main(arguments: list[str] | None = None) -> int:
    """Run a command of the generator.

    Args:
        arguments: Command line; `sys.argv` by default.

    Returns:
        The exit code: 0 done, 1 stale or impossible.
    """
    parser = argparse.ArgumentParser(prog="clickhouse_cloud_async.codegen")
    commands = parser.add_subparsers(required=True)
    importing = commands.add_parser("import", help="make the contract from a specification")
    importing.add_argument("spec", type=Path, help="OpenAPI 3.0 or 3.1 document, JSON or YAML")
    importing.set_defaults(command=_import)
    generating = commands.add_parser("generate", help="write models, operations and sync facade")
    generating.add_argument("--check", action="store_true", help="only say what is stale")
    generating.set_defaults(command=_generate)
    updating = commands.add_parser("update", help="import a specification, then generate")
    updating.add_argument("spec", type=Path, help="OpenAPI 3.0 or 3.1 document, JSON or YAML")
    updating.set_defaults(command=_update, check=False)
    for command in (importing, updating):
        command.add_argument("--api", help="folder under apis/; required if there are several")
    generating.add_argument("--api", help="folder under apis/; without it, all of them")
    options = parser.parse_args(arguments)
    try:
        code: int = options.command(options)
    except (SpecificationError, GeneratorError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return code


def _apis() -> list[str]:
    """The folders of all APIs."""
    return sorted(path.parent.name for path in APIS.glob("*/contract.json"))


def _only_api() -> str:
    """The folder of the only API that there is.

    Raises:
        GeneratorError: There are several, or none.
    """
    found = _apis()
    if len(found) == 1:
        return found[0]
    raise GeneratorError(f"say which API is meant: --api {' or '.join(found) or 'NAME'}")


def _import(options: argparse.Namespace) -> int:
    options.api = options.api or _only_api()
    path = contract_path(options.api)
    present = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    contract = import_document(read_document(options.spec), present)
    changes = difference(contract, present or {"operations": {}, "schemas": {}})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dump(contract), encoding="utf-8")
    if present:
        print("\n".join(changes.lines()))
    print(
        f"{len(contract['operations'])} operations, {len(contract['schemas'])} schemas:"
        f" {changes.summary()}"
    )
    return 0


def _generate(options: argparse.Namespace) -> int:
    apis = [options.api] if options.api else _apis()
    return max(_generate_one(api, check=options.check) for api in apis)


def _generate_one(api: str, *, check: bool) -> int:
    from .generate import FOLDERS, api_folder, generate
    from .output import stale, write_tree

    files, folder = generate(api), api_folder(api)
    if check:
        lines = stale(files, folder, FOLDERS)
        print("\n".join(lines) or f"{api}: {len(files)} files are up to date")
        return 1 if lines else 0
    write_tree(files, folder, FOLDERS)
    print(f"{api}: {len(files)} files written")
    return 0


def _update(options: argparse.Namespace) -> int:
    """Import and generate, and propose lines for the changelog.

    The contract stays imported where something has still to be named: with `generate` it goes on.
    """
    from .overlay import load_overlay

    options.api = options.api or _only_api()
    path = contract_path(options.api)
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    code = _import(options) or _generate(options)
    if code == 0 and before is not None:
        after = json.loads(path.read_text(encoding="utf-8"))
        overlay = load_overlay(path.parent / "overlay")
        print("\n".join(("For the changelog:", *changelog_lines(after, before, overlay))))
    return code


if __name__ == "__main__":
    sys.exit(main())
