"""Reports missing optional dependencies."""

from __future__ import annotations

from importlib.util import find_spec

from .errors import ConfigurationError


def install_command(extra: str) -> str:
    """Return the command that installs an extra of this package.

    Args:
        extra: Name of the extra, such as ``redis``.
    """
    # No version is published to an index yet, so the command installs from a checkout.
    return f'python -m pip install ".[{extra}]" in a checkout of this project'


def require_extra(module: str, extra: str) -> None:
    """Check that the module behind an option is installed.

    Args:
        module: Its top-level name.
        extra: The extra of this package that installs it.

    Raises:
        ConfigurationError: It is not installed.
    """
    if find_spec(module) is None:
        raise ConfigurationError(
            f"this option needs {module}, which is not installed: run {install_command(extra)}"
        )
