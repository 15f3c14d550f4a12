"""User-defined functions, and the services that have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clickhouse_cloud_async.apis.clickhouse.models.udfs import UdfArgument

if TYPE_CHECKING:
    from .attributes import Attributes
    from .draft import Draft


def convert_udf(draft: Draft, attributes: Attributes) -> None:
    """Convert a function with the options of its latest version."""
    attributes.drop("created_at", "updated_at", "status", "error")
    # This attribute affects only the run of Terraform.
    attributes.drop("fail_on_build_error")
    fields = attributes.take_all(
        *("function_name", "runtime", "type", "return_type", "return_name", "format"),
        *("command_read_timeout", "command_write_timeout", "send_chunk_header"),
        *("sandbox_type", "sandbox_version", "pool_size", "max_command_execution_time", "version"),
    )
    if fields.get("type") != "executable_pool":
        for name in ("pool_size", "max_command_execution_time"):
            fields.pop(name, None)
    arguments = attributes.sections("arguments") or ()
    fields["arguments"] = [argument.take_as(UdfArgument) for argument in arguments]
    path = attributes.take("source_archive_path")
    if path is not None:
        fields["archive"] = path
        attributes.notes.lose(
            "source_archive_path", "the document has it as it is: it may be of another machine"
        )
    attributes.lose("source_archive_hash", "the API shows no hash to compare it with")
    draft.add(attributes.notes, "udfs", fields)


def convert_udf_attachment(draft: Draft, attributes: Attributes) -> None:
    """Convert the attachment of a version of a function to a service."""
    attributes.drop("status")
    fields = attributes.take_all("version", function="function_name")
    fields["service"] = draft.service(attributes.notes, attributes.take("service_id"))
    draft.add(attributes.notes, "udf_attachments", fields)
