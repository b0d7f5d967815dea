"""What is wrong with a case is named, all of it, with its place."""

import pytest

from cases import CREATED, case, happens, step
from escalate.domain.oncall.scenario import scenario
from escalate.errors import Usage

GOOD = case([step(15, "bob")], [])


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        pytest.param({"t0": "yesterday"}, ["t0: it is not an instant"], id="t0"),
        pytest.param({"t0": "2025-06-02T08:00:00"}, ["t0: it does not say its zone"], id="t0 without a zone"),
        pytest.param({"t0": None}, ["t0: it is missing"], id="no t0"),
        pytest.param({"users": ["bob"]}, ["users: it is not an object"], id="users"),
        pytest.param({"users": {"bob": [{"via": "sms"}]}}, ["users.bob[0].delay_minutes: it is missing"], id="no delay"),
        pytest.param({"users": {"bob": [{"delay_minutes": 10**400, "via": "sms"}]}}, ["more than ten years"], id="a delay without end"),
        pytest.param({"users": {"bob": [{"delay_minutes": 0.001, "via": 1}]}}, ["whole number of seconds", "via: it is not a text"], id="both"),
        pytest.param({"events": [CREATED, happens(5, "panic")]}, ["events[1].event: there is no event 'panic'. Events: alert_created"], id="event"),
        pytest.param({"events": [CREATED, happens(5, "decline", by="bbo")]}, ["events[1].by: there is no user 'bbo'. Users: bob."], id="user"),
        pytest.param({"events": [happens(5, "ack", by="bob")]}, ["events[0]: there is not alert 1 before it"], id="no alert yet"),
        pytest.param({"events": [{**CREATED, "t": 5}, happens(4, "ack", by="bob")]}, ["events[1].t: it goes back"], id="t goes back"),
        pytest.param({"events": [{**CREATED, "t": -1}]}, ["events[0].t: it is below 0"], id="t before t0"),
        pytest.param({"events": [{**CREATED, "t": "0"}]}, ["events[0].t: it is not a number"], id="t in words"),
        pytest.param({"events": [{**CREATED, "at": "2025-06-03T08:00:00Z"}]}, ["events[0].at: it is another moment"], id="at"),
        pytest.param({"events": [CREATED, happens(5, "decline")]}, ["events[1].by: it is missing"], id="declined by nobody"),
        pytest.param({"events": [CREATED, {"t": 1, "event": "set_temporary_schedule", "schedule": "x"}]}, ["no schedule 'x'"], id="schedule"),
        pytest.param({"policy": {"steps": [step(5, "ghost")]}}, ["policy.steps[0].targets[0]: there is no user 'ghost'"], id="target"),
        pytest.param({"policy": {"repeat": 1.5, "steps": [step(5, "bob")]}}, ["policy.repeat"], id="repeat"),
        pytest.param({"policy": {"repeat": -1, "steps": [step(5, "bob")]}}, ["policy.repeat: -1 never ends"], id="for ever"),
        pytest.param({"policy": {"repeat": -1, "steps": [step(0, "bob")]}, "until_t": 5}, ["more than 10,000 steps"], id="no wait for ever"),
        pytest.param({"policy": {"repeat": 10**9, "steps": [step(5, "bob")]}}, ["more than 10,000 steps"], id="too often"),
        pytest.param({"policy": {"steps": [step(5, "bob", multi_ack="yes")]}}, ["multi_ack: it is true or false"], id="flag"),
        pytest.param({"on_call": {"schedule:a": ["ghost"]}}, ["on_call.schedule:a[0]: there is no user 'ghost'"], id="on call"),
        pytest.param(
            {"on_call": {"schedule:a": [{"t_from": 5, "users": []}, {"t_from": 4, "users": []}]}}, ["t_from: it goes back"], id="t_from",
        ),
        pytest.param({"events": [CREATED] * 1001}, ["events: there are more than 1,000"], id="too many events"),
        pytest.param(
            {"on_call": {"schedule:a": [{"t_from": n, "users": []} for n in range(1, 1010)]}}, ["more than 1,000 moments"], id="too many changes",
        ),
        pytest.param({"on_call": {"schedule:a": ["bob", {"t_from": 4, "users": []}]}}, ["[0]: it is not an object"], id="mixed"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_case_is_named_with_its_place(changes, named):
    with pytest.raises(Usage) as refused:
        scenario({**GOOD, **changes}, "case.json")

    assert "case.json cannot be run: " in refused.value.message
    for one in named:
        assert one in refused.value.message


@pytest.mark.parametrize("data", [None, [], "case", 1, True], ids=repr)
def test_what_is_no_case_at_all_is_refused(data):
    with pytest.raises(Usage, match="the file: it is not an object"):
        scenario(data, "case.json")


def test_every_mistake_is_named_at_once_up_to_a_limit():
    events = [CREATED, *(happens(5, f"panic {n}") for n in range(60))]

    with pytest.raises(Usage) as refused:
        scenario({**GOOD, "events": events}, "case.json")

    assert "60 mistakes" in refused.value.message
    assert "and 20 more" in refused.value.message
