"""The attributes of a resource, with a record of those that were converted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, get_args

from clickhouse_cloud_async.core.codec.types import is_sequence, members, model_fields

if TYPE_CHECKING:
    from clickhouse_cloud_async.core.model import Model

    from .notes import Notes

_ALWAYS_SENSITIVE = frozenset(
    {
        *("password", "password_wo", "password_hash", "double_sha1_password_hash", "secret_key"),
        *("access_key_id", "certificate", "private_key", "connection_string"),
        *("service_account_key", "service_account_file", "headers", "query_params", "invite_url"),
    }
)
"""Attributes that are sensitive even if a state does not mark them."""

_UNKNOWN = "this version does not know it: add what it stands for to the document by hand"


class Attributes:
    """The attributes of a resource, or of an object in it.

    Reading an attribute removes it, so that `finish` can report attributes that were not read. A
    sensitive value is never returned: a reference to an environment variable replaces it.

    Args:
        notes: Records secrets and losses.
        values: The attributes.
        sensitive: A structure like that of the values, with True for sensitive values.
        path: The path of the object in its resource.
    """

    def __init__(
        self,
        notes: Notes,
        values: Mapping[str, Any],
        sensitive: Any,
        path: tuple[str, ...] = (),
    ) -> None:
        self.notes = notes
        self._left = dict(values)
        self._sensitive = sensitive
        self._path = path
        self._sections: list[Attributes] = []

    def take(self, name: str) -> Any:
        """Return an attribute; None if it does not exist."""
        value = self._left.pop(name, None)
        return self._veiled(value, _below(self._sensitive, name), (*self._path, name))

    def require(self, name: str) -> Any:
        """Return an attribute that is required for the conversion.

        Raises:
            KeyError: It does not exist.
        """
        value = self.take(name)
        if value is None:
            raise KeyError(name)
        return value

    def take_all(self, *names: str, **renamed: str) -> dict[str, Any]:
        """Return the attributes that exist.

        Args:
            names: Attributes that have the same name in documents.
            renamed: Other attributes, by their names in documents.
        """
        taken = {
            ours: self.take(theirs) for ours, theirs in ({n: n for n in names} | renamed).items()
        }
        return {name: value for name, value in taken.items() if value is not None}

    def peek(self, name: str) -> Any:
        """Return an attribute without removing it, because it determines how others are read."""
        return self._left.get(name)

    def new_secret(self, name: str) -> dict[str, Any]:
        """Return a reference for a secret that the state does not contain."""
        return self.notes.secret((*self._path, name))

    def secret(self, name: str) -> Any:
        """Return a reference for an attribute with a secret that is not marked as sensitive."""
        value = self._left.pop(name, None)
        return None if value is None else self.notes.secret((*self._path, name))

    def take_as(self, *models: type[Model]) -> dict[str, Any]:
        """Return the attributes that a request would send, at any depth.

        The provider names most attributes as this package does. It stores nulls and empty lists
        for omitted attributes, so these are omitted again.

        Args:
            models: The request's model; several if it depends on the values.
        """
        fields: dict[str, Any] = {}
        for model in models:
            for field in model_fields(model):
                name = field.name.removesuffix("_")
                if name not in fields and name in self._left:
                    fields[name] = self._as(field.type, name)
        return without_nothing(fields)

    def drop(self, *names: str) -> None:
        """Omit attributes that the API fills in."""
        for name in names:
            self._left.pop(name, None)

    def lose(self, name: str, reason: str) -> None:
        """Report an attribute, if it exists, as one that documents cannot have."""
        if not _is_nothing(self._left.pop(name, None)):
            self.notes.lose(".".join((*self._path, name)), reason)

    def section(self, name: str) -> Attributes | None:
        """Return the attributes of an object; None if there is none."""
        value = self._left.pop(name, None)
        if not isinstance(value, Mapping):
            return None
        return self._add(value, _below(self._sensitive, name), name)

    def sections(self, name: str) -> list[Attributes] | None:
        """Return the attributes of each object of a list; None if there is none."""
        values = self._left.pop(name, None)
        if not isinstance(values, Sequence) or isinstance(values, str):
            return None
        marks = _below(self._sensitive, name)
        return [
            self._add(value, _below(marks, index), f"{name}[{index}]")
            for index, value in enumerate(values)
            if isinstance(value, Mapping)
        ]

    def finish(self) -> None:
        """Report the attributes that were not read."""
        for name, value in self._left.items():
            if not _is_nothing(value):
                self.notes.lose(".".join((*self._path, name)), _UNKNOWN)
        for section in self._sections:
            section.finish()

    def _as(self, annotation: Any, name: str) -> Any:
        models = nested_models(annotation)
        if not models:
            return self.take(name)
        if isinstance(self._left.get(name), Mapping):
            section = self.section(name)
            return None if section is None else section.take_as(*models)
        return [item.take_as(*models) for item in self.sections(name) or ()]

    def _add(self, values: Mapping[str, Any], sensitive: Any, name: str) -> Attributes:
        section = Attributes(self.notes, values, sensitive, (*self._path, name))
        self._sections.append(section)
        return section

    def _veiled(self, value: Any, sensitive: Any, path: tuple[str, ...]) -> Any:
        if value is None:
            return None
        if sensitive is True or path[-1] in _ALWAYS_SENSITIVE:
            return self.notes.secret(path)
        if isinstance(value, Mapping):
            return {
                str(key): self._veiled(item, _below(sensitive, key), (*path, str(key)))
                for key, item in value.items()
            }
        if isinstance(value, Sequence) and not isinstance(value, str):
            return [
                self._veiled(item, _below(sensitive, index), (*path, str(index)))
                for index, item in enumerate(value)
            ]
        return value


def _below(marks: Any, step: str | int) -> Any:
    """Return the marks of a part; every part of a sensitive value is sensitive."""
    if marks is True:
        return True
    if isinstance(marks, Mapping):
        return marks.get(step)
    if isinstance(marks, Sequence) and isinstance(step, int) and step < len(marks):
        return marks[step]
    return None


def nested_models(annotation: Any) -> tuple[type[Model], ...]:
    """Return the possible models of a value, or of the items of a list."""
    found = members(annotation)
    items = [get_args(kind)[0] for kind in found.others if is_sequence(kind)]
    return (*found.models, *(model for item in items for model in nested_models(item)))


def _is_nothing(value: object) -> bool:
    return value is None or value in ((), [], {})


def without_nothing(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields without nulls, which the provider stores for omitted attributes."""
    return {name: value for name, value in values.items() if not _is_nothing(value)}
