from __future__ import annotations

import base64
import io
import logging
import re

import httpx
import pytest

from escalate.adapters.redact import QUIET, install, redacted

CANARY = 'canary-3f2c"1d9e&8b7a'


@pytest.fixture
def log():
    """Everything that is logged while the filter is in place, as a handler added later writes it."""
    undo = install(lambda: [CANARY])
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logging.getLogger().addHandler(handler)
    yield written.getvalue
    logging.getLogger().removeHandler(handler)
    undo()


@pytest.mark.parametrize(
    ("text", "gone", "stays"),
    [
        pytest.param(f"the key is {CANARY}.", "canary", "the key is", id="known"),
        pytest.param("https://x.example.org/?k=canary-3f2c%221d9e%268b7a", "canary", "x.example.org", id="in a URL"),
        pytest.param('{"k": "canary-3f2c\\"1d9e&8b7a"}', "canary", '{"k"', id="in JSON"),
        pytest.param(
            "POST https://hooks.slack.com/services/T012/B345/abcDEF done",
            "abcDEF",
            "hooks.slack.com",
            id="Slack webhook",
        ),
        pytest.param("hooks.slack.com/workflows/T012/A1/2/xyzzy", "xyzzy", "hooks.slack.com", id="Slack workflow"),
        pytest.param("Authorization: Bearer abc.def-123", "abc.def", "Authorization", id="bearer"),
        pytest.param("{'Authorization': 'Basic dXNlcjpwYXNz'}", "dXNlcjpw", "Authorization", id="basic in a dict"),
        pytest.param("Authorization: Token token=y_NbAkKc66ryYTWUXYEu", "y_NbAk", "Authorization", id="PagerDuty"),
        pytest.param("authorization: hunter2hunter2", "hunter2", "authorization", id="another scheme"),
        pytest.param("got xoxb-1234-5678-abcdef here", "5678", "here", id="Slack bot token"),
        pytest.param("got xapp-1-A0-99-fedc here", "fedc", "here", id="Slack app token"),
        pytest.param("got xoxe.xoxp-1-Mi0yLTE here", "Mi0yLTE", "here", id="Slack refresh token"),
        pytest.param('{"routing_key": "0123456789abcdef", "a": 1}', "0123456", '"a": 1', id="routing key"),
        pytest.param("?token=abcdef&page=2", "abcdef", "page=2", id="token in a query"),
        pytest.param("password='correct horse' user=x", "horse", "user=x", id="password in quotes"),
        pytest.param("api_key=abc123, more", "abc123", "more", id="API key"),
        pytest.param("https://user:word@desk.example.org/", "word", "desk.example.org", id="in front of a host"),
        pytest.param("Escalate-Signature: v1=0a1b2c3d", "0a1b2c", "Escalate", id="signature"),
    ],
)
def test_secrets_are_taken_out_and_the_rest_stays(text, gone, stays):
    clean = redacted(text, [CANARY])

    assert gone not in clean
    assert stays in clean
    assert "[redacted]" in clean


@pytest.mark.parametrize(
    "text",
    [
        "INC-42 SLATE OTTER #14 21:07:14Z",
        "mail alice@example.org about the token",
        "GET https://desk.example.org/v2/enqueue 202",
        "the secret santa list",
    ],
)
def test_ordinary_words_stay(text):
    assert redacted(text, ["ab"]) == text


def test_every_record_is_cleaned(log):
    logger = logging.getLogger("somebody.elses.library")
    logger.warning("sending %s with %r", "x", {"token": CANARY})
    logger.warning("wrong arguments %d", CANARY)
    try:
        int(CANARY)
    except ValueError:
        logger.exception("failed")

    written = log()
    assert "canary" not in written
    assert "sending x" in written
    assert "ValueError" in written


def test_httpx_does_not_write_addresses_to_the_log(log, httpserver):
    httpserver.expect_request(re.compile(".*")).respond_with_data("")
    logging.getLogger().setLevel(logging.INFO)
    try:
        httpx.post(httpserver.url_for("/services/T012/B345/abcDEF"), headers={"X": CANARY})
    finally:
        logging.getLogger().setLevel(logging.WARNING)

    assert "abcDEF" not in "".join(line for line in log().splitlines() if "HTTP Request" in line)


def test_libraries_are_kept_quiet(log):
    assert {logging.getLogger(name).level for name in QUIET} == {logging.WARNING}


def test_it_can_be_undone():
    before = logging.getLogRecordFactory()

    install(list)()

    assert logging.getLogRecordFactory() is before


def test_basic_authentication_is_covered_without_its_name():
    both = base64.b64encode(f"user:{CANARY}".encode()).decode()

    assert both not in redacted(f"Basic {both}", [CANARY])
