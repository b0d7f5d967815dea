"""What a machine keeps for when the shared record cannot be reached: for whom, where, and for whose eyes."""

import json
import os
from datetime import UTC
from pathlib import Path

import pytest

from escalate.adapters.store import upkeep
from escalate.app.incidents import Opening, change, note, open_incident
from escalate.app.overview import overview
from escalate.app.ports import Tally
from escalate.app.reading import Told
from escalate.cli.views.detail import detail
from escalate.cli.views.incident import rows
from escalate.domain.incident import rules
from escalate.domain.messages.message import OWED
from escalate.errors import Misconfigured, Unreachable, Usage
from escalate.wiring.offline import Offline, user_of
from offline import ALICE, Laptop
from telling import roster


@pytest.fixture
def laptop(wiring, home, clock, apply_roster):
    apply_roster(roster())
    made = Laptop(wiring, home, clock).remember()
    yield made
    made.close()


def mode(path):
    return oct(Path(path).stat().st_mode & 0o777)


def test_what_is_kept_is_for_its_owners_eyes_under_any_umask(wiring, home, clock):
    before = os.umask(0)
    try:
        laptop = Laptop(wiring, home, clock).remember()
        open_incident(laptop.ledger, Opening(title="Seen from a train"))
    finally:
        os.umask(before)
    folder = Path(laptop.offline.path).parent
    assert mode(folder) == "0o700"
    assert {mode(path) for path in folder.iterdir()} == {"0o600"}
    laptop.close()


def test_what_is_remembered_holds_no_title_and_no_text(laptop, ledger):
    opened = open_incident(ledger, Opening(title="CANARY-TITLE", severity="SEV1")).incident
    note(ledger, opened.id, "CANARY-NOTE")
    laptop.remember()
    text = Path(laptop.offline.known_path).read_text()
    assert opened.id in text
    assert "CANARY" not in text


def test_it_is_written_again_only_where_something_changed(laptop, ledger, clock):
    first = Path(laptop.offline.known_path).stat().st_ino
    laptop.remember()
    assert Path(laptop.offline.known_path).stat().st_ino == first
    open_incident(ledger, Opening(title="New"))
    laptop.remember()
    assert Path(laptop.offline.known_path).stat().st_ino != first


def test_whom_to_tell_is_the_roster_that_was_in_force(laptop, wiring):
    with wiring.store.reading() as there, laptop.spool.reading() as here:
        assert here.roster() == there.roster()
        assert here.roster().version == 1


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"user": 1}'])
def test_what_cannot_be_read_is_as_if_it_were_not_there(laptop, damage):
    Path(laptop.offline.known_path).write_bytes(damage)
    assert laptop.offline.known is None


def test_what_others_could_have_written_is_not_believed(laptop):
    Path(laptop.offline.known_path).chmod(0o666)
    with pytest.raises(Misconfigured, match="could be written by others"):
        laptop.offline.known  # noqa: B018


@pytest.mark.parametrize("which", ["file", "folder"])
def test_a_spool_that_others_could_have_written_is_not_gone_on_with(laptop, which):
    open_incident(laptop.ledger, Opening(title="Seen from a train"))
    laptop.close()
    path = Path(laptop.offline.path)
    (path if which == "file" else path.parent).chmod(0o777)
    with pytest.raises(Misconfigured, match="could be written by others"):
        laptop.spool  # noqa: B018


def test_a_spool_that_others_may_only_read_is_closed_to_them(laptop):
    open_incident(laptop.ledger, Opening(title="Seen from a train"))
    laptop.close()
    Path(laptop.offline.path).chmod(0o644)
    assert mode(laptop.spool.file) == "0o600"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_is_somebody_elses_is_not_believed(laptop):
    os.chown(laptop.offline.known_path, 12345, -1)
    with pytest.raises(Misconfigured, match="not yours"):
        laptop.offline.known  # noqa: B018


def test_each_user_of_the_database_has_a_spool_of_their_own(home, clock):
    def path(address, **environ):
        return Offline(str(home), address, environ, clock, "laptop").path

    assert path("postgresql://ang@db.example.org/team") != path("postgresql://bob@db.example.org/team")
    assert path("postgresql://db.example.org/team", PGUSER="ang") != path(
        "postgresql://db.example.org/team", PGUSER="bob"
    )
    assert path("postgresql://ang@db.example.org/team") != path("postgresql://ang@db.example.org/other")


@pytest.mark.parametrize(
    ("address", "environ", "user"),
    [
        ("postgresql://ang@db.example.org/team", {"PGUSER": "bob"}, "ang"),
        ("postgresql://a%40b@db.example.org/team", {}, "a@b"),
        ("postgresql:///team?host=/run&user=ang", {"PGUSER": "bob"}, "ang"),
        ("postgresql://db.example.org/team", {"PGUSER": "bob"}, "bob"),
    ],
)
def test_the_user_is_the_one_that_the_database_is_asked_for(address, environ, user):
    assert user_of(address, environ) == user


def test_what_another_user_wrote_does_not_come_in(laptop, wiring):
    open_incident(laptop.ledger, Opening(title="Seen from a train"))
    with pytest.raises(Unreachable, match="was written by ang"):
        laptop.offline.sync(laptop.there, "bob")
    with wiring.store.reading() as look:
        assert look.incidents() == []
    assert laptop.waiting.entries == 1


def test_who_writes_is_the_user_of_the_database_delivery_included(laptop):
    from telling import Line

    opened = open_incident(laptop.ledger, Opening(title="Seen from a train")).incident
    from escalate.app.paging import page

    page(laptop.ledger, opened.id, ("person:bob",))
    laptop.deliver({"hook": Line()})
    with laptop.spool.reading() as look:
        found = look.entries(opened.id)
    assert {entry.actor for entry in found} == {"alice"}
    assert "message.sent" in {entry.kind for entry in found}
    assert laptop.offline.author.but(source="") == ALICE.but(source="")


def test_the_record_that_is_kept_is_sound(laptop):
    open_incident(laptop.ledger, Opening(title="One"))
    open_incident(laptop.ledger, Opening(title="Two"))
    note(laptop.ledger, laptop.id_of("INC-7"), "a note")
    assert upkeep.check(laptop.spool) == []


def test_what_is_here_is_listed_with_what_is_known(laptop, ledger):
    there = open_incident(ledger, Opening(title="Theirs", severity="SEV1")).incident
    laptop.remember()
    here = open_incident(laptop.ledger, Opening(title="Ours")).incident
    with laptop.spool.reading() as look:
        found = look.incidents(statuses=("open",))
    assert [(one.id, one.severity) for one in found] == [(here.id, "SEV2"), (there.id, "SEV1")]
    assert found[1].shown_title == "[title not on this machine]"


def seen(laptop, ref):
    with laptop.spool.reading() as look:
        [id_] = look.ids(ref)
        return look.incident(id_)


def test_what_is_known_says_since_when_and_how_it_stood(laptop, ledger, clock):
    there = open_incident(ledger, Opening(title="Theirs", severity="SEV1", harm=("life",))).incident
    change(ledger, there.id, lambda incident: rules.mitigate(incident, "blocked"))
    clock.advance(hours=9)
    laptop.remember()
    clock.advance(hours=2)
    note(laptop.ledger, there.id, "written here")
    for here in (seen(laptop, "INC-1"), seen(laptop, there.code_name)):
        assert (here.opened_at, here.opened_by, here.status) == (there.opened_at, there.opened_by, "mitigated")
        assert (here.marking, here.shown_title) == ("TLP:RED", "[title not on this machine]")
    shown = " ".join(map(str, [*rows([here])[0].rows, detail(Told(incident=here, lines=[]), UTC, clock.now())]))
    assert f"{there.opened_at:%Y-%m-%d %H:%M}" in shown
    assert "masked: 0" not in shown


def test_what_is_known_by_name_alone_does_not_say_when_it_was_opened(laptop, clock):
    here = seen(laptop, "INC-7")
    assert here.public()["opened_at"] is None
    assert "not known here" in rows([here])[0].rows[0]
    assert "opened" not in str(detail(Told(incident=here, lines=[]), UTC, clock.now()))


def test_nobody_is_advised_by_what_is_not_known_here(laptop, ledger, clock):
    open_incident(ledger, Opening(title="Theirs", severity="SEV1"))
    laptop.remember()
    assert overview(laptop.spool, clock.now(), 5).advice == []


def test_what_an_earlier_version_remembered_is_understood(laptop, ledger):
    open_incident(ledger, Opening(title="Theirs"))
    laptop.remember()
    path = Path(laptop.offline.known_path)
    known = json.loads(path.read_text())
    for one in known["incidents"].values():
        for name in ("opened_at", "opened_by", "status", "marking"):
            del one[name]
        one["unheard_of"] = 1
    path.write_text(json.dumps(known))
    here = seen(laptop, "INC-1")
    assert (here.status, here.public()["opened_at"]) == ("open", None)


def test_a_code_name_that_is_known_names_its_incident(laptop, ledger):
    there = open_incident(ledger, Opening(title="Theirs")).incident
    laptop.remember()
    with laptop.spool.reading() as look:
        assert look.ids(there.code_name.lower()) == [there.id]
        assert look.ids(there.code_name.replace(" ", "-")) == [there.id]


def test_a_rule_holds_here_as_well(laptop):
    note_on = laptop.id_of("INC-7")
    with pytest.raises(Usage):
        note(laptop.ledger, note_on, "  ")
    assert not laptop.waiting.any


def test_what_waits_is_counted(laptop):
    from escalate.app.paging import page

    opened = open_incident(laptop.ledger, Opening(title="Ours")).incident
    note(laptop.ledger, opened.id, "a note")
    note(laptop.ledger, laptop.id_of("INC-7"), "a note")
    page(laptop.ledger, opened.id, ("person:bob",))
    found = laptop.waiting
    assert (found.incidents, found.entries, found.unsent) == (2, 5, 1)
    with laptop.spool.reading() as look:
        [owed] = look.messages(states=OWED)
        assert look.tally(owed.due_at) == Tally(messages=1, moving=1, due=1)
        assert look.by_hand(owed.due_at, 5) == []
    assert json.dumps(found.public())
