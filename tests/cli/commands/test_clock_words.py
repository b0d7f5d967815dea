"""What people say of the clocks of an incident, as they type it."""

from __future__ import annotations

import os
import pwd

import pytest

from telling import roster

pytestmark = pytest.mark.slow

ROW = {
    "id", "regime", "jurisdiction", "state", "start_fact", "start", "strict", "outer", "target", "no_later_than",
    "in_seconds", "missing", "recipient", "confidence", "verified_on", "owner", "reference", "submitted_at",
}  # fmt: skip

GDPR = "eu-gdpr-33-authority"


@pytest.fixture(autouse=True)
def set_up(apply_roster, incident):
    login = pwd.getpwuid(os.getuid()).pw_name
    text = roster(more='[clocks]\ntargets = { us-2258a = "4h" }\nroles = ["controller"]\njurisdictions = ["EU"]\n')
    apply_roster(text.replace('name = "Alice Ng"', f'name = "Alice Ng"\nlogins = ["{login}"]'))


def test_from_what_might_apply_to_what_was_submitted(escalate, clock):
    assert escalate("clock").stdout.startswith("Nobody has said anything of a legal clock on INC-1.")

    done = escalate(f"clock applies {GDPR} INC-1 --why 'counsel says so' --zone Europe/Brussels --json")
    assert done.exit_code == 0
    assert set(done.data) == ROW
    assert (done.data["state"], done.data["missing"], done.data["owner"]) == (
        "waiting for fact awareness",
        ["awareness"],
        "alice",
    )

    done = escalate("fact awareness --at '10h ago' --why 'verified then' --json")
    assert done.data["kind"] == "fact.stated"
    assert done.data["recomputed"] == [
        {
            "clock": GDPR,
            "fact": "awareness",
            "was": None,
            "strict": "2026-11-24T11:00:00+00:00",
            "was_target": None,
            "target": None,
        }
    ]

    [row] = escalate("clock INC-1 --json").data
    assert (row["state"], row["strict"], row["in_seconds"]) == ("running", "2026-11-24T11:00:00+00:00", 62 * 3600)
    assert (row["start_fact"], row["confidence"], row["reference"]) == ("awareness", "the wording was read", None)
    assert escalate("show --json").data["next_deadline"] == {"clock": GDPR, "strict": "2026-11-24T11:00:00+00:00"}
    assert escalate("--json").data["next_deadline"] == {
        "ref": "INC-1", "clock": GDPR, "strict": "2026-11-24T11:00:00+00:00"
    }  # fmt: skip

    clock.advance(hours=1)
    done = escalate(f"clock submitted {GDPR} --reference 'case seven' --json")
    assert (done.data["state"], done.data["reference"]) == ("submitted", "case seven")
    assert done.data["submitted_at"] == "2026-11-21T22:00:00+00:00"
    assert escalate("show --json").data["next_deadline"] is None


def test_a_corrected_fact_says_what_it_moved(escalate):
    escalate(f"clock applies {GDPR} --why w")
    escalate("fact awareness --at '10h ago' --why w")

    done = escalate("correct 3 --at '20h ago' --why misread")

    assert done.stdout.splitlines()[0].startswith("INC-1 ")
    assert "#5" in done.stdout.splitlines()[0]
    assert (
        f"Clock {GDPR} computed again, for the fact awareness has changed: strict deadline 2026-11-24 01:00:00Z"
        in done.stdout
    )
    assert "it was strict deadline 2026-11-24 11:00:00Z" in done.stdout
    assert escalate("withdraw 3 --why w --json").data["recomputed"][0]["strict"] is None


def test_a_fact_that_moves_nothing_answers_as_ever(escalate):
    assert "recomputed" not in escalate("fact detected --at '1h ago' --why w --json").data


def test_late_says_what_the_regime_asks_for(escalate):
    escalate(f"clock applies {GDPR} --why w")
    escalate("fact awareness --at '80h ago' --why w")

    done = escalate(f"clock submitted {GDPR} --reference r --at '1h ago'")

    assert "MET LATE: 7 h 00 min after the strict deadline." in done.stdout
    assert "accompanied by reasons for the delay" in done.stdout


def test_dora_is_told_of_its_notice_before_time_is_over(escalate):
    escalate("clock applies eu-dora-initial --why w --zone Europe/Paris")
    escalate("fact awareness --at '1h ago' --why w")
    escalate("fact classification --at '1h ago' --why w")

    assert "informs the authority before it runs out" in escalate("clock show eu-dora-initial").stdout


def test_who_says_that_it_applies_is_told_what_is_not_sure(escalate):
    done = escalate("clock applies us-circia-incident --why w")
    assert "NOT in force" in done.stderr
    assert "names nobody to be paged when a clock alerts" in done.stderr
    assert "NOT CONFIRMED: from memory" in escalate("clock applies uk-gdpr-33-ico --why w").stderr
    assert "the roster sets no internal target" in escalate("clock applies eu-dsa-18-threat-to-life --why w").stderr
    assert (
        "only Saturdays and Sundays"
        in escalate("clock applies eu-aiact-73-death --why w --zone Europe/Brussels").stderr
    )


def test_an_internal_target_is_called_that_everywhere(escalate):
    escalate("clock applies us-2258a-cybertip --why w")
    escalate("fact actual-knowledge --at '1h ago' --why w")

    assert "2026-11-22 00:00:00Z, internal target" in escalate("clock").stdout
    assert "Internal target, set by the team: not law." in escalate("clock show us-2258a-cybertip").stdout
    assert "internal target" in escalate("timeline").stdout
    assert "2026-11-22 00:00:00Z, internal target" in escalate("").stdout
    assert escalate("clock --json").data[0]["strict"] is None


def test_one_clock_whole(escalate):
    escalate(f"clock applies {GDPR} --why 'a canary'")
    escalate("fact awareness --at '10h ago' --why 'a canary'")
    escalate(f"clock delay {GDPR} --ground 'a canary' --until 'in 3d'")
    escalate(f"clock stop {GDPR} --why 'a canary'")
    escalate(f"clock applies {GDPR} --why 'a canary'")

    shown = escalate(f"clock show {GDPR}")
    assert "Reg. (EU) 2016/679 Art. 33(1)" in shown.stdout
    assert "#2  applies (superseded), alice" in shown.stdout
    assert "ground for delay until 2026-11-24 21:00:00Z, alice" in shown.stdout
    assert "not legal advice" in shown.stdout
    assert "canary" not in shown.stdout
    data = escalate(f"clock show {GDPR} --json").data
    assert set(data) > ROW
    assert [each["said"] for each in data["said"]] == ["applies", "stopped", "applies"]
    assert {key for step in data["trace"] for key in step} == {"step", "at", "why", "cite"}


def test_what_might_apply_and_why(escalate):
    escalate("open 'Export of records' --harm prv --severity SEV2")

    found = escalate("clock suggest INC-2 --json").data

    assert [row["id"] for row in found] == [GDPR, "eu-gdpr-34-persons"]
    assert {row["state"] for row in found} == {"possible"}
    assert found[0]["why"] == "harm prv (as opened); you are controller (by the roster); EU (by the roster)"
    assert [row["id"] for row in escalate("clock suggest INC-2 --jurisdiction UK --json").data] == ["uk-gdpr-33-ico"]
    assert escalate("clock suggest INC-2 --role nobody").exit_code == 2
    assert "no statement that none applies" in escalate("clock suggest INC-2 --jurisdiction ZZ").stdout
    assert [entry["kind"] for entry in escalate("timeline INC-2 --json").data] == ["incident.opened"]


def test_what_the_triage_says_counts(escalate):
    escalate("open 'Export of records' --severity SEV2")
    line = "assess triage INC-2 --set harm_primary=prv --set jurisdictions=GB --set candidate_clocks=us-sec-8k-105"
    assert escalate(line).exit_code == 0

    found = {row["id"]: row["why"] for row in escalate("clock suggest INC-2 --json").data}

    assert found["uk-gdpr-33-ico"].endswith("GB (by the triage)")
    assert found["us-sec-8k-105"] == "named (by the triage)"


def test_a_calendar_file(escalate, tmp_path):
    escalate(f"clock applies {GDPR} --why w")
    escalate("fact awareness --at '10h ago' --why w")

    assert "SUMMARY:INC-1" in escalate("clock export --ics").stdout
    path = tmp_path / "d.ics"
    done = escalate(f"clock export --ics INC-1 -o {path} --json")
    assert done.data["events"] == 2
    assert path.stat().st_mode & 0o777 == 0o600
    assert escalate(f"clock export --ics -o {path}").exit_code == 4
    assert escalate("clock export --ics --json").exit_code == 2


def test_a_reference_is_masked_where_texts_are(escalate):
    escalate("open t --harm cse --severity SEV2")
    escalate("clock applies us-2258a-cybertip INC-2 --why w")
    escalate("fact actual-knowledge INC-2 --at '1h ago' --why w")

    done = escalate("clock submitted us-2258a-cybertip INC-2 --reference canary --json")

    assert done.data["reference"] == "[masked: 6 characters]"
    for line in ("clock INC-2 --json", "clock show us-2258a-cybertip INC-2", "timeline INC-2", "timeline INC-2 --json"):
        assert "canary" not in escalate(line).stdout


@pytest.mark.parametrize(
    ("line", "exit_code", "says"),
    [
        ("clock applies eu-gdpr-33-authority", 2, "nothing was given"),
        ("clock applies eu-gdpr-33-authority --why ''", 2, "empty"),
        ("clock applies nothing --why w", 3, "There is no clock 'nothing'."),
        ("clock applies us-hipaa-ba --why w", 2, "in which zone"),
        ("clock applies us-hipaa-ba --why w --zone +05:00", 2, "is not the name of a zone"),
        ("clock applies eu-aiact-73-death --why w --zone Europe/Brussels --calendar XX", 3, "no holiday calendar"),
        ("clock applies eu-gdpr-33-authority --why w --holiday tomorrow", 2, "No day can be read"),
        ("clock submitted eu-gdpr-33-authority --reference r", 3, "Nobody has said anything"),
        ("clock submitted eu-gdpr-33-authority --reference r --at 'in 3h'", 2, "No time can be read"),
        ("clock show eu-gdpr-33-authority", 3, "Nobody has said anything"),
        ("clock INC-9", 3, "There is no incident"),
    ],
)  # fmt: skip
def test_what_is_refused(escalate, line, exit_code, says):
    done = escalate(line)

    assert (done.exit_code, says in done.stderr) == (exit_code, True), done.stderr


def test_an_incident_is_meant_as_everywhere(escalate):
    escalate("open 'another' --severity SEV3")
    escalate(f"clock applies {GDPR} INC-2 --why w")

    for line in ("clock INC-2 --json", "clock -i INC-2 --json", "clock list INC-2 --json", "clock --json -i 2"):
        assert [row["id"] for row in escalate(line).data] == [GDPR]
    assert escalate("clock INC-1 --json").data == []
