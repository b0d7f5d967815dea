"""A server that is restarted while commands run, and one that can only be read: real servers, and commands as processes."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

import escalate as package
from own_server import own_servers  # noqa: F401
from shared import LOGINS, Punctual
from telling import TOKENS, Receivers, roster

pytestmark = pytest.mark.slow

SOURCE = str(Path(package.__file__).parents[1])


class Ended:
    def __init__(self, words, done):
        self.words, self.code, self.out, self.said = words, done.returncode, done.stdout, done.stderr

    @property
    def data(self):
        return json.loads(self.out)["data"]

    def __repr__(self):
        return f"{self.words} {self.code}\n{self.out}{self.said}"


@pytest.fixture
def as_at(environ, tmp_path):
    """Runs a command as a process, as one of the logins at a database: `as_at(base, "alice", "log", "x")`."""

    started = []

    def run(base, user, *words, start=False, **more):
        given = {**environ, **TOKENS, "PYTHONPATH": SOURCE, "PYTHONWARNINGS": "ignore", "HOME": str(tmp_path),
                 "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring", "ESCALATE_DATABASE": base.url(LOGINS.get(user, f"esc_{user}").removeprefix("esc_")),
                 "ESCALATE_HOME": str(tmp_path / f"home-{user}"), **more}  # fmt: skip
        call = [sys.executable, "-m", "escalate", *words]
        if start:
            started.append(
                subprocess.Popen(call, env=given, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            )
            return started[-1]
        return Ended(words, subprocess.run(call, env=given, capture_output=True, text=True, timeout=60, check=False))

    yield run
    for process in started:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture
def put_roster(as_at, tmp_path):
    def put(base, http="http://127.0.0.1:9"):
        text = roster(http)
        for person, login in LOGINS.items():
            text = text.replace(f"[people.{person}]\n", f'[people.{person}]\nlogins = ["{login}"]\n')
        path = tmp_path / "roster.toml"
        path.write_text(text)
        done = as_at(base, "keeper", "apply", str(path))
        assert done.code == 0, done

    return put


# ── it is restarted ─────────────────────────────────────────────────────────────────────────────────────────────────


SAID = {
    0: "",
    5: r"Nothing was recorded\. Run the same command again\.",
    7: r"Nothing was recorded|whether it was is not known",
    9: "",
}
"""How a command may end while its server is restarted, and what it says then."""

RESTARTS, WITHOUT, BETWEEN = 4, 2, 4
"""How often, how many commands end while it is down, and how many before the next time."""


class Responder(threading.Thread):
    """Somebody who works on until it is over; each of their commands has words of its own."""

    def __init__(self, run, name, over):
        super().__init__()
        self._run, self._name, self._over, self.ended = run, name, over, []

    def run(self):
        number = 0
        while not self._over.is_set():
            number += 1
            word = f"{self._name}-{number}"
            kinds = (
                ("log", f"note {word}", "-i", "INC-1"),
                ("ping", "legal", "-m", f"look {word}", "-i", "INC-1"),
                ("page", "person:bob", "-i", "INC-1"),
                ("open", f"title {word}", "--quiet-open"),
            )
            self.ended.append((word, self._run(*kinds[number % len(kinds)])))


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_server_that_is_restarted_meanwhile_loses_and_doubles_nothing(
    own_servers, as_at, put_roster, httpserver, mode
):
    server, receivers = own_servers(), Receivers(httpserver)
    base = server.base()
    put_roster(base, httpserver.url_for(""))
    assert as_at(base, "alice", "open", "Reports of coordinated sign-ups", "--severity", "SEV3").code in {0, 9}
    courier = as_at(base, "courier", "work", start=True)
    over, team = threading.Event(), []
    for name in ("alice", "alice", "bob"):  # two of them at one machine, with one spool
        word = f"{name}{len(team)}"
        team.append(Responder(lambda *words, by=name: as_at(base, by, *words), word, over))

    assert as_at(base, "bob", "list").code == 0
    for one in team:
        one.start()
    for round_ in range(RESTARTS + 1):
        if round_:
            server.stop(mode)
            ended_more(team, WITHOUT)
            server.start()
        ended_more(team, BETWEEN)
    over.set()
    for one in team:
        one.join()

    for name in ("alice", "bob"):
        assert as_at(base, name, "sync").code == 0
    ended = [each for one in team for each in one.ended]
    found = words_of(base)
    for word, done in ended:
        assert done.code in SAID, done
        assert re.search(SAID[done.code], done.said), done
        if done.words[0] != "page":
            assert found[word] in possible(done), (found[word], done)
    pages = [possible(done) for _word, done in ended if done.words[0] == "page"]
    assert sum(map(min, pages)) <= found["page"] <= sum(map(max, pages))
    codes = Counter(done.code for _word, done in ended)
    kept = sum("Kept on this machine" in done.said for _word, done in ended)
    print(f"\n{mode}: {len(ended)} commands, by exit code {dict(codes)}, {kept} kept on the machine meanwhile")
    assert kept
    assert codes[0] + codes[9] > len(ended) / 2
    assert delivered(base), courier.stderr
    assert courier.poll() is None
    keys = {body["id"] for body in receivers.by("hook")}
    raw = base.connect()
    assert keys >= {
        row["id"] for row in raw.execute("SELECT id FROM escalate.messages WHERE state = 'sent' AND via = 'hook'")
    }
    base.disconnect()
    assert as_at(base, "alice", "verify").code == 0


def ended_more(team, more):
    before = sum(len(one.ended) for one in team)
    while sum(len(one.ended) for one in team) < before + more:
        team[0].join(0.05)


def possible(done):
    """How often what a command was to write may be there."""
    return {0, 1} if "is not known" in done.said else {int(done.code in {0, 9})}


def words_of(base):
    """How often each command's words stand on the timelines; and how many pages do."""
    kinds = ["note.added", "page.opened", "team.pinged", "incident.opened"]
    raw = base.connect()
    rows = raw.execute("SELECT kind, body FROM escalate.timeline WHERE kind = ANY(%s)", [kinds]).fetchall()
    base.disconnect()
    return Counter(
        "page" if row["kind"] == "page.opened" else word
        for row in rows
        for word in re.findall(r"\b(?:alice|bob)\d-\d+\b", row["body"]) or [""]
    )


def delivered(base, seconds=30):
    """Whether what is owed over a channel went out."""
    end, raw = time.monotonic() + seconds, base.connect()
    while raw.execute(
        "SELECT pg_sleep(0.1) FROM escalate.messages WHERE state IN ('queued', 'sending') LIMIT 1"
    ).fetchone():
        if time.monotonic() > end:
            return False
    return True


# ── a courier hears of what is queued ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("how", ["its session is ended", "the server was away"])
def test_a_courier_whose_line_was_lost_hears_of_each_message_within_a_second_again(
    own_servers, as_at, put_roster, httpserver, wiring, how
):
    server, receivers = own_servers(), Punctual(httpserver)
    base = server.base()
    put_roster(base, httpserver.url_for(""))
    assert as_at(base, "alice", "open", "Reports of coordinated sign-ups", "--quiet-open").code == 0
    courier = as_at(base, "courier", "work", start=True)
    listening(base)

    waited = [receivers.seconds_to(base.url("alice"), "first", wiring.texts)]
    for number in range(4):
        if how == "its session is ended":
            base.connect().execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        else:
            base.disconnect()
            server.stop("fast")
            assert "cannot be reached" in as_at(base, "alice", "list").said
            server.start()
        waited.append(receivers.seconds_to(base.url("alice"), f"word-{number}", wiring.texts))
        listening(base)

    print(f"\n{how}: seconds from being recorded to the channel:", *(f"{one:.2f}" for one in waited))
    assert max(waited) < 1
    assert courier.poll() is None


def listening(base):
    """Until a courier does."""
    raw = base.connect()
    for _ in range(1000):
        row = raw.execute(
            "SELECT pg_sleep(0.02), count(*) AS n FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        ).fetchone()
        if row["n"]:
            return
    raise AssertionError("no courier listens")


# ── it can only be read ─────────────────────────────────────────────────────────────────────────────────────────────


LOOKING = (
    "", "list", "show INC-1", "timeline INC-1", "search coordinated", "messages INC-1", "verify", "whoami", "roster", "db check",
    "oncall", "db roles",
)  # fmt: skip

WRITING = (
    "log 'called the desk back' -i INC-1", "open 'Another'", "page person:bob -i INC-1", "ping legal -m look -i INC-1",
    "fact detected INC-1 --at now --why seen", "resolve INC-1",
)  # fmt: skip


@pytest.fixture
def standby(own_servers, as_at, put_roster):
    """A standby of a team's record, with one open incident."""
    primary = own_servers()
    base = primary.base()
    put_roster(base)
    assert as_at(base, "dana", "open", "Reports of coordinated sign-ups", "--quiet-open").code == 0
    made = own_servers(of=primary).base()
    raw = made.connect()
    while not raw.execute("SELECT pg_sleep(0.01), count(*) AS n FROM escalate.timeline").fetchone()["n"]:
        pass
    made.disconnect()
    return made


def test_a_standby_is_read_and_says_that_it_cannot_be_written(standby, as_at):
    before = as_at(standby, "dana", "timeline", "INC-1", "--json").data
    for line in LOOKING:
        done = as_at(standby, "dana", *shlex.split(line))
        assert done.code == 0, done
    for line in WRITING:
        done = as_at(standby, "dana", *shlex.split(line))
        assert (done.code, "can only be read: it is a standby" in done.said) == (6, True), done
        assert "Nothing was recorded. Give the address of the one that is written to" in done.said, done
    work = as_at(standby, "dana", "work", "--idle", "1s")
    assert "can only be read: it is a standby" in work.said, work
    report = as_at(standby, "dana", "report", "INC-1")
    assert (report.code, "THIS EXPORT IS NOT ON RECORD" in report.said) == (0, True), report
    assert as_at(standby, "dana", "timeline", "INC-1", "--json").data == before


def test_doctor_says_that_a_standby_can_only_be_read(standby, as_at):
    done = as_at(standby, "dana", "doctor", "--offline", "--json")

    assert done.code == 6
    [found] = [one for one in done.data if one["what"] == "writing"]
    assert found["state"] == "wrong"
    assert "can only be read (that server is a standby)" in found["found"]
    assert "--database URL" in found["hint"]
    assert {one["what"] for one in done.data} >= {"record", "roster", "courier", "login"}  # it goes on looking
