"""A text that is written in one's own editor, on a terminal of its own."""

from __future__ import annotations

import os
import pty
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
        pytest.param('rm "$1"', 2, "the text is empty", id="taken away"),
        pytest.param('echo words > "$1"; exit 3', 6, "ended with 3", id="given up"),
        pytest.param('printf "\\377\\376" > "$1"', 2, "is UTF-16", id="no text"),
        pytest.param('head -c 4000001 /dev/zero | tr "\\0" x > "$1"', 2, "More was written than can be taken", id="too much"),
        pytest.param('cp "$1" "$1~"; kill -HUP $(cut -d" " -f6 /proc/$$/stat); sleep 1', 130, "Stopped", id="the terminal goes"),
    ],
)  # fmt: skip
def test_what_is_no_text_records_nothing_and_leaves_nothing(typed, editor, wiring, incident, left, script, code, says):
    ended, said = typed("log", "-e", EDITOR=editor(script))

    assert (ended, says in said) == (code, True), said
    assert notes(wiring, incident) == []
    assert left() == []


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
