"""What comes with escalate: every template is whole, can be filled and made final, and refuses what it forbids."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from escalate.adapters.library import Library
from escalate.app.assessments import Given, draft, finalise, look
from escalate.domain.assessment.answers import asked
from escalate.domain.instants import from_text
from escalate.errors import Refused, Usage
from escalate.resources import bundled

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
SAMPLES = Path(__file__).parents[1] / "samples" / "assessments"
LIBRARY = Library(Path("/nowhere"), bundled("templates").parent)
TEMPLATES = {name: LIBRARY.template(name) for name in LIBRARY.templates()}
FORBIDDING = [name for name, template in TEMPLATES.items() if any(field.forbidden for field in template.fields)]
ROSTER = """
[people.alice]
name = "Alice Ng"
zone = "UTC"
[people.bob]
name = "Bob Roe"
zone = "UTC"
[people.carol]
name = "Carol Day"
zone = "UTC"
[teams.legal]
name = "Legal"
people = ["carol"]
reads = ["privileged"]
"""


def read_time(text, ahead):
    try:
        return from_text(text.replace("+00:00", ".000000Z"))
    except ValueError as error:
        raise Usage(f"No time can be read in {text!r}.") from error


def sample(name):
    return tomllib.loads((SAMPLES / f"{name}.toml").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def rostered(apply_roster):
    apply_roster(ROSTER)


def keep(ledger, incident, name, answers):
    return draft(ledger, incident, TEMPLATES[name], Given(answers=answers), read_time=read_time)


def test_all_that_the_field_needs_are_there():
    assert set(TEMPLATES) == {
        "triage", "policy", "threat-to-life", "child-safety", "cbrn", "account-network", "model-behaviour",
        "data-exposure", "legal-hold", "law-enforcement-request", "appeal",
    }  # fmt: skip


@pytest.mark.parametrize("name", TEMPLATES)
def test_questions_can_be_told_apart_and_every_choice_says_what_it_means(name):
    fields = TEMPLATES[name].fields
    labels = [field.label for field in fields]

    assert [label for label in labels if labels.count(label) > 1] == []
    shapes = [*fields, *(column for field in fields for column in field.columns)]
    assert [(shape.name, word) for shape in shapes for word, meaning in shape.choices.items() if not meaning] == []
    assert [shape.name for shape in shapes if not shape.help and not getattr(shape, "forbidden", False)] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_questions_name_commands_that_there_are(name):
    from escalate.cli.main import COMMANDS

    words = [field.help for field in TEMPLATES[name].fields] + [TEMPLATES[name].help]

    assert {verb for text in words for verb in re.findall(r"\bescalate ([a-z]+)", text)} <= set(COMMANDS)


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_has_the_whole_header(name):
    header = tomllib.loads((bundled("templates") / "assessments" / "_header.toml").read_text(encoding="utf-8"))

    assert set(header["fields"]) <= {field.name for field in TEMPLATES[name].fields}
    assert TEMPLATES[name].field("bluf").required == "final"


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_filled_example_becomes_final_and_leaves_nothing_for_the_closing(ledger, store, incident, name):
    answers = sample(name)

    written, data = finalise(ledger, incident, TEMPLATES[name], Given(answers=answers), read_time=read_time)

    assert [entry.kind for entry in written.entries] == ["assessment.finalised"]
    assert (data["status"], data["missing"], data["missing_to_close"]) == ("final", [], [])
    assert set(answers) == set(data["answers"])


@pytest.mark.parametrize("name", TEMPLATES)
def test_an_example_answers_all_that_is_ever_needed_on_its_way(name):
    """So that a condition that never holds, or a question nobody can reach, is found."""
    answers = sample(name)
    seen = {field.name for field in asked(TEMPLATES[name], answers)}

    assert set(answers) <= seen


def test_what_is_known_to_do_harm_when_it_is_written_down_is_forbidden():
    assert FORBIDDING == ["cbrn", "child-safety", "model-behaviour"]


@pytest.mark.parametrize("name", FORBIDDING)
def test_what_is_forbidden_is_refused_with_the_reason_under_every_name(ledger, store, incident, name):
    barred = [field for field in TEMPLATES[name].fields if field.forbidden]
    names = [(said, field.reason) for field in barred for said in (field.name, *field.also)]
    for said, reason in names:
        for value in ("x", ["x"], {"x": "y"}, 7, True):
            with pytest.raises(Refused) as refused:
                keep(ledger, incident, name, {"bluf": "fine", said: value})
            assert refused.value.message == f"{said}: nothing may be written here. {reason}"

    assert len(names) > 20
    assert look(store, incident, TEMPLATES[name], NOW)["status"] == "none"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("child-safety", "Attachments"),
        ("child-safety", "VERBATIM-TEXT"),
        ("child-safety", "attachmentz"),
        ("child-safety", "base64"),
        ("cbrn", "Method"),
        ("cbrn", "how_to"),
        ("model-behaviour", "system-prompt"),
        ("model-behaviour", "prompt_txt"),
    ],
)
def test_other_spellings_and_unknown_names_are_refused_and_lead_to_nothing_forbidden(
    ledger, store, incident, name, said
):
    with pytest.raises(Refused) as refused:
        keep(ledger, incident, name, {said: "x"})

    assert "Did you mean attachments" not in refused.value.message
    assert "Did you mean prompt_text" not in refused.value.message
    assert look(store, incident, TEMPLATES[name], NOW)["status"] == "none"


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("child-safety", {"facts": [{"statement": "a", "kind": "fact", "attachment": "x"}]}),
        ("child-safety", {"confidence": {"level": "low", "why": "x", "image": "y"}}),
        ("child-safety", {"bluf": "It said “one two three four five six” there."}),
        ("cbrn", {"bluf": 'It said "one two three four five six" there.'}),
        ("model-behaviour", {"observed": "It answered «one two three four five six»."}),
        ("threat-to-life", {"facts": [{"statement": 'wrote "one two three four five six"', "kind": "fact"}]}),
        ("triage", {"facts": [{"statement": "data:image/png;base64,AAAA", "kind": "fact"}]}),
        ("policy", {"bluf": "Aa0+" * 100}),
        ("child-safety", {"locator": "https://files.example.org/a"}),
        ("child-safety", {"locator": "/srv/held/file.bin"}),
        ("child-safety", {"locator": "somebody@example.org"}),
        ("cbrn", {"enclave_ref": "two words"}),
        ("model-behaviour", {"prompt_ref": "please do this for me"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_material_does_not_slip_in_inside_an_answer(ledger, store, incident, name, answers):
    with pytest.raises(Refused):
        keep(ledger, incident, name, answers)

    assert look(store, incident, TEMPLATES[name], NOW)["status"] == "none"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("SHA256:" + "AB" * 32, "sha256:" + "ab" * 32),
        ("md5:" + "0" * 32, "md5:" + "0" * 32),
        ("pdq:" + "f" * 64, "pdq:" + "f" * 64),
        ("sha256:" + "a" * 63, "It has 64 digits"),
        ("sha256:" + "g" * 64, "It has 64 digits"),
        ("a" * 64, "which kind of hash"),
        ("crc32:00000000", "which kind of hash"),
        ("sha256:", "It has 64 digits"),
    ],
)
def test_hashes_say_what_they_are_and_are_whole(ledger, store, incident, said, kept):
    given = {"files_involved": True, "file_hashes": [said]}
    if kept.startswith(("sha", "md5", "pdq")):
        keep(ledger, incident, "child-safety", given)
        with store.reading() as tx:
            assert tx.incident(incident).assessments["child-safety"]["answers"]["file_hashes"] == [kept]
        return
    with pytest.raises(Refused, match=kept):
        keep(ledger, incident, "child-safety", given)


def test_hashes_are_masked_in_every_incident(ledger, store, incident):
    keep(ledger, incident, "child-safety", {"files_involved": True, "file_hashes": ["md5:" + "0" * 32]})

    assert look(store, incident, TEMPLATES["child-safety"], NOW)["answers"]["file_hashes"] == "[masked: 1 answer]"


def test_whoever_decides_an_appeal_did_not_decide_before(ledger, incident):
    with pytest.raises(Refused, match="reviewer: this is the answer to original_decider as well"):
        keep(ledger, incident, "appeal", {"original_decider": "bob", "reviewer": "Bob Roe"})
    keep(ledger, incident, "appeal", {"original_decider": "bob", "reviewer": "alice"})
    with pytest.raises(Refused, match="somebody else"):
        keep(ledger, incident, "appeal", {"original_decider": "alice"})


@pytest.mark.parametrize(("who", "fits"), [("carol", True), ("team:legal", True), ("bob", False), ("outside:x", False)])
def test_only_legal_issues_a_hold(ledger, incident, who, fits):
    if fits:
        keep(ledger, incident, "legal-hold", {"issued_by": who})
        return
    with pytest.raises(Refused, match="in no team that reads privileged"):
        keep(ledger, incident, "legal-hold", {"issued_by": who})


def test_two_experts_are_two(ledger, incident):
    with pytest.raises(Refused, match="at least 2 are needed"):
        keep(ledger, incident, "cbrn", {"smes": ["bob", "Bob Roe"]})


def needed(name, answers):
    from escalate.domain.assessment.answers import missing

    return set(missing(TEMPLATES[name], answers))


@pytest.mark.parametrize(
    ("name", "answers", "wants", "leaves"),
    [
        ("threat-to-life", {"le_referral": "yes"}, {"legal_basis", "good_faith_basis", "data_disclosed"},
         {"threshold_applied", "rereview_at"}),
        ("threat-to-life", {"le_referral": "no"}, {"threshold_applied", "threshold_not_met_why", "rereview_trigger", "rereview_at"},
         {"good_faith_basis", "deferred_why"}),
        ("threat-to-life", {"le_referral": "deferred"}, {"deferred_why", "rereview_at"}, {"threshold_applied"}),
        ("threat-to-life", {"intent": 2, "capability": 0}, {"intent_evidence"}, {"capability_evidence", "specificity_evidence"}),
        ("child-safety", {"files_involved": True}, {"file_hashes", "locator", "industry_class"}, set()),
        ("child-safety", {"files_involved": False}, set(), {"file_hashes", "locator"}),
        ("cbrn", {"smes_agree": False}, {"adjudicator"}, set()),
        ("cbrn", {"smes_agree": True}, set(), {"adjudicator"}),
        ("account-network", {"account_takeover": True, "ban_evasion": True}, {"credential_source", "recovery_path", "ban_evasion_of"}, set()),
        ("model-behaviour", {"direction": "over_refusal"}, {"withheld_impact"}, set()),
        ("model-behaviour", {"output_severity": 0}, set(), {"harm_reached", "withheld_impact"}),
        ("law-enforcement-request", {"verification": "not_yet"}, set(), {"response", "data_disclosed", "verified_by"}),
        ("law-enforcement-request", {"verification": "call_back"}, {"response", "verified_by"}, {"data_disclosed"}),
        ("law-enforcement-request", {"verification": "portal", "response": "comply"}, {"data_disclosed", "decided_by"}, set()),
    ],
)  # fmt: skip
def test_what_is_asked_follows_from_what_was_answered(name, answers, wants, leaves):
    absent = needed(name, answers)

    assert wants <= absent
    assert not leaves & absent


def test_nothing_is_disclosed_to_somebody_who_is_not_verified(ledger, incident):
    with pytest.raises(Refused, match="this is not asked here"):
        keep(ledger, incident, "law-enforcement-request", {"verification": "not_yet", "response": "comply"})


def test_samples_are_of_templates_that_there_are():
    assert {path.stem for path in SAMPLES.glob("*.toml")} == set(TEMPLATES)
    assert json.dumps([sample(name) for name in TEMPLATES]).isascii()
