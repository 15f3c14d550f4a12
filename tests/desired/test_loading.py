"""Documents of any kinds, and messages about errors."""

from __future__ import annotations

import traceback
from functools import partial
from typing import Any

import pytest

from clickhouse_cloud_async import Secret
from clickhouse_cloud_async.desired.external import ExternalSource, ExternalValue
from clickhouse_cloud_async.desired.references import Reference, Template
from clickhouse_cloud_async.desired.shape_reader import IN_PLAIN
from clickhouse_cloud_async.desired.validation import DescriptionError
from tests.effort import calls_of

from .toys import load_text


def _fields(text: str) -> list[dict[str, Any]]:
    """Return the fields of the shops of a document."""
    resources = load_text(f"fleet: x\n{text}").resources
    return [dict(each.fields) for each in resources if each.kind == "shops"]


def _mistakes(*texts: str) -> list[str]:
    with pytest.raises(DescriptionError) as caught:
        load_text(*texts)
    return list(map(str, caught.value.issues))


def _of_shop(fields: str) -> list[str]:
    """Return what is said of the fields of a shop, without the place of the shop."""
    return [
        mistake.partition("shops[0].")[2]
        for mistake in _mistakes(f"fleet: x\nshops:\n- name: a\n  {fields}\n")
    ]


def test_whole_document() -> None:
    """A document has a head and lists of resources, whose fields stand as they are written."""
    loaded = load_text(
        """
fleet: town
organization: here
prune: [shelves]
shops:
- name: baker
  id: 7
  size: small
  staff:
  tags: {}
  floors: [1, 2.5]
  notes: {any: [thing]}
- {name: butcher, organization: there, absent: true}
shelves:
- {shop: baker, label: bread}
""".replace("id: 7", "id: '7'")
    )
    baker, butcher, bread = loaded.resources

    assert loaded.name == "town"
    assert loaded.prune == {"shelves"}
    assert (baker.kind, baker.id, baker.scope, baker.is_absent) == ("shops", "7", "here", False)
    assert baker.fields == {
        "name": "baker",
        "size": "small",
        "staff": None,
        "tags": {},
        "floors": [1, 2.5],
        "notes": {"any": ["thing"]},
    }
    assert (butcher.scope, butcher.is_absent, butcher.fields) == (
        "there",
        True,
        {"name": "butcher"},
    )
    assert (bread.kind, bread.fields) == ("shelves", {"shop": "baker", "label": "bread"})
    assert loaded.warnings == ()


def test_absent_null_and_empty_are_three_wishes() -> None:
    """Absent, null and empty values stay distinct at every level."""
    assert _fields("shops:\n- {name: a, floors: [], tags: {x: }}\n- {name: b, floors: }") == [
        {"name": "a", "floors": [], "tags": {"x": None}},
        {"name": "b", "floors": None},
    ]


def test_defaults() -> None:
    """Mappings are merged key by key at any depth, everything else is replaced."""
    assert _fields("""
defaults:
  shops: {size: large, tags: {a: x, b: y}, floors: [1], notes: {deep: {p: 1, q: 2}}, least_staff: 3}
shops:
- {name: a}
- {name: b, size: small, tags: {b: z}, floors: [2], notes: {deep: {q: 3}}, staff: 4}
""") == [
        {
            "name": "a",
            "size": "large",
            "tags": {"a": "x", "b": "y"},
            "floors": [1],
            "notes": {"deep": {"p": 1, "q": 2}},
            "least_staff": 3,
        },
        {
            "name": "b",
            "size": "small",
            "tags": {"a": "x", "b": "z"},
            "floors": [2],
            "notes": {"deep": {"p": 1, "q": 3}},
            "staff": 4,
        },
    ]


def test_defaults_of_a_parent() -> None:
    """Defaults may name the parent of all resources of a kind."""
    resources = load_text("""
fleet: x
defaults: {shelves: {shop: a, width: 3}}
shelves: [{label: top}, {label: low, shop: b}]
""").resources
    assert [each.fields for each in resources] == [
        {"label": "top", "shop": "a", "width": 3},
        {"label": "low", "shop": "b", "width": 3},
    ]


def test_for_each() -> None:
    """A resource is described once and there several times; values keep their types."""
    assert _fields("""
shops:
- name: ${each}-shop
  for_each: [eu, us]
- name: ${each.key}
  for_each: {a: {n: 1}, b: {n: 2}}
  staff: ${each.value.n}
""") == [
        {"name": "eu-shop"},
        {"name": "us-shop"},
        {"name": "a", "staff": 1},
        {"name": "b", "staff": 2},
    ]


def test_references() -> None:
    """A value that another resource shows stands alone or in a text, at any depth."""
    resources = load_text("""
fleet: x
shops:
- {name: a, branches: [b], tags: {of: "${shops.b.id}", text: "$${x} ${shelves.top.width}cm"}}
- {name: b, staff: "${shelves.top.width}"}
shelves:
- {shop: c, label: top}
""").resources

    assert resources[0].fields["tags"] == {
        "of": Reference("shops", "b"),
        "text": Template(("${x} ", Reference("shelves", "top", "width"), "cm")),
    }
    assert resources[0].fields["branches"] == ["b"]
    assert resources[1].fields["staff"] == Reference("shelves", "top", "width")


def test_secrets() -> None:
    """A secret names where it stands; one in plain text is warned about, and never shown."""
    loaded = load_text("""
fleet: x
shops:
- name: a
  till: {env: TILL, version: 2}
  pin: {file: pin}
  safes: {big: {stdin: true}, small: hunter2}
  entrance: {lock: key, key: hunter3}
""")
    fields = loaded.resources[0].fields

    assert fields["till"].place == ExternalValue(ExternalSource.ENV, "TILL", "2")
    assert fields["till"].reveal() == "0000"
    assert fields["pin"].place == ExternalValue(ExternalSource.FILE, "pin")
    assert fields["safes"]["big"].place == ExternalValue(ExternalSource.STDIN)
    assert fields["safes"]["small"] == Secret("hunter2")
    assert fields["entrance"] == {"lock": "key", "key": Secret("hunter3")}
    assert [str(warning) for warning in loaded.warnings] == [
        f"a.yaml:7: shops[0].safes.small: {IN_PLAIN}",
        f"a.yaml:8: shops[0].entrance.key: {IN_PLAIN}",
    ]
    assert "hunter" not in f"{loaded}{fields}"


SECRETS = "fleet: x\nshops: [{name: a, till: hunter2, pin: [hunter3], size: 5}]"


def test_no_secret_in_messages() -> None:
    """Mistakes elsewhere show no secret, neither in their messages nor in their traceback."""
    with pytest.raises(DescriptionError) as caught:
        load_text(SECRETS)
    shown = "".join(traceback.format_exception(caught.value))
    assert "hunter" not in shown
    assert "shops[0].pin: expected a Secret or a str, found list" in shown


def test_values_that_stand_elsewhere() -> None:
    """A text of any field may stand elsewhere; what is compared is read at once."""
    assert _fields("shops: [{name: a, tags: {x: {env: TILL}}, size: {env: OPEN}}]") == [
        {"name": "a", "tags": {"x": "0000"}, "size": "large"}
    ]
    # A mapping that may have any keys has just these.
    assert _fields("shops: [{name: a, tags: {env: dev}, notes: {env: dev}}]") == [
        {"name": "a", "tags": {"env": "dev"}, "notes": {"env": "dev"}}
    ]
    assert _of_shop("tags: {x: {env: MISSING}}") == [
        "tags.x: the environment has no variable MISSING, or an empty one"
    ]
    assert _of_shop("size: {env: TILL}") == ["size: '0000' is not one of small, large"]


@pytest.mark.parametrize(
    ("fields", "mistake"),
    [
        ("sice: small", "sice: there is no such field; did you mean size?"),
        ("size: smal", "size: 'smal' is not one of small, large; did you mean small?"),
        ("staff: many", "staff: expected an int, found str"),
        ("staff: 99\n  size: small", "staff: 99 do not fit into a small shop"),
        ("is_open: 'yes'", "is_open: expected a bool, found str"),
        ("floors: 5", "floors: expected a list, found int"),
        ("floors: [a, 1]", "floors[0]: expected a number, found str"),
        ("entrance: {lock: key}", "entrance.key: is required"),
        ("entrance: {lock: none, from: 5}", "entrance.from: expected a str, found int"),
        ("entrance: {lock: none, form: a}", "entrance.form: there is no such field"),
        ("entrance: {lock: magic}", "entrance: its fields do not identify its type"),
        ("till: {env: A, file: b}", "till: takes one of env, file and stdin"),
        ("till: 5", "till: expected a Secret or a str, found int"),
        ("tags: {a: '${shops.b'}", "tags.a: ${shops.b is not a reference such as"),
        ("tags: {a: '${shops}'}", "tags.a: ${shops} is not a reference such as"),
        ("tags: {a: '${each}'}", "tags.a: ${each} is not a reference such as"),
        ("tags: {a: '${shop.b.id}'}", "tags.a: ${shop.b.id}: there is no such kind; did you mean"),
        ("staff: '${shops.b.id}1'", "staff: takes only a reference"),
        ("organization: 5", "organization: expected a str, found int"),
        ("absent: maybe", "absent: expected a bool, found str"),
        ("for_each: 5", "for_each: takes a list of texts or numbers, or a mapping"),
    ],
)
def test_mistakes_of_fields(fields: str, mistake: str) -> None:
    """Whatever is wrong with a field is said with the place and what would be right."""
    assert [each for each in _of_shop(fields) if each.startswith(mistake)]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("[]", "a.yaml:1: a document is a mapping with the field fleet, and a list for each kind"),
        ("shops: []", "a.yaml:1: fleet: is required"),
        ("fleet: 5", "a.yaml:1: fleet: is not text"),
        ("fleet: x\nshop: []", "a.yaml:2: shop: there is no such kind; did you mean shops?"),
        ("fleet: x\nshops: {}", "a.yaml:2: shops: is not a list"),
        ("fleet: x\nshops: [5]", "a.yaml:2: shops[0]: a shop is a mapping of its fields"),
        ("fleet: x\nshops:\n- {}", "a.yaml:3: shops[0].name: is required"),
        ("fleet: x\nshops:\n- {name: ''}", "a.yaml:3: shops[0].name: identifies the resource"),
        ("fleet: x\nshops:\n- {name: '${shops.a.id}'}", "shops[0].name: identifies the resource"),
        ("fleet: x\nshelves:\n- {label: a}", "a.yaml:3: shelves[0].shop: is required"),
        ("fleet: x\nprune: [shop]", "prune[0]: there is no such kind; did you mean shops?"),
        ("fleet: x\ndefaults: {shop: {}}", "defaults.shop: there is no such kind; did you mean"),
        ("fleet: x\ndefaults: {shops: 5}", "a.yaml:2: defaults.shops: is not a mapping"),
        ("fleet: x\ndefaults: {shops: {name: a}}", "defaults.shops.name: each shop has its own"),
        ("fleet: x\ndefaults: {shops: {staff: a}}", "defaults.shops.staff: expected an int"),
        (
            "fleet: x\nshops:\n- name: a\n- name: a",
            "a.yaml:4: shops[1].name: there is another shop 'a' in a.yaml:3: names must be unique",
        ),
    ],
)
def test_mistakes_of_documents(text: str, mistake: str) -> None:
    """Whatever is wrong with a document is said with line and reason."""
    assert any(mistake in each for each in _mistakes(text))


def test_all_mistakes_at_once() -> None:
    """One error lists the mistakes of all files, each once, in the order of the lines."""
    assert _mistakes(
        "fleet: x\nshops:\n- {name: a, staff: s}\n- {name: '${each}', size: 5, for_each: [1, 2]}",
        "shelves:\n- {label: a}\nshops: [{name: a}]",
    ) == [
        "a.yaml:3: shops[0].staff: expected an int, found str",
        "a.yaml:4: shops[1].name: expected a str, found int",
        "a.yaml:4: shops[1].size: 5 is not one of small, large",
        "b.yaml:2: shelves[0].shop: is required",
        "b.yaml:3: shops[0].name: there is another shop 'a' in a.yaml:3: names must be unique",
    ]


def test_several_files() -> None:
    """Files are one document: one has the name, one the defaults of a kind."""
    description = load_text(
        "fleet: x\ndefaults: {shops: {size: small}}\nprune: [shops]",
        "shops: [{name: a}]\nprune: [shelves]",
        "fleet: x\nshops: [{name: b}]",
    )
    assert [each.fields for each in description.resources] == [
        {"name": "a", "size": "small"},
        {"name": "b", "size": "small"},
    ]
    assert description.prune == {"shops", "shelves"}

    assert _mistakes("fleet: x\ndefaults:\n  shops: {}", "fleet: y\ndefaults: {shops: {}}") == [
        "b.yaml:1: fleet: is x in a.yaml:1",
        "b.yaml:2: defaults.shops: there are defaults in a.yaml:3",
    ]


def test_names_within_parents() -> None:
    """Resources of two parents may have the same name; a reference tells them apart."""
    document = "fleet: x\nshelves: [{shop: a, label: top}, {shop: b, label: top}]\n"
    assert len(load_text(document).resources) == 2

    inside = "shops: [{name: a, tags: {x: '${shelves.%s.width}'}}]"
    load_text(document + inside % "b/top")
    assert _mistakes(document + inside % "top") == [
        "a.yaml:3: shops[0].tags.x: 2 shelves have this name: write shop/top"
    ]
    beside = "{shop: b, label: low, width: '${shelves.top.width}'}]"
    load_text(document.replace("top}]", f"top}}, {beside}"))


def test_circles() -> None:
    """Resources that name each other in a circle cannot be brought into an order."""
    go_round = "the references form a cycle"
    assert _mistakes("""
fleet: x
shops:
- {name: a, branches: [b]}
- {name: b, tags: {x: "in ${shelves.top.width}"}}
- {name: c}
shelves:
- {shop: a, label: top}
""") == [f"a.yaml:4: shops[0]: {go_round}: shops.a -> shops.b -> shelves.top -> shops.a"]
    assert _mistakes("fleet: x\nshops: [{name: a, branches: [a]}]") == [
        f"a.yaml:2: shops[0]: {go_round}: shops.a -> shops.a"
    ]


def test_pinned_ids() -> None:
    """With an ID a resource needs no name of its own."""
    (shop,) = load_text("fleet: x\nshops: [{id: '7', size: small}]").resources
    assert (shop.id, shop.fields) == ("7", {"size": "small"})


def test_time_grows_with_the_document() -> None:
    """Twice as many resources take no more than twice the work, names and references included."""

    def load_many(count: int) -> None:
        shop = "- {{name: s{0}, tags: {{x: '${{shelves.t{0}.width}}'}}}}\n"
        shelf = "- {{shop: other, label: t{0}}}\n"
        shops = "".join(map(shop.format, range(count)))
        shelves = "".join(map(shelf.format, range(count)))
        load_text(f"fleet: x\nshops:\n{shops}shelves:\n{shelves}")

    load_many(1)
    assert calls_of(partial(load_many, 400)) < 2.1 * calls_of(partial(load_many, 200))
