"""`decide`, `decisions`, `action`, `actions`, `ask`, `impact`, as a person types them."""

from __future__ import annotations

import json
import os
import pty
import sys

import pytest

from two_people import ROSTER, wired_as


@pytest.fixture(autouse=True)
def opened(escalate, apply_roster):
    apply_roster(ROSTER)
    assert escalate("open 'Reports of coordinated sign-ups' --severity SEV2 --quiet-open").exit_code == 0


def test_a_decision_in_one_line(escalate):
    done = escalate(
        "decide 'Refer today?' --option now --option later --choose 2 --why 'less harm if wrong' --clause life-2@4 "
        "--threshold imminence@2 --element intent=met:#1 --element means=unclear --dissent 'bob=too late by then' "
        "--review-at 'tomorrow 09:00' --review-on 'a new account' --json"
    )

    assert done.exit_code == 0
    assert {name: done.data[name] for name in ("id", "ref", "question", "choice", "reasons", "state", "clause", "threshold")} == {
        "id": "D-1", "ref": "INC-1", "question": "Refer today?", "choice": "later", "reasons": "less harm if wrong",
        "state": "made", "clause": "life-2@4", "threshold": "imminence@2",
    }  # fmt: skip
    assert done.data["elements"] == [
        {"element": "intent", "met": "met", "evidence": "#1"},
        {"element": "means", "met": "unclear"},
    ]
    assert done.data["dissent"] == [{"person": "bob", "view": "too late by then"}]
    assert (done.data["review_at"], done.data["review_on"]) == ("2026-11-22T09:00:00+00:00", ["a new account"])
    assert "life-2@4 is kept as typed" in done.stderr
    assert escalate("decisions --json").data == [done.data]
    assert "→ later" in escalate("decisions INC-1").stdout


FILED = {
    "question": "Refer today?", "choice": "yes", "reasons": "imminent", "options": ["no", {"option": "yes", "cons": "data"}],
    "dissent": [{"person": "bob", "view": "wait"}], "elements": ["intent=not"], "review_at": "2026-11-23T09:00:00Z",
}  # fmt: skip


def test_a_decision_from_stdin_and_options_go_over_it(escalate):
    done = escalate("decide --from - --why 'imminent by now' --json", stdin=json.dumps(FILED))

    assert (done.exit_code, done.data["choice"], done.data["reasons"]) == (0, "yes", "imminent by now")
    assert done.data["options"] == [{"option": "no"}, {"option": "yes", "cons": "data"}]
    assert done.data["elements"] == [{"element": "intent", "met": "not"}]


def test_a_decision_from_a_file(escalate, tmp_path):
    file = tmp_path / "decision.toml"
    file.write_text(
        'question = "Refer today?"\nchoose = "no"\nwhy = "unclear"\ndeclines = "referral"\nreview_at = 2026-11-23T09:00:00Z\n'
    )

    done = escalate(["decide", "--from", str(file), "--json"])

    assert (done.exit_code, done.data["declines"], done.data["review_at"]) == (
        0,
        "referral",
        "2026-11-23T09:00:00+00:00",
    )


@pytest.mark.parametrize(
    ("line", "stdin", "exit_code", "says"),
    [
        ("decide", "", 2, "QUESTION"),
        ("decide q", "", 2, "--choose"),
        ("decide q --choose no", "", 2, "--why"),
        ("decide q --choose no --why w --clause x", "", 2, "life-2@4".replace("life-2", "har-3.2")),
        ("decide q --choose no --why w --element intent", "", 2, "--element intent=met"),
        ("decide q --choose no --why w --dissent bob", "", 2, "bob=too late"),
        ("decide q --choose no --why w --review-at yesterday\\ 09:00", "", 2, "is over"),
        ("decide q --choose no --why w --not-referring --not-reporting", "", 2, "one or the other"),
        ("decide A-9 --choose 1 --why w", "", 3, "no question A-9"),
        ("decide D-9 --reopen --why w", "", 3, "no decision D-9"),
        ("decide --reopen --why w", "", 2, "Which decision"),
        ("decide D-1 --reopen --choose x --why w", "", 2, "only --why"),
        ("decide one two three", "", 2, "unexpected extra argument"),
        ("decide --from -", '{"question": "q", "mood": "bad"}', 2, "there is no mood"),
        ("decide --from -", '{"options": [{"option": "x", "price": 3}], "question": "q", "choose": "x", "why": "w"}', 2, "price"),
        ("decide --from -", "[", 6, "neither TOML nor JSON"),
        ("action blow-up", "", 2, "terminate-account"),
        ("action remove --notice perhaps", "", 2, "no:WHY"),
        ("action remove --decision D-9", "", 3, "no decision D-9"),
        ("ask bob", "", 3, "bob"),
        ("ask bob q", "", 2, "--by"),
        ("ask nobody q --by 'in 30m'", "", 3, "nobody"),
        ("ask bob q --by 'in 30m' --recommend 1", "", 2, "no option 1"),
        ("ask bob q INC-1 more --by 'in 30m'", "", 2, "unexpected extra"),
        ("ask --by 'in 30m'", "", 2, "Who is asked what"),
        ("impact accounts many --confidence low --basis b", "", 2, "is no number"),
        ("impact accounts 3..2 --confidence low --basis b", "", 2, "no range"),
        ("impact accounts 3 --basis b", "", 2, "--confidence"),
        ("impact accounts 3 --confidence low", "", 2, "--basis"),
        ("impact accounts 3 --confidence low --basis b --as-of 2026-11-21T22:00Z", "", 4, "in the future"),
    ],
)  # fmt: skip
def test_failures(escalate, line, stdin, exit_code, says):
    result = escalate(line, stdin=stdin)

    assert (result.exit_code, result.stdout) == (exit_code, "")
    assert says in result.stderr
    assert len(escalate("timeline --all --json").data) == 1


def test_asking_and_answering(escalate):
    asked = escalate("ask BOB 'Refer today?' --by 'in 30m' --option now --option later --recommend 2 --json")

    assert asked.exit_code == 9  # no courier runs in tests
    assert {name: asked.data[name] for name in ("id", "person", "due", "state", "recommend", "question")} == {
        "id": "A-1", "person": "bob", "due": "2026-11-21T21:30:00+00:00", "state": "open", "recommend": 2,
        "question": "Refer today?",
    }  # fmt: skip
    done = escalate("decide A-1 --choose 1 --json")
    assert (done.exit_code, done.data["choice"], done.data["answers"]) == (0, "now", "A-1")
    [listed] = escalate("ask --json").data
    assert (listed["state"], listed["decision"]) == ("answered", "D-1")
    assert "answered already" in escalate("decide A-1 --choose 1").stderr


def test_bare_escalate_shows_what_is_late(escalate, clock):
    escalate("ask bob canary --by 'in 30m'")
    assert "a decision is asked for of Bob Okoro, by 2026-11-21 21:30Z" in escalate("").stdout
    clock.advance(minutes=31)
    done = escalate("--json")

    assert [(one["id"], one["late"], one["command"]) for one in done.data["awaited"]] == [
        ("A-1", True, "escalate decide A-1 INC-1")
    ]
    assert "LATE since 2026-11-21 21:30Z" in escalate("").stdout
    assert "canary" not in escalate("").stdout


def test_reopening_and_deciding_again(escalate):
    escalate("decide q --choose no --why w")

    reopened = escalate("decide D-1 INC-1 --reopen --why 'a new account' --json")

    assert (reopened.data["state"], reopened.data["reopened"][0]["because"]) == ("reopened", "a new account")
    assert escalate("decide D-1 --choose yes --why w --json").data["id"] == "D-2"
    assert [one["state"] for one in escalate("decisions --json").data] == ["superseded", "made"]


def test_actions(escalate):
    done = escalate(
        "action Suspend-Account --ground terms --end 'in 7d' --notice 'no:it would warn them' --count 3 --json"
    )

    assert (done.exit_code, done.data["id"], done.data["what"], done.data["state"]) == (
        0,
        "X-1",
        "suspend_account",
        "done",
    )
    assert (done.data["notice"], done.data["count"]) == ("no: it would warn them", 3)
    escalate("action label --reverses x-1")
    assert [(one["id"], one["reversed_by"]) for one in escalate("actions --json").data] == [
        ("X-1", "X-2"),
        ("X-2", None),
    ]
    assert "suspend-account" in escalate("actions").stdout


def test_numbers(escalate):
    escalate("impact accounts 1,100..1,400 --as-of 20:40 --basis 'linked by payment' --confidence moderate")
    done = escalate("impact accounts 1200 INC-1 --basis counted --confidence high --json")

    assert {name: done.data[name] for name in ("measure", "low", "high", "as_of", "confidence", "basis")} == {
        "measure": "accounts", "low": 1200, "high": 1200, "as_of": "2026-11-21T21:00:00+00:00", "confidence": "high",
        "basis": "counted",
    }  # fmt: skip
    assert [(one["low"], one["latest"]) for one in escalate("impact --json").data] == [(1200, True), (1100, False)]
    assert "1,100 to 1,400" in escalate("impact INC-1").stdout


@pytest.fixture
def sensitive(escalate):
    escalate("open --title - --severity SEV1 --harm cse --quiet-open", stdin="t")
    escalate("decide --from - -i INC-2", stdin=json.dumps({**FILED, "question": "canary-q", "reasons": "canary-r"}))
    escalate("ask bob - INC-2 --by 'in 30m' --option canary-o", stdin="canary-t")
    escalate("impact people 2 INC-2 --basis - --confidence low", stdin="canary-b")
    escalate("action remove INC-2 --scope canary-s --notice no:canary-n")
    escalate("severity SEV3 INC-2 --why -", stdin="canary-w")
    return escalate


LISTS = ("decisions", "ask", "impact", "actions", "approvals")


def test_people_who_need_not_see_it_do_not(sensitive):
    said = [sensitive(f"{name} INC-2{form}") for name in LISTS for form in ("", " --json")]
    said += [
        sensitive(line) for line in ("timeline INC-2 --all", "timeline INC-2 --all --json", "", "--json", "show INC-2")
    ]
    said += [
        sensitive(f"{kind} INC-2 --format {form} -o -")
        for kind in ("summary", "report")
        for form in ("md", "html", "json")
    ]

    assert [done.exit_code for done in said] == [0] * len(said)
    assert "canary" not in "".join(done.stdout + done.stderr for done in said)


ELEMENTS = [
    {"element": "un-wanted", "met": "met", "evidence": "#1"},
    {"element": "repeated", "met": "not", "evidence": "canary: she said so"},
    {"element": "canary person", "met": "unclear"},
]


def test_which_elements_of_a_clause_are_met_may_be_seen_and_what_is_said_of_them_not(sensitive):
    sensitive("decide --from - -i INC-2", stdin=json.dumps({**FILED, "clause": "har-3.2@4", "elements": ELEMENTS}))
    sensitive("decide --from - -i INC-2", stdin=json.dumps({**FILED, "clause": "", "elements": ELEMENTS[:1]}))
    [*_, of_clause, of_none] = sensitive("decisions INC-2 --json").data

    assert of_clause["elements"] == [
        {"element": "un-wanted", "met": "met", "evidence": "#1"},
        {"element": "repeated", "met": "not", "evidence": "[masked: 19 characters]"},
        {"element": "[masked: 13 characters]", "met": "unclear"},
    ]
    assert of_none["elements"][0]["element"] == "[masked: 9 characters]"
    assert "un-wanted met (#1)" in sensitive("decisions INC-2").stdout


@pytest.mark.parametrize("name", LISTS)
def test_looking_is_recorded(sensitive, name):
    before = len(sensitive("timeline INC-2 --all --json").data)

    assert "canary" in sensitive(f"{name} INC-2 --reveal 'asked to approve'").stdout
    after = sensitive("timeline INC-2 --all --json").data
    assert [one["kind"] for one in after if one["seq"] > before] == ["text.revealed"]


def test_what_an_approver_may_not_read_by_chance_is_masked_in_the_answer_too(sensitive, environ, clock):
    done = sensitive("approve P-1 INC-2", wired=wired_as(environ, clock))

    assert done.exit_code == 0
    assert "canary" not in done.stdout


def test_a_terminal_asks_for_what_is_missing_and_for_disagreement(environ, wiring):
    """Question, options, choice, reasons; then who disagrees."""
    wiring.store.close()
    answers = b"Refer today?\nnow\nlater\n\n2\nless harm\nnobody in particular\n=late\nbob=too late\n\n"
    child, terminal = pty.fork()
    if child == 0:
        os.environ.clear()
        os.environ.update({**environ, "PYTHONPATH": os.pathsep.join(sys.path), "TERM": "dumb"})
        os.execv(sys.executable, [sys.executable, "-m", "escalate", "decide"])
    os.write(terminal, answers)
    seen = b""
    try:
        while chunk := os.read(terminal, 4096):
            seen += chunk
    except OSError:  # the other end has gone
        pass
    os.waitpid(child, 0)

    assert b"Any disagreement?" in seen
    assert b"does not say who disagrees" in seen
    assert b"Who disagrees is empty" in seen
    assert b"D-1" in seen
    assert b"later" in seen
    assert b"bob: too late" in seen


@pytest.mark.parametrize(
    ("name", "hint"),
    [("determinaton", "Did you mean determination?"), ("nope", "")],
)
def test_of_a_fact_that_nothing_counts_from_only_the_nearest_name_is_said(escalate, name, hint):
    done = escalate(f"decide 'Refer today?' --choose no --why w --review-on fact:{name}")

    [line] = [line for line in done.stderr.splitlines() if "no clock goes by a fact" in line]
    assert line.endswith(hint or "it fires once one is stated.")
    assert "Known" not in done.stderr
