"""What somebody would try who wants to decide alone, to read what is masked, or to paste what is forbidden."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta

import pytest

from escalate.app import approvals, asking, decisions, incidents
from escalate.app.awaited import awaited
from escalate.app.incidents import Opening
from escalate.app.ledger import Author
from escalate.app.verification import verify_store
from escalate.domain.assessment.pasted import pasted
from escalate.domain.decision.approvals import event_of
from escalate.domain.decision.rules import Deciding, Doing
from escalate.domain.decision.state import next_id
from escalate.domain.incident import rules as states
from escalate.domain.runbook.commands import mistakes
from escalate.errors import Refused, Usage
from two_people import BOB, ROSTER, ledger_of, wired_as

NO = Deciding(question="Refer?", choose="no", why="unclear", declines="referral", threshold="imminence@2")
SECRET = "zebra-word"


@pytest.fixture
def grave(ledger, apply_roster):
    apply_roster(ROSTER)
    return opened(ledger)


def opened(ledger, **more):
    return incidents.open_incident(
        ledger, Opening(**{"title": "t", "severity": "SEV1", "quiet": True, **more})
    ).incident.id


def look(store, id_):
    with store.reading() as found:
        return found.incident(id_)


def judgement(store, id_):
    found = look(store, id_).judgement
    assert found is not None
    return found


# ── one person, twice ───────────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_got_another_name_in_the_roster_does_not_approve_their_own_wish(ledger, grave, wiring, apply_roster):
    incidents.judge(ledger, grave, "SEV3", "w")
    apply_roster(ROSTER.replace("alice", "angela"))
    renamed = ledger_of(wiring, Author(actor="angela", person="angela", source="test", origin="desk"))

    with pytest.raises(Refused, match="no longer knows"):
        approvals.approve(renamed, grave, "P-1")


def test_nobody_takes_over_the_wish_of_one_who_left_but_it_can_be_rejected(ledger, grave, wiring, apply_roster):
    incidents.judge(ledger, grave, "SEV3", "w")
    apply_roster(ROSTER.replace("alice", "angela"))

    _written, approval = approvals.reject(ledger_of(wiring), grave, "P-1", "she left")

    assert approval["state"] == "refused"


def test_to_decide_again_what_declined_declines_again(ledger, grave, wiring, store):
    decisions.decide(ledger, grave, NO)
    approvals.approve(ledger_of(wiring), grave, "P-1")
    decisions.reopen(ledger, grave, "D-1", "a new account")

    again = decisions.decide(ledger, grave, Deciding(question="D-1", choose=" No ", why="still unclear"))

    assert again.waits
    assert judgement(store, grave).decisions["D-1"]["state"] == "reopened"


def test_to_decide_again_otherwise_takes_one(ledger, grave, wiring):
    decisions.decide(ledger, grave, NO)
    approvals.approve(ledger_of(wiring), grave, "P-1")
    decisions.reopen(ledger, grave, "D-1", "a new account")

    assert decisions.decide(ledger, grave, Deciding(question="D-1", choose="yes", why="clear now")).approval is None


def test_what_one_declined_alone_is_taken_up_again_when_it_turns_out_to_be_grave(ledger, apply_roster, store):
    apply_roster(ROSTER)
    id_ = opened(ledger, severity="SEV3")
    decisions.decide(ledger, id_, NO)
    decisions.decide(ledger, id_, Deciding(question="Label it?", choose="yes", why="w"))

    incidents.judge(ledger, id_, "SEV0", "worse")

    found = judgement(store, id_).decisions
    assert (found["D-1"]["state"], found["D-2"]["state"]) == ("reopened", "made")
    assert decisions.decide(ledger, id_, Deciding(question="D-1", choose="no", why="w")).waits
    assert verify_store(store).sound


def test_an_action_is_not_undone_twice_whatever_decision_it_rests_on(ledger, grave, wiring):
    decisions.decide(ledger, grave, Deciding(question="Undo?", choose="yes", why="w"))
    decisions.act(ledger, grave, Doing(what="remove", count=3))
    decisions.act(ledger, grave, Doing(what="label", count=60, reverses="X-1", decision="D-1", why="w"))
    decisions.act(ledger, grave, Doing(what="label", count=3, reverses="X-1", decision="D-1"))

    with pytest.raises(Refused, match="X-1 was reversed since, by X-2"):
        approvals.approve(ledger_of(wiring), grave, "P-1")


def test_closing_does_not_do_away_with_the_review_of_what_one_did_alone(ledger, grave, wiring, store, clock):
    incidents.judge(ledger, grave, "SEV3", "w", break_glass=True)
    incidents.change(ledger, grave, lambda it: states.close(it, "not-an-incident", "none", None, "w"))
    incident = look(store, grave)

    assert [one.event.kind for one in incident.judgement.timers(incident)] == ["approval.late"]
    with store.reading() as reading:
        found = awaited(reading, [], reading.roster(), clock.now())
    assert [(one.kind, one.id) for one in found] == [("review", "P-1")]
    assert [each["id"] for _one, each in approvals.listed(store, None)[0]] == ["P-1"]
    _written, approval = approvals.approve(ledger_of(wiring), grave, "P-1")
    assert approval["state"] == "given"


@pytest.mark.parametrize("step", ["mitigate", "resolve"])
def test_what_waits_is_listed_also_once_the_harm_is_over(ledger, grave, store, step):
    incidents.judge(ledger, grave, "SEV3", "w")
    incidents.change(ledger, grave, lambda it: getattr(states, step)(it, "s"))

    assert [each["id"] for _one, each in approvals.listed(store, None)[0]] == ["P-1"]


def test_a_number_nobody_can_count_from_stops_nobody():
    assert next_id("P", ["P-1", "P-" + "9" * 5000]) == "P-2"


def test_an_option_asked_twice_is_refused_for_numbers_would_mean_another(ledger, grave, clock):
    with pytest.raises(Usage, match="twice"):
        asking.ask(
            ledger,
            grave,
            "bob",
            "q",
            due=clock.now() + timedelta(hours=1),
            options=("wait", "Wait ", "go"),
            recommend=3,
        )


def test_an_option_named_again_keeps_what_was_said_of_it(ledger, grave, store):
    told = {"option": "wait", "cons": "late"}
    decisions.decide(ledger, grave, Deciding(question="q", choose="1", why="w", options=(told, {"option": "wait"})))

    assert judgement(store, grave).decisions["D-1"]["options"] == [told]


@pytest.mark.parametrize(
    "body",
    [{"severity": 5, "was": "SEV1", "why": "w"}, {"severity": "SEV9", "was": "SEV1", "why": "w"}, {"was": "SEV1"}, {},
     {"severity": "SEV0", "was": "SEV1", "why": "w"}],
)  # fmt: skip
def test_a_forged_wish_is_refused_and_does_not_stumble(body):
    with pytest.raises(Refused):
        event_of({"id": "P-1", "what": {"kind": "severity.changed", "body": body}})


@pytest.mark.parametrize(
    "said", ['"why": 3', '"why": ["a"]', '"choose": {"a": 1}', '"choose": true', '"question": ["a"]', '"options": [[1]]', '"review_on": {"a": 1}']
)  # fmt: skip
def test_a_file_of_other_things_than_texts_is_refused(escalate, grave, said):
    filed = '{"question": "q", "choose": "y", "why": "w", ' + said + "}"

    assert escalate("decide --from -", stdin=filed).exit_code == 2


# ── what is masked ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def masked(ledger, apply_roster):
    apply_roster(ROSTER)
    return opened(ledger, harm=("cse",), severity="SEV3")


@pytest.fixture
def asked(ledger, masked, clock):
    asking.ask(
        ledger, masked, "bob", f"{SECRET} or not?",
        due=clock.now() + timedelta(hours=1), options=(f"{SECRET} one", "two"), recommend=1,
    )  # fmt: skip
    decisions.decide(
        ledger, masked,
        Deciding(question="Q", choose="c", why=SECRET, options=({"option": SECRET},), dissent=({"person": "x", "view": SECRET},)),
    )  # fmt: skip
    return masked


@pytest.mark.slow
@pytest.mark.parametrize("json", ["", " --json"])
@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("decide A-1 INC-1 --choose 9 --why w", 2),
        ("decide A-1 INC-1 --choose 2 --why w", 0),
        ("decide A-1 INC-1 --choose two", 0),
        ("decide D-1 INC-1 --reopen --why w", 9),
        ("decide A-7 INC-1 --choose 1 --why w", 3),
        ("decisions INC-1", 0), ("ask INC-1", 0), ("approvals INC-1", 0), ("actions INC-1", 0),
        ("show INC-1", 0), ("timeline INC-1 --all", 0), ("now", 0), ("summary INC-1", 0), ("messages INC-1", 0),
        (f"search {SECRET}", 0),
    ],
)  # fmt: skip
def test_no_answer_of_a_command_holds_masked_words_of_somebody_else(
    escalate, environ, clock, asked, command, code, json, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)  # documents are written where one is

    done = escalate(command + json, wired=wired_as(environ, clock, BOB))

    assert done.exit_code == code or command.startswith(("search", "now")), done.stderr
    assert SECRET not in (done.stdout + done.stderr).replace(f"search {SECRET}", "").replace(f"'{SECRET}'", "").replace(
        f'"{SECRET}"', ""
    ), done.stdout + done.stderr


def test_deciding_again_does_not_show_the_masked_words_of_before(escalate, environ, clock, asked, ledger):
    decisions.reopen(ledger, asked, "D-1", "new")

    for json in (" --json", ""):
        done = escalate(f"decide D-1 INC-1 --choose other --why w{json}", wired=wired_as(environ, clock, BOB))
        assert done.exit_code in (9, 4), done.stderr
        assert SECRET not in done.stdout + done.stderr


def test_a_decision_bears_the_labels_of_the_question_it_repeats(ledger, apply_roster, clock, store, escalate, environ):
    apply_roster(ROSTER)
    id_ = opened(ledger, severity="SEV3")
    asking.ask(ledger, id_, "bob", SECRET, due=clock.now() + timedelta(hours=1), labels=frozenset({"sensitive"}))

    done = decisions.decide(ledger, id_, Deciding(question="A-1", choose="yes", why="w"))

    assert "sensitive" in done.written.entries[0].label_set
    assert SECRET not in escalate("decisions INC-1 --json", wired=wired_as(environ, clock, BOB)).stdout
    assert SECRET not in escalate("timeline INC-1 --json", wired=wired_as(environ, clock, BOB)).stdout
    assert SECRET not in escalate(f"search {SECRET[:5]} --json", wired=wired_as(environ, clock, BOB)).stdout


def test_why_a_decision_was_reopened_is_masked_by_its_own_labels(ledger, apply_roster, escalate, environ, clock):
    apply_roster(ROSTER)
    id_ = opened(ledger, severity="SEV3")
    decisions.decide(ledger, id_, Deciding(question="Q", choose="yes", why="w"))
    decisions.reopen(ledger, id_, "D-1", SECRET, labels=frozenset({"sensitive"}))

    for command in ("decisions INC-1", "decisions INC-1 --json", "report INC-1", "report INC-1 --format json"):
        done = escalate(command, wired=wired_as(environ, clock, BOB))
        assert (done.exit_code, SECRET in done.stdout) == (0, False), command


# ── what is forbidden ───────────────────────────────────────────────────────────────────────────────────────────────

LONG = "one two three four five six seven"
DIGITS = b"".join(hashlib.sha256(bytes([n])).digest() for n in range(20))
ENCODED = base64.b64encode(DIGITS).decode()
UNSEEN = '"' + LONG.replace(" ", "\u200b") + '"'
LINES = "\n".join(ENCODED[at : at + 76] for at in range(0, len(ENCODED), 76))


@pytest.mark.parametrize(
    "text",
    [
        f'he said "{LONG}"', f"he said ‘{LONG}’", f"he said '{LONG}'", f"「{LONG}」", f"‹{LONG}›", f"＂{LONG}＂",
        f"‟{LONG}”", f"words\n> {LONG}", f"`{LONG}`", f'he said "{LONG}', UNSEEN,
        f'"{"字" * 70}"', f"he said 'don't {LONG}'", f"❝{LONG}❞", f"〝{LONG}〞", f"''{LONG}''", f'"{LONG.replace(" ", "_")}"',
    ],
    ids=ascii,
)  # fmt: skip
def test_a_long_quotation_is_one_by_whatever_marks(text):
    assert pasted(text, quotes=False) == "this quotes at length."
    assert pasted([{"a": {"b": [text]}}], quotes=False)
    assert pasted(text, quotes=True) == ""


@pytest.mark.parametrize(
    "text",
    ["the users' accounts and the team's notes are kept elsewhere by us", 'a "short term" is fine', "it isn't, we don't, they won't",
     '6" of space and then a good many more words follow here', "'one' and 'two' are the accounts, said the team",
     f"the file `sha256:{'0a' * 32}` and `8e3c1a2b-1111-2222-3333-444455556666`", "score > 5 on the scale that we use for it", "'Tis said that users' words aren't here at all, are they"],
    ids=ascii,
)  # fmt: skip
def test_words_of_ones_own_are_not_a_quotation(text):
    assert pasted(text, quotes=False) == ""


@pytest.mark.parametrize(
    "text",
    [ENCODED, LINES, LINES.replace("\n", "\r\n  "), DIGITS.hex(), DIGITS.hex().upper(), DIGITS.hex(" "), "DATA:image/PNG;base64,AAAA",
     "data:;base64,AAAA", "\u200b".join(ENCODED), ENCODED[:200] + "\u00ad" + ENCODED[200:], "data:image/svg+xml;charset=utf-8,x"],
    ids=lambda text: ascii(text)[:30],
)  # fmt: skip
def test_a_file_is_one_however_it_is_broken_up(text):
    assert pasted({"a": text}, quotes=True) == "this holds a file, not words."


def test_long_words_are_no_file():
    assert pasted("the metadata: text, kept. " + "Words of Every length 12 " * 40, quotes=False) == ""
    assert pasted("=" * 500 + "-" * 500, quotes=False) == ""


# ── runbooks ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "command", ["assess triage --from answers.toml", "decide --from=x.json", "decide --from /etc/x"]
)
def test_a_runbook_does_not_have_answers_taken_from_a_file_nobody_sees(command):
    assert any("--from" in one for one in mistakes(f"escalate {command}"))


def test_a_runbook_may_say_from_when():
    assert mistakes("escalate oncall shifts alice --from today") == []


@pytest.mark.parametrize("verb", ["told", "retry"])
def test_a_runbook_does_not_say_that_somebody_was_told(verb):
    assert mistakes(f"escalate messages {verb} 3fa9c1d2") != []
    assert mistakes("escalate messages --all") == []
