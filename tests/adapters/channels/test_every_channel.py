"""What all ways out promise alike: which failure may be tried again, which may not, and that no secret gets out."""

from __future__ import annotations

import re

import pytest

from escalate.adapters.channels.registry import build
from escalate.adapters.secrets import Secrets
from escalate.domain.roster import Channel
from escalate.errors import Misconfigured, Rejected, Unreachable

pytestmark = pytest.mark.slow

CANARY = "canary-3f2c1d9e8b7a"
WEB = ("slack", "pagerduty", "webhook", "jira")
ANY = re.compile(".*")


def failure(channel, message):
    with pytest.raises((Unreachable, Misconfigured)) as caught:
        channel.send(message)
    told = f"{caught.value.message} {caught.value.hint}"
    assert caught.value.hint
    assert CANARY not in told
    return caught.value


@pytest.mark.parametrize("kind", WEB)
@pytest.mark.parametrize(
    ("status", "headers", "expected", "retry_after"),
    [
        pytest.param(500, {}, Unreachable, None, id="500"),
        pytest.param(503, {"Retry-After": "30"}, Unreachable, 30, id="503 with Retry-After"),
        pytest.param(429, {"Retry-After": "7"}, Unreachable, 7, id="429 with Retry-After"),
        pytest.param(429, {}, Unreachable, None, id="429"),
        pytest.param(400, {}, Rejected, None, id="400"),
        pytest.param(404, {}, Rejected, None, id="404"),
    ],
)
def test_an_answer_says_whether_to_try_again(
    httpserver, base, channel, message, kind, status, headers, expected, retry_after
):
    httpserver.expect_request(ANY).respond_with_data(f"no, {CANARY}", status=status, headers=headers)

    error = failure(channel(kind, base), message())

    assert type(error).__mro__.index(expected) <= 1
    assert isinstance(error, Rejected) == (expected is Rejected)
    assert (error.retry_after, error.unknown) == (retry_after, False)


@pytest.mark.parametrize("kind", WEB)
def test_a_refused_request_is_not_repeated_by_the_channel(httpserver, base, channel, message, kind):
    httpserver.expect_request(ANY, method="GET").respond_with_json({"issues": []})
    httpserver.expect_request(ANY, method="POST").respond_with_data("no", status=400)

    failure(channel(kind, base), message())

    assert [request.method for request, _ in httpserver.log].count("POST") == 1


@pytest.mark.parametrize("kind", [*WEB, "email"])
def test_a_refused_connection_is_tried_again(refusing, channel, message, kind):
    url = refusing if kind == "email" else f"http://{refusing}"

    error = failure(channel(kind, url), message(address="alice@example.org" if kind == "email" else "C012AB3CD"))

    assert type(error) is Unreachable
    assert not error.unknown


@pytest.mark.parametrize(
    ("kind", "unknown"),
    [("slack", True), ("pagerduty", True), ("webhook", True), ("jira", False), ("email", False)],
)
@pytest.mark.parametrize("trouble", ["silent", "dropping"])
def test_a_line_that_dies_is_tried_again_and_marked_where_the_message_may_have_arrived(
    request, channel, message, kind, unknown, trouble
):
    at = request.getfixturevalue(trouble)
    url = at if kind == "email" else f"http://{at}"

    error = failure(channel(kind, url), message(address="alice@example.org" if kind == "email" else "C012AB3CD"))

    assert type(error) is Unreachable
    assert error.unknown == unknown


@pytest.mark.parametrize("kind", WEB)
def test_a_certificate_that_nobody_vouches_for_is_refused(encrypted, channel, message, kind):
    encrypted.expect_request(ANY).respond_with_json({"ok": True})

    error = failure(channel(kind, f"https://localhost:{encrypted.port}", private=True), message())

    assert isinstance(error, Misconfigured)
    assert "certificate" in error.message
    assert encrypted.log == []


@pytest.mark.parametrize("kind", WEB)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_never_takes_the_secret_along(httpserver, elsewhere, base, channel, message, kind, status):
    elsewhere.expect_request(ANY).respond_with_json({"ok": True, "issues": []})
    httpserver.expect_request(ANY).respond_with_data(
        "", status=status, headers={"Location": elsewhere.url_for("/stolen")}
    )

    error = failure(channel(kind, base), message())

    assert isinstance(error, Rejected)
    assert elsewhere.log == []


@pytest.mark.parametrize("kind", ["slack", "jira"])
@pytest.mark.parametrize("body", ["<html>hello</html>", "[]", "null", '"ok"', "{}", ""])
def test_an_answer_that_is_not_the_services_own_is_not_taken_for_a_yes(httpserver, base, channel, message, kind, body):
    httpserver.expect_request(ANY).respond_with_data(body, content_type="text/html")

    failure(channel(kind, base), message())


@pytest.mark.parametrize("kind", WEB)
@pytest.mark.parametrize(
    "url",
    [
        "http://desk.example.org",
        "http://127.0.0.1.example.org",
        "ftp://desk.example.org",
        "https://user:word@desk.example.org",
        "https://169.254.169.254",
        "https://[::ffff:169.254.169.254]",
        "https://desk.example.org\r\nX: y",
        "desk.example.org",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_must_not_be_called_is_not(channel, message, kind, url):
    assert isinstance(failure(channel(kind, url), message()), Misconfigured)


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        ("slack", "token"),
        ("pagerduty", "routing_key"),
        ("webhook", "secret"),
        ("webhook", "url"),
        ("jira", "token"),
        ("jira", "project"),
        ("email", "host"),
        ("email", "from"),
    ],
)
def test_a_missing_setting_is_named(channel, message, kind, missing):
    ready = channel(kind, "https://desk.example.org", **{missing: None})

    error = failure(ready, message(address="alice@example.org" if kind == "email" else "C012AB3CD"))

    assert isinstance(error, Misconfigured)
    assert missing in error.message


@pytest.mark.parametrize(
    ("kind", "key"),
    [("slack", "token"), ("pagerduty", "routing_key"), ("webhook", "secret"), ("jira", "token")],
)
def test_a_literal_secret_is_refused_and_not_repeated(channel, message, kind, key):
    error = failure(channel(kind, "https://desk.example.org", **{key: CANARY}), message())

    assert isinstance(error, Misconfigured)


@pytest.mark.parametrize("kind", ["twilio", "console", "../slack", "carrier-pigeon"])
def test_a_kind_that_is_not_there_is_said_with_those_that_are(kind):
    with pytest.raises(Misconfigured) as caught:
        build(Channel(name="desk", kind=kind), Secrets({}), lambda: None, 1.0)

    assert "slack" in caught.value.hint


def test_building_reads_no_secret_and_calls_nobody():
    for kind in ("slack", "email", "jira"):
        build(Channel(name="desk", kind=kind), Secrets({}), lambda: pytest.fail("no client needed"), 1.0)
