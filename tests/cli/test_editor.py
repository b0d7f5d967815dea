"""A text that is written in one's own editor, on a terminal of its own."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from escalate.app.reading import timeline

SECRET = "canary-5d41402abc"


@pytest.fixture
def editor(tmp_path):
    """A program that is handed the path of a file, as an editor is; what it saw of it is kept beside."""

    def made(script):
        path = tmp_path / "my editor"
        look = f'stat -c "%a %U" "$1" "$(dirname "$1")" > {tmp_path}/seen; env > {tmp_path}/env; echo "$@" > {tmp_path}/argv\n'
        path.write_text(f"#!/bin/sh\n{look}{script}\n")
        path.chmod(0o700)
        return f'"{path}"'

    return made


@pytest.fixture
def typed(environ, wiring):
    """Runs a command with a terminal at all of its ends; returns exit code and what was seen there."""

    def run(*words, stdout=None, **more):
        ours, theirs = pty.openpty()
        given = {
            **environ,
            "ESCALATE_SECRET_HOOK": SECRET,
            "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
            **more,
        }
        started = subprocess.Popen(
            [sys.executable, "-m", "escalate", *words], env=given, stdin=theirs, stdout=stdout or theirs, stderr=theirs,
            start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        said = b""
        with suppress(OSError):  # the other end has gone
            while more_said := os.read(ours, 4096):
                said += more_said
        os.close(ours)
        return started.wait(timeout=20), " ".join(said.decode().split())  # lines break where they would be too long

    return run


def notes(wiring, incident):
    return [line.text for line in timeline(wiring.store, incident).lines if line.kind == "note.added"]


@pytest.fixture
def left(home):
    def left():
        return sorted(path.name for path in home.iterdir() if "editing" in path.name)

    return left


@pytest.mark.parametrize("named", ["VISUAL", "EDITOR"])
def test_the_text_is_taken_as_it_was_written(typed, editor, wiring, incident, left, tmp_path, named):
    other = {"VISUAL": "", "EDITOR": "false"} | {named: editor('printf "one line\\n\\n  another é\\n\\n" > "$1"')}

    code, said = typed("log", "-e", **other)

    assert code == 0, said
    assert notes(wiring, incident) == ["one line\n\n  another é"]
    assert left() == []
    assert {line.split()[0] for line in (tmp_path / "seen").read_text().splitlines()} == {"600", "700"}
    assert SECRET not in (tmp_path / "env").read_text()
    assert len((tmp_path / "argv").read_text().split()) == 1


def test_it_is_there_wherever_a_text_is_wanted(typed, editor, wiring, incident):
    code, said = typed("severity", "SEV3", "--why", "-e", EDITOR=editor('echo "no longer spreading" > "$1"'))

    assert code == 0, said
    assert "no longer spreading" in timeline(wiring.store, incident).lines[-1].text


@pytest.mark.parametrize(
    ("script", "code", "says"),
    [
        pytest.param(":", 2, "the text is empty", id="left as it was"),
        pytest.param('printf " \\n\\n" > "$1"', 2, "the text is empty", id="only blanks"),
        pytest.param('echo words > "$1~"; : > "$1"', 2, "the text is empty", id="taken back"),
        pytest.param('rm "$1"', 2, "the text is empty", id="taken away"),
        pytest.param("exit 3", 6, "ended with 3", id="given up"),
        pytest.param('rm "$1"; mkdir "$1"', 6, "left a folder in place of the file", id="a folder"),
        pytest.param('rm "$1"; mkfifo "$1"', 6, "left a pipe in place of the file", id="a pipe"),
        pytest.param('ln -sf /dev/zero "$1"', 6, "left a symbolic link in place of the file", id="a link"),
        pytest.param("kill -KILL $$", 6, "was ended by signal KILL", id="killed"),
        pytest.param('sh -c "kill -SEGV \\$\\$" || exit', 6, "was ended by signal SEGV", id="killed below a shell"),
        pytest.param("kill -INT $$", 130, "Stopped", id="ctrl-c in it"),
        pytest.param('cp "$1" "$1~"; kill -HUP $(cut -d" " -f6 /proc/$$/stat); sleep 1', 130, "Stopped", id="the terminal goes"),
    ],
)  # fmt: skip
def test_what_is_no_text_records_nothing_and_leaves_nothing(typed, editor, wiring, incident, left, script, code, says):
    ended, said = typed("log", "-e", EDITOR=editor(script))

    assert (ended, says in said) == (code, True), said
    assert "Traceback" not in said
    assert notes(wiring, incident) == []
    assert left() == []


WORDS = 'echo "words that took an hour" > "$1"; chmod 644 "$1"; cp "$1" "$1~"'
FUTURE = ("--at", "2099-01-01T00:00Z")


@pytest.mark.parametrize(
    ("words", "script", "code", "says"),
    [
        pytest.param(("log", "-e"), f"{WORDS}; exit 3", 6, "ended with 3", id="the editor says no"),
        pytest.param(("log", "-e"), f"{WORDS}; kill -KILL $$", 6, "signal KILL", id="the editor is killed"),
        pytest.param(("log", "-e"), f"{WORDS}; kill -INT $$", 130, "Stopped", id="ctrl-c"),
        pytest.param(("log", "-e"), f"{WORDS}; kill -TERM $(cut -d' ' -f6 /proc/$$/stat); sleep 5", 130, "Stopped", id="told to go"),
        pytest.param(("log", "-e"), f'{WORDS}; printf "a\\000" >> "$1"', 2, "bytes that are not text", id="nul"),
        pytest.param(("log", "-e"), 'printf "\\377\\376a\\000" > "$1"', 2, "is UTF-16", id="UTF-16"),
        pytest.param(("log", "-e"), 'printf "caf\\351" > "$1"', 2, "is not UTF-8", id="latin-1"),
        pytest.param(("log", "-e"), 'head -c 4000001 /dev/zero | tr "\\0" x > "$1"', 2, "More was written", id="too much"),
        pytest.param(("log", "-e"), 'head -c 300000 /dev/zero | tr "\\0" x > "$1"', 2, "are kept at most", id="too long"),
        pytest.param(("correct", "99", "--why", "-e"), WORDS, 3, "no entry", id="refused"),
        pytest.param(("log", "-e", "--label", "privileged"), WORDS, 4, "Only Legal", id="not theirs"),
    ],
)  # fmt: skip
def test_what_was_written_and_not_recorded_is_kept_and_named(
    typed, editor, wiring, incident, left, words, script, code, says
):
    ended, said = typed(*words, EDITOR=editor(script))

    assert (ended, says in said) == (code, True), said
    assert notes(wiring, incident) == []
    [folder] = left()
    path = wiring.folder + f"/{folder}/text.txt"
    assert f"What you wrote is kept: {path}; take it up again" in said
    assert (Path(path).stat().st_mode & 0o777, Path(path).parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert Path(path).stat().st_size > 0


def test_what_was_kept_can_be_taken_up_as_it_says(typed, editor, wiring, incident, escalate):
    _code, said = typed("log", "-e", "-i", "INC-1", EDITOR=editor(f"{WORDS}; exit 1"))
    command, _, path = said.rpartition("escalate ")[2].partition(" < ")

    assert command == "log -i INC-1 -"
    assert escalate(command, stdin=Path(path.strip()).read_text()).exit_code == 0
    assert notes(wiring, incident) == ["words that took an hour"]


@pytest.mark.slow
def test_while_somebody_else_writes_nothing_is_lost(typed, editor, wiring, incident, left):
    held = (
        f"import sqlite3, time; at = sqlite3.connect('{wiring.file}', isolation_level=None); "
        "at.execute('BEGIN IMMEDIATE'); print(flush=True); time.sleep(12)"
    )
    locked, pid = f"{wiring.folder}/locked", f"{wiring.folder}/pid"
    lock = f'{sys.executable} -c "{held}" > {locked} 2>/dev/null </dev/null & echo $! > {pid}; while [ ! -s {locked} ]; do sleep 0.02; done'
    try:
        code, said = typed("log", "-e", EDITOR=editor(f"{WORDS}\n{lock}"))
    finally:
        os.kill(int(Path(pid).read_text()), signal.SIGKILL)

    assert (code, "What you wrote is kept" in said, len(left())) == (5, True, 1), said


def test_what_an_editor_saves_as_it_is_told_to_go_is_kept(typed, editor, wiring, left, incident):
    saves = """trap 'echo words of an hour > "$1.save"; exit 1' TERM; kill -TERM $(cut -d" " -f6 /proc/$$/stat); while :; do sleep 0.02; done"""
    code, said = typed("log", "-e", EDITOR=editor(saves))

    assert code == 130, said
    [folder] = left()
    assert f"What the editor left is kept: {wiring.folder}/{folder}/text.txt.save" in said


@pytest.mark.parametrize("named", ["HUP", "TERM"])
def test_no_editor_outlives_the_command(typed, editor, tmp_path, incident, named):
    code, said = typed(
        "log",
        "-e",
        EDITOR=editor(
            f"trap '' HUP\nsleep 60 &\necho $! $$ > {tmp_path}/pids; kill -{named} $(cut -d' ' -f6 /proc/$$/stat); wait; sleep 60"
        ),
    )

    assert code == 130, said
    for pid in (tmp_path / "pids").read_text().split():
        state = Path(f"/proc/{pid}/stat")
        assert not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(("log", "-e", "--label", "bogus..,"), "is not a label", id="label"),
        pytest.param(("log", "-e", *FUTURE), "is in the future", id="time"),
        pytest.param(("fact", "detected", "--at", "now", "--label", "a b", "--why", "-e"), "is not a label", id="label of a fact"),
        pytest.param(("fact", "detected", *FUTURE, "--why", "-e"), "is in the future", id="time of a fact"),
    ],
)  # fmt: skip
def test_what_would_be_refused_anyway_is_refused_before_anything_is_written(
    typed, editor, incident, tmp_path, words, says
):
    _code, said = typed(*words, EDITOR=editor(WORDS))

    assert says in said
    assert not (tmp_path / "argv").exists()


def test_an_editor_that_is_not_there_is_said(typed, wiring, incident, left):
    code, said = typed("log", "-e", EDITOR="/nowhere/vi")

    assert (code, "ended with 127" in said) == (6, True), said
    assert (notes(wiring, incident), left()) == ([], [])


def test_it_has_the_terminal_where_the_answer_goes_into_a_pipe(typed, editor, tmp_path, incident):
    with (tmp_path / "answer").open("w") as answer:
        code, said = typed("log", "-e", "--json", stdout=answer, EDITOR=editor('echo on the screen; echo words > "$1"'))

    assert (code, "on the screen" in said) == (0, True), said
    assert '"status": "ok"' in (tmp_path / "answer").read_text()
    assert "on the screen" not in (tmp_path / "answer").read_text()


@pytest.mark.parametrize(
    ("line", "set_to", "code", "says"),
    [
        ("log -e", {"EDITOR": "vi"}, 2, "an editor needs a terminal"),
        ("fact detected --at now --why -e", {"EDITOR": "vi"}, 2, "an editor needs a terminal"),
        ("log words -e", {}, 2, "TEXT is there already"),
        ("ask alice words INC-1 more -e --by 'in 30m'", {}, 2, "unexpected extra"),
    ],
)
def test_without_a_terminal_none_is_opened(escalate, environ, store, incident, line, set_to, code, says):
    environ |= set_to

    done = escalate(line)

    assert (done.exit_code, says in done.stderr) == (code, True), done.stderr
    with store.reading() as look:
        assert look.last_entries(incident, 1)[0].kind == "incident.opened"


def test_without_a_name_of_one_it_is_said(typed, wiring, incident):
    code, said = typed("log", "-e", EDITOR="", VISUAL=" ")

    assert (code, "Neither VISUAL nor EDITOR says" in said) == (6, True), said
