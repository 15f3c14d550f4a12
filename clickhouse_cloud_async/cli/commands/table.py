"""The generated tables of an API's commands: plain values, which load fast."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Finder(NamedTuple):
    """How to find a resource by its name.

    Attributes:
        method: The method that lists such things, with its namespace, such as ``services.list``.
        identity: The attribute of an item that holds its id.
        arguments: The arguments of the listing method, which the command has too.
        pattern: Regular expression of ids; empty where an id cannot be told from a name.
    """

    method: str
    identity: str
    arguments: tuple[str, ...] = ()
    pattern: str = ""


class AddressFinder(NamedTuple):
    """How to find an address without all of its parts.

    Attributes:
        argument: The argument that takes the address.
        find: The method that looks it up by names.
        list: The method that lists the things at all addresses; empty if the command names none.
        of: The method that gives the address of such a thing.
        item: The argument that is the id of such a thing.
    """

    argument: str
    find: str
    list: str = ""
    of: str = ""
    item: str = ""


class Shortcut(NamedTuple):
    """An option for the items of a list within an object, or of a list of pairs.

    Attributes:
        option: Name of the option, without dashes in front.
        path: The argument, and the field within it where there is one.
        key: The field that stands before the equals sign; empty for a list of plain values.
        value: The field that stands behind it; empty where there is none.
        kind: The kind of the value behind it.
        help: What it means; empty where it is the option of the argument itself.
    """

    option: str
    path: tuple[str, ...]
    key: str = ""
    value: str = ""
    kind: str = "text"
    help: str = ""


class Parameter(NamedTuple):
    """An argument of a method as an argument or option of its command.

    Attributes:
        name: Name of the method's argument.
        help: What it means.
        kind: What its text is: ``text``, ``integer``, ``number``, ``flag``, ``moment``, ``day``,
            ``secret``, ``mapping``, ``object``, ``value`` (any YAML), ``path``, ``upload`` or
            ``extra``.
        option: Name of the option, without dashes in front; empty for an argument by position.
        required: Whether the method has no default for it.
        many: Whether it is a list.
        words: The values that the contract lists.
        numbers: The numbers that stand for these words in requests; empty where they are texts.
        model: The class of the objects that it holds; empty where they have none.
        wire: Its name in the request's body; empty where it is not in the body.
        find: How to find it by name; None where it has none.
        shortcuts: Options for parts of it.
        into: The argument that it is a part of; empty where it is one itself.
        finds: The argument that it helps to look up; empty for none.
        is_secret: Whether all it holds is secret.
        is_nullable: Whether ``null`` is a value of it.
    """

    name: str
    help: str
    kind: str = "text"
    option: str = ""
    required: bool = False
    many: bool = False
    words: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    model: str = ""
    wire: str = ""
    find: Finder | None = None
    shortcuts: tuple[Shortcut, ...] = ()
    into: str = ""
    finds: str = ""
    is_secret: bool = False
    is_nullable: bool = False


class Command(NamedTuple):
    """A method as a command.

    Attributes:
        method: Name of the method in its namespace.
        help: What it does: paragraphs, the first of which is its summary.
        parameters: Its arguments; those by position come first.
        source: The operation behind it.
        examples: Command lines without the program's name.
        changes: Whether it changes something.
        confirm: What it destroys, for what has to be confirmed; empty for nothing.
        body: The one argument that is the whole body of the request; empty where there is none.
        takes_file: Whether the fields of its body may come from a file.
        takes_timeout: Whether it takes a time limit of its own in place of the client's.
        wait: The wait that follows it; empty where nothing changes by itself.
        goal: What that wait is for: ``gone``, ``awake``, a state, or empty for the end of the
            transition that the result shows.
        address: How its address is found; None where it has none.
        iterator: The method that gives the items one by one; empty where there are no pages.
        returns: The type of its result, such as ``list[Service]``; empty for none.
    """

    method: str
    help: str
    parameters: tuple[Parameter, ...] = ()
    source: str = ""
    examples: tuple[str, ...] = ()
    changes: bool = False
    confirm: str = ""
    body: str = ""
    takes_file: bool = False
    takes_timeout: bool = False
    wait: str = ""
    goal: str = ""
    address: AddressFinder | None = None
    iterator: str = ""
    returns: str = ""


class Wait(NamedTuple):
    """A kind of resource that changes by itself, and the methods that wait for it.

    Attributes:
        kind: What it is called.
        namespace: The namespace of the methods.
        lifecycle: Name of the lifecycle in the namespace's module of operations.
        help: What there is to know about such waits.
        parameters: The arguments that name one thing, all by position.
        item: The argument that names it in its list.
        until: The method that waits for a state or condition.
        gone: The method that waits until it is gone; empty where there is none.
        states: All states.
        failed: States in which a wait has failed.
        example: The state or condition that the example in the help waits for.
    """

    kind: str
    namespace: str
    lifecycle: str
    help: str
    parameters: tuple[Parameter, ...]
    item: str
    until: str
    gone: str = ""
    states: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    example: str = ""


class Tree(NamedTuple):
    """The commands of an API.

    Attributes:
        package: Dotted name of the API's package.
        client: The class of its client.
        prefix: The words between the program's name and a group; none for the main API.
        groups: What each namespace is about.
        waits: Names of the commands that wait, with the kind of resource that each waits for.
        fields: Module that says what tables show of results, by their type; empty for none.
    """

    package: str
    client: str
    prefix: tuple[str, ...]
    groups: Mapping[str, str]
    waits: Mapping[str, str]
    fields: str = ""
