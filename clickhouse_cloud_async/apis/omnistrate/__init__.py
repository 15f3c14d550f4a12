"""Omnistrate, a platform that turns products into managed cloud services.

`AsyncOmnistrate` is the client, `Omnistrate` its sync counterpart, `OmnistrateEmulator` an emulator
of the API; models are in `clickhouse_cloud_async.apis.omnistrate.models`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client import AsyncOmnistrate
    from .emulator.emulator import OmnistrateEmulator
    from .sync.client import Omnistrate

__all__ = ["AsyncOmnistrate", "Omnistrate", "OmnistrateEmulator"]

_MODULES = {
    "Omnistrate": ".sync.client",
    "AsyncOmnistrate": ".client",
    "OmnistrateEmulator": ".emulator.emulator",
}


if not TYPE_CHECKING:
    # Otherwise type checkers would accept every misspelt name.

    def __getattr__(name: str) -> object:
        """Load a public name when it is first used, so that the import is fast."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value: object = getattr(import_module(_MODULES[name], __name__), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return [*__all__, "models"]
