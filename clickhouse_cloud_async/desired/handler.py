"""The work on the resources of one kind: observe, plan, apply, verify."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from .inventory import Inventory
from .lists import Lists
from .looking import Look
from .names import Names, UnresolvedError
from .plan import PlanAction

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Collection, Coroutine, Iterable, Sequence

    from clickhouse_cloud_async.fleet.report import Outcome
    from clickhouse_cloud_async.fleet.run import Run

    from .description import Description
    from .gate import Gate
    from .kind import Kind
    from .kinds import Kinds
    from .plan import PlanOptions, ResourcePlan
    from .recall import Memories, Recall
    from .resource import Scope
    from .wanted import Wanted


@attrs.define(kw_only=True, eq=False, slots=False)
class Context:
    """State that all kinds of one plan, or of its application, share.

    Attributes:
        kinds: The kinds of the API.
        desired: The description.
        options: The part of it that is relevant.
        clients: The clients.
        scopes: Their organisations or accounts.
        wanted: The described resources that are relevant.
        everything: All described resources.
        inventory: The existing resources.
        names: Resolves the references of descriptions.
        lists: Lists that resources share.
        shown: The items of the plan that is applied; None while a plan is made.
        run: The run that applies the plan; None while a plan is made.
        look: The progress of the observation.
        recall: Results of earlier observations; None to read everything, as when a plan is applied.
        memories: Returns the known results for a parent resource, and keeps new ones.
    """

    kinds: Kinds
    desired: Description
    options: PlanOptions
    clients: Sequence[Any]
    scopes: Sequence[Scope]
    wanted: Sequence[Wanted]
    everything: Sequence[Wanted]
    inventory: Inventory
    names: Names
    lists: Lists
    shown: Sequence[ResourcePlan] | None = None
    run: Run | None = None
    look: Look = attrs.field(factory=Look)
    recall: Recall | None = None
    memories: Memories | None = None

    @cached_property
    def added(self) -> frozenset[tuple[str, ...]]:
        """The identities of the resources that the applied plan creates."""
        shown = self.shown or ()
        return frozenset(item.identity for item in shown if item.action is PlanAction.ADD)

    @cached_property
    def worked_on(self) -> frozenset[tuple[str, str]]:
        """Kind and label of each resource of the applied plan."""
        return frozenset((item.kind, item.label) for item in self.shown or ())

    @classmethod
    def of(  # noqa: PLR0913 - its attributes
        cls,
        kinds: Kinds,
        desired: Description,
        options: PlanOptions,
        *,
        clients: Sequence[Any],
        scopes: Sequence[Scope],
        wanted: Sequence[Wanted],
        everything: Sequence[Wanted],
        shown: Sequence[ResourcePlan] | None = None,
        run: Run | None = None,
    ) -> Context:
        """Return an empty context.

        Args:
            kinds: As the attribute.
            desired: As the attribute.
            options: As the attribute.
            clients: As the attribute.
            scopes: As the attribute.
            wanted: As the attribute.
            everything: As the attribute.
            shown: As the attribute.
            run: As the attribute.
        """
        inventory = Inventory()
        return cls(
            kinds=kinds,
            desired=desired,
            options=options,
            clients=clients,
            scopes=scopes,
            wanted=wanted,
            everything=everything,
            inventory=inventory,
            names=Names(kinds, inventory, wanted),
            lists=Lists(),
            shown=shown,
            run=run,
        )


class Handler(ABC):
    """The work on one kind, for one plan or for one run that applies a plan.

    Args:
        kind: The kind.
        context: The state that all kinds share.
    """

    def __init__(self, kind: Kind[Any], context: Context) -> None:
        self.kind = kind
        self.context = context
        self.wanted: list[Wanted] = _of(kind, context.wanted)
        self.everything: list[Wanted] = _of(kind, context.everything)

    @abstractmethod
    async def observe(self, scopes: Collection[str]) -> None:
        """Observe the actual state, and store it in the inventory.

        Args:
            scopes: IDs of the scopes in which the kind is relevant.

        Raises:
            CloudError: The actual state could not be read.
        """

    @abstractmethod
    def look_requests(self, scopes: Collection[str]) -> Counter[str]:
        """Return the estimated number of requests of `observe` by scope, before anything is read.

        Args:
            scopes: IDs of the scopes in which the kind is relevant.
        """

    @abstractmethod
    def compare(self) -> Iterable[ResourcePlan]:
        """Return the plans of resources with changes."""

    def complete_plan(self, items: Sequence[ResourcePlan]) -> Sequence[ResourcePlan]:
        """Return the plan, with what this kind adds to the items of other kinds.

        Args:
            items: The plans of the resources of all kinds.
        """
        return items

    @abstractmethod
    def create_job(
        self, item: ResourcePlan, outcome: Outcome, gate: Gate
    ) -> Coroutine[Any, Any, None]:
        """Create the job of a resource; all jobs are created before the first one runs.

        Args:
            item: Its plan.
            outcome: Its outcome, which is kept up to date.
            gate: Releases the dependants of the resource.
        """

    @abstractmethod
    async def verify(self) -> Collection[Outcome]:
        """Verify the result at the end.

        Returns:
            The outcomes that it has changed.
        """

    def close(self) -> None:  # noqa: B027 - most handlers hold nothing
        """Release everything that the handler still holds."""

    def find(self, item: ResourcePlan) -> tuple[str, str] | None:
        """Return ID and state of an existing resource with the name of a planned one, if any.

        Args:
            item: The planned resource.
        """
        try:
            found = self.context.names.find(self.kind.name, item.organization_id, item.label)
        except UnresolvedError:
            return None
        return None if found is None else (found.id, str(self.kind.status(found.item).phase))


def _of(kind: Kind[Any], wanted: Sequence[Wanted]) -> list[Wanted]:
    return [each for each in wanted if each.kind.name == kind.name]
