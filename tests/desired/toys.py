"""Kinds without an API, for documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import attrs

from clickhouse_cloud_async.core.model import RequestModel
from clickhouse_cloud_async.core.values import UNSET, OpenText, Secret, Unset
from clickhouse_cloud_async.desired.external import Inputs
from clickhouse_cloud_async.desired.field import Field
from clickhouse_cloud_async.desired.kind import Kind
from clickhouse_cloud_async.desired.kinds import Kinds
from clickhouse_cloud_async.desired.loading import load
from clickhouse_cloud_async.desired.reading import read_text
from clickhouse_cloud_async.desired.resource import Location, Parent

if TYPE_CHECKING:
    from clickhouse_cloud_async.desired.description import Description
    from clickhouse_cloud_async.desired.validation import ErrorCollector, FieldPath


class Size(StrEnum):
    """How large a shop is."""

    SMALL = "small"
    LARGE = "large"


@attrs.define(kw_only=True, repr=False)
class Door(RequestModel):
    """A door.

    Attributes:
        lock: How it is locked.
        key: What opens it.
        width: How wide it is.
    """

    _tags: ClassVar[Mapping[str, tuple[object, ...]]] = {"lock": ("key",)}

    lock: Literal["key"] | OpenText = "key"
    key: Secret
    width: float | Unset = UNSET


@attrs.define(kw_only=True, repr=False)
class Gate(RequestModel):
    """A gate, which anybody may pass.

    Attributes:
        lock: How it is locked.
        from_: The side from which it opens.
    """

    _tags: ClassVar[Mapping[str, tuple[object, ...]]] = {"lock": ("none",)}

    lock: Literal["none"] | OpenText = "none"
    from_: str | Unset = UNSET


@attrs.define(kw_only=True, repr=False)
class ShopRequest(RequestModel):
    """A shop.

    Attributes:
        name: Its name.
        size: How large it is.
        staff: How many work in it, or how many at least
            and at most.
        least_staff: How many work in it at least.
        is_open: Whether it is open.
        tags: What is known of it.
        entrance: How it is entered.
        notes: Anything else.
        till: What the till is opened with.
        safes: What the safes are opened with, by name.
        floors: Its floors.
    """

    name: str
    size: Size | Unset = UNSET
    staff: int | Unset | None = UNSET
    least_staff: int | Unset = UNSET
    is_open: bool | Unset = UNSET
    tags: Mapping[str, str | None] | Unset = UNSET
    entrance: Door | Gate | Mapping[str, object] | Unset = UNSET
    notes: Mapping[str, object] | Unset = UNSET
    till: Secret | Unset = UNSET
    safes: Mapping[str, Secret] | Unset = UNSET
    floors: Sequence[float] | Unset | None = UNSET


class Toy(Kind[Any]):
    """A kind of which there is nothing."""

    async def list_items(self, location: Location) -> Sequence[Any]:  # noqa: ARG002 - it has none
        """Return nothing."""
        return ()


class Shops(Toy):
    """Shops."""

    name = "shops"
    noun = "shop"
    models = (ShopRequest,)
    fields = (
        *map(Field, ("name", "size", "staff", "least_staff", "is_open", "tags", "entrance")),
        *map(Field, ("notes", "till", "safes", "floors")),
        Field("pin", type=str, is_secret=True),
        Field("branches", type=Sequence[str], refers_to="shops"),
    )
    replaces: ClassVar[Mapping[str, tuple[str, ...]]] = {"staff": ("least_staff",)}

    def check(self, fields: Mapping[str, Any], path: FieldPath, errors: ErrorCollector) -> None:
        """Check that the staff fits the size."""
        if fields.get("size") == "small" and fields.get("staff") == 99:
            errors.add((*path, "staff"), "99 do not fit into a small shop")


class Shelves(Toy):
    """Shelves of shops."""

    name = "shelves"
    noun = "shelf"
    fields = (
        Field("label", type=str),
        Field("width", type=int),
        Field("shop_id", type=str, refers_to="shops"),
    )
    key = ("label",)
    parent = Parent("shops", "shop")


TOYS = Kinds((Shops(), Shelves()))

INPUTS = Inputs({"TILL": "0000", "OPEN": "large"})


def load_text(*texts: str) -> Description:
    """Read a document of several files, which are called a.yaml, b.yaml and so on."""
    read = [read_text(text, f"{chr(97 + index)}.yaml") for index, text in enumerate(texts)]
    return load(TOYS, read, INPUTS)
