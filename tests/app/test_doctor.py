"""Everything that would keep a page from arriving tonight is found, and said with what to do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from escalate.app import paging
from escalate.app.doctor import examine
from escalate.domain.instants import to_text
from escalate.errors import Misconfigured, Unreachable
from escalate.wiring.patient import Patient
from telling import ROUTES, TOKENS, Line, roster


class Answering(Line):
    def probe(self):
        return "it answers"


class Dumb(Line):
    def __init__(self, error):
        super().__init__()
        self.error = error

    def probe(self):
        raise self.error


@pytest.fixture
def examined(wiring, clock):
    """The findings by what they are about, with these ways out."""

    def make(channels=None, *, calls=True):
        patient = Patient(wiring)
        if channels is not None:
            patient.channel = lambda via, _roster: channels.get(via) or Answering()
        return {one.what: one for one in examine(patient, clock.now(), calls=calls)}

    return make


def test_an_empty_record_has_no_roster(examined):
    found = examined()

    assert found["record"].state == "ok"
    assert (found["roster"].state, found["roster"].hint) == ("wrong", "escalate apply roster.toml")
    assert found["messages"].state == "ok"


def test_all_is_well(examined, apply_roster, environ, wiring, clock):
    environ |= TOKENS
    apply_roster(roster(more=ROUTES).replace("[policies.quick]", '[policies.quick]\nfallback = "person:carol"')
                 .replace('name = "Dana Weiss"', 'name = "Dana Weiss"\nslack = "U0DANA"'))  # fmt: skip
    with wiring.store.writing() as tx:
        at = to_text(clock.now() - timedelta(seconds=4))
        tx.beat({"id": "desk:1", "host": "desk", "pid": 1, "socket": "00", "started_at": at, "beat_at": at})

    found = examined({})

    assert {one.what for one in found.values() if one.state != "ok"} == {"keyring", "authorities"}
    assert found["secret chat"].found == "from the environment"
    assert found["courier"].found == "desk:1, alive 4 s ago"


def test_where_no_courier_runs_who_may_not_send_needs_somebody_who_may(examined, wiring, monkeypatch):
    assert examined()["courier"].state == "warning"

    monkeypatch.setattr(type(wiring), "sends", False)

    found = examined()["courier"]
    assert (found.state, found.hint) == ("wrong", "have somebody start one who may: escalate work --install")


def test_gaps_of_the_roster_are_named(examined, apply_roster):
    apply_roster(roster(more="""
[policies.hollow]
fallback = "person:carol"
[[policies.hollow.steps]]
targets = ["team:legal"]
"""))  # fmt: skip
    found = examined({})

    assert found["policy hollow"].state == "wrong"
    assert found["policy quick"].found == "nobody is told when it runs out"
    assert found["person dana"].found == "no way reaches them"
    assert found["routes"].state == "warning"
    assert found["secret hook"].hint == "escalate login hook"
    assert all(one.hint for one in found.values() if one.state != "ok")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Misconfigured("The certificate has run out.", hint="Renew it."), "The certificate has run out."),
        (Unreachable("hook could not be reached"), "hook could not be reached"),
        (ZeroDivisionError("canary"), "it fails (ZeroDivisionError)"),
    ],
)
def test_a_channel_that_does_not_answer_is_wrong_and_the_others_are_looked_at(examined, apply_roster, error, said):
    apply_roster(roster())

    found = examined({"hook": Dumb(error)})

    assert (found["channel hook"].state, found["channel hook"].found) == ("wrong", said)
    assert found["channel pager"].state == found["channel chat"].state == "ok"


def test_offline_calls_nobody(examined, apply_roster):
    apply_roster(roster())

    found = examined({"hook": Dumb(AssertionError("called"))}, calls=False)

    assert found["channel hook"].found == "set up; not called"


def test_a_channel_of_kind_console_is_no_trouble(examined, apply_roster):
    apply_roster(roster(more='[channels.desk]\nkind = "console"\n'))

    assert examined()["channel desk"].state == "ok"


def test_what_is_due_without_a_courier_is_wrong(examined, apply_roster, ledger, incident, clock):
    apply_roster(roster())
    paging.page(ledger, incident, ("policy:critical",))
    assert examined({})["messages"].state == "wrong"

    clock.advance(minutes=6)

    found = examined({})
    assert found["pages"].state == "wrong"
    assert found["courier"].state == "warning"


def test_files_that_others_may_read_are_named(examined, wiring):
    for name in ("courier.log", "record.db"):
        path = wiring.home / name
        path.touch()
        path.chmod(0o644)

    found = [one for one in examined().values() if one.what == "record"]

    assert found[0].state == "wrong"


def test_a_record_that_is_none_is_said(examined, wiring):
    wiring.store.close()
    (wiring.home / "record.db").write_bytes(b"not a database, but long enough to be one" * 40)

    assert examined()["record"].state == "wrong"
