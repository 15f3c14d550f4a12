"""From a state of Terraform to a document of desired state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clickhouse_cloud_async.core.errors import InvalidArgumentError

from . import access, clickpipes, clickstack, postgres, services, udfs
from .attributes import Attributes
from .draft import Draft
from .names import Names
from .notes import Ledger, Notes
from .report import Conversion, Loss
from .state import merge_states, parse_state, read_state

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .state import StateResource

_SELF_HOSTED = "it is of a self-hosted ClickStack; ClickHouse Cloud has no such thing"

CONVERTERS: Mapping[str, Callable[[Draft, Attributes], None] | str] = {
    "clickhouse_organization_settings": access.convert_organization_settings,
    "clickhouse_role": access.convert_role,
    "clickhouse_role_assignment": access.convert_role_assignment,
    "clickhouse_service": services.convert_service,
    "clickhouse_service_private_endpoints_attachment": services.convert_private_endpoints,
    "clickhouse_service_scheduled_scaling": services.convert_schedule,
    "clickhouse_service_transparent_data_encryption_key_association": (
        services.convert_encryption_key
    ),
    "clickhouse_service_upgrade_window": services.convert_window,
    "clickhouse_private_endpoint_registration": (
        "it has no effect since version 3.2 of the provider: remove it"
    ),
    "clickhouse_clickpipes_reverse_private_endpoint": clickpipes.convert_private_endpoint,
    "clickhouse_clickpipes_reverse_private_endpoint_custom_private_dns": (
        clickpipes.convert_private_dns
    ),
    "clickhouse_clickpipe": clickpipes.convert_clickpipe,
    "clickhouse_clickpipe_cdc_infrastructure": clickpipes.convert_cdc_infrastructure,
    "clickhouse_udf": udfs.convert_udf,
    "clickhouse_udf_attachment": udfs.convert_udf_attachment,
    "clickhouse_postgres_service": postgres.convert_postgres,
    "clickhouse_clickstack_source": clickstack.convert_source,
    "clickhouse_clickstack_saved_search": clickstack.convert_saved_search,
    "clickhouse_clickstack_dashboard": clickstack.convert_dashboard,
    "clickhouse_clickstack_webhook": clickstack.convert_webhook,
    "clickhouse_clickstack_alert": clickstack.convert_alert,
    "clickhouse_clickstack_role": clickstack.convert_role,
    "clickhouse_clickstack_connection": _SELF_HOSTED,
    "clickhouse_clickstack_team": _SELF_HOSTED,
    "clickhouse_clickstack_team_member": _SELF_HOSTED,
}
"""Converters of types of resources, in the order of the document: the function that converts
it, or why there is nothing to convert. Types that add fields to others come after these."""


def from_terraform(
    *states: str | bytes | Mapping[str, Any],
    fleet: str = "terraform",
    clickstack_service: str | None = None,
) -> Conversion:
    """Convert states of Terraform to a document of desired state.

    Args:
        *states: The output of ``terraform show -json`` for a state or a plan, as text or as the
            parsed value. Pass several if resources of one state refer to those of another.
        fleet: Name of the fleet.
        clickstack_service: Name or ID of the service whose ClickStack the provider manages. A state
            does not contain it.

    Returns:
        The document, the references in it, and what could not be converted.

    Raises:
        InvalidArgumentError: A state is not such an output, or none was passed.
    """
    if not states:
        raise InvalidArgumentError("no state was passed: pass what `terraform show -json` prints")
    read = merge_states(
        parse_state(each) if isinstance(each, str | bytes) else read_state(each) for each in states
    )
    names = Names.of(read)
    ledger = Ledger(losses=list(read.losses))
    service = names.find("services", clickstack_service) or clickstack_service
    draft = Draft(names, ledger, service)
    for type_, converter in CONVERTERS.items():
        for resource in read.managed:
            if resource.type == type_:
                _convert(draft, resource, converter)
    ledger.losses += [
        Loss(resource.address, None, f"this version does not know the type {resource.type}")
        for resource in read.managed
        if resource.type not in CONVERTERS
    ]
    return Conversion(
        document={"fleet": fleet, **draft.kinds},
        references=tuple(ledger.references),
        secrets=tuple(ledger.secrets),
        losses=tuple(ledger.losses),
    )


def _convert(
    draft: Draft,
    resource: StateResource,
    converter: Callable[[Draft, Attributes], None] | str,
) -> None:
    if isinstance(converter, str):
        draft.ledger.losses.append(Loss(resource.address, None, converter))
        return
    named = next((resource.values.get(name) for name in _TITLES if resource.values.get(name)), "")
    title = f"{resource.type.removeprefix('clickhouse_')}_{named or resource.label}"
    notes = Notes(resource.address, title, draft.ledger)
    attributes = Attributes(notes, resource.values, resource.sensitive)
    try:
        converter(draft, attributes)
    except _ODD_VALUES:
        # A newer provider may store a value of another type: the rest is still converted.
        notes.lose(None, "an attribute has a type that this version does not know: check all of it")
    attributes.finish()


_ODD_VALUES = (AttributeError, KeyError, TypeError, ValueError)
_TITLES = ("name", "function_name")
"""Attributes that contain the name of the managed resource."""
