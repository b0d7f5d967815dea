"""Roster files: what is taken, what is refused and in which words, what is only warned about."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalate.adapters.roster_file import read
from escalate.domain.people import Reach
from escalate.domain.roster import Roster, Route
from escalate.errors import Misconfigured, NotFound

WHOLE = """
[channels.chat]
kind = "slack"
token = "secret:slack"
[channels.harm-desk]
kind = "pagerduty"
routing_key = "secret:harm-desk"
[channels.mail]
kind = "email"
host = "smtp.example.org:587"
from = "escalate@example.org"
details = true

[people.alice]
name = "Alice Ng"
zone = "Europe/London"
logins = ["ang"]
slack = "U012AB3CD"
email = "alice@example.org"
reach = [ { via = "chat" }, { via = "harm-desk", after = "1h30m" } ]
[people.carol]
name = "Carol Diaz"
zone = "UTC"
email = "carol@example.org"

[policies.critical-harm]
repeat = 1
fallback = "carol"
[[policies.critical-harm.steps]]
wait = "90s"
targets = ["person:alice", "legal"]
[[policies.critical-harm.steps]]
targets = ["carol"]
multi_ack = false

[teams.legal]
name = "Legal"
slack = "legal-escalations"
people = ["carol"]
policy = "critical-harm"
reads = ["privileged"]

[[routes]]
when = { harm = ["cse", "life"], severity = "sev1" }
page = ["critical-harm"]
ping = ["legal"]
runbook = "child-safety"
"""

PEOPLE = """
[people.alice]
name = "Alice Ng"
zone = "UTC"
[people.bob]
name = "Bob Okoro"
zone = "UTC"
"""


@pytest.fixture
def checked(tmp_path):
    def check(text, name="roster.toml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read([path])

    return check


@pytest.fixture
def mistakes(checked):
    """The lines in which a roster is refused."""

    def lines(text):
        with pytest.raises(Misconfigured) as refused:
            checked(text)
        return [line.strip() for line in refused.value.message.splitlines()[1:]]

    return lines


def test_a_whole_roster_is_read_with_its_names_resolved(checked):
    found = checked(WHOLE)
    roster = Roster.from_plain(found.roster)

    assert roster.people["alice"].reach == (
        Reach(via="chat", after=timedelta(0)),
        Reach(via="harm-desk", after=timedelta(hours=1, minutes=30)),
    )
    assert roster.people["alice"].addresses == {"slack": "U012AB3CD", "email": "alice@example.org"}
    assert roster.person_of("ang") == "alice"
    first, second = roster.policies["critical-harm"].steps
    assert (first.targets, first.wait) == (("person:alice", "team:legal"), timedelta(seconds=90))
    assert (second.targets, second.wait, second.multi_ack) == (("person:carol",), timedelta(minutes=5), False)
    assert roster.policies["critical-harm"].fallback == "person:carol"
    assert roster.teams["legal"].reads == {"privileged"}
    assert roster.teams["legal"].people == ("carol",)
    assert roster.routes == (
        Route(
            harm=frozenset({"cse", "life"}),
            severity="SEV1",
            page=("policy:critical-harm",),
            ping=("legal",),
            runbook="child-safety",
        ),
    )
    assert roster.channels["mail"].details is True
    assert roster.channels["mail"].settings == {
        "host": "smtp.example.org:587",
        "from": "escalate@example.org",
    }
    assert found.warnings == []
    assert found.source == WHOLE


def test_what_is_read_survives_being_stored_as_json(checked):
    import json

    found = checked(WHOLE).roster

    assert Roster.from_plain(json.loads(json.dumps(found))) == Roster.from_plain(found)


CHANNEL = PEOPLE + "[channels.out]\n"


def test_a_missing_file_is_said_with_the_place_looked_at(tmp_path):
    (tmp_path / "wrong.toml").write_text("[[")

    with pytest.raises(NotFound, match=r"There is no file .*gone\.toml\.") as refused:
        read([tmp_path / "wrong.toml", tmp_path / "gone.toml"])

    assert refused.value.hint == f"Nothing was applied. Looked for it at {tmp_path / 'gone.toml'}"


def test_a_file_that_cannot_be_read_is_a_mistake(tmp_path):
    with pytest.raises(Misconfigured, match=r"cannot be read: Is a directory") as refused:
        read([tmp_path])

    assert "escalate apply --check" in refused.value.hint


def test_a_hostile_key_is_made_visible(mistakes):
    [line] = mistakes(PEOPLE + '[teams."\\u001b]0;x\\u0007"]\nname = "T"')

    assert "\x1b" not in line
    assert "\x07" not in line


def test_several_files_are_one_roster(tmp_path):
    (tmp_path / "people.toml").write_text(PEOPLE)
    (tmp_path / "rest.toml").write_text(
        "[policies.p]\nfallback='bob'\n[[policies.p.steps]]\ntargets=['alice']\n[[routes]]\npage=['p']"
    )

    found = read([tmp_path / "people.toml", tmp_path / "rest.toml"])

    assert found.roster["routes"][0]["page"] == ["policy:p"]
    assert "# people.toml\n" in found.source
    assert "# rest.toml\n" in found.source


def test_one_name_in_two_files_is_a_mistake(tmp_path):
    (tmp_path / "one.toml").write_text(PEOPLE)
    (tmp_path / "two.toml").write_text(PEOPLE.replace("alice", "ann") + "[[routes]]\npage=['q']")

    with pytest.raises(Misconfigured) as refused:
        read([tmp_path / "one.toml", tmp_path / "two.toml"])

    assert "two.toml:people.bob: stands twice. It is in one.toml too" in refused.value.message
    assert (
        "two.toml:routes[0].page[0]: there is no person, team, schedule, rotation or policy 'q'"
        in refused.value.message
    )


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param("", [], id="none"),
        pytest.param(
            "[people.dan]\nname='Dan'\nzone='UTC'",
            ["people.dan: no way to reach dan: pages to dan are shown on the console"],
            id="a person without a way",
        ),
        pytest.param(
            "[teams.press]\nname='Press'",
            ["teams.press: no way to reach press: pings to it are shown on the console"],
            id="a team without an address",
        ),
        pytest.param(
            "[teams.press]\nname='Press'\nslack='press'\n[policies.p]\nfallback='carol'\n"
            "[[policies.p.steps]]\ntargets=['press']",
            ["policies.p.steps[0]: step 1 has nobody behind it and will be skipped, and it is the last one"],
            id="a step with nobody",
        ),
        pytest.param(
            "[policies.p]\n[[policies.p.steps]]\ntargets=['carol']",
            ["policies.p: nobody is told when every step has run out"],
            id="a policy without a fallback",
        ),
        pytest.param(
            "[channels.hook]\nkind='webhook'\nurl='https://example.org/h'\nsecret='secret:h'",
            ["channels.hook: nobody is reached by it"],
            id="an idle channel",
        ),
        pytest.param(
            "[channels.desk]\nkind='jira'\nurl='https://example.org'\nproject='TS'\ntoken='secret:j'",
            [],
            id="tickets are nobody's way",
        ),
    ],
)
def test_what_will_surprise_somebody_at_night_is_warned_about(checked, more, expected):
    found = [f"{each.key}: {each.message}" for each in checked(WHOLE + more).warnings]

    assert found == expected


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/x", "http://localhost/x", "http://[::1]:1/x", "https://example.org/a?b=c"]
)
def test_addresses_that_are_taken(checked, url):
    assert checked(CHANNEL + f"kind='webhook'\nurl='{url}'\nsecret='secret:h'").roster["channels"]["out"]


def test_the_roster_of_the_reference_page_is_right(checked):
    from pathlib import Path

    page = (Path(__file__).parents[2] / "docs" / "reference" / "roster.md").read_text()
    example = page.partition("```toml\n")[2].partition("```")[0]

    assert checked(example).warnings == []
