"""`authority`, `refer` and `harm`, as they are typed."""

from __future__ import annotations

import json

import pytest

from escalate.app.incidents import Opening, open_incident
from two_people import ROSTER

BOOK = """
[authorities.example-desk]
body = "Example Duty Desk"
place = ["GB"]
harm = ["life"]
channel = "phone"
phone = "+00 000 0000"
hours = [{ days = ["mon"], from = "09:00", to = "17:00", zone = "Europe/London" }]
legal_basis = "what counsel named"
least_data = ["account handle"]
verified_by = "alice"
verified_on = 2026-11-01

[authorities.example-mail]
body = "Example Hotline"
place = ["any"]
harm = ["cse", "life"]
channel = "email"
address = "desk@example.org"
hours = "always"
legal_basis = "voluntary"
"""


@pytest.fixture(autouse=True)
def rostered(apply_roster, home):
    apply_roster(ROSTER)
    (home / "authorities.toml").write_text(BOOK, encoding="utf-8")


@pytest.fixture
def grave(ledger):
    return open_incident(
        ledger, Opening(title="t", severity="SEV1", harm=("life",), primary="life", quiet=True)
    ).incident.id


# ── authority ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_they_are_listed_with_who_is_there_now(escalate):
    desk, mail = escalate("authority --json").data

    assert (desk["open"], desk["opens"], desk["stale"]) == (False, "2026-11-23T09:00:00+00:00", False)
    assert (mail["open"], mail["hours"], mail["stale"]) == (True, "always", True)
    assert "closed, opens Mon 2026-11-23 09:00Z" in escalate("authority list").stdout


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("--harm life --place uk", ["example-desk", "example-mail"]),
        ("--harm life --place FR", ["example-mail"]),
        ("--harm cse", ["example-mail"]),
        ("--harm frd", []),
        ("INC-1", ["example-desk", "example-mail"]),
        ("INC-1 --place FR", ["example-mail"]),
    ],
)
def test_they_are_found_by_place_and_harm(escalate, grave, words, names):
    assert [one["name"] for one in escalate(f"authority find {words} --json").data] == names


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("authority find --place Berlin", 2, "is no place"),
        ("authority find --harm lfie", 2, "Did you mean life?"),
        ("authority show example-dsk", 3, "Did you mean example-desk?"),
        ("authority verify example-desk --how words", 2, "What came of it?"),
        ("refer example-dsk --basis b", 3, "Did you mean example-desk?"),
        ("refer sent --reference x", 3, "no referral that is drafted"),
        ("refer example-desk --basis b -o -", 2, "Without -o the words are shown"),
        ("harm set lfie --why w", 2, "Did you mean life?"),
        ("harm set INC-1 --why w", 2, "Which kinds of harm?"),
        ("harm set life --primary cse --why w", 2, "cse would lead"),
        ("open t --harm har --primary life", 2, "life would lead"),
    ],
)
def test_refusals(escalate, grave, line, code, said):
    done = escalate(line)

    assert done.exit_code == code
    assert said in done.stderr


def test_the_file_is_checked(escalate, home):
    assert escalate("authority check --json").data["authorities"] == 2
    (home / "other.toml").write_text("[authorities.x]\n", encoding="utf-8")

    done = escalate(f"authority check {home}/other.toml")

    assert done.exit_code == 6
    assert "authorities.x.body: this is missing." in done.stderr


def test_a_request_is_checked_against_the_number_that_stands_there(escalate, grave):
    looked = escalate("authority verify example-desk")
    assert looked.stdout.startswith("Call +00 000 0000\n")
    assert "Nothing is recorded yet" in looked.stderr

    data = escalate("authority verify example-desk INC-1 --outcome refused --how 'unknown there' --json").data

    assert (data["authority"]["phone"], data["check"]["outcome"]) == ("+00 000 0000", "refused")
    assert "IT WAS NOT THEM" in escalate("timeline INC-1").stdout


def test_doctor_names_what_is_missing_or_old(escalate, grave):
    found = {one["what"]: one["found"] for one in escalate("doctor --offline --json").data}

    assert found["authorities"].startswith("nobody stands there for cbrn, ssh")
    assert found["authority example-mail"] == "nobody has verified it"
    assert "authority example-desk" not in found


def test_doctor_says_that_the_file_cannot_be_used(escalate, home):
    (home / "authorities.toml").write_text("[", encoding="utf-8")

    found = {one["what"]: one["state"] for one in escalate("doctor --offline --json").data}

    assert found["authorities"] == "wrong"


# ── refer ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_from_the_words_to_the_answer(escalate, grave, tmp_path, clock):
    path = tmp_path / "referral.txt"
    drafted = escalate(f"refer example-desk INC-1 --basis credible --disclose 'account handle' -o {path} --json").data
    assert (drafted["id"], drafted["state"], drafted["path"], drafted["text"]) == ("R-1", "drafted", str(path), None)
    assert path.stat().st_mode & 0o777 == 0o600
    assert "- account handle: [" in path.read_text(encoding="utf-8")

    sent = escalate("refer sent R-1 INC-1 --reference 'desk 114' --call-back 'in 2h' --how phone --json")
    assert sent.data["sent"]["call_back"] == "2026-11-21T23:00:00+00:00"
    assert "escalate approve P-1 INC-1" in sent.stderr
    assert escalate("approvals --json").data[0]["what"] == "refer to an authority"

    clock.advance(hours=3)
    [late] = [one for one in escalate("--json").data["awaited"] if one["kind"] == "call-back"]
    assert (late["id"], late["late"], late["command"]) == ("R-1", True, "escalate refer answered R-1 INC-1")
    assert "LATE since 2026-11-21 23:00Z" in escalate("").stdout
    assert "CALL-BACK LATE" in escalate("show INC-1").stdout

    assert escalate("refer answered R-1 INC-1 --outcome received --json").data["state"] == "answered"
    assert [one for one in escalate("--json").data["awaited"] if one["kind"] == "call-back"] == []


def test_the_words_are_shown_where_no_file_is_named(escalate, incident):
    done = escalate("refer example-desk --basis credible")

    assert done.exit_code == 0
    assert "To: Example Duty Desk" in done.stdout
    assert "Nothing was sent." in done.stderr
    assert "they need at least: account handle" in done.stderr


def test_a_file_that_is_there_is_kept_and_nothing_is_recorded(escalate, incident, tmp_path):
    path = tmp_path / "referral.txt"
    path.write_text("mine", encoding="utf-8")

    done = escalate(f"refer example-desk --basis credible -o {path}")

    assert done.exit_code == 4
    assert path.read_text(encoding="utf-8") == "mine"
    assert escalate("refer list --json").data == []


def test_what_was_typed_is_masked_in_the_list_of_a_sensitive_incident(escalate, grave):
    escalate("refer example-desk INC-1 --basis canarybasis --disclose canarydata")
    escalate("refer sent R-1 INC-1 --reference canaryreference --how canaryhow")

    for line in (
        "refer",
        "refer list INC-1",
        "refer list INC-1 --json",
        "show INC-1",
        "timeline INC-1",
        "--json",
        "approvals",
    ):
        assert "canary" not in escalate(line).stdout, line
    assert "canarybasis" in escalate("refer list INC-1 --reveal 'asked to check'").stdout
    assert "asked to check" in json.dumps(escalate("timeline INC-1 --reveal --why w --json").data)


# ── harm ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_several_harms_of_which_one_leads(escalate):
    one = escalate("open 't' --severity SEV3 --harm har --harm frd:phishing --primary frd:phishing --json").data

    assert (one["harm"], one["primary"], one["taxonomy"]) == (
        ["har", "frd:phishing"],
        "frd:phishing",
        "escalate-core@1",
    )
    assert "frd:phishing (leads), har" in escalate("show").stdout
    assert "frd:phishing,har" in escalate("list").stdout
    assert escalate("open 't' --severity SEV3 --json").data["taxonomy"] is None


def test_a_broken_taxonomy_keeps_nobody_from_opening_by_a_first_level(escalate, home):
    (home / "templates" / "taxonomies").mkdir(parents=True)
    (home / "templates" / "taxonomies" / "house.toml").write_text("[", encoding="utf-8")

    done = escalate("open 't' --severity SEV3 --harm har --json")

    assert (done.exit_code, done.data["harm"], done.data["taxonomy"]) == (0, ["har"], None)
    assert "is not TOML" in done.stderr
    assert escalate("open 't' --severity SEV3 --harm har:doxxing").exit_code == 6


@pytest.mark.parametrize("words", ["life har INC-1 --primary life", "life,har --primary LIFE -i INC-1", "life har"])
def test_they_are_set_anew(escalate, incident, words):
    done = escalate(f"harm set {words} --why 'a name was given' --json")

    assert (done.exit_code, done.data["harm"], done.data["primary"]) == (0, ["life", "har"], "life")
    assert done.data["marking"] == "TLP:RED"
    assert "it is sensitive" in done.stderr
    report = json.loads(escalate("report INC-1 --format json -o -").stdout)
    assert (report["incident"]["primary"], report["incident"]["harm"]) == ("life", ["life", "har"])
    assert "Threat to life or targeted violence (leads)" in escalate("report INC-1 -o -").stdout


# ── targets ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_late_is_shown_with_what_to_do(escalate, incident, clock):
    assert escalate("--json").data["late_targets"] == []
    clock.advance(minutes=61)

    [late] = escalate("--json").data["late_targets"]
    assert (late["ref"], late["target"], late["state"]) == ("INC-1", "acknowledge", "late")
    text = escalate("").stdout
    assert "Late by the team's own targets" in text
    assert "escalate page TARGET -i INC-1                INC-1: acknowledge is late" in text
    shown = escalate("show --json").data["targets"]
    assert {one["target"]: one["state"] for one in shown} == {
        "acknowledge": "late", "assessment": "due", "legal": "due", "update": "due",
    }  # fmt: skip
    assert "LATE by 1 min" in escalate("show").stdout
    assert all(one["state"] == "due" for one in escalate("show --as-of 21:00Z --json").data["targets"])


def test_a_scale_that_cannot_be_read_hides_nothing_else(escalate, incident, home):
    (home / "templates" / "severity").mkdir(parents=True)
    (home / "templates" / "severity" / "core.toml").write_text("[", encoding="utf-8")

    done = escalate("")

    assert (done.exit_code, "INC-1" in done.stdout) == (0, True)
    assert "response targets are not looked at" in done.stderr
    assert escalate("show").exit_code == 0


def test_a_summary_that_is_handed_over_is_an_update(escalate, ledger, clock, tmp_path):
    open_incident(ledger, Opening(title="t", severity="SEV0", quiet=True))
    clock.advance(minutes=61)
    assert "update" in [one["target"] for one in escalate("--json").data["late_targets"]]

    escalate(f"summary INC-1 -o {tmp_path}/s.md")

    assert "update" not in [one["target"] for one in escalate("--json").data["late_targets"]]
