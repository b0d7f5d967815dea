from __future__ import annotations

import json

import pytest
from werkzeug import Response

from escalate.errors import Misconfigured, Rejected, Unreachable

TOKEN = "canary-3f2c1d9e8b7a"


@pytest.fixture
def api(httpserver):
    """Slack's answers by method; returns what was asked, in order."""
    asked = []

    def answer(**answers):
        def reply(request):
            method = request.path.rpartition("/")[2]
            given = request.get_json(silent=True) or request.form.to_dict()
            asked.append((method, given, request.headers.get("Authorization")))
            said = answers[method.replace(".", "_")]
            return Response(json.dumps(said), content_type="application/json")

        httpserver.expect_request(__import__("re").compile("/api/.*")).respond_with_handler(reply)
        return asked

    return answer


POSTED = {"ok": True, "channel": "C012AB3CD", "ts": "1763759234.000100"}


def test_a_message_is_posted_as_data_with_its_id(api, base, channel, message):
    asked = api(chat_postMessage=POSTED)

    taken = channel("slack", base).send(message(text="<!channel> see <https://example.org|here> & `this` @here"))

    ((method, posted, authorization),) = asked
    assert method == "chat.postMessage"
    assert authorization == f"Bearer {TOKEN}"
    assert taken.remote == "C012AB3CD/1763759234.000100"
    assert posted["channel"] == "C012AB3CD"
    assert "<" not in posted["text"]
    assert "@here" not in posted["text"]
    assert posted["metadata"] == {"event_type": "escalate_message", "event_payload": {"id": message().id}}
    assert (posted["unfurl_links"], posted["unfurl_media"], posted["link_names"]) == (False, False, False)


@pytest.mark.parametrize("character", ["a", "&", "é", "👩‍👩‍👧", "e\u0301"])
def test_a_long_text_is_cut_between_characters_and_escapes(api, base, channel, message, character):
    asked = api(chat_postMessage=POSTED)

    channel("slack", base).send(message(text=character * 9000))

    text = asked[0][1]["text"]
    assert len(text) <= 4000
    assert text.endswith("…")
    assert text.count("&") == text.count("&amp;")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("channel_not_found", Rejected),
        ("not_in_channel", Rejected),
        ("is_archived", Rejected),
        ("restricted_action", Rejected),
        ("restricted_action_read_only_channel", Rejected),
        ("no_text", Rejected),
        ("msg_too_long", Rejected),
        ("invalid_arguments", Rejected),
        ("invalid_auth", Misconfigured),
        ("account_inactive", Misconfigured),
        ("missing_scope", Misconfigured),
        ("token_revoked", Misconfigured),
        ("internal_error", Unreachable),
        ("ratelimited", Unreachable),
        ("fatal_error", Unreachable),
        ("service_unavailable", Unreachable),
        ("something_new", Unreachable),
        ("<script>", Unreachable),
    ],
)
def test_slacks_codes_say_whether_to_try_again(api, base, channel, message, code, expected):
    asked = api(chat_postMessage={"ok": False, "error": code})

    with pytest.raises((Unreachable, Misconfigured)) as caught:
        channel("slack", base).send(message())

    assert type(caught.value) is expected
    assert "<" not in caught.value.message
    assert len(asked) == 1


OURS = {
    "ts": "1763759200.000900",
    "metadata": {
        "event_type": "escalate_message",
        "event_payload": {"id": "6f1c7c1e-0000-5000-8000-000000000001"},
    },
}
OTHERS = [{"ts": "1"}, {"ts": "2", "metadata": {"event_type": "other", "event_payload": {}}}]


@pytest.mark.parametrize(
    ("address", "asks_first", "found_in"),
    [
        pytest.param("C012AB3CD", [], "C012AB3CD", id="a channel's id"),
        pytest.param("U012AB3CD", ["conversations.open"], "D0DIRECT1", id="a person"),
        pytest.param("legal-desk", ["conversations.list", "conversations.list"], "C0LEGAL12", id="a channel's name"),
    ],
)
def test_what_an_earlier_attempt_posted_is_found_and_not_posted_again(
    httpserver, base, channel, message, address, asks_first, found_in
):
    asked = []

    def reply(request):
        method, given = request.path.rpartition("/")[2], request.form.to_dict()
        asked.append(method)
        answers = {
            "conversations.open": {"channel": {"id": "D0DIRECT1"}},
            "conversations.list": {"channels": [{"id": "C0LEGAL12", "name": "legal-desk"}]}
            if given.get("cursor")
            else {"channels": [{"id": "C1", "name": "x"}], "response_metadata": {"next_cursor": "n"}},
            "conversations.history": {"messages": [*OTHERS, OURS] if given.get("channel") == found_in else []},
        }
        return Response(json.dumps({"ok": True, **answers[method]}), content_type="application/json")

    httpserver.expect_request(__import__("re").compile("/api/.*")).respond_with_handler(reply)

    taken = channel("slack", base).send(message(address=address, attempts=2))

    assert asked == [*asks_first, "conversations.history"]
    assert taken.remote == f"{found_in}/1763759200.000900"


@pytest.mark.parametrize(
    "history",
    [
        pytest.param({"ok": True, "messages": OTHERS}, id="not there"),
        pytest.param({"ok": False, "error": "missing_scope"}, id="not allowed to look"),
        pytest.param({"ok": False, "error": "ratelimited"}, id="looked too often"),
        pytest.param({"ok": True, "messages": None}, id="odd answer"),
    ],
)
def test_a_later_attempt_posts_where_nothing_is_found(api, base, channel, message, history):
    asked = api(conversations_history=history, chat_postMessage=POSTED)

    channel("slack", base).send(message(attempts=3))

    assert [method for method, *_ in asked] == ["conversations.history", "chat.postMessage"]


def test_without_an_address_nothing_is_called(base, channel, message):
    with pytest.raises(Rejected, match="Alice Ng has no Slack address"):
        channel("slack", base).send(message(address=""))


def test_a_failure_is_told_once_and_not_logged_too(refusing, channel, message, caplog):
    with pytest.raises(Unreachable):
        channel("slack", f"http://{refusing}").send(message())

    assert caplog.records == []


def test_probe_asks_who_we_are(api, base, channel):
    asked = api(auth_test={"ok": True, "team": "Example\x1b[2J", "user": "escalate"})

    said = channel("slack", base).probe()

    assert asked[0][0] == "auth.test"
    assert "Example" in said
    assert "\x1b" not in said
