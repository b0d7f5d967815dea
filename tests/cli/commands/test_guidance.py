"""`guidance`, `clause`, and what decisions, actions and assessments make of clauses, as a person types them."""

from __future__ import annotations

import io
import json
import sys

import pytest

from guided import ALL, HARASSMENT, NEXT


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text(ALL)
    return path


@pytest.fixture
def guided(escalate, file):
    escalate("init")
    escalate("open 'Reports of coordinated sign-ups' --severity SEV2 --quiet-open")
    assert escalate(f"guidance apply {file}").exit_code == 0
    return escalate


def test_clauses_are_applied_once(escalate, file):
    escalate("init")

    checked = escalate(f"guidance apply --check {file} --json")
    first, again = (escalate(f"guidance apply {file} --json") for _ in range(2))

    assert [done.data["changed"] for done in (checked, first, again)] == [False, True, False]
    assert (
        {row["change"] for row in checked.data["clauses"]}
        == {row["change"] for row in first.data["clauses"]}
        == {"new"}
    )
    assert set(first.data["clauses"][0]) == {
        "id", "version", "name", "title", "state", "effective_from", "until", "owner", "element_count", "digest", "change",
    }  # fmt: skip
    assert "Applied: 0 new, 3 unchanged." in escalate(f"guidance apply {file}").stdout


def test_a_file_can_be_checked_where_there_is_no_record(escalate, file):
    done = escalate(f"guidance apply --check {file}")

    assert (done.exit_code, "not held against what is in force" in done.stderr) == (0, True)
    assert "No mistakes: 3 new" in done.stdout


@pytest.mark.parametrize(
    ("text", "exit_code", "says"),
    [
        (ALL.replace("clear no", "no"), 4, "har-3.2@4 was applied with another content (text)"),
        (ALL.replace("version = 5", "version = 0"), 6, "versions count from 1"),
        (HARASSMENT.replace("version = 4", "version = 6").replace("2026", "2025"), 4, "before har-3.2@5"),
    ],
)
@pytest.mark.parametrize("check", ["", "--check "])
def test_what_does_not_fit_is_refused_whole(guided, file, text, exit_code, says, check):
    before = guided("clause list --all --json").data
    file.write_text(text)

    done = guided(f"guidance apply {check}{file}")

    assert (done.exit_code, says in done.stderr) == (exit_code, True)
    assert guided("clause list --all --json").data == before


def test_clauses_are_listed_as_they_are_and_as_they_were(guided):
    def names(line):
        return [(row["name"], row["state"]) for row in guided(f"clause list {line} --json").data]

    assert names("") == [("har-3.2@4", "in-force"), ("har-3.2@5", "coming"), ("thr-1.1@2", "in-force")]
    assert names("--at 2026-02-01") == [("thr-1.1@2", "in-force")]
    assert names("--at 2027-01-01") == [("har-3.2@5", "in-force"), ("thr-1.1@2", "in-force")]
    assert ("har-3.2@4", "superseded") in names("--at 2027-01-01 --all")
    assert "2026-12-01 08:00Z" in guided("clause list").stdout
    assert "escalate guidance apply" in guided("clause list --at 2020-01-01").stdout


def test_a_clause_is_shown(guided):
    shown = guided("clause show har-3.2 --json").data

    assert (shown["name"], shown["intact"], shown["source"], shown["applied_by"][:3]) == (
        "har-3.2@4",
        True,
        "c.toml",
        "os:",
    )
    assert [one["id"] for one in shown["elements"]] == ["repeated", "un-wanted"]
    assert [(one["version"], one["state"]) for one in shown["versions"]] == [(4, "in-force"), (5, "coming")]
    text = guided("clause show har-3.2@5").stdout
    assert "coming, from 2026-12-01 08:00Z" in text
    assert shown["digest"] not in text
    assert guided("clause show har-32").exit_code == 3


def test_what_changed_is_shown_word_by_word(guided):
    text = guided("clause diff har-3.2@4 har-3.2@5").stdout

    assert "+ element recent: The last was this year." in text
    assert "- element un-wanted" in text
    assert "~ element repeated: Contact was made [-more than once.-] {+at least twice.+}" in text
    assert "clear [-no-] {+no, or a block,+} is" in text
    assert guided("clause diff har-3.2@5").stdout == text
    assert "Nothing changed." in guided("clause diff har-3.2@4 har-3.2@4").stdout
    assert guided("clause diff thr-1.1").exit_code == 3


# ── deciding by it ──────────────────────────────────────────────────────────────────────────────────────────────────

DECIDE = "decide 'Act?' --choose yes --why w --clause"


@pytest.mark.parametrize(
    ("line", "exit_code", "says"),
    [
        (f"{DECIDE} har-33", 3, "Did you mean har-3.2? In force: har-3.2@4 since 2026-03-01"),
        (f"{DECIDE} har-3.2@5", 4, "takes effect on 2026-12-01 08:00Z"),
        (f"{DECIDE} har-3.2@4", 4, "nothing is said of: repeated, un-wanted"),
        (f"{DECIDE} har-3.2 --element repeated=met", 4, "--element un-wanted=met:#14"),
        (f"{DECIDE} har-3.2 --element repeated=met --element other=met", 3, "has no element 'other'"),
        (f"{DECIDE} har-3.2 --element repeated=met --element repeated=not", 2, "is there twice"),
        (f"{DECIDE} har-3.2 --element repeated=perhaps --element un-wanted=met", 2, "met, not, unclear"),
        ("action label --clause har-33", 3, "Did you mean har-3.2?"),
        ("action label --clause har-3.2@5", 4, "not in force yet"),
        ("assess policy --set policy_clause=har-33", 4, "Did you mean har-3.2?"),
        ("assess policy --set policy_clause=har-3.2@5", 4, "not in force yet"),
        ("assess triage --set recommendation='action=label;rationale=x;clause=har-33'", 4, "row 1, clause: there is no clause"),
        ("assess triage --set candidate_clocks=eu-gdpr-33", 4, "Did you mean eu-gdpr-33-authority or eu-gdpr-33-processor?"),
        ("assess triage --set harm_primary=cse:groming", 4, "Did you mean cse:grooming?"),
        ("assess triage --set harm_secondary=frd,har:doxing", 4, "Did you mean har:doxxing?"),
        ("assess model-behaviour --set output_severity=1 --set harm_reached=ais:x", 4, "there is no harm"),
    ],
)  # fmt: skip
def test_what_there_is_not_is_refused_and_nothing_is_written(guided, line, exit_code, says):
    done = guided(line)

    assert (done.exit_code, says in done.stderr) == (exit_code, True), done.stderr
    assert len(guided("timeline --all --json").data) == 1


def test_a_decision_and_what_became_of_its_clause(guided, clock):
    made = guided(f"{DECIDE} HAR-3.2 --element un-wanted=not:#1 --element repeated=met --json")

    assert (made.exit_code, made.data["clause"]) == (0, "har-3.2@4")
    assert made.data["clause_status"] == {"known": True, "newer": None, "since": None}
    assert "no evidence is named for: repeated" in made.stderr
    assert guided("decisions --json").data == [made.data]
    clock.advance(days=30)
    assert "har-3.2@4, @5 since 2026-12-01" in guided("decisions").stdout
    assert guided("decisions --json").data[0]["clause_status"]["newer"] == "har-3.2@5"
    late = guided(f"{DECIDE} har-3.2@4 --element un-wanted=unclear --element repeated=unclear")
    assert "har-3.2@5 is in force since 2026-12-01 08:00Z; this goes by har-3.2@4" in late.stderr


def test_without_guidance_a_clause_is_kept_as_typed_and_that_is_said(escalate):
    escalate("init")
    escalate("open 'Reports of coordinated sign-ups' --severity SEV2 --quiet-open")

    for line in (
        f"{DECIDE} house@2026-04",
        "action label --clause house@x",
        "assess policy --set policy_clause=house@3",
    ):
        done = escalate(f"{line} --json")
        assert (done.exit_code, "kept as typed; no guidance was applied" in done.stderr) == (0, True)
    assert escalate("decisions --json").data[0]["clause_status"] == {"known": False, "newer": None, "since": None}
    assert escalate(f"{DECIDE} house").exit_code == 2
    assert "kept as typed" not in escalate("assess policy --set policy_gap=no").stderr


def policy_answers(**more):
    import tomllib
    from pathlib import Path

    sample = Path(__file__).parents[2] / "samples" / "assessments" / "policy.toml"
    text = sample.read_text().replace("harassment-3.2@2026-04", "har-3.2").replace("conduct-2.1@4", "thr-1.1")
    return json.dumps({**tomllib.loads(text), **more})


def row(element, **more):
    return {"element": element, "verdict": "met", **more}


def test_a_policy_assessment_is_final_once_every_element_is_judged(guided):
    begun = guided("assess policy --from - --json", stdin=policy_answers(elements_met=[row("repeated")]))
    assert (begun.exit_code, begun.data["answers"]["policy_clause"]) == (0, "har-3.2@4")

    assert begun.data["missing"] == ["elements_met"]
    [unfinished] = begun.data["unfinished"]
    assert unfinished["what"] == "nothing is said of these elements of har-3.2@4: un-wanted."
    assert "--set elements_met+='element=un-wanted;verdict=…'" in unfinished["do"]
    assert (
        "elements_met: nothing is said of these elements of har-3.2@4: un-wanted. As --set"
        in guided("assess policy").stdout
    )

    early = guided("assess policy --final")
    assert early.exit_code == 4
    assert "nothing is said of these elements of har-3.2@4: un-wanted" in early.stderr

    done = guided("assess policy --set elements_met+='element=un-wanted;verdict=not_met;evidence=#1' --final --json")
    assert (done.exit_code, done.data["status"]) == (0, "final")
    assert [one["element"] for one in done.data["answers"]["elements_met"]] == ["repeated", "un-wanted"]


def test_what_was_typed_before_there_was_guidance_is_checked_before_it_is_final(escalate, file):
    escalate("init")
    escalate("open 'Reports of coordinated sign-ups' --severity SEV2 --quiet-open")
    typed = {"policy_clause": "house-3@1", "elements_met": [row("as I see it")]}
    assert escalate("assess policy --from -", stdin=policy_answers(**typed, recommendation=[])).exit_code == 0
    escalate(f"guidance apply {file}")

    assert "policy_clause: there is no clause 'house-3@1'" in escalate("assess policy").stdout
    done = escalate("assess policy --final")

    assert (done.exit_code, "there is no clause 'house-3@1'" in done.stderr) == (4, True)


def test_of_masked_answers_only_the_words_of_the_clause_are_said(escalate, file):
    escalate("init")
    escalate("open t --severity SEV1 --harm cse --quiet-open")
    typed = policy_answers(policy_clause="har-3.2@4", elements_met=[row("canary words")], recommendation=[])
    assert escalate("assess policy --from -", stdin=typed).exit_code == 0
    escalate(f"guidance apply {file}")

    said, refused = escalate("assess policy"), escalate("assess policy --final")
    assert "canary" not in said.stdout + refused.stderr
    assert "elements_met: what is said of the clause does not fit it." in said.stdout
    assert "of har-3.2@4: repeated, un-wanted." in said.stdout
    assert refused.exit_code == 4


def test_on_a_terminal_each_element_is_asked_for(guided, wiring, monkeypatch, capfd):
    from escalate.cli.commands.assess import reader
    from escalate.cli.form import fill
    from escalate.cli.session import Session

    guided("assess policy --from -", stdin=policy_answers(elements_met=[row("repeated")]))
    template = wiring.library.template("policy")
    before = [field.name for field in template.fields].index("elements_met")
    lines = [""] * before + ["", "2", "#1", "seen in the log"] + ["."]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(lines) + "\n"))
    session = Session(wiring)
    incident = session.incident("INC-1")

    _written, data = fill(session, template, incident, reader(session), final=True)

    assert data["status"] == "final"
    assert data["answers"]["elements_met"] == [
        row("repeated"),
        {"element": "un-wanted", "verdict": "not_met", "evidence": "#1", "note": "seen in the log"},
    ]
    assert "un-wanted: The person had said no." in capfd.readouterr().err


def test_a_decision_asks_for_elements_on_a_terminal(guided, wiring, monkeypatch, capfd):
    from escalate.app.decisions import incident_of
    from escalate.cli.guided import elements, found
    from escalate.cli.session import Session

    monkeypatch.setattr(Session, "interactive", property(lambda _self: True))
    monkeypatch.setattr(sys, "stdin", io.StringIO("perhaps\n\nNot met\n#9\n#1\n"))
    session = Session(wiring)
    clause, _guidance = found(session, "har-3.2")
    incident = incident_of(session.store, session.incident("INC-1"))

    said = elements(session, clause, [{"element": "Repeated", "met": "met"}], incident)

    assert said == [
        {"element": "repeated", "met": "met"},
        {"element": "un-wanted", "met": "not", "evidence": "#1"},
    ]
    asked = capfd.readouterr().err
    assert "Each element: met, not or unclear." in asked
    assert "INC-1 has no entry #9." in asked


def test_words_of_a_clause_do_not_act_on_a_terminal(escalate, tmp_path):
    escalate("init")
    path = tmp_path / "c.toml"
    path.write_text(HARASSMENT.replace("clear no", "clear \\u001b[31mno\\u202e") + NEXT)
    escalate(f"guidance apply {path}")

    for line in ("clause show har-3.2", "clause diff har-3.2@4 har-3.2@5"):
        assert not {"\x1b", "\u202e"} & set(escalate(line).stdout)


def test_a_clause_that_may_still_come_can_be_waited_for_and_that_it_is_not_there_is_said(guided):
    given = "decide Refer? --choose no --why w --review-on clause:"
    later, there = guided(f"{given}har-3.3"), guided(f"{given}har-3.2")

    assert (later.exit_code, there.exit_code) == (0, 0)
    assert "there is no clause 'har-3.3' yet" in later.stderr
    assert "Did you mean har-3.2?" in later.stderr
    assert "no clause" not in there.stderr


def test_decisions_that_wait_for_a_newer_version_are_taken_up_again(escalate, tmp_path, clock):
    escalate("init")
    old, new = tmp_path / "old.toml", tmp_path / "new.toml"
    old.write_text(HARASSMENT)
    new.write_text(NEXT.replace("2026-12-01", "2026-11-01"))
    escalate(f"guidance apply {old}")
    for number in (1, 2):
        escalate("open 'Reports of coordinated sign-ups' --severity SEV2 --quiet-open")
        given = "--element un-wanted=unclear --element repeated=unclear --review-on clause:har-3.2"
        assert escalate(f"{DECIDE} har-3.2 {given} -i INC-{number}").exit_code == 0

    clock.advance(minutes=1)
    done = escalate(f"guidance apply {new} --json")

    assert sorted((one["ref"], one["decisions"]) for one in done.data["reopened"]) == [
        ("INC-1", ["D-1"]),
        ("INC-2", ["D-1"]),
    ]
    assert escalate("decisions INC-2 --json").data[0]["state"] == "reopened"
    assert escalate(f"guidance apply {new} --json").data["reopened"] == []
