"""Requests from a command line: options, files, fields, names and secrets."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from clickhouse_cloud_async.core.values import MASK

from .fleets import MIXED, described
from .program import environment
from .terminal import terminal

if TYPE_CHECKING:
    from pathlib import Path

    from clickhouse_cloud_async.emulator import Emulator

    from .program import Program

pytestmark = pytest.mark.usefixtures("fleet")

SERVICE = "s2-running"
SECRET = "Very-Secret-1"


def body_of(chcloud: Program, *arguments: str) -> Any:
    """Return the body that a command would send."""
    ended = chcloud(*arguments, "--dry-run", "-o", "json")
    assert ended.code == 0, ended.err
    return json.loads(ended.out)["body"]


def refusal_of(chcloud: Program, *arguments: str) -> str:
    """Return what is said of a command line that cannot be used."""
    ended = chcloud(*arguments)
    assert (ended.code, ended.out) == (2, "")
    return ended.err


def test_options_win_over_fields_and_fields_over_the_file(chcloud: Program, tmp_path: Path) -> None:
    """A field that is given in several places has the value of the nearest to the command."""
    file = tmp_path / "service.yaml"
    file.write_text("name: a\nreleaseChannel: slow\ntags: {add: [{key: a, value: b}]}\n")

    body = body_of(
        chcloud,
        *("services", "update", SERVICE, "--file", str(file), "--set", "name=b"),
        *("--set", "release_channel=fast", "--set", "tags.add[1].key=c", "--name", "c"),
    )

    assert body == {
        "name": "c",
        "releaseChannel": "fast",
        "tags": {"add": [{"key": "a", "value": "b"}, {"key": "c"}]},
    }


@pytest.mark.parametrize("text", ['{"name": "x"}', "name: x\n"])
def test_file_from_standard_input(
    chcloud: Program, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """A hyphen stands for standard input, be it JSON or YAML."""
    monkeypatch.setattr("sys.stdin", io.StringIO(text))

    assert body_of(chcloud, "services", "update", SERVICE, "--file", "-") == {"name": "x"}


def test_pairs(chcloud: Program) -> None:
    """Items of lists of pairs are given as KEY=VALUE, or as objects."""
    body = body_of(
        chcloud,
        *("services", "update", SERVICE, "--tags-add", "env=dev", "--tags-add", "plain"),
        *("--tags-remove", "{key: old}", "--ip-access-list-add", "10.0.0.0/8=the office"),
        *("--private-endpoint-ids-add", "vpce-1", "--endpoints", "mysql=true"),
    )

    assert body == {
        "tags": {
            "add": [{"key": "env", "value": "dev"}, {"key": "plain"}],
            "remove": [{"key": "old"}],
        },
        "ipAccessList": {"add": [{"source": "10.0.0.0/8", "description": "the office"}]},
        "privateEndpointIds": {"add": ["vpce-1"]},
        "endpoints": [{"protocol": "mysql", "enabled": True}],
    }


def test_fields_have_their_types(chcloud: Program) -> None:
    """A text is what its field's type makes of it, and null is null where that is a value."""
    body = body_of(
        chcloud,
        *("clickpipes", "update", SERVICE, "3d1f7a52-7a6c-4d3e-9a53-0e8c1b2f4a60"),
        *("--set", "settings.streaming_max_insert_wait_ms=500", "--set", "name=12"),
        *("--set", "settings.object_storage_use_cluster_function=true", "--set", "source=null"),
    )

    assert body["name"] == "12"
    assert body["source"] is None
    assert body["settings"] == {
        "streaming_max_insert_wait_ms": 500,
        "object_storage_use_cluster_function": True,
    }


def test_unknown_fields_are_sent_on_request(chcloud: Program) -> None:
    """`--extra` and `--set` send what this version does not know."""
    body = body_of(
        chcloud,
        *("services", "create", "--name", "n", "--provider", "aws", "--set", "region=mars-1"),
        *("--extra", "colour={red: 1}"),
    )

    assert body == {"name": "n", "provider": "aws", "region": "mars-1", "colour": {"red": 1}}


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("--set", "tags.ad=x"), ("--set tags.ad", "did you mean add?", "add, remove")),
        (("--set", "nam=x"), ("--set nam", "did you mean name?")),
        (("--set", "tags.add[2].key=x"), ("--set tags.add[2].key", "leaves a gap")),
        (("--set", "tags.add.key=x"), ("--set tags.add.key", "follows a list")),
        (("--set", "tags..add=x"), ("not a path to a field",)),
        (("--set", "name"), ("--set", "expected FIELD=VALUE")),
        (("--release-channel", "slwo"), ("--release-channel", "slow", "did you mean slow?")),
        (("--tags-add", "=x"), ("--tags-add", "nothing is before the =")),
        (("--endpoints", "mysql=maybe"), ("--endpoints", "expected true or false, got 'maybe'")),
        (("--file", "/nowhere.yaml"), ("--file", "/nowhere.yaml: No such file")),
        (("--set", "tags={a"), ("--set tags", "not valid YAML")),
        (("--extra", "x"), ("--extra", "expected KEY=VALUE")),
        (("--tags", "{plus: 1}"), ("--tags", "plus")),
    ],
)
def test_mistakes_name_what_was_typed(
    chcloud: Program, arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    """A refusal names the option as it was typed, and what could have been meant."""
    told = refusal_of(chcloud, "services", "update", SERVICE, *arguments)

    assert not [part for part in parts if part not in told], told


def test_standard_input_is_read_once(chcloud: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two options cannot both have it."""
    monkeypatch.setattr("sys.stdin", io.StringIO("x"))
    both = ("--set-file", "name=-", "--set-file", "tags=-")

    assert "is already read by --set-file" in refusal_of(
        chcloud, "services", "update", SERVICE, *both
    )


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("services", "create", "--name", "n"), ("--provider is missing", "--file")),
        (("services", "scale", SERVICE, "--num-replicas", "many"), ("--num-replicas", "'many'")),
        (("services", "get"), ("SERVICE",)),
        (("billing", "get-usage-cost", "--from-date", "x", "--to-date", "y"), ("--from-date",)),
        (("clickstack", "sources", "create", SERVICE), ("no body given",)),
        (("services", "creat"), ("creat", "create")),
        (("wait", "services", SERVICE, "--until", "runing"), ("--until", "running")),
        (("wait", "clickpipes-cdc-scaling", SERVICE), ("--until", "expression")),
        (
            ("services", "list", "--output", "jsno"),
            ("--output", "'jsno' is not one of csv, json, jsonl, markdown,", "did you mean json?"),
        ),
        (
            ("fleet", "start", "--all", "--on-error", "pause"),
            ("--on-error", "'pause' is not one of continue, stop"),
        ),
        (
            ("fleet", "start", "--state", "runing"),
            ("error: --state: 'runing' is not one of awaking, degraded,", "did you mean running?"),
        ),
        (("fleet", "start", "--all", "--timeout=-1"), ("error: --timeout: -1.0",)),
    ],
)
def test_mistakes_of_all_kinds(
    chcloud: Program, arguments: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    """Missing and invalid values of options are reported before anything is sent."""
    told = refusal_of(chcloud, *arguments)

    assert not [part for part in parts if part not in told], told


def test_names_in_the_place_of_ids(chcloud: Program) -> None:
    """What an option names may be given by its exact name, several of them too."""
    roles = {role["name"]: role["id"] for role in chcloud("roles", "list", "-o", "json").json}

    body = body_of(
        chcloud,
        *("api-keys", "create", "--name", "ci", "--ip-access-list", "anywhere"),
        *("--assigned-role-ids", "Developer", "--assigned-role-ids", roles["Admin"]),
    )

    assert body["assignedRoleIds"] == [roles["Developer"], roles["Admin"]]
    assert body["ipAccessList"] == [{"source": "0.0.0.0/0"}]
    missing = chcloud("services", "get", "s2-runing")
    assert missing.code == 5
    assert "did you mean s2-running?" in missing.err


@pytest.mark.parametrize("is_file", [True, False])
def test_secrets_come_from_files(
    chcloud: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, is_file: bool
) -> None:
    """A secret is the first line of a file or of standard input, and masked in a dry run."""
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\nmore\n")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{SECRET}\n"))
    source = str(file) if is_file else "-"

    ended = chcloud(
        *("services", "reset-password", SERVICE, "--password-file", source, "--yes"),
        *("--dry-run", "-o", "json"),
    )

    body = json.loads(ended.out)["body"]
    assert {*body.values()} == {MASK}, "hashes of the password are as secret"
    assert SECRET not in ended.out + ended.err


KAFKA = "source.kafka.credentials.password"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--set", f"{KAFKA}={SECRET}"),
        ("--source", f"{{kafka: {{credentials: {{password: {SECRET}}}}}}}"),
        ("--set", f"source={{kafka: {{credentials: {{password: {SECRET}}}}}}}"),
    ],
)
def test_no_secret_on_the_command_line(chcloud: Program, arguments: tuple[str, ...]) -> None:
    """A secret at any depth of an option's value is refused, and not repeated."""
    told = refusal_of(chcloud, "clickpipes", "create", SERVICE, "--name", "p", *arguments)

    assert "secret" in told
    assert SECRET not in told


def test_secrets_within_objects(chcloud: Program, tmp_path: Path) -> None:
    """A file may set one field, such as a secret deep in a body."""
    secret, body = tmp_path / "password", tmp_path / "pipe.yaml"
    secret.write_text(f"{SECRET}\n")
    body.write_text(
        "name: p\nsource: {kafka: {type: kafka, format: JSONEachRow, brokers: b, topics: t,"
        " authentication: PLAIN, credentials: {username: u}}}\n"
        "destination: {database: default, table: t, managedTable: false}\nfieldMappings: []\n"
    )

    sent = body_of(
        chcloud,
        *("clickpipes", "create", SERVICE, "--file", str(body), "--set-file", f"{KAFKA}={secret}"),
    )

    assert sent["source"]["kafka"]["credentials"] == {"username": "u", "password": MASK}


def test_deletions_ask(chcloud: Program, fleet: Emulator) -> None:
    """Without a terminal a deletion needs --yes, and a dry run does not."""
    told = refusal_of(chcloud, "services", "delete", SERVICE)
    assert "--yes" in told

    assert chcloud("services", "delete", SERVICE, "--dry-run").code == 0
    assert {each.method for each in fleet.requests} == {"GET"}
    assert len(described(MIXED)) == len(chcloud("services", "list", "-o", "json").json)


def test_prompts(fleet: Emulator) -> None:
    """A deletion wants the name of what is deleted; a secret is typed unseen."""
    variables = environment(fleet)
    with terminal("services", "delete", "s0-stopped", environment=variables) as running:
        running.read_until("type s0-stopped")
        running.write("s1\n")
        assert "nothing was done" in running.read_all()
    with terminal("services", "delete", "s0-stopped", environment=variables) as running:
        running.read_until("type s0-stopped")
        running.write("s0-stopped\n")
        running.read_all()
    command = ("services", "reset-password", SERVICE, "--password", "--yes", "--dry-run")
    with terminal(*command, environment=variables) as running:
        shown = running.read_until(": ")
        running.write(f"{SECRET}\n")
        shown += running.read_all()

    changes = [each.operation_id for each in fleet.requests if each.method != "GET"]
    assert changes == ["instanceDelete"]
    assert MASK in shown
    assert SECRET not in shown


def test_prompts_without_a_terminal(chcloud: Program) -> None:
    """A required secret that nobody can be asked for names the option that reads it."""
    told = refusal_of(
        chcloud,
        *("clickstack", "webhooks", "create", SERVICE, "--name", "n", "--service", "slack"),
    )

    assert "--webhook-url-file" in told


POSTGRES = """
source:
  postgres:
    host: db.example.com
    port: 5432
    database: d
    credentials: {username: u, password: p}
    settings: {replicationMode: cdc}
    tableMappings: [{sourceSchemaName: public, sourceTable: a, targetTable: a}]
destination: {database: default}
fieldMappings: []
"""


def test_dry_run_of_several_requests(chcloud: Program, tmp_path: Path) -> None:
    """The first change is shown, and not what would undo it."""
    body = tmp_path / "pipe.yaml"
    body.write_text(POSTGRES)
    chcloud("clickpipes", "create", SERVICE, "--name", "p", "--file", str(body), "--wait")

    sent = body_of(chcloud, "clickpipes", "edit", SERVICE, "p", "--name", "q")

    assert sent == {"command": "stop"}


def test_ends_that_were_wanted_are_no_failures() -> None:
    """A wait without a goal fails in states in which something went wrong, and only there."""
    from clickhouse_cloud_async.apis.clickhouse.cli.commands.waits import WAITS

    failed = {state for wait in WAITS.values() for state in wait.failed}
    assert failed >= {"failed", "Failed", "error"}
    assert failed & {"done", "Completed", "ready", "running"} == set()
