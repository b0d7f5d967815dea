"""How often one person is told by one way, and the one message that many pages become."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalate.domain.messages.message import Message
from escalate.domain.messages.pace import (
    HELD,
    LIMITS,
    MOST,
    WINDOW,
    allowed,
    bundle_key,
    bundled,
    in_order,
    key_of,
    pace,
    repeated,
)

NOW = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)
CODES = ["7F2K", "9QX3", "BB4D"]


def paged(incident, page="1", *, severity="SEV2", seq=3, at=NOW, tried=None, bundle=None, **details):
    """What is owed to Alice for one page of INC-`incident`."""
    label = f"INC-{incident}/{page}"
    return Message(
        id=f"{incident:08d}-0000-5000-8000-{int(page):06d}{seq:06d}",
        incident=f"incident-{incident}",
        entry="e",
        seq=seq,
        digest="d",
        page=label,
        purpose="page",
        to="person:alice",
        name="Alice Ng",
        via="chat",
        address="U0ALICE",
        subject="s",
        text="t",
        details={
            "ref": f"INC-{incident}",
            "code_name": "SLATE OTTER",
            "severity": severity,
            "head": f"#{seq}:abcdef012345",
            "label": label,
            "code": CODES[incident % 3],
            **details,
        },
        due_at=at,
        tried_at=tried,
        bundle=bundle,
    )


def said(*ago):
    """Pages of different incidents that went out so many seconds ago."""
    return [paged(100 + nth, tried=NOW - timedelta(seconds=one)) for nth, one in enumerate(ago)]


def refs(groups):
    return [[message.details["ref"] for message in group] for group in groups]


# ── what goes and what waits ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("ago", "wait"),
    [
        pytest.param([], 0, id="nothing before"),
        pytest.param([59], 1, id="one a minute"),
        pytest.param([60], 0, id="a minute ago exactly"),
        pytest.param([0], 60, id="one at this moment"),
        pytest.param([800, 700, 600, 500, 400], 100, id="five in a quarter of an hour"),
        pytest.param([900, 700, 600, 500, 400], 0, id="the fifth a quarter of an hour ago"),
        pytest.param([3500, *range(3400, 1000, -240)], 100, id="eleven in an hour"),
        pytest.param([10700, *range(10600, 3700, -345)], 100, id="21 in three hours"),
        pytest.param([-30], 60, id="a clock that was set back"),
    ],
)
def test_pages_of_many_incidents_wait_for_the_first_moment_that_the_limits_allow(ago, wait):
    found = pace([paged(1)], said(*ago), NOW)

    assert (found.go, found.hold) == (([], [paged(1)]) if wait else ([[paged(1)]], []))
    assert found.until == (NOW + timedelta(seconds=wait) if wait else None)


def test_whatever_is_due_goes_out_as_one():
    found = pace([paged(3), paged(1), paged(2, severity="SEV4"), paged(4, severity="SEV2")], [], NOW)

    assert refs(found.go) == [["INC-1", "INC-3", "INC-4", "INC-2"]]
    assert found.hold == []


def test_one_page_alone_is_never_held():
    before = [paged(1, seq=seq, tried=NOW - timedelta(seconds=seq)) for seq in range(4, 40)]

    assert pace([paged(1)], before, NOW).go == [[paged(1)]]


def test_one_page_more_and_it_is_a_matter_of_many():
    before = [paged(1, seq=seq, tried=NOW - timedelta(seconds=10)) for seq in range(4, 9)]

    assert pace([paged(1)], [*before, *said(7200)], NOW).hold == [paged(1)]


@pytest.mark.parametrize("severity", ["SEV0", "SEV1"])
def test_the_worst_goes_at_once_and_takes_the_rest_with_it(severity):
    later = paged(1, at=NOW + timedelta(minutes=9), bundle=HELD)

    found = pace([later, paged(2, severity=severity)], said(*range(1, 30)), NOW)

    assert refs(found.go) == [["INC-2", "INC-1"]]
    assert found.hold == []


def test_one_message_names_forty_pages_and_the_next_names_the_others():
    found = pace([paged(number) for number in range(1, 60)], [], NOW)

    assert [len(group) for group in found.go] == [MOST]
    assert len(found.hold) == 59 - MOST
    assert found.until == NOW + timedelta(minutes=1)
    assert found.go[0][0].details["ref"] == "INC-1"


def test_of_the_worst_none_is_held_however_many_they_are():
    found = pace([paged(number, severity="SEV1" if number % 2 else "SEV3") for number in range(1, 180)], [], NOW)

    assert [len(group) for group in found.go] == [40, 40, 40]
    assert {one.details["severity"] for one in found.hold} == {"SEV3"}


def test_a_bundle_counts_once():
    before = [one.but(bundle="b") for one in said(*[100] * 30)]

    assert pace([paged(1)], before, NOW).go == [[paged(1)]]
    assert key_of(before[0]) == "b"


def test_a_severity_that_is_not_known_is_not_held():
    assert pace([paged(1, severity=None)], said(5), NOW).hold == []


# ── what says nothing new ───────────────────────────────────────────────────────────────────────────────────────────


def test_of_one_page_the_newest_message_says_it_all():
    first, second, third = paged(1, seq=3), paged(1, seq=8), paged(1, seq=11)
    other = paged(1, page="2", seq=4)

    assert repeated([first, third, other, second]) == [(second, third), (first, third)]


def test_two_of_one_step_are_told_apart_by_when_they_were_due():
    first, second = paged(1), paged(1, at=NOW + timedelta(minutes=5)).but(id="0")

    assert repeated([first, second]) == [(first, second)]


# ── the one message ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_names_its_pages_and_how_each_is_answered():
    members = [paged(9), paged(7, severity="SEV1", drill=True), paged(8, seq=5)]

    made = bundled("key", members)

    assert made.text == (
        "PAGES for Alice Ng: 3 wait for your answer (1 of them a DRILL).\n"
        "DRILL INC-7/1 SLATE OTTER SEV1: escalate ack 9QX3\n"
        "INC-8/1 SLATE OTTER SEV2: escalate ack BB4D\n"
        "INC-9/1 SLATE OTTER SEV2: escalate ack 7F2K\n"
        "All of these: escalate ack 9QX3 BB4D 7F2K\n"
        "Cannot take one: escalate decline and its code. Without an answer each goes on to whoever is next.\n"
        "record INC-7 #3:abcdef012345, INC-8 #5:abcdef012345, INC-9 #3:abcdef012345"
    )
    assert (made.id, made.to, made.via, made.address, made.subject) == (
        "key", "person:alice", "chat", "U0ALICE", "PAGES for Alice Ng: 3 wait for your answer (1 of them a DRILL).",
    )  # fmt: skip
    assert made.details["severity"] == "SEV1"
    assert not made.details["drill"]
    assert made.details["labels"] == ["INC-7/1", "INC-8/1", "INC-9/1"]


def test_drills_alone_are_called_so_from_the_first_word():
    made = bundled("key", [paged(1, drill=True), paged(2, drill=True)])

    assert made.subject == "DRILL PAGES for Alice Ng: 2 wait for your answer."
    assert made.details["drill"]


def test_a_page_without_a_code_is_answered_by_its_name():
    assert "INC-1/1 SLATE OTTER SEV2: escalate ack INC-1/1\n" in bundled("k", [paged(1, code=""), paged(2)]).text


def test_forty_lines_stay_within_what_chat_shows_whole():
    many = [
        paged(1000 + nth, page="12", code_name="PRAIRIE CORMORANT", head=f"#9999:{nth:012x}", drill=nth % 2, seq=9999)
        for nth in range(MOST)
    ]
    text = bundled("key", many).text

    assert len(text) < 4400
    assert text.index("\nrecord ") < 4000, "only heads may be cut"


@given(st.permutations([paged(nth, seq=nth) for nth in range(1, 6)]), st.data())
def test_key_and_words_are_the_same_for_the_same_members_whatever_became_of_them(members, data):
    expected = [paged(nth, seq=nth) for nth in range(1, 6)]
    state = st.sampled_from(["sending", "unknown", "cancelled", "queued"])
    later = [one.but(state=data.draw(state), due_at=NOW + timedelta(hours=1), bundle="k") for one in members]

    assert bundle_key(members) == bundle_key(expected)
    assert bundle_key(members[1:]) != bundle_key(expected)
    assert bundled("k", later).text == bundled("k", expected).text
    assert in_order(later)[0].details["ref"] == "INC-1"


# ── a whole night, whatever comes ───────────────────────────────────────────────────────────────────────────────────

ARRIVALS = st.lists(
    st.tuples(
        st.integers(0, 3 * 3600), st.integers(1, 12), st.sampled_from(["SEV0", "SEV1", "SEV2", "SEV2", "SEV3", "SEV4"])
    ),
    min_size=1,
    max_size=60,
)


def night(arrivals):
    """Every moment at which something falls due, as a courier lives it. Returns what went out when, what was dropped for
    which, and the messages.
    """
    owed = [
        paged(number, severity=severity, seq=seq, at=NOW + timedelta(seconds=seconds))
        for seq, (seconds, number, severity) in enumerate(sorted(arrivals), 3)
    ]
    waiting, sent, dropped = [], [], {}
    coming = list(owed)
    while coming or waiting:
        now = min(one.due_at for one in (*coming, *waiting))
        waiting += [one for one in coming if one.due_at <= now]
        coming = [one for one in coming if one.due_at > now]
        for old, newer in repeated(waiting):
            dropped[old.id] = newer.id
        waiting = [one for one in waiting if one.id not in dropped]
        before = [one for _at, group in sent for one in group if one.tried_at > now - WINDOW]
        found = pace(waiting, before, now)
        for group in found.go:
            key = bundle_key(group) if len(group) > 1 else None
            sent.append((now, [one.but(tried_at=now, bundle=key) for one in group]))
        assert not found.hold or now < found.until <= now + WINDOW
        waiting = [one.but(due_at=found.until) for one in found.hold]
    return owed, sent, dropped


@given(ARRIVALS)
def test_every_message_goes_out_once_or_a_newer_one_that_says_the_same_does(arrivals):
    owed, sent, dropped = night(arrivals)

    out = Counter(one.id for _at, group in sent for one in group)
    assert set(out.values()) == {1}
    assert {one.id for one in owed} == set(out) | set(dropped)
    assert not set(out) & set(dropped)
    pages = {one.id: one.page for one in owed}
    assert all(pages[old] == pages[newer] for old, newer in dropped.items())
    for old in dropped:
        last = old
        while last in dropped:
            last = dropped[last]
        assert last in out
    for _at, group in sent:
        assert len(group) <= MOST
        text = bundled("k", group).text
        assert all(f"{one.details['label']} " in text for one in group)
        assert text.count("\nINC-") == len(group), "it names nothing else"


@given(ARRIVALS)
def test_the_limits_hold_but_for_the_worst(arrivals):
    _owed, sent, _dropped = night(arrivals)

    for nth, (at, group) in enumerate(sent):
        before = [(then, others) for then, others in sent[:nth] if at - then < WINDOW]
        pages = {one.page for _then, others in before for one in others} | {one.page for one in group}
        if len(pages) == 1 or min(one.details["severity"] for one in group) <= "SEV1":
            continue
        for most, span in LIMITS:
            assert sum(at - then < span for then, _others in before) < most, (at, most)


@given(ARRIVALS)
def test_the_first_is_never_held_and_neither_are_the_worst(arrivals):
    owed, sent, dropped = night(arrivals)

    when = {one.id: at for at, group in sent for one in group}
    due = {one.id: one.due_at for one in owed}
    assert sent[0][0] == min(due.values())
    for one in owed:
        if one.details["severity"] <= "SEV1" and one.id not in dropped:
            assert when[one.id] == due[one.id]


@given(st.lists(st.integers(0, 7200), min_size=1, max_size=40))
def test_a_page_alone_goes_by_its_policy(seconds):
    owed, sent, dropped = night([(one, 5, "SEV3") for one in seconds])

    assert {at for at, _group in sent} == {one.due_at for one in owed if one.id not in dropped}
    assert len(sent) == len(set(seconds))


@given(st.lists(st.integers(0, 11000), max_size=60))
def test_what_the_limits_allow_is_the_first_moment_they_do(ago):
    moments = sorted(NOW - timedelta(seconds=one) for one in ago)
    found = allowed(moments, NOW)

    def fits(at):
        return all(sum(at - span < one for one in moments) < most for most, span in LIMITS)

    assert fits(found)
    assert found == NOW or not fits(found - timedelta(seconds=1))
