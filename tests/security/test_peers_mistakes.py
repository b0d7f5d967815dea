"""Mistakes that peers had to publish, one test for each class that can happen here.

The classes and their advisories are those of escalation, command-line and keyring tools that were read for this program.
Elsewhere: secrets in errors and logs (CWE-209, `test_canaries.py`); redirects, private addresses, certificates and kinds of
channels (CWE-522, CWE-918, CWE-295, CWE-94, `tests/adapters/channels`); a spoofed chain (CWE-347, `tests/app/test_transfer.py`).
"""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from telling import ROUTES, TOKENS, Receivers, messages, roster

pytestmark = pytest.mark.slow

SRC = str(Path(__file__).resolve().parents[2] / "src")
ESC, OSC, C1, BIDI, HIDDEN = "\x1b[2J", "\x1b]52;c;aGk=\x07", "\x9b31m", "\u202e", "\u200b"
HOSTILE = f"a{ESC}b{OSC}c{C1}d{BIDI}e{HIDDEN}f\r[red]g[/red]<script>alert(1)</script>"
LIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


@pytest.fixture
def receivers(httpserver):
    return Receivers(httpserver)


@pytest.fixture(autouse=True)
def set_up(environ, httpserver, receivers, apply_roster):
    environ |= TOKENS
    apply_roster(roster(httpserver.url_for(""), details=True))


def test_cwe_150_escapes_in_what_is_stored_reach_no_terminal(escalate, ledger, receivers):
    """gh CVE-2026-45803: text from outside, shown by a command."""
    from escalate.app.incidents import Opening, note, open_incident, state_fact

    incident = open_incident(ledger, Opening(title=HOSTILE, severity="SEV1")).incident.id
    note(ledger, incident, HOSTILE)
    state_fact(ledger, incident, "detected", at=ledger.clock.now(), why=HOSTILE)
    receivers.refuse["hook"] = 400
    lines = [
        ["page", "bob"], ["ping", "legal", "-m", HOSTILE], ["ping", "legal", "-m", HOSTILE, "--dry-run"], ["ack", "--for", "bob", "--heard", HOSTILE],
        ["page", "escalate", "INC-1/1", "--why", HOSTILE], ["page", HOSTILE], ["ack", HOSTILE], ["messages", HOSTILE], ["messages", "retry", HOSTILE],
        ["log", HOSTILE], ["severity", "SEV0", "--why", HOSTILE], ["assign", "lead", HOSTILE], ["messages"], ["show"], ["timeline", "--all"],
        ["list"], ["search", "a"], [], ["prompt"], ["log", "--at", HOSTILE, "x"], ["assess", HOSTILE], ["drill", HOSTILE], ["runbook", "show", HOSTILE],
        ["open", "t", "--harm", HOSTILE], ["--database", f"/tmp/{HOSTILE}", "list"], [HOSTILE], ["use", HOSTILE], ["verify", HOSTILE],
    ]  # fmt: skip
    for line in lines:
        done = escalate(line)
        assert not LIVE.search(done.stdout + done.stderr), line
        assert "Traceback" not in done.stderr, line
    for line in lines[12:18]:
        json.loads(escalate([*line, "--json"]).stdout)


def test_cwe_150_nothing_hidden_goes_out_either(escalate, ledger, receivers):
    """Slack and the team's own receivers show it to people as well."""
    from escalate.app.incidents import Opening, open_incident

    open_incident(ledger, Opening(title=HOSTILE, severity="SEV1"))

    escalate(["ping", "legal", "-m", f"{HOSTILE} <!channel> <https://example.org|here>"])
    escalate(["page", "alice"])

    said = "".join(body.get("text", "") for _name, body, _headers in receivers.got)
    assert "alert(1)" in said
    assert not LIVE.search(said)
    assert "<!channel>" not in said


ATTACKS = (
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ self.__init__.__globals__ }}",
    "{{ cycler.__init__.__globals__.os.environ }}",
    "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "{{ name.__class__.__base__ }}",
    "{% include '/etc/passwd' %}",
    "{% include '../../config.toml' %}",
    "{% import 'os' as os %}{{ os }}",
    "{{ name|attr('__class__')|attr('__mro__') }}",
    "{{ '%s'|format(name.__class__) }}",
    "{{ '{0.__class__.__mro__}'.format(name) }}",
    "{{ config }}{{ request }}{{ environ }}",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_cwe_1336_a_hostile_template_reads_nothing_and_holds_nothing_back(escalate, home, incident, receivers, attack):
    """DFIR-IRIS CVE-2024-25624: whoever may write a template ran code on the server."""
    folder = home / "templates" / "messages"
    folder.mkdir(parents=True)
    (folder / "page.j2").write_text(attack)

    escalate("page bob")

    [sent] = receivers.by("hook")
    assert "Acknowledge: escalate ack " in sent["text"]
    for trace in ("class", "root:", "subclasses", "environ", "uid=", "canary"):
        assert trace not in sent["text"]


@pytest.mark.parametrize("command", ["runbook show", "assess", "template show", "drill", "runbook start"])
@pytest.mark.parametrize(
    "name", ["../outside", "../../outside", "/tmp/outside", "a/../../outside", "..", "outside\x00", "%2e%2e/outside"]
)
def test_cwe_22_a_name_is_not_a_path(escalate, home, incident, command, name):
    """gh CVE-2024-54132, DFIR-IRIS CVE-2024-34060: a name from outside leads out of the folder."""
    for place in (home, home.parent):
        for suffix in ("toml", "md"):
            (place / f"outside.{suffix}").write_text('+++\ntitle = "canary-outside"\n+++\ncanary-outside')

    done = escalate([*command.split(), name])

    assert done.exit_code in {2, 3, 4, 6}
    assert "canary-outside" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


class Live(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag in {"script", "iframe", "object", "embed", "form", "base", "img", "link"}:
            self.found.append(tag)
        self.found += [name for name, value in attrs if name.startswith("on") or "javascript:" in (value or "")]


def test_cwe_79_a_report_shows_markup_and_does_nothing_it_says(escalate, ledger):
    """DFIR-IRIS CVE-2023-30615, CVE-2023-50712, CVE-2024-25640: stored text ran in the reader's browser."""
    from escalate.app.incidents import Opening, note, open_incident

    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><svg onload=alert(1)>[x](javascript:alert(1))"
    incident = open_incident(ledger, Opening(title=hostile, severity="SEV1")).incident.id
    note(ledger, incident, hostile)
    escalate(["ping", "legal", "-m", hostile])
    escalate(["page", "bob"])
    escalate(["ack", "--for", "bob", "--heard", hostile])

    for kind in ("report", "summary"):
        page = Live()
        done = escalate([kind, "--format", "html", "-o", "-"])
        page.feed(done.stdout)
        assert "alert(1)" in done.stdout
        assert page.found == []


def test_cwe_918_an_address_inside_is_called_only_when_that_was_meant(escalate, tmp_path, incident):
    """Grafana OnCall CVE-2024-5526: a webhook reached what only the server can reach."""
    for number, url in enumerate(
        ["https://169.254.169.254/latest", "https://10.0.0.7/hook", "http://example.org/hook", "file:///etc/passwd"]
    ):
        path = tmp_path / f"{number}.toml"
        path.write_text(roster().replace('url = "http://127.0.0.1:9/hook"', f'url = "{url}"'))
        applied = escalate(f"apply {path}")
        done = escalate("page bob") if applied.exit_code == 0 else applied
        assert done.exit_code in {6, 9}, url
        assert "NOT SENT" in done.stderr or applied.exit_code == 6, url


@pytest.mark.parametrize("status", [301, 307])
def test_cwe_522_credentials_do_not_follow_a_redirect(escalate, receivers, incident, wiring, status):
    """gh CVE-2024-53858, httpie CVE-2022-0430, requests CVE-2023-32681: a token sent to another host."""
    with HTTPServer(host="127.0.0.1", port=0) as elsewhere:
        others = Receivers(elsewhere)
        receivers.headers = {"Location": elsewhere.url_for("/hook")}
        receivers.refuse = dict.fromkeys(("hook", "pager", "chat"), status)

        escalate("page alice")
        escalate("ping legal")

        assert others.got == []
        assert elsewhere.log == []
    assert {m.state for m in messages(wiring) if m.via in {"hook", "pager", "chat"}} == {"failed"}


def test_cwe_390_nothing_to_verify_is_not_verified(escalate):
    """gh CVE-2025-25204, immudb CVE-2022-36111: success where nothing was looked at."""
    assert escalate("verify").exit_code == 4
    assert escalate("verify INC-7").exit_code == 3
    assert escalate("verify /nowhere/export.jsonl").exit_code in {2, 3, 6}


@pytest.mark.parametrize("name", ["json", "sqlite3", "click", "httpx", "escalate"])
def test_cwe_427_what_lies_in_the_folder_is_not_run(environ, tmp_path, name):
    """A courier is started by commands in whatever folder a person stands in."""
    (tmp_path / f"{name}.py").write_text("open('ran', 'w').close()\nraise SystemExit('hijacked')\n")
    given = {**environ, "PYTHONPATH": SRC}

    done = subprocess.run(
        [sys.executable, "-P", "-m", "escalate", "--version"],
        cwd=tmp_path,
        env=given,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "ran").exists()


def test_cwe_732_only_the_owner_reads_whatever_is_written(
    escalate, environ, home, tmp_path, incident, apply_roster, httpserver
):
    """python-keyring CVE-2012-5578, and every peer that was measured: files for all under a loose umask."""
    before = os.umask(0)
    try:
        environ["ESCALATE_HOME"] = str(home / "fresh")
        environ["ESCALATE_SESSION"] = "t"
        (tmp_path / "roster.toml").write_text(roster(httpserver.url_for(""), more=ROUTES))
        for line in (
            "init", f"apply {tmp_path}/roster.toml", "open t --severity SEV1", "use INC-1", "log n", "page bob", "ack INC-1/1 --for bob",
            f"report -o {home}/fresh/report.md", f"export -o {home}/fresh/export.jsonl", f"db backup {home}/fresh/copy.db", "work --install",
        ):  # fmt: skip
            assert escalate(line).exit_code in {0, 3, 9}, line
    finally:
        os.umask(before)

    unit = tmp_path / ".config"
    for path in [home / "fresh", *(home / "fresh").rglob("*"), unit, *unit.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert (home / "fresh" / "export.jsonl").exists()


@pytest.mark.parametrize("kind", ["toml", "jsonl", "answers"])
def test_cwe_674_what_is_nested_without_end_is_refused(escalate, tmp_path, incident, kind):
    """orjson CVE-2024-27454: a deep document ends the program."""
    path = tmp_path / "deep"
    if kind == "toml":
        path.write_text("x = " + "[" * 50_000)
        done = escalate(f"apply {path}")
    elif kind == "jsonl":
        path.write_text('{"at": "2026-11-21T21:00:00Z", "text": "t", "extra": ' + "[" * 50_000 + "]" * 50_000 + "}\n")
        done = escalate(f"import {path} --title deep")
    else:
        path.write_text("[" * 50_000)
        done = escalate(f"assess triage --from {path}")

    assert done.exit_code in {2, 4, 6}
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") >= 1


def test_cwe_863_only_legal_marks_something_privileged(escalate, incident):
    """TheHive CVE-2017-18376: a reader made themselves more than that."""
    done = escalate("log 'advice' --label privileged")

    assert done.exit_code == 4
