"""Need to know, erasing, holds and documents that leave the house, as people type them."""

from __future__ import annotations

import hashlib

import pytest

from two_people import BOB, ROSTER, wired_as

OUTSIDE = '\n[teams.partner]\nname = "Partner"\nexternal = true\n'


@pytest.fixture
def rostered(wiring, apply_roster):
    apply_roster(ROSTER.replace('name = "Crew"\n', 'name = "Crew"\nreads = ["privileged"]\n') + OUTSIDE)


@pytest.fixture
def alice(escalate, environ, clock, wiring):
    return lambda line, **more: escalate(line, wired=wired_as(environ, clock, wiring.author), **more)


@pytest.fixture
def bob(escalate, environ, clock):
    return lambda line, **more: escalate(line, wired=wired_as(environ, clock, BOB), **more)


@pytest.fixture
def closed(rostered, alice):
    alice("open 'words of its own' --severity SEV2 --restricted --quiet-open")


@pytest.mark.parametrize(
    "line",
    ["show 1", "timeline INC-1", "log x -i 1", "report 1 -o -", "summary 1 -o -", "export 1 -o -", "access 1",
     "page person:bob -i 1", "decisions 1", "approvals 1", "messages -i 1", "use 1", "severity SEV1 1 --why w"],
)  # fmt: skip
def test_what_is_closed_is_not_there(closed, bob, line):
    result = bob(line)

    assert result.exit_code == 3
    assert "There is no incident '" in result.stderr
    assert "words of its own" not in result.stdout + result.stderr


@pytest.mark.parametrize("line", ["list --all", "", "search words", "approvals", "prompt", "doctor"])
def test_what_looks_at_everything_leaves_it_out(closed, bob, line):
    result = bob(line)

    assert "INC-1" not in result.stdout
    assert "words of its own" not in result.stdout + result.stderr


def test_verify_and_upkeep_see_it(closed, bob):
    assert "1 entry fits." in bob("verify").stdout
    assert bob("verify 1").exit_code == 0
    assert "Made again: 1 incident," in bob("db rebuild").stdout


def test_letting_in_and_shutting_out(closed, alice, bob):
    assert alice("grant bob 1 --why 'asked in' --json").data["granted"][-1]["to"] == "person:bob"
    assert bob("show 1").exit_code == 0
    seen = bob("access 1").stdout
    assert "opened it restricted" in seen
    assert "was granted it" in seen
    assert alice("revoke bob 1").exit_code == 0
    assert bob("show 1").exit_code == 3
    last = alice("revoke alice 1")
    assert (last.exit_code, "the last who may read INC-1" in last.stderr) == (4, True)
    assert alice("grant nobody:x 1").exit_code == 2
    assert "In a SQLite file" in alice("restrict --help").stdout
    assert "whoever can open the file reads all of it" in alice("access 1").stderr


def test_breaking_the_glass_is_loud(closed, alice, bob):
    alice("assign lead alice 1")
    result = bob("break-glass INC-1 --why 'nobody can be reached' --json")

    assert (result.exit_code, result.data["broken"]) == (9, True)
    assert "BREAK-GLASS" in result.stderr
    assert bob("show 1").exit_code == 0
    kinds = [line["kind"] for line in alice("timeline 1 --json").data]
    assert {"access.broken", "access.alarmed", "page.step_fired"} <= set(kinds)
    assert "BREAK-GLASS by bob" in alice("access 1").stdout
    assert "to-review" in alice("approvals 1").stdout
    assert bob("approve P-1 1").exit_code == 4
    assert alice("approve P-1 1 --json").data["state"] == "agreed"
    assert "Nothing was broken" in bob("break-glass 1 --why again").stderr


@pytest.mark.parametrize(
    ("line", "code"),
    [("break-glass 9 --why x", 3), ("break-glass NAME --why x", 2), ("break-glass 1", 2), ("break-glass", 2)],
)
def test_what_cannot_be_broken(closed, bob, line, code):
    assert bob(line).exit_code == code


def test_lifting_waits_for_another(closed, alice, bob):
    alice("grant bob 1")
    asked = alice("restrict 1 --lift --why 'it is public' --json")
    assert asked.data["restricted"] is True
    assert asked.data["approval"]["what"] == "open it to the whole team again"
    assert "still restricted" in asked.stderr
    assert bob("approve P-1 1 --json").data["made"] == "open"
    assert "is not restricted" in alice("access 1").stdout


def test_erasing_and_holding(rostered, alice, bob):
    alice("open 'A report' --severity SEV2 --quiet-open")
    alice("log 'Quillfeather called'")
    assert bob("hold place 'Matter 14' 1 --scope 'all of it' --custodian desk").exit_code in {0, 9}
    assert "is held (H-1)" in alice("erase 2 1 --why w").stderr
    assert "STANDS: Matter 14" in alice("hold list 1").stdout
    bob("hold release H-1 1 --why closed")
    assert alice("approve P-1 1 --json").data["made"] == "H-1"
    assert alice("hold list 1 --json").data[0]["state"] == "released"

    asked = alice("erase 2 1 --why 'not about them' --json")
    assert asked.data["erased"] is False
    assert asked.data["approval"]["what"] == "erase the words of entry #2"
    assert "Nothing was erased yet" in asked.stderr
    assert alice("erase 2 1 --confirm").exit_code == 4
    done = bob("erase 2 1 --confirm --json")
    assert done.data["erased"] is True
    assert "Quillfeather" not in alice("timeline 1 --all").stdout
    assert "1 of them erased" in alice("verify").stdout


def test_a_document_that_leaves_the_house_takes_two(rostered, alice, bob, tmp_path):
    alice("open 'A report' --severity SEV2 --quiet-open")
    path = tmp_path / "out.md"
    asked = alice(f"summary 1 --audience partner -o {path} --why 'they asked' --json")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()

    assert (asked.exit_code, asked.data["issued"], asked.data["sha256"]) == (4, False, digest)
    assert "NOT ISSUED" in asked.stderr
    assert "report.exported" not in [line["kind"] for line in alice("timeline 1 --json").data]
    again = alice(f"summary 1 --audience partner -o {path}")
    assert (again.exit_code, "P-1 waits" in again.stderr) == (4, True)

    assert bob("approve P-1 1 --json").data["made"] == digest
    issued = alice(f"summary 1 --audience partner -o {path} --json")
    assert (issued.exit_code, issued.data["issued"], issued.data["sha256"]) == (0, True, digest)
    [exported] = [line for line in alice("timeline 1 --json").data if line["kind"] == "report.exported"]
    assert (exported["body"]["sha256"], exported["body"]["audience"]) == (digest, "partner")

    path.write_text("something else")
    assert alice(f"summary 1 --audience partner -o {path}").exit_code == 4
    assert alice("summary 1 --audience partner -o -").exit_code == 2
    assert alice(f"summary 1 --audience crew -o {tmp_path / 'in.md'}").exit_code == 0


@pytest.mark.parametrize(
    ("trigger", "code"),
    [("severity:SEV1", 0), ("harm:cse", 0), ("harm:nope", 2), ("assessment:triage", 0), ("assessment:nope", 3),
     ("severity:9", 2), ("foo:bar", 2), ("clause:har-3.2", 0), ("'when the press calls'", 0), ("subject:S-7KQ2", 3),
     ("subject:seven", 2), ("sighting", 0)],
)  # fmt: skip
def test_triggers_are_checked_when_they_are_written(rostered, alice, trigger, code):
    alice("open 'A report' --severity SEV2 --quiet-open")

    assert alice(f"decide Refer? 1 --choose no --why w --review-on {trigger}").exit_code == code


def test_a_fact_that_nothing_goes_by_is_pointed_out(rostered, alice):
    alice("open 'A report' --severity SEV2 --quiet-open")
    given = "decide Refer? 1 --choose no --why w --review-on fact:"

    assert "Did you mean awareness?" in alice(f"{given}awarness").stderr
    assert "goes by" not in alice(f"{given}awareness").stderr
    assert alice(f"{given}no.such").exit_code == 2


def test_a_note_is_said_to_fire_nothing(rostered, alice):
    alice("open 'A report' --severity SEV2 --quiet-open")
    made = alice("decide Refer? 1 --choose no --why w --review-on 'when the press calls' --review-on severity:sev1")

    assert "nothing is reopened by it" in made.stderr
    assert (
        "Decision D-1 reopened: severity:SEV1" in alice("severity SEV1 1 --why w").stdout + alice("timeline 1").stdout
    )
