"""Incidents as others published them: imported, their facts stated, reported; durations must be as published."""

import json
import re
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[1] / "samples"
GOLDEN = Path(__file__).parents[1] / "golden" / "published"
NAMES = sorted(path.stem for path in SAMPLES.glob("*.jsonl"))
FACTS = {"impact_start": "impact-started", "detected": "detected", "mitigated": "mitigated", "resolved": "resolved"}
DURATIONS = {"detect": "time_to_detect", "mitigate": "time_to_mitigate", "resolve": "time_to_resolve"}


def published(name):
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture
def imported(wiring, escalate, request):
    """The sample called by the test's parameter, with its published facts stated."""
    name = request.param
    told = published(name)
    ref = escalate(["import", str(SAMPLES / f"{name}.jsonl"), "--title", told["title"], "--json"]).data["ref"]
    for key, at in told["times"].items():
        if at:
            assert escalate(["fact", FACTS[key], ref, "--at", at, "--why", "published"]).exit_code == 0
    return name, ref


def steady(text, code_name):
    """The document with what is random in every run put aside: code name, ids, digests, salts."""
    text = text.replace(code_name, "CODE NAME").replace(code_name.title(), "Code Name")
    text = re.sub(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "(id)", text)
    return re.sub(r"\b[0-9a-f]{12}(?:[0-9a-f]{52})?\b", "(digest)", text)


@pytest.mark.parametrize("imported", NAMES, indirect=True)
def test_durations_are_as_published(imported, escalate):
    name, ref = imported

    report = json.loads(escalate(["report", ref, "--format", "json", "-o", "-"]).stdout)

    for ours, theirs in DURATIONS.items():
        minutes = published(name)["expected_minutes"][theirs]
        assert report["durations"][ours] == (None if minutes is None else minutes * 60), ours


@pytest.mark.parametrize("imported", NAMES, indirect=True)
def test_every_line_is_kept_byte_for_byte_and_the_chain_verifies(imported, escalate):
    name, ref = imported
    lines = [json.loads(line) for line in (SAMPLES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines() if line]

    entries = escalate(["timeline", ref, "--json"]).data

    assert [line["text"] for line in lines] == [e["text"] for e in entries if e["kind"] == "note.added"]
    assert escalate(["verify", ref]).exit_code == 0


@pytest.mark.slow
@pytest.mark.parametrize("imported", NAMES, indirect=True)
@pytest.mark.parametrize(
    ("kind", "form"), [("summary", "md"), ("report", "md"), ("report", "html"), ("report", "json")]
)
def test_documents_look_as_they_did(imported, kind, form, escalate, request):
    name, ref = imported
    code_name = escalate(["show", ref, "--json"]).data["code_name"]

    document = steady(escalate([kind, ref, "--format", form, "-o", "-"]).stdout, code_name)

    golden = GOLDEN / f"{name}.{kind}.{form}"
    if request.config.getoption("--golden-update"):
        golden.write_text(document, encoding="utf-8")
    assert document == golden.read_text(encoding="utf-8"), "look at the difference, then: pytest --golden-update"
