"""API7 Cloud, the control plane of a hosted API gateway.

`AsyncAPI7Cloud` is the client, `API7Cloud` its sync counterpart, `API7Emulator` an emulator of the
API; models are in `clickhouse_cloud_async.apis.api7.models`. `AsyncDesiredState` and `DesiredState`
change a control plane to match a document or a `DesiredControlPlane`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client import AsyncAPI7Cloud
    from .emulator.emulator import API7Emulator
    from .resources.desired_control_plane import DesiredControlPlane
    from .resources.desired_state import AsyncDesiredState
    from .sync.client import API7Cloud
    from .sync.desired_state import DesiredState

__all__ = [
    "API7Cloud",
    "API7Emulator",
    "AsyncAPI7Cloud",
    "AsyncDesiredState",
    "DesiredControlPlane",
    "DesiredState",
]

_MODULES = {
    "API7Cloud": ".sync.client",
    "API7Emulator": ".emulator.emulator",
    "AsyncAPI7Cloud": ".client",
    "AsyncDesiredState": ".resources.desired_state",
    "DesiredControlPlane": ".resources.desired_control_plane",
    "DesiredState": ".sync.desired_state",
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
