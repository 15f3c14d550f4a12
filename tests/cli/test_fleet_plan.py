"""``chcloud fleet plan`` and ``chcloud fleet apply``."""

from __future__ import annotations

import json
import os
import signal
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clickhouse_cloud_async.cli.desired import secrets_file
from clickhouse_cloud_async.emulator import Emulator
from tests.client.processes import finish, start_script
from tests.desired.gateway import Gateway

from .fleets import sent, statuses, true_states, wait_for
from .program import environment
from .terminal import terminal, without_escapes

if TYPE_CHECKING:
    import subprocess

    from tests.client.stub import Stub

    from .program import Program

MAIN = "from clickhouse_cloud_async.cli import main\nmain()\n"

CREATION = """
fleet: etl
services:
- name: etl
  provider: aws
  region: eu-central-1
  tags: {env: dev}
  idle_scaling: false
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A description of one service that is not there yet."""
    path = tmp_path / "fleet.yaml"
    path.write_text(CREATION)
    return path


def test_plan(chcloud: Program, fleet: Emulator, file: Path) -> None:
    """A plan names what is to change, field by field, and changes nothing."""
    head, *lines = chcloud("fleet", "plan", str(file)).lines
    document = chcloud("fleet", "plan", str(file), "--output", "json").json

    assert head == "fleet etl: 1 to add; 1 request, about 1 min"
    assert lines[0] == "+ service etl"
    assert "    tags[env]: dev" in lines
    assert [item["action"] for item in document["items"]] == ["add"]
    assert set(sent(fleet)) == {"organizationGetList", "instanceGetList"}


def test_exit_codes_of_plans(chcloud: Program, fleet: Emulator, file: Path) -> None:
    """A plan exits with 3 where asked to tell changes, with 1 where something is refused."""
    assert chcloud("fleet", "plan", str(file)).code == 0
    assert chcloud("fleet", "plan", str(file), "--exit-code").code == 3
    assert chcloud("fleet", "apply", str(file), "--yes", "--output", "json").code == 0
    assert chcloud("fleet", "plan", str(file), "--exit-code").code == 0

    file.write_text(CREATION.replace("aws", "gcp"))
    outcome = chcloud("fleet", "plan", str(file), "--exit-code")

    assert outcome.code == 1
    assert "provider: aws -> gcp" in outcome.out
    assert len(true_states(fleet)) == 6


def test_apply(chcloud: Program, fleet: Emulator, file: Path, tmp_path: Path) -> None:
    """A description is brought about after its plan was shown; passwords are their owner's."""
    passwords = tmp_path / "passwords"
    keep = ("--passwords", str(passwords))

    first = chcloud("fleet", "apply", str(file), "--yes", *keep)
    again = chcloud("fleet", "apply", str(file), "--yes", "--output", "json")

    assert first.code == 0
    assert "+ service etl" in first.err
    assert "1 done" in first.out
    assert true_states(fleet)["etl"] == "running"
    assert (again.code, json.loads(again.out)["outcomes"]) == (0, [])
    (line,) = passwords.read_text().splitlines()
    kept = json.loads(line)
    assert (kept["name"], kept["organization_id"]) == ("etl", fleet.organization_id)
    assert kept["password"]
    assert kept["password"] not in first.out + first.err
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600


@pytest.mark.usefixtures("fleet")
def test_nothing_to_do(chcloud: Program, file: Path, tmp_path: Path) -> None:
    """Where all is as it is described, that is all that is said, and no file is needed."""
    assert chcloud("fleet", "apply", str(file), "--yes").code == 0
    keep = ("--passwords", str(tmp_path / "passwords"))

    outcome = chcloud("fleet", "apply", str(file), "--yes", *keep)

    assert outcome == (0, "", "fleet etl: everything is as described\n")
    assert not (tmp_path / "passwords").exists()


def test_passwords_are_not_overwritten(
    chcloud: Program, fleet: Emulator, file: Path, tmp_path: Path
) -> None:
    """A file that is there stays as it is, and nothing is created without a new one."""
    (tmp_path / "passwords").write_text("kept")

    outcome = chcloud(
        "fleet", "apply", str(file), "--yes", "--passwords", str(tmp_path / "passwords")
    )

    assert outcome.code == 2
    assert "File exists" in outcome.err
    assert (tmp_path / "passwords").read_text() == "kept"
    assert "etl" not in true_states(fleet)


def test_unkept_passwords(chcloud: Program, fleet: Emulator, file: Path) -> None:
    """Where initial passwords are kept nowhere, that is said."""
    assert "--passwords FILE" in chcloud("fleet", "apply", str(file), "--yes").err
    assert true_states(fleet)["etl"] == "running"


def test_deletion(chcloud: Program, fleet: Emulator, file: Path) -> None:
    """A service that is not described any more is deleted only where that is allowed."""
    assert chcloud("fleet", "apply", str(file), "--yes").code == 0
    file.write_text("fleet: etl\nservices: []\n")
    apply = ("fleet", "apply", str(file), "--yes", "--output", "json")

    left = chcloud(*apply)
    assert left.code == 1
    assert "pass --allow-delete" in left.err
    assert statuses(json.loads(left.out)) == {"etl": "not_sent"}
    assert "etl" in true_states(fleet)

    deleted = chcloud(*apply, "--allow-delete")
    assert deleted.code == 0
    assert statuses(json.loads(deleted.out)) == {"etl": "done"}
    assert "etl" not in true_states(fleet)


def test_mistakes(chcloud: Program, fleet: Emulator, file: Path) -> None:
    """Each mistake in a file is a line with its place and reason; nothing is sent."""
    file.write_text(CREATION.replace("region", "regoin") + "- name: 5\n")

    for command in (("plan", str(file)), ("apply", str(file), "--yes")):
        outcome = chcloud("fleet", *command)
        assert (outcome.code, outcome.out) == (2, "")
        first, second = outcome.err.splitlines()
        assert first.startswith(f"error: {file}:6: services[0].regoin: ")
        assert "did you mean region?" in first
        assert second.startswith(f"error: {file}:9: services[1].name: ")
    assert not fleet.requests


def test_nobody_to_ask(chcloud: Program, fleet: Emulator, file: Path) -> None:
    """Without a terminal, consent has to be on the command line."""
    outcome = chcloud("fleet", "apply", str(file))

    assert outcome.code == 2
    assert "--yes" in outcome.err
    assert not fleet.requests


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1)])
def test_consent(fleet: Emulator, file: Path, answer: str, code: int) -> None:
    """On a terminal the plan is shown first, and carried out only with consent."""
    command = ("fleet", "apply", str(file))
    with terminal(*command, columns=160, environment=environment(fleet)) as running:
        shown = running.read_until("Apply these changes?")
        running.write(f"{answer}\n")
        after = without_escapes(running.read_all())
        assert running.process.wait() == code

    assert "+ service etl" in without_escapes(shown)
    assert ("etl" in true_states(fleet)) is (answer == "y")
    assert ("1 done" in after) is (answer == "y")


SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.mark.parametrize("number", SIGNALS)
def test_interrupt(file: Path, tmp_path: Path, number: signal.Signals) -> None:
    """After Ctrl-C and its like the report says what was sent, and the password is there."""
    passwords = tmp_path / "passwords"
    command = ("fleet", "apply", str(file), "--yes", "--passwords", str(passwords))
    with Emulator(time_scale=1) as slow:
        process = start_script(MAIN, *command, **environment(slow))
        read_until(process, "provisioning")
        process.send_signal(number)
        outcome = finish(process)

        assert outcome.status == 130
        assert "1 sent" in outcome.out
        assert "interrupted" in outcome.out
        assert true_states(slow)["etl"] == "provisioning"
        assert json.loads(passwords.read_text())["name"] == "etl"


def read_until(process: subprocess.Popen[str], text: str) -> None:
    """Read what a program tells of its progress until a text has come."""
    assert process.stderr is not None
    while text not in process.stderr.readline():
        pass


def test_killed(file: Path, tmp_path: Path) -> None:
    """The initial password of a service that was told to be there survives the process."""
    passwords = tmp_path / "passwords"
    command = ("fleet", "apply", str(file), "--yes", "--passwords", str(passwords))
    with Emulator(time_scale=1) as slow:
        process = start_script(MAIN, *command, **environment(slow))
        read_until(process, "provisioning")
        process.kill()

        assert finish(process).status == -signal.SIGKILL
        assert json.loads(passwords.read_text())["name"] == "etl"
        assert stat.S_IMODE(passwords.stat().st_mode) == 0o600


@pytest.mark.parametrize("number", SIGNALS)
def test_interrupt_during_creation(
    file: Path, tmp_path: Path, stub: Stub, number: signal.Signals
) -> None:
    """A creation under way when the program is ended is finished, and its password kept."""
    passwords = tmp_path / "passwords"
    command = ("fleet", "apply", str(file), "--yes", "--passwords", str(passwords))
    with Emulator(time_scale=1) as slow:
        stub.handler = Gateway(slow, "POST", seconds=0.5)
        variables = {**environment(slow), "CLICKHOUSE_CLOUD_URL": stub.url}
        process = start_script(MAIN, *command, **variables)
        # The service is there, and the response is still to come.
        wait_for(lambda: sent(slow)["instanceCreate"] > 0)
        process.send_signal(number)
        outcome = finish(process)

        assert outcome.status == 130
        assert "1 sent" in outcome.out
        assert json.loads(passwords.read_text())["name"] == "etl"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full disk to offer")
def test_full_disk(
    chcloud: Program, fleet: Emulator, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A password that cannot be written is reported, and the apply run continues."""
    monkeypatch.setattr(
        secrets_file, "open_for_owner", lambda _name, _flags: os.open("/dev/full", os.O_WRONLY)
    )

    outcome = chcloud("fleet", "apply", str(file), "--yes", "--passwords", "passwords")

    assert "error: cannot write the secret of etl: No space left" in outcome.err
    assert "set new ones for the resources that are not in it" in outcome.err
    assert (outcome.code, true_states(fleet)["etl"]) == (0, "running")


ROLE = """
roles:
- name: analyst
  policies:
  - {allow_deny: ALLOW, permissions: ["control-plane:service:view"], resources: ["instance/*"]}
"""


@pytest.mark.usefixtures("fleet")
def test_folders_and_several_files(chcloud: Program, file: Path, tmp_path: Path) -> None:
    """A folder is one document, and so are files that are named one by one."""
    (tmp_path / "roles.yaml").write_text(ROLE)

    whole = chcloud("fleet", "plan", str(tmp_path)).lines
    same = chcloud("fleet", "plan", str(tmp_path / "roles.yaml"), str(file)).lines

    assert "+ service etl" in whole
    assert "+ role analyst" in whole
    assert sorted(whole) == sorted(same)


@pytest.mark.usefixtures("file")
def test_part_of_a_document(chcloud: Program, fleet: Emulator, tmp_path: Path) -> None:
    """Only kinds and resources that are named are planned and looked at."""
    (tmp_path / "roles.yaml").write_text(ROLE)

    only = chcloud("fleet", "plan", str(tmp_path), "--only", "roles").lines
    target = chcloud("fleet", "plan", str(tmp_path), "--target", "services/etl").lines
    wrong = chcloud("fleet", "plan", str(tmp_path), "--only", "role")

    assert [line for line in only if line.startswith("+")] == ["+ role analyst"]
    assert [line for line in target if line.startswith("+")] == ["+ service etl"]
    assert (wrong.code, "did you mean roles?" in wrong.err) == (2, True)
    assert "instanceGetList" in sent(fleet)


def test_deletion_of_one_kind(chcloud: Program, fleet: Emulator, file: Path) -> None:
    """What is deleted may be limited to kinds."""
    assert chcloud("fleet", "apply", str(file), "--yes").code == 0
    file.write_text("fleet: etl\nservices: []\n")
    apply = ("fleet", "apply", str(file), "--yes", "--parallel", "3", "--allow-delete-of")

    assert chcloud(*apply, "roles").code == 1
    assert "etl" in true_states(fleet)
    assert chcloud(*apply, "services").code == 0
    assert "etl" not in true_states(fleet)


def test_markdown(chcloud: Program, fleet: Emulator, file: Path) -> None:
    """A plan has a form for the description of a pull request."""
    outcome = chcloud("fleet", "plan", str(file), "--output", "markdown")

    assert outcome.code == 0
    assert outcome.lines[0].startswith("### fleet etl: 1 to add")
    assert "| `+` | service etl |" in outcome.out
    assert set(sent(fleet)) == {"organizationGetList", "instanceGetList"}


@pytest.mark.usefixtures("fleet")
def test_secrets_in_plain(chcloud: Program, tmp_path: Path) -> None:
    """A secret that stands in a file is warned about, and not shown."""
    path = tmp_path / "pipes.yaml"
    path.write_text("""
fleet: x
clickpipes:
- name: orders
  service: etl
  source:
    kafka:
      type: kafka
      format: JSONEachRow
      brokers: broker:9092
      topics: orders
      authentication: PLAIN
      credentials: {username: us, password: hunter2}
""")

    outcome = chcloud("fleet", "plan", str(path))

    place = f"{path}:13: clickpipes[0].source.kafka.credentials.password"
    assert f"note: {place}: this is a secret in plain text" in outcome.out
    assert "hunter" not in outcome.out + outcome.err


def test_schema(chcloud: Program) -> None:
    """The schema is printed without an account."""
    schema = chcloud("fleet", "schema").json

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "services" in schema["properties"]
    assert schema["properties"]["services"]["items"]["properties"]["state"]["anyOf"][0] == {
        "enum": ["running", "stopped"]
    }


@pytest.mark.usefixtures("fleet")
def test_costs(chcloud: Program, file: Path, tmp_path: Path) -> None:
    """With prices a plan says what it costs; without them it says nothing of money."""
    prices = tmp_path / "prices"
    prices.write_text(chcloud("fleet", "prices").out)
    file.write_text(
        CREATION + "  num_replicas: 2\n  min_replica_memory_gb: 16\n  max_replica_memory_gb: 32\n"
    )
    plan = ("fleet", "plan", str(file))

    assert "a month" not in chcloud(*plan).out
    # 16 GB are 2 units, times 2 replicas, times 730 hours, times 0.28; and twice that at most.
    assert chcloud(*plan, "--prices", str(prices)).lines[-3:] == [
        "+817.60 to +1,635.20 USD a month, at prices of 2026-12-01",
        "    services/etl: +817.60 to +1,635.20",
        "    not counted: storage, backups, data transfer",
    ]
    costs = chcloud(*plan, "--prices", str(prices), "--output", "json").json["costs"]
    assert costs["total"] == {"least": 817.6, "most": 1635.2}
    markdown = chcloud(*plan, "--prices", str(prices), "--output", "markdown").out
    assert "| **sum** at prices of 2026-12-01 | **+817.60 to +1,635.20** |" in markdown

    prices.write_text("currency: USD\n")
    wrong = chcloud(*plan, "--prices", str(prices))
    assert (wrong.code, f"{prices}:1: date: is required" in wrong.err) == (2, True)


def test_secrets_that_are_not_there(chcloud: Program, fleet: Emulator, tmp_path: Path) -> None:
    """A plan needs no secrets; an application without them sends nothing."""
    running = next(name for name, state in true_states(fleet).items() if state == "running")
    file = tmp_path / "pipes.yaml"
    file.write_text(f"""
fleet: x
clickpipes:
- name: orders
  service: {running}
  destination: {{database: default, table: orders, managed_table: false}}
  source:
    kafka:
      type: kafka
      format: JSONEachRow
      brokers: broker:9092
      topics: orders
      authentication: PLAIN
      credentials: {{username: us, password: {{file: none, version: 2}}}}
""")

    planned = chcloud("fleet", "plan", str(file))
    applied = chcloud("fleet", "apply", str(file), "--yes")

    assert (planned.code, f"+ ClickPipe {running}/orders" in planned.out) == (0, True)
    assert "cannot be compared, version 2" in planned.out
    assert applied.code == 4
    assert f"the file {tmp_path / 'none'} cannot be read: No such file" in applied.err
    assert not sent(fleet)["clickPipeCreate"]


@pytest.mark.usefixtures("fleet")
def test_secrets_of_keys(chcloud: Program, tmp_path: Path) -> None:
    """The secret of a new key is kept beside initial passwords, and shown nowhere else."""
    file, passwords = tmp_path / "keys.yaml", tmp_path / "passwords"
    file.write_text("fleet: x\napi_keys: [{name: ci, ip_access_list: [{source: 10.0.0.0/8}]}]\n")

    outcome = chcloud("fleet", "apply", str(file), "--yes", "--passwords", str(passwords))

    (line,) = passwords.read_text().splitlines()
    kept = json.loads(line)
    assert (outcome.code, kept["name"]) == (0, "ci")
    assert kept["secret"]["keySecret"]
    assert kept["secret"]["keySecret"] not in outcome.out + outcome.err
