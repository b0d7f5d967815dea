"""`log`, `fact`, `correct`, `withdraw`, `move`, `timeline`, `show`: as a person types them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest


@pytest.fixture
def opened(escalate):
    """INC-1, opened quietly."""
    escalate("init")
    assert escalate("open 'Reports of coordinated sign-ups' --severity SEV2 --quiet-open").exit_code == 0
    return escalate


def texts(escalate, more=""):
    return [entry["text"] for entry in escalate(f"timeline {more} --json").data]


# ── log ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_write_says_first_where_it_went(opened):
    result = opened("log 'called the desk'")

    name = opened("show --json").data["code_name"]
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, f"INC-1 {name} #2 21:00:00Z")


def test_an_entry_has_the_shape_of_the_contract(opened):
    entry = opened("log 'called the desk' --at '20m ago' --label tlp:red --json").data

    assert set(entry) >= {
        "seq", "id", "kind", "occurred_at", "precision", "recorded_at", "actor", "text", "body", "labels", "digest",
    }  # fmt: skip
    assert (entry["seq"], entry["kind"], entry["text"], entry["labels"]) == (
        2,
        "note.added",
        "called the desk",
        ["tlp:red"],
    )
    assert (entry["occurred_at"], entry["recorded_at"]) == ("2026-11-21T20:40:00+00:00", "2026-11-21T21:00:00+00:00")


@pytest.mark.parametrize(
    ("stdin", "text"),
    [
        ("piped in\n", "piped in"),
        ("two\nlines\n\n", "two\nlines"),
        ("  \tkept \n", "  \tkept "),
        ("\ufeffwith a mark", "with a mark"),
        ("é 😀", "é 😀"),
        ("\x1b[31mred\r", "\x1b[31mred\r"),
        ("-rf", "-rf"),
    ],
)
def test_a_text_is_piped_in(opened, stdin, text):
    assert opened("log - --json", stdin=stdin).data["body"]["text"] == text


@pytest.mark.parametrize(
    ("line", "stdin", "says"),
    [
        pytest.param("log", "", "nothing was given", id="nothing"),
        pytest.param("log ''", "", "The text is empty", id="an empty text"),
        pytest.param("log -", "", "The text is empty", id="an empty pipe"),
        pytest.param("log -", b"\xff\xfeh\x00i\x00", "UTF-16", id="UTF-16"),
        pytest.param("log -", b"caf\xe9", "not UTF-8 (byte 3)", id="Latin-1"),
        pytest.param("log -", "a\x00b", "not text", id="U+0000"),
        pytest.param("log -", b"x" * 100_001, "100,001 characters", id="too long"),
        pytest.param("log -", b"x" * 4_000_001, "More was piped in", id="far too long"),
        pytest.param(["log", "bytes \udcff"], "", "not text", id="bytes in argv"),
        pytest.param("log x --at tomorrow", "", "No time can be read", id="a time that cannot be read"),
        pytest.param("log x --at ''", "", "No time can be read", id="an empty time"),
        pytest.param("log x --label 'two words'", "", "not a label", id="no label"),
        pytest.param("log x --at 2026-11-21", "", "without a time", id="a date"),
    ],
)
def test_what_cannot_be_recorded_is_refused_with_what_to_do(opened, line, stdin, says):
    result = opened(line, stdin=stdin)

    assert result.exit_code == 2
    assert says in result.stderr
    assert len(result.stderr.splitlines()) >= 2
    assert len(opened("timeline --json").data) == 1


def test_what_is_ahead_of_us_is_refused(opened):
    assert opened("log x --at 2026-11-21T21:02:30Z").exit_code in {2, 4}
    assert opened("log x --at 2099-01-01T00:00Z").exit_code in {2, 4}
    assert len(opened("timeline --json").data) == 1


def test_identifiers_are_pointed_out_and_words_on_the_command_line_warned_about(opened):
    assert "--label sensitive" in opened("log 'mail to a.person@example.org'").stderr
    opened("open 'A threat' --harm life --quiet-open")

    warned = opened("log 'what was said' -i INC-2")

    assert "process list" in warned.stderr
    assert "process list" not in opened("log - -i INC-2", stdin="what was said").stderr


# ── facts, corrections, withdrawals ─────────────────────────────────────────────────────────────────────────────────


def test_facts_supersede(opened):
    first = opened("fact impact_started --at 2026-11-21T20:55Z --why 'the queue' --json").data
    second = opened("fact impact-started INC-1 --at 2026-11-21T20:45Z --why - --json", stdin="the log").data

    assert (first["name"], first["at"], first["supersedes"]) == ("impact-started", "2026-11-21T20:55:00+00:00", None)
    assert (second["name"], second["supersedes"]) == ("impact-started", first["id"])


@pytest.mark.parametrize(
    ("line", "exit_code", "says"),
    [
        ("fact detected --why w", 2, "--at"),
        ("fact detected --at '20m ago'", 2, "Give --why"),
        ("fact 'when we saw it' --at '20m ago' --why w", 2, "not the name of a fact"),
        ("fact detected --at noonish --why w", 2, "No time can be read"),
        ("correct 1 --text x --why w", 4, "what the program did"),
        ("correct 2 --why w", 2, "says what is right"),
        ("correct 2 --text x", 2, "--why"),
        ("correct 2 --text x --why ''", 2, "The reason is empty"),
        ("correct 9 --text x --why w", 3, "no entry '9'"),
        ("correct 2 --at '' --why w", 2, "No time can be read"),
        ("withdraw 1 --why w", 4, "what the program did"),
        ("withdraw 2", 2, "--why"),
        ("move 2 --to INC-1", 4, "on that incident already"),
        ("move 1 --to INC-2", 4, "is not a note"),
        ("move 2 --to INC-9", 3, "INC-9"),
        ("move 2", 2, "--to"),
        ("move --to INC-2", 2, "ENTRY"),
    ],
)
def test_failures_name_the_thing_and_what_to_do(opened, line, exit_code, says):
    opened("log 'a note'")
    opened("open 'Another' --quiet-open")

    result = opened(f"{line} -i INC-1")

    assert (result.exit_code, result.stdout) == (exit_code, "")
    assert says in result.stderr


def test_a_correction_shows_where_the_line_stood(opened):
    opened("log 'the desk called at 21:20' --at 21:00")

    corrected = opened("correct 2 --text 'the desk called' --at 20:40 --why misheard --json").data

    assert (corrected["seq"], corrected["kind"], corrected["precision"]) == (3, "entry.corrected", "minute")
    [line] = [entry for entry in opened("timeline --json").data if entry["seq"] == 2]
    assert (line["text"], line["occurred_at"][11:16], line["precision"], line["corrected_by"]) == (
        "the desk called",
        "20:40",
        "minute",
        3,
    )
    assert "the desk called at 21:20" in texts(opened, "--all")


def test_a_note_is_moved_with_its_time_and_author(opened):
    opened("log 'belongs elsewhere' --at '20m ago'")
    opened("open 'The right one' --quiet-open")

    [moved] = opened("move 2 --to INC-2 -i INC-1 --json").data

    assert (moved["text"], moved["occurred_at"], moved["body"]["author"]) == (
        "belongs elsewhere",
        "2026-11-21T20:40:00+00:00",
        moved["actor"],
    )
    assert "belongs elsewhere" not in texts(opened, "INC-1")
    assert "belongs elsewhere" in texts(opened, "INC-2")


def test_moving_shows_nothing_that_is_masked(opened):
    opened("open 'A threat' --harm life --quiet-open")
    opened("log - -i INC-2", stdin="what was said")

    moved = opened("move 2 --to INC-1 -i INC-2 --json")

    assert moved.exit_code == 0
    assert "what was said" not in moved.stdout
    assert moved.data[0]["labels"] == ["sensitive"]


# ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_as_of(opened, clock):
    clock.advance(minutes=10)
    opened("log 'later'")
    clock.advance(minutes=10)
    opened("severity SEV1 --why worse")

    assert "later" not in texts(opened, "--as-of 21:05")
    assert "later" in texts(opened, "--as-of 21:10")
    assert opened("show --as-of 21:15 --json").data["severity"] == "SEV2"
    assert opened("show --json").data["severity"] == "SEV1"
    assert opened("show --as-of 20:00").exit_code == 3
    assert opened("timeline --as-of ''").exit_code == 2


def test_masked_text_is_shown_to_who_says_why(opened):
    opened("open - --title - --harm cse --quiet-open", stdin="secret title")
    opened("log - -i INC-2", stdin="secret words")

    for line in (
        "timeline INC-2",
        "timeline INC-2 --all",
        "timeline INC-2 --json",
        "show INC-2",
        "list",
        "list --json",
        "show INC-2 --json",
        "--json",
    ):
        assert "secret" not in opened(line).stdout
    assert opened("timeline INC-2 --reveal").exit_code == 2
    revealed = opened("timeline INC-2 --reveal --why 'to brief the desk'")
    assert "secret words" in revealed.stdout
    assert opened("timeline INC-2 --json").data[-1]["kind"] == "text.revealed"


def test_privileged_is_for_legal(opened, tmp_path):
    assert opened("log advice --label privileged").exit_code == 4
    login = opened("whoami --json").data["actor"].removeprefix("os:")
    (tmp_path / "roster.toml").write_text(
        f'[people.bob]\nname = "Bob Roe"\nzone = "Europe/London"\nlogins = ["{login}"]\n'
        '[teams.legal]\nname = "Legal"\npeople = ["bob"]\nreads = ["privileged"]\n'
    )
    opened(["apply", str(tmp_path / "roster.toml")])

    entry = opened("log advice --label privileged --json").data

    assert (entry["actor"], entry["labels"]) == ("bob", ["privileged"])


HOSTILE = "SEV1\rSEV4 \x1b]52;c;x\x07\x9b31m\u202egnp\u200b<!channel> \U000e0041"


@pytest.mark.parametrize(
    "line", ["timeline", "show", "timeline --all", "search SEV1", "list --all", "timeline --json", "search SEV1 --json"]
)
def test_text_from_outside_reaches_no_terminal_alive(opened, line):
    opened("log -", stdin=HOSTILE)
    opened("open - --title - --quiet-open", stdin=HOSTILE)

    shown = opened(f"{line} -i INC-1").stdout if "list" not in line else opened(line).stdout

    for bad in ("\r", "\x1b", "\x07", "\x9b", "\u202e", "\u200b", "\U000e0041"):
        assert bad not in shown


def test_following_shows_what_comes(environ, clock, opened, home):
    """In a process of its own, as it never ends by itself."""
    environ = {**environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "escalate"]
    subprocess.run([*command, "log", "before"], env=environ, check=True, capture_output=True)
    following = subprocess.Popen(
        [*command, "timeline", "--follow", "INC-1"], env=environ, stdout=subprocess.PIPE, text=True
    )
    try:
        while "before" not in (shown := following.stdout.readline()):
            assert shown
        subprocess.run([*command, "log", "-"], env=environ, check=True, capture_output=True, input=b"after\x1b[31m")
        assert "after␛[31m" in following.stdout.readline()
    finally:
        following.send_signal(signal.SIGINT)
        assert following.wait(5) == 0
        following.stdout.close()


@pytest.mark.slow
def test_two_who_follow_what_is_masked_do_not_look_at_each_other_for_ever(environ, escalate, home):
    environ = {**environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "escalate"]
    escalate("init")
    escalate("open S --harm life --quiet-open")
    both = [
        subprocess.Popen(
            [*command, "timeline", "--follow", "--reveal", "--why", why], env=environ, stdout=subprocess.PIPE, text=True
        )
        for why in ("one", "other")
    ]
    try:
        for one in both:
            assert one.stdout.readline()
        subprocess.run([*command, "log", "words"], env=environ, check=True, capture_output=True)
        for one in both:
            while "words" not in (shown := one.stdout.readline()):
                assert shown
        time.sleep(1.5)  # three looks of each
        looked = [line for line in escalate("timeline 1 --all --json").data if line["kind"] == "text.revealed"]
        assert len(looked) == 4  # of the opening, and of the words
    finally:
        for one in both:
            one.send_signal(signal.SIGINT)
            one.wait(5)
            one.stdout.close()


def test_json_lines_follow_json(environ, opened):
    environ = {**environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "escalate"]
    following = subprocess.Popen(
        [*command, "timeline", "--follow", "--json"], env=environ, stdout=subprocess.PIPE, text=True
    )
    try:
        while following.stdout.readline() != "}\n":
            pass
        subprocess.run([*command, "log", "after"], env=environ, check=True, capture_output=True)
        assert json.loads(following.stdout.readline())["text"] == "after"
    finally:
        following.terminate()
        following.wait(5)
        following.stdout.close()
