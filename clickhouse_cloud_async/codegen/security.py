"""Determines the authentication of operations from the contract's security requirements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import OverlayError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_cloud_async.core.contract import Contract, ContractOperation

USUAL, NONE = "", "none"


def authentication(
    contract: Contract, names: Mapping[str, str], operation: ContractOperation
) -> str:
    """Return the name of an operation's authentication.

    Args:
        contract: The contract.
        names: The authentication that a security scheme stands for, where it is not the usual one.
        operation: The operation.

    Returns:
        The name; empty for the API's usual authentication, ``none`` for none.

    Raises:
        OverlayError: The operation requires a scheme that the overlay does not map.
    """
    wanted = operation.security
    if wanted is None:
        return USUAL
    if not wanted:
        return NONE
    schemes = sorted(scheme for alternative in wanted for scheme in alternative)
    if not schemes or {*schemes} & contract.usual_schemes:
        return USUAL
    for scheme in schemes:
        if scheme in names:
            return names[scheme]
    raise OverlayError(
        f"api.toml: {operation.id} wants {' or '.join(schemes)}; say in [authentication] which"
        " authentication of the API that is, with an empty text for the usual one"
    )
