"""Applying and looking at a roster, settings, secrets: as they are typed."""

from __future__ import annotations

import io
import json

import pytest

from escalate.cli.main import main
from escalate.wiring import Wiring

ROSTER = """
[people.alice]
name = "Alice Ng"
zone = "Europe/London"
reach = [ { via = "console" } ]
[people.bob]
name = "Bob Okoro"
zone = "UTC"
[policies.harm]
fallback = "alice"
[[policies.harm.steps]]
wait = "90s"
targets = ["alice", "bob"]
[[routes]]
when = { harm = ["life"], severity = "SEV1" }
page = ["harm"]
"""


class Vault:
    """Secrets that stay in this test."""

    def __init__(self, source: str = "keyring") -> None:
        self.kept: dict[str, str] = {}
        self._source = source

    def set(self, name: str, value: str) -> None:
        self.kept[name] = value

    def delete(self, name: str) -> None:
        del self.kept[name]

    def source(self, name: str) -> str | None:
        return self._source if name else None

    def backend(self) -> str:
        return "a vault"


@pytest.fixture
def vault():
    return Vault()


@pytest.fixture
def escalate(tmp_path, capsys, vault):
    def run(*words):
        wiring = Wiring({"ESCALATE_HOME": str(tmp_path), "ESCALATE_ZONE": "UTC", "HOME": str(tmp_path)})
        wiring.__dict__["secrets"] = vault
        if not wiring.database.exists():
            wiring.store.create()
        code = main(list(words), wiring)
        wiring.store.close()
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "roster.toml"
    path.write_text(ROSTER)
    return path


def test_a_roster_is_checked_applied_and_shown(escalate, file):
    code, out, _ = escalate("apply", "--check", str(file))
    assert (code, out.splitlines()[0]) == (0, "No mistakes. Nothing was applied.")
    assert "warning: roster.toml:people.bob: no way to reach bob" in out

    code, out, _ = escalate("apply", "--json", str(file))
    data = json.loads(out)["data"]
    assert (code, data["roster_version"], data["changed"]) == (0, 1, True)
    assert data["warnings"][0]["key"] == "people.bob"

    assert "Nothing new: roster version 1 stays in force." in escalate("apply", str(file))[1]

    out = escalate("roster")[1]
    assert "  1. person:alice, person:bob, then wait 1m30s" in out
    assert "  life, SEV1 or worse: page policy:harm" in out


def test_the_roster_as_json_is_the_roster(escalate, file):
    escalate("apply", str(file))

    data = json.loads(escalate("roster", "--json")[1])["data"]

    assert data["version"] == 1
    assert data["policies"]["harm"]["steps"][0] == {
        "targets": ["person:alice", "person:bob"],
        "wait": 90,
        "multi_ack": False,
        "round_robin": False,
    }
    assert json.loads(escalate("roster", "bob", "--json")[1])["data"]["name"] == "Bob Okoro"


ON_CALL = (
    ROSTER
    + """
[people.carol]
name = "Carol Diaz"
zone = "UTC"
not_for = ["cse"]
[rotations.first]
zone = "Europe/London"
start = 2026-01-05T09:00:00
every = "1 week"
people = ["alice", "bob"]
[schedules.ts]
zone = "Europe/London"
notice = "24h"
[[schedules.ts.rules]]
days = ["mon", "tue", "wed", "thu", "fri"]
from = "09:00"
to = "17:00"
target = "rotation:first"
[[schedules.ts.rules]]
from = "17:00"
to = "09:00"
target = "carol"
zone = "America/New_York"
[policies.desk]
fallback = "schedule:ts"
unworked = "30m"
[[policies.desk.steps]]
targets = ["ts"]
multi_ack = true
[[policies.desk.steps]]
targets = ["rotation:first", "carol"]
round_robin = true
[care]
reveals = 20
"""
)


def test_rotations_and_schedules_are_shown(escalate, file):
    file.write_text(ON_CALL)
    assert escalate("apply", str(file))[0] == 0

    out = escalate("roster")[1]

    for line in (
        "rotation first: every week, from 2026-01-05 09:00 on (Europe/London)",
        "  alice, then bob",
        "schedule ts (Europe/London), told 1d before",
        "  1. mon to fri, 09:00 to 17:00: rotation:first",
        "  2. every day, 17:00 to 09:00 the next day (America/New_York): person:carol",
        "  1. schedule:ts, each until they answer, then wait 5m",
        "  2. one of rotation:first, person:carol in turn, then wait 5m",
        "  when nobody has worked on it for 30m: again from 1.",
        "  when all has run out: schedule:ts",
        "After 20 texts revealed in a day, the next in turn is offered.",
    ):
        assert line in out.splitlines()
    carol = next(line for line in out.splitlines() if line.startswith("carol"))
    assert carol.endswith("cse")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        pytest.param("ts", "Used by: policy:desk", id="a bare name"),
        pytest.param("schedule:ts", "schedule ts (Europe/London), told 1d before", id="a schedule"),
        pytest.param("rotation:first", "Used by: schedule:ts, policy:desk", id="a rotation"),
        pytest.param("bob", "In: rotation:first, policy:harm", id="a person"),
    ],
)
def test_one_of_the_roster_says_where_it_is_used(escalate, file, name, says):
    file.write_text(ON_CALL)
    escalate("apply", str(file))

    assert says in escalate("roster", name)[1].splitlines()


def test_rotations_and_schedules_as_json_are_what_was_read(escalate, file):
    file.write_text(ON_CALL)
    escalate("apply", str(file))

    data = json.loads(escalate("roster", "--json")[1])["data"]

    assert data["rotations"]["first"] == json.loads(escalate("roster", "rotation:first", "--json")[1])["data"]
    assert data["rotations"]["first"] == {
        "name": "first",
        "zone": "Europe/London",
        "start": "2026-01-05T09:00",
        "every": 1,
        "unit": "weeks",
        "people": ["alice", "bob"],
    }
    assert data["schedules"]["ts"]["rules"][0] == {
        "days": [0, 1, 2, 3, 4],
        "begin": "09:00",
        "end": "17:00",
        "target": "rotation:first",
        "zone": None,
    }
    assert (data["schedules"]["ts"]["notice"], data["reveals"]) == (86_400, 20)
    assert data["policies"]["desk"]["unworked"] == 1800
    assert data["people"]["carol"]["not_for"] == ["cse"]
    assert "duty" not in data


def test_the_old_roster_stays_in_force_when_the_new_one_is_bad(escalate, file):
    file.write_text(ON_CALL)
    escalate("apply", str(file))
    before = escalate("roster", "--json")[1]
    file.write_text(ON_CALL.replace('["alice", "bob"]\n[sch', '["alice", "bbo"]\n[sch').replace("17:00", "24:00"))

    code, _, err = escalate("apply", str(file))

    assert code == 6
    assert "roster.toml:rotations.first.people[1]: there is no person 'bbo'. Did you mean bob." in err
    assert "roster.toml:schedules.ts.rules[0].to: is not a clock time." in err
    assert "roster.toml:schedules.ts.rules[1].from: is not a clock time." in err
    assert escalate("roster", "--json")[1] == before


def test_a_roster_with_mistakes_is_not_applied(escalate, file):
    file.write_text(ROSTER.replace("alice", "alcie", 1) + "x = 1")

    code, out, err = escalate("apply", str(file))

    assert (code, out) == (6, "")
    assert len(err.splitlines()) == 5, err
    assert "No roster is in force" in escalate("roster")[1]


def test_an_unknown_name_is_not_found(escalate, file):
    escalate("apply", str(file))

    assert escalate("roster", "carol")[0] == 3


def test_whoami_on_a_shared_record_says_who_makes_a_person_of_a_login():
    from escalate.cli.views.roster import identity

    said = identity({"actor": "db:kim", "person": None, "source": "database user kim"})

    assert said[-1] == 'To act as a person: a keeper adds logins = ["kim"] to them in the roster, then: escalate apply'


def test_whoami_says_how_it_knows(escalate):
    data = json.loads(escalate("whoami", "--json")[1])["data"]

    assert data["actor"].startswith("os:")
    assert data["person"] is None
    assert data["source"].startswith("operating system user")


def test_each_setting_is_shown_with_its_source(escalate, tmp_path):
    rows = json.loads(escalate("config", "show", "--json")[1])["data"]

    assert rows[0] == {"name": "home", "value": str(tmp_path), "source": "ESCALATE_HOME"}
    assert {"name": "zone", "value": "UTC", "source": "ESCALATE_ZONE"} in rows
    assert {"name": "courier", "value": "auto", "source": "default"} in rows


def test_a_secret_is_taken_from_stdin_and_never_repeated(escalate, vault, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("canary-77aa\n"))

    code, out, err = escalate("login", "slack", "--stdin")

    assert (code, vault.kept) == (0, {"slack": "canary-77aa"})
    assert "canary" not in out + err
    assert escalate("logout", "slack")[0] == 0
    assert vault.kept == {}


@pytest.mark.parametrize(
    ("words", "given", "says"),
    [
        pytest.param(["slack"], "", "Nobody can be asked for the secret slack here.", id="no terminal"),
        pytest.param(["slack", "--stdin"], "\n", "The secret is empty", id="empty"),
        pytest.param(["xoxb-Canary", "--stdin"], "x", "That is not the name of a secret.", id="the secret as a name"),
        pytest.param(["slack", "canary"], "", "unexpected extra argument", id="the secret as a word"),
    ],
)
def test_a_login_that_cannot_be_is_refused(escalate, vault, monkeypatch, words, given, says):
    monkeypatch.setattr("sys.stdin", io.StringIO(given))

    code, out, err = escalate("login", *words)

    assert (code, out, vault.kept) == (2, "", {})
    assert says in err
    assert "Canary" not in err


def test_a_variable_that_goes_before_the_keyring_is_named(escalate, vault, monkeypatch):
    vault._source = "environment"
    monkeypatch.setattr("sys.stdin", io.StringIO("x"))

    assert "ESCALATE_SECRET_HARM_DESK is set and goes before" in escalate("login", "harm-desk", "--stdin")[2]
    assert "ESCALATE_SECRET_HARM_DESK is still set" in escalate("logout", "harm-desk")[2]
