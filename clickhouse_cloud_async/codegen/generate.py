"""Generates the files of an API from its contract and overlay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.core.contract import APIS, contract_path, load_contract

from .commands.writer import command_files
from .errors import GeneratorError
from .facade import FacadeWriter
from .models import ModelWriter
from .operations import OperationWriter
from .output import Files, format_files
from .overlay import load_overlay
from .schemas import Schemas

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS = ("models", "operations", "groups", "sync", "cli/commands")


def api_folder(api: str) -> Path:
    """The folder of an API in the package."""
    return APIS / api


def generate(api: str) -> Files:
    """Generate the files of an API.

    Args:
        api: Name of its folder under ``apis``.

    Returns:
        The text of each file, by its path below the API's folder.

    Raises:
        GeneratorError: Input is missing, or the overlay does not match the contract.
    """
    folder = api_folder(api)
    package = f"clickhouse_cloud_async.apis.{api}"
    if not contract_path(api).exists():
        raise GeneratorError(f"{contract_path(api)} is missing: import a specification first")
    contract = load_contract(api)
    overlay = load_overlay(folder / "overlay")
    overlay.check_operations(contract)
    schemas = Schemas(contract, overlay)
    models = ModelWriter(schemas, overlay, package)
    writer = OperationWriter(contract, overlay, schemas, models, package, folder)
    operations = writer.files()
    facade = FacadeWriter(APIS.parent, folder, operations, overlay.facade).files()
    commands = command_files(contract, overlay, schemas, operations, folder)
    return format_files(models.files() | operations | writer.further_files() | facade | commands)
