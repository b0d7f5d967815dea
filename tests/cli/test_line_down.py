"""The command line while PostgreSQL cannot be reached, and after: the real server, behind a line that can be cut."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from offline import Cable
from telling import TOKENS, Receivers, roster

pytestmark = pytest.mark.slow

pytest_plugins = ["postgres"]

SRC = str(Path(__file__).resolve().parents[2] / "src")


@pytest.fixture
def cable(pg):
    from psycopg.conninfo import conninfo_to_dict

    made = Cable(conninfo_to_dict(pg.url("sender")))
    yield made
    made.cut()


@pytest.fixture
def receivers(httpserver):
    return Receivers(httpserver)


@pytest.fixture
def team(pg, cable, environ, tmp_path, httpserver, receivers):
    """Runs a command as a process, as somebody who may send; a roster is in force."""
    url = f"postgresql://esc_sender@127.0.0.1:{cable.port}/{pg.name}"
    base = {**environ, **TOKENS, "PYTHONPATH": SRC, "PYTHONWARNINGS": "ignore", "ESCALATE_DATABASE": url}
    base |= {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}

    def run(*words, stdin="", **more):
        done = subprocess.run(
            [sys.executable, "-m", "escalate", *words], env={**base, **more}, input=stdin, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        done.data = json.loads(done.stdout)["data"] if "--json" in words and done.stdout else None
        return done

    run.environ = base
    path = tmp_path / "roster.toml"
    text = roster(httpserver.url_for("")).replace('name = "Alice Ng"', 'name = "Alice Ng"\nlogins = ["esc_sender"]')
    path.write_text(text)
    keeper = {"ESCALATE_DATABASE": pg.url("keeper"), "ESCALATE_HOME": str(tmp_path / "keeper")}
    assert run("apply", str(path), **keeper).returncode == 0
    return run


def test_a_whole_night_without_the_record(team, cable, receivers):
    assert team("open", "Seen from a train", "--severity", "SEV2").returncode == 0
    cable.cut()
    noted = team("log", "-", "-i", "INC-1", stdin="typed once\n")
    assert noted.returncode == 0
    assert "The record cannot be reached (Connection refused)." in noted.stderr
    assert "Kept on this machine; it goes in by itself: escalate sync" in noted.stderr
    assert team("fact", "detected", "INC-1", "--at", "1m ago", "--why", "seen").returncode == 0
    opened = team("open", "Another", "--severity", "SEV2", "--json")
    assert opened.data["ref"].startswith("OFF-")
    assert team("page", "person:bob", "-i", opened.data["ref"]).returncode in {0, 9}
    assert team("ping", "crew", "-i", opened.data["ref"], "-m", "look").returncode in {0, 9}
    acked = team("ack", opened.data["ref"], "--for", "bob", "--json")
    assert acked.data["by"] == "bob"
    sent = len(receivers.by("hook"))
    assert sent == 1
    assert [one["ref"] for one in team("list", "--json").data] == [opened.data["ref"], "INC-1"]
    now = team("--json")
    assert now.data["waiting"]["incidents"] == 2
    for words in (["resolve", "INC-1"], ["verify"], ["assign", "lead", "bob", "INC-1"]):
        refused = team(*words)
        assert refused.returncode == 7, words
        assert "cannot be reached" in refused.stderr
    doctor = team("doctor", "--offline")
    assert "not in the record" in doctor.stdout

    cable.mend()
    came = team("list", "--json")
    assert came.stderr.count("Came in:") == 2
    assert [one["ref"] for one in came.data] == ["INC-2", "INC-1"]
    assert team("show", opened.data["ref"], "--json").data["ref"] == "INC-2"
    texts = [line["text"] for line in team("timeline", "INC-1", "--json").data]
    assert texts.count("typed once") == 1
    assert team("verify").returncode == 0
    assert team("--json").data["waiting"] is None
    assert len(receivers.by("hook")) == sent
    assert {one["state"] for one in team("messages", "INC-2", "--json").data} <= {"sent", "acknowledged", "cancelled"}
    assert team("sync", "--json").data == {"came_in": [], "waiting": None}


def test_a_machine_that_never_reached_the_record_says_what_to_do(team, cable, tmp_path):
    cable.cut()
    done = team("log", "a note", ESCALATE_HOME=str(tmp_path / "fresh"))
    assert done.returncode == 7
    assert "never reached that record" in done.stderr
    assert not list((tmp_path / "fresh").glob("spool/*.db"))


def test_the_terminal_keeps_its_incident_while_the_line_is_down(team, cable):
    team("open", "One")
    team("open", "Two")
    assert team("use", "INC-1", ESCALATE_SESSION="night").returncode == 0
    cable.cut()
    done = team("log", "a note", ESCALATE_SESSION="night")
    assert done.stdout.startswith("INC-1 ")


def test_two_open_incidents_have_to_be_told_apart_without_the_record_as_well(team, cable):
    team("open", "One")
    team("open", "Two")
    cable.cut()
    done = team("log", "a note")
    assert done.returncode == 2
    assert "INC-1" in done.stderr
    assert "INC-2" in done.stderr


def test_what_is_not_here_is_not_made_up_by_looking_for_it(team, cable):
    team("open", "One")
    cable.cut()
    for words, says in (
        (["timeline", "INC-1"], "kept on this machine"),
        (["show", "OFF-0000"], "Nothing is known of 'OFF-0000' on this machine"),
    ):
        done = team(*words)
        assert done.returncode == 3
        assert says in done.stderr
    assert team("--json").data["waiting"] is None


def test_sync_says_what_waits_and_that_nothing_is_lost(team, cable):
    team("open", "One")
    cable.cut()
    team("log", "a note")
    done = team("sync")
    assert done.returncode == 7
    assert "1 entry on 1 incident" in done.stderr


def test_a_failing_sync_stops_no_command(team, cable):
    team("open", "One")
    cable.cut()
    team("log", "a note")
    cable.mend()
    spool = next((Path(team.environ["ESCALATE_HOME"]) / "spool").glob("*.db"))
    spool.chmod(0o666)
    done = team("list", "--json")
    assert done.returncode == 0
    assert "has not come in" in done.stderr
    spool.chmod(0o600)
    assert "Came in: INC-1, 1 entry" in team("list").stderr


@pytest.mark.slow
def test_the_spool_is_watched_until_all_of_it_is_in(team, cable, receivers, pg):
    """A detached courier drives what is kept here, brings it in, and ends."""
    team("open", "One")
    receivers.refuse["hook"] = 500
    cable.cut()
    paged = team("page", "person:bob", ESCALATE_COURIER="auto")
    assert paged.returncode == 0, paged.stderr
    receivers.refuse.clear()
    cable.mend()
    there = pg.connect()
    try:
        until, found = time.monotonic() + 40, []
        while time.monotonic() < until and [row["state"] for row in found] != ["sent"]:
            time.sleep(0.2)
            found = there.execute("SELECT state FROM escalate.messages").fetchall()
        assert [row["state"] for row in found] == ["sent"]
        assert len({json.dumps(body.get("id")) for body in receivers.by("hook")}) == 1
        assert team("verify").returncode == 0
    finally:
        _end_couriers(team)


def _end_couriers(team):
    """Those that were started for this test alone, by the home they were given."""
    home = team.environ["ESCALATE_HOME"].encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if b"ESCALATE_HOME=" + home in (folder / "environ").read_bytes().split(b"\0"):
                os.kill(int(folder.name), signal.SIGTERM)
