"""Secrets of every channel are planted, everything is run, and all that comes out is searched for them.

Class of Dispatch's CVE-2023-40171 (CWE-209: a secret in an error message).
"""

from __future__ import annotations

import base64
import io
import logging
from urllib.parse import quote

import pytest

from escalate.cli.main import COMMANDS
from telling import ROUTES, TOKENS, TRACKER, Receivers, messages, roster

pytestmark = pytest.mark.slow

MAIL = """
[channels.mail]
kind = "email"
host = "127.0.0.1:9"
from = "escalate@example.org"
tls = "starttls"
user = "escalate"
password = "secret:mail"

[teams.press]
name = "Press"
email = "press@example.org"
"""

CHATTY = ("", "httpx", "httpcore", "slack_sdk", "jira", "urllib3", "requests", "keyring")

LINES = (
    "init", "whoami", "roster", "roster alice", "config show", "doctor", "doctor --json", "list", "show", "timeline --all",
    "page policy:critical", "page bob --json", "page --test bob", "ping legal press crew -m 'please join'", "ticket",
    "messages", "messages --json", "ack INC-1/1 --for alice", "page escalate INC-1/1", "page cancel INC-1/2",
    "work --once", "log 'a note'", "severity SEV1 --why 'it grew'", "fact detected --at 20:00 --why seen", "assign lead alice",
    "summary -o -", "report --format json -o -", "export -o -", "search note", "verify", "db check", "db rebuild", "use INC-1", "prompt",
    "login hook --stdin", "logout hook", "template list", "runbook list", "mitigate", "resolve", "reopen --why again", "", "--json",
)  # fmt: skip


def spellings(secret):
    raw = secret.encode()
    return {
        secret, quote(secret, safe=""), raw.hex(), *(base64.b64encode(pad + raw).decode()[4 if pad else 0 : -4] for pad in (b"", b"xy:")),
        base64.b64encode(f"bot@example.org:{secret}".encode()).decode(),
    }  # fmt: skip


FORBIDDEN = {spelt for token in TOKENS.values() for spelt in spellings(token)}


def found_in(text):
    return sorted(spelt for spelt in FORBIDDEN if spelt in text)


@pytest.fixture
def receivers(httpserver):
    return Receivers(httpserver)


@pytest.fixture
def log():
    """Everything that is logged, however chatty the libraries are told to be."""
    sink = io.StringIO()
    handler = logging.StreamHandler(sink)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s %(exc_text)s"))
    before = {name: logging.getLogger(name).level for name in CHATTY}
    logging.getLogger().addHandler(handler)
    yield sink
    logging.getLogger().removeHandler(handler)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def chatty():
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.DEBUG)


@pytest.fixture(autouse=True)
def set_up(environ, httpserver, receivers, apply_roster, incident):
    environ |= TOKENS
    apply_roster(roster(httpserver.url_for(""), more=ROUTES + TRACKER + MAIL))


@pytest.mark.parametrize("answer", [200, 400, 401, 403, 429, 500, 302])
def test_no_secret_comes_out_whatever_the_other_side_answers(
    escalate, environ, receivers, home, log, answer, httpserver
):
    """The other side repeats the whole request, credentials included."""
    receivers.echoes = True
    receivers.headers = {"Location": httpserver.url_for("/elsewhere?token=1")}
    receivers.refuse = {} if answer == 200 else dict.fromkeys(("chat", "pager", "hook", "tracker"), answer)
    lines = (
        LINES
        if answer in {200, 401}
        else [line for line in LINES if line.split()[:1] in (["page"], ["ping"], ["ticket"], ["doctor"])]
    )
    said = ""
    for line in lines:
        chatty()
        done = escalate(line, stdin=TOKENS["ESCALATE_SECRET_HOOK"])
        assert "Traceback" not in done.stderr, line
        assert not found_in(done.stdout + done.stderr), line
        said += done.stdout + done.stderr
    chatty()

    if answer == 401:
        assert "401" in said
    assert not found_in(log.getvalue())
    for path in home.rglob("*"):
        if path.is_file():
            assert not found_in(path.read_bytes().decode("latin-1")), path


def test_the_canaries_would_have_been_seen(escalate, receivers):
    """They did go out, to those whom they are for."""
    escalate("page alice")
    escalate("ping legal")
    escalate("page carol")
    escalate("ticket")

    sent = str(receivers.got)
    assert found_in(str(receivers.by("pager")))
    assert found_in(sent)
    assert {"Bearer " + TOKENS["ESCALATE_SECRET_CHAT"]} & {
        headers.get("Authorization") for _by, _body, headers in receivers.got
    }


def test_libraries_at_their_chattiest_are_kept_quiet_about_secrets(escalate, log):
    """Without the filter httpx writes whole addresses at INFO and slack_sdk whole bodies at DEBUG."""
    escalate("ping legal")
    chatty()
    logging.getLogger("httpx").info("POST %s", f"https://hooks.example.org/{TOKENS['ESCALATE_SECRET_CHAT']}")
    escalate("ping legal")
    chatty()
    escalate("page carol")

    assert "[redacted]" in log.getvalue()
    assert not found_in(log.getvalue())


def test_no_option_takes_a_secret():
    import importlib

    import click

    def options(command):
        for parameter in command.params:
            yield from parameter.opts
        if isinstance(command, click.Group):
            for one in command.commands.values():
                yield from options(one)

    for name, place in COMMANDS.items():
        module, _, attribute = place.partition(":")
        command = getattr(importlib.import_module(f"escalate.cli.commands.{module}"), attribute)
        assert not {o for o in options(command) if any(word in o for word in ("token", "password", "secret", "key"))}, (
            name
        )


def test_a_literal_secret_in_a_roster_is_refused_and_not_repeated(escalate, tmp_path):
    path = tmp_path / "roster.toml"
    token = TOKENS["ESCALATE_SECRET_PAGER"]
    path.write_text(roster().replace("secret:pager", token))

    done = escalate(f"apply {path}")

    assert done.exit_code == 6
    assert not found_in(done.stdout + done.stderr)


def test_a_message_that_failed_keeps_no_secret(escalate, receivers, wiring):
    receivers.echoes = True
    receivers.refuse = {"hook": 400, "pager": 400, "chat": 400}

    escalate("page alice")
    escalate("ping legal")

    failed = [m for m in messages(wiring) if m.state == "failed"]
    assert failed
    assert not found_in(str([m.plain() for m in failed]))
