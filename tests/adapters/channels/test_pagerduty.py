from __future__ import annotations

import json

import pytest

from escalate.adapters.channels.answers import wait_asked
from escalate.errors import Rejected

TOKEN = "canary-3f2c1d9e8b7a"


@pytest.fixture
def events(httpserver):
    httpserver.expect_request("/v2/enqueue", method="POST").respond_with_json(
        {"status": "success", "message": "Event processed", "dedup_key": "page-1"}, status=202
    )
    return lambda: [json.loads(request.data) for request, _ in httpserver.log]


def test_a_page_triggers_an_alert(events, base, channel, message):
    taken = channel("pagerduty", base).send(message())

    (event,) = events()
    assert taken.remote == "page-1"
    assert not taken.delivered
    assert event["routing_key"] == TOKEN
    assert (event["event_action"], event["dedup_key"]) == ("trigger", "page-1")
    assert event["payload"]["summary"] == "SEV1 SLATE OTTER: acknowledge INC-42"
    assert (event["payload"]["source"], event["payload"]["severity"]) == ("escalate", "critical")
    assert event["payload"]["custom_details"]["ref"] == "INC-42"


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
def test_acknowledging_and_resolving_carry_the_key_and_nothing_else(events, base, channel, message, action):
    channel("pagerduty", base).send(message(details={"action": action, "dedup": "page-1"}))

    assert events() == [{"routing_key": TOKEN, "event_action": action, "dedup_key": "page-1"}]


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        ("SEV0", "critical"),
        ("SEV1", "critical"),
        ("SEV2", "error"),
        ("SEV3", "warning"),
        ("SEV4", "info"),
        (None, "error"),
    ],
)
def test_severities_are_pagerdutys(events, base, channel, message, severity, expected):
    channel("pagerduty", base).send(message(details={"severity": severity}))

    assert events()[0]["payload"]["severity"] == expected


def test_the_same_message_has_the_same_key_in_every_attempt(events, base, channel, message):
    ready = channel("pagerduty", base)
    for attempt in (1, 2):
        ready.send(message(details={}, attempts=attempt))

    first, second = events()
    assert first["dedup_key"] == second["dedup_key"] == message().id


def test_limits_hold(events, base, channel, message):
    ready = channel("pagerduty", base)
    ready.send(message(subject="é" * 5000, text="\x00é" * 300_000, details={"dedup": "k" * 400 + "1"}))
    ready.send(message(details={"dedup": "k" * 400 + "2"}))

    long, other = events()
    assert len(long["payload"]["summary"]) == 1024
    assert len(long["dedup_key"]) <= 255
    assert long["dedup_key"] != other["dedup_key"]
    assert len(json.dumps(long)) < 512 * 1024


def test_an_unknown_action_is_refused_here(base, channel, message):
    with pytest.raises(Rejected, match="explode"):
        channel("pagerduty", base).send(message(details={"action": "explode"}))


def test_what_pagerduty_finds_wrong_is_passed_on_without_the_key(httpserver, base, channel, message):
    httpserver.expect_request("/v2/enqueue").respond_with_json(
        {"status": "invalid event", "errors": [f"Invalid routing key {TOKEN}\x1b[2J"]}, status=400
    )

    with pytest.raises(Rejected, match="Invalid routing key") as caught:
        channel("pagerduty", base).send(message())

    assert TOKEN not in caught.value.message
    assert "\x1b" not in caught.value.message
    assert len(httpserver.log) == 1


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"ratelimit-reset": "12"}, 12),
        ({"Retry-After": "99999999"}, 3600),
        ({"Retry-After": "-5"}, 0),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "soon"}, None),
        ({"retry-after": "Sat, 21 Nov 2026 21:08:00 GMT", "date": "Sat, 21 Nov 2026 21:07:30 GMT"}, 30),
        ({"Retry-After": "Sat, 21 Nov 2020 21:08:00 GMT"}, 0),
        ({}, None),
    ],
)
def test_the_wait_asked_for_is_understood_and_bounded(headers, expected):
    assert wait_asked(headers) == expected


def test_probe_wakes_nobody(events, base, channel):
    assert "PagerDuty" in channel("pagerduty", base).probe()

    (event,) = events()
    assert event["event_action"] == "acknowledge"
    assert event["dedup_key"].startswith("escalate-probe-")
