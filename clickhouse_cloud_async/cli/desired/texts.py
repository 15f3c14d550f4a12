"""The help of the commands, which is shown before they are loaded."""

from __future__ import annotations

HELPS = {
    "plan": "Show what `apply` would change to match files.",
    "apply": "Change resources to match files; shows the plan and asks first.",
    "drift": "Show where resources differ from files; exit with 3 if any does.",
    "destroy": "Delete all resources that files describe.",
    "export": "Print a description of the existing resources, as YAML.",
    "adopt": "Make an existing resource part of a fleet.",
    "forget": "Remove a resource from its fleet; the resource itself does not change.",
    "rename": "Rename a resource, which keeps its ID and contents.",
    "schema": "Print the JSON Schema of the files, for editors.",
}
"""The help of each command."""
