"""The help of the commands, which is shown before they are loaded."""

from __future__ import annotations

HELPS = {
    "plan": "Show what `apply` would change to match files.",
    "apply": "Change resources to match files; shows the plan and asks first.",
    "drift": "Show where resources differ from files; exit with 3 where any does.",
    "destroy": "Delete all resources that files describe.",
    "export": "Print a description of what there is, as YAML.",
    "adopt": "Make a resource that was made elsewhere a part of a fleet.",
    "forget": "Let a resource be a part of no fleet; it stays as it is.",
    "rename": "Give a resource another name, under which it keeps its ID and contents.",
    "schema": "Print the JSON Schema of the files, for editors.",
}
"""The help of each command."""
