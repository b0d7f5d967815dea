from __future__ import annotations

import io
import json
import sys
import tomllib
from pathlib import Path

import pytest

SAMPLES = sorted((Path(__file__).parents[1] / "samples" / "assessments").glob("*.toml"))

TRIAGE = {
    "reporter_class": "user",
    "one_line": "reports about sign-ups",
    "harm_primary": "frd",
    "imminent": False,
    "child_involved": False,
    "ongoing": True,
    "content_viewed_by": 0,
    "outcome": "incident",
    "bluf": "Many accounts were made at once. Low harm so far. We ask for nothing yet.",
    "confidence": {"level": "moderate", "why": "two sources agree"},
}


@pytest.fixture
def opened(escalate):
    escalate("init")
    assert escalate("open 'Coordinated sign-ups' --severity SEV2").exit_code == 0
    return escalate


def test_answers_are_set_and_asked_for_again(opened):
    result = opened("assess triage --set imminent=no --set floors=F7,F10 --set facts='statement=a;kind=fact' --json")

    assert result.exit_code == 0, result.stderr
    assert result.data["status"] == "draft"
    assert result.data["answers"] == {
        "imminent": False,
        "facts": [{"statement": "a", "kind": "fact"}],
        "floors": ["F7", "F10"],
    }
    assert "bluf" in result.data["missing"]
    assert opened("assess triage INC-1 --json").data == result.data


def test_answers_of_one_command_add_up_and_more_can_be_added_later(opened):
    opened("assess triage --set facts='statement=a;kind=fact' --set facts='statement=b;kind=fact'")
    result = opened("assess triage --set facts+='statement=c;kind=inference' --json")

    assert [row["statement"] for row in result.data["answers"]["facts"]] == ["a", "b", "c"]


@pytest.mark.parametrize("form", ["json", "toml"])
def test_a_file_of_answers_can_make_it_final(opened, tmp_path, form):
    path = tmp_path / f"answers.{form}"
    lines = [f"{name} = {json.dumps(value)}" for name, value in TRIAGE.items() if not isinstance(value, dict)]
    toml = "\n".join([*lines, 'confidence = { level = "moderate", why = "two sources agree" }'])
    path.write_text(json.dumps(TRIAGE) if form == "json" else toml)

    result = opened(f"assess triage --from {path} --final --json")

    assert result.exit_code == 0, result.stdout
    assert (result.data["status"], result.data["missing"]) == ("final", [])
    assert result.data["answers"] == TRIAGE


def test_answers_are_read_from_stdin(opened):
    assert opened("assess triage --from - --json", stdin=json.dumps(TRIAGE)).data["missing"] == []


@pytest.mark.parametrize(
    ("line", "exit_code", "says"),
    [
        ("assess triage --final", 4, "bluf: Bottom line up front"),
        ("assess triag", 3, "Did you mean triage?"),
        ("assess ../triage", 3, "There is no template"),
        ("assess triage INC-9", 3, "INC-9"),
        ("assess triage --set imminent", 2, "sets nothing"),
        ("assess triage --set imminent+=yes", 2, "has one answer"),
        ("assess triage --set imminent=yes --set imminent=no", 2, "set twice"),
        ("assess triage --set imminet=yes", 4, "Did you mean imminent?"),
        ("assess triage --set imminent=perhaps", 4, "neither yes nor no"),
        ("assess triage --set facts=[", 2, "not JSON"),
        ("assess triage --set review_by=soon", 4, "review_by"),
        ("assess triage --from /nothing.toml", 3, "There is no file /nothing.toml"),
        ("assess triage --reveal x --final", 2, "only shows"),
    ],
)
def test_failures_have_documented_exit_codes_and_write_nothing(opened, line, exit_code, says):
    result = opened(line)

    assert result.exit_code == exit_code
    assert says in result.stderr
    assert opened("timeline --all --json").data[-1]["kind"] == "incident.opened"


@pytest.mark.parametrize("stdin", ["", "{", "[1]", "imminent", "{}", '{"a": 1e999}', "x" * 10])
def test_broken_answers_are_refused(opened, stdin):
    assert opened("assess triage --from - --json", stdin=stdin).exit_code in {4, 6}


def test_the_view_lists_answers_and_what_is_missing_last(opened):
    result = opened("assess triage --set one_line='made \x1b[31mred' --set imminent=yes")

    assert "In one line" in result.stdout
    assert "made ␛[31mred" in result.stdout
    last = result.stdout.splitlines()[-1]
    assert "Missing before it can be final: reporter_class, harm_primary" in last
    assert last.endswith("As: escalate assess triage INC-1 --set reporter_class=…")


def test_words_about_grave_harm_are_masked_until_somebody_asks(escalate):
    escalate("init")
    escalate("open 'Held back' --harm cse --severity SEV1")
    given = escalate("assess triage --set one_line='hippopotamus story'")

    assert "shell's history" in given.stderr
    assert "hippopotamus" not in escalate("assess triage").stdout
    assert "hippopotamus" not in escalate("assess triage --json").stdout
    shown = escalate("assess triage --reveal 'handing over' --json")
    assert shown.data["answers"]["one_line"] == "hippopotamus story"
    assert escalate("timeline --all --json").data[-1]["kind"] == "text.revealed"


def test_identifiers_in_words_that_leave_the_incident_are_pointed_out(opened):
    result = opened("assess triage --set bluf='write to someone@example.org'")

    assert "bluf is read outside this incident" in result.stderr


def test_templates_are_listed_shown_and_checked(escalate, tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text('title = "B"\n[fields.a]\ntype = "txt"\n')

    names = [row["name"] for row in escalate("template list --json").data]
    assert {"policy", "triage", "threat-to-life"} <= set(names)
    assert names == sorted(names)
    assert escalate("template show triage --json").data["fields"][0]["name"] == "reporter_class"
    assert "at once" in escalate("template show triage").stdout
    result = escalate(f"template check {bad}")
    assert result.exit_code == 6
    assert "version: this is missing." in result.stderr
    assert "fields.a.type: there is no type 'txt' here. Did you mean text?" in result.stderr


def test_a_template_says_how_to_name_a_subject_and_a_clock(escalate):
    said = escalate("template show triage").stdout
    fields = {field["name"]: field for field in escalate("template show triage --json").data["fields"]}

    assert "any number, each a handle, as S-7KQ2" in said
    assert "--set subject_refs=S-7KQ2" in said
    assert '{type = "email", value = "…", relation = "actor"}' in said
    assert "--set candidate_clocks=ID,ID" in said
    assert (fields["subject_refs"]["of"], fields["candidate_clocks"]["of"]) == ("subject", "clock")
    assert fields["imminent"]["of"] is None


def fill(wiring, incident, monkeypatch, lines, *, final=False):
    from escalate.cli.commands.assess import reader
    from escalate.cli.form import fill as asked
    from escalate.cli.session import Session

    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(lines) + "\n"))
    session = Session(wiring)
    template = wiring.library.template("triage")
    return asked(session, template, incident, reader(session), final=final)


def test_on_a_terminal_each_answer_is_kept_before_the_next_question(wiring, store, incident, monkeypatch, capsys):
    lines = ["1", "sign-ups", "csee", "cse", "maybe", "yes", "", "-", "0", "."]

    _, data = fill(wiring, incident, monkeypatch, lines)

    assert data["answers"]["one_line"] == "[masked: 8 characters]"
    said = capsys.readouterr().err
    assert "Did you mean cse?" in said
    assert "Stopped; what you answered is kept." in said
    with store.reading() as tx:
        kinds = [entry.kind for entry in tx.entries(incident)]
        answers = tx.incident(incident).assessments["triage"]["answers"]
    assert kinds == ["incident.opened", *["assessment.drafted"] * 5]
    assert answers == {
        "reporter_class": "user",
        "one_line": "sign-ups",
        "harm_primary": "cse",
        "imminent": True,
        "content_viewed_by": 0,
    }


def test_when_nothing_is_missing_it_offers_to_be_final(wiring, incident, monkeypatch):
    lines = [
        "user",
        "x",
        "frd",
        "n",
        "n",
        "n",
        "0",
        "",
        "duplicate",
        "INC-7",
        "short",
        "low",
        "one source",
        ".",
        "y",
    ]

    _, data = fill(wiring, incident, monkeypatch, lines)

    assert data["status"] == "final"
    assert data["answers"]["duplicate_of"] == "INC-7"


def test_rows_are_asked_column_by_column_and_each_is_kept_by_itself(wiring, store, incident, monkeypatch):
    to_facts = [""] * 18
    rows = ["it was seen", "1", "#1", "", "it was gone", "guess", "", "", "it may be back", "3", "", ""]

    fill(wiring, incident, monkeypatch, [*to_facts, *rows, "", "who it is", "."])

    with store.reading() as tx:
        answers = tx.incident(incident).assessments["triage"]["answers"]
        assert len(tx.entries(incident)) == 4
    assert answers == {
        "facts": [
            {"statement": "it was seen", "kind": "fact", "source": "#1"},
            {"statement": "it may be back", "kind": "assumption"},
        ],
        "unknowns": ["who it is"],
    }


def test_stopping_at_once_writes_nothing(wiring, incident, monkeypatch):
    assert fill(wiring, incident, monkeypatch, ["."]) is None


def test_a_template_of_ones_own_is_begun_checked_and_used(opened, home):
    path = home / "templates" / "assessments" / "house-rules.toml"

    begun = opened("template new house-rules --json")
    assert begun.data == {"name": "house-rules", "path": str(path), "like": None}
    assert path.stat().st_mode & 0o777 == 0o600
    assert opened(f"template check {path}").exit_code == 0
    before = path.read_text()
    again = opened("template new house-rules")
    assert (again.exit_code, path.read_text()) == (4, before)
    assert opened("assess house-rules --set one_line='a line' --json").data["status"] == "draft"
    assert opened("assess house-rules --set files=x").exit_code == 4
    assert opened("template new triage").exit_code == 4
    assert opened("template new ../x").exit_code == 2
    assert opened("template new mine --like policy --json").exit_code == 0
    assert opened("template show mine --json").data["title"] == "Policy assessment"


def test_a_folder_that_cannot_be_made_is_said(opened, home):
    (home / "templates").write_text("")

    assert opened("template new a").exit_code == 6


def test_questions_are_as_wide_as_the_terminal(wiring, incident, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "44")

    fill(wiring, incident, monkeypatch, ["."])

    lines = capsys.readouterr().err.splitlines()
    after = lines[next(number for number, line in enumerate(lines) if line.startswith("[1/")) :]
    assert max(len(line) for line in after if line.startswith(" ")) <= 44
    assert "   7 press: a journalist" in after


@pytest.mark.slow
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_template_can_be_answered_by_a_file_and_by_another_program(opened, path):
    by_file = opened(f"assess {path.stem} --from {path} --final --json")
    assert by_file.exit_code == 0, by_file.stdout
    assert (by_file.data["status"], by_file.data["missing"]) == ("final", [])

    answers = json.dumps(tomllib.loads(path.read_text(encoding="utf-8")))
    by_program = opened(f"assess {path.stem} --from - --json", stdin=answers)
    assert by_program.data["status"] == "final"
    assert opened(f"assess {path.stem}").exit_code == 0
    assert opened("timeline --all --json").data[-1]["kind"] == "assessment.finalised"


@pytest.mark.parametrize(
    "line",
    [
        "assess child-safety --set attachments=x",
        "assess child-safety --set screenshots=x --set locator=C-1",
        "assess cbrn --set hazard-detail=x",
        "assess model-behaviour --set prompt=x",
        "assess model-behaviour --set Prompt_Text+=x",
    ],
)
def test_what_is_forbidden_is_refused_on_the_command_line(opened, line):
    result = opened(line)

    assert result.exit_code == 4
    assert "nothing may be written here" in result.stderr
    assert opened("timeline --all --json").data[-1]["kind"] == "incident.opened"


def test_what_is_forbidden_in_a_file_keeps_the_rest_of_it_out_too(opened, tmp_path):
    path = tmp_path / "answers.toml"
    path.write_text('locator = "C-1"\nfiles_involved = true\n[[attachments]]\nname = "x"\n')

    assert opened(f"assess child-safety --from {path}").exit_code == 4
    assert opened("assess child-safety --json").data["status"] == "none"
