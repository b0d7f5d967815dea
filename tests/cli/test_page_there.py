"""`page --wait` on a page that is there already; test pages beside real incidents; pages that a route opens."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from escalate.app import paging
from escalate.domain.instants import to_text
from escalate.errors import Conflict, Refused, Unreachable
from telling import ROUTES, TOKENS, Receivers, kinds, messages, roster


@pytest.fixture
def receivers(httpserver):
    return Receivers(httpserver)


@pytest.fixture(autouse=True)
def set_up(environ, httpserver, receivers, apply_roster, incident):
    environ |= TOKENS
    apply_roster(roster(httpserver.url_for("")))


@pytest.fixture
def living(store, clock):
    """A courier that gave a sign of life three seconds ago."""
    at = to_text(clock.now() - timedelta(seconds=3))
    with store.writing() as tx:
        tx.beat({"id": "x", "host": "elsewhere", "pid": 1, "socket": "00", "started_at": at, "beat_at": at})


# ── staying with a page that is there ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def paged_by_a_route(escalate, apply_roster, httpserver):
    """INC-2, with a page that nobody typed."""
    apply_roster(roster(httpserver.url_for(""), more=ROUTES))
    escalate("open 'By a route' --severity SEV1")
    return "INC-2"


@pytest.fixture
def nap(monkeypatch):
    """Does something instead of sleeping between two looks at a page."""
    from escalate.cli import waiting

    def instead(act):
        monkeypatch.setattr(waiting.time, "sleep", lambda _seconds: act())

    return instead


@pytest.mark.parametrize("line", ["page --wait -i INC-2", "page INC-2/1 --wait", "page 1 --wait -i INC-2"])
def test_a_page_that_a_route_opened_can_be_waited_on(escalate, ledger, paged_by_a_route, nap, wiring, line):
    with wiring.store.reading() as look:
        [id_] = look.ids(paged_by_a_route)
    nap(lambda: paging.acknowledge(ledger, id_, "1", by="alice"))
    before = kinds(wiring, id_).count("page.opened")

    done = escalate(f"{line} --json")

    assert done.exit_code == 0, done.stderr
    assert (done.data["page"], done.data["state"]) == ("INC-2/1", "acknowledged")
    assert ("hook", "acknowledged") in [(one["via"], one["state"]) for one in done.data["notifications"]]
    assert kinds(wiring, id_).count("page.opened") == before == 1


def test_waiting_writes_nothing_and_says_so_by_silence(escalate, paged_by_a_route):
    done = escalate("page --wait --for 0s -i INC-2")

    assert done.exit_code == 8
    assert done.stdout.startswith("page INC-2/1  policy:critical  open\n")
    assert "The time given is over." in done.stderr


def test_a_page_that_was_answered_before_is_not_waited_on(escalate, paged_by_a_route):
    escalate("ack INC-2/1")

    done = escalate("page --wait -i INC-2")

    assert done.exit_code == 0
    assert "page INC-2/1  policy:critical  acknowledged" in done.stdout


@pytest.mark.parametrize(
    ("line", "exit_code", "said"),
    [
        ("page --wait -i INC-1", 3, "No page waits on INC-1."),
        ("page 7 --wait -i INC-1", 3, "no page '7'"),
        ("page INC-2/1 INC-2/2 --wait", 2, "One PAGE"),
        ("page --wait --dry-run -i INC-2", 2, "Whom is to be paged?"),
        ("page --wait --test -i INC-2", 2, "Whom is to be paged?"),
        ("page --wait --for soon -i INC-2", 2, "soon"),
    ],
)
def test_what_cannot_be_waited_on(escalate, paged_by_a_route, line, exit_code, said):
    done = escalate(line)

    assert done.exit_code == exit_code
    assert said in done.stderr


def test_a_cancelled_page_is_not_waited_on(escalate, paged_by_a_route):
    escalate("page cancel INC-2/1")

    done = escalate("page INC-2/1 --wait")

    assert done.exit_code == 4
    assert "INC-2/1 was cancelled" in done.stderr


# ── a test page beside a real incident, and pages of routes ─────────────────────────────────────────────────────────


def test_a_test_never_lands_on_a_real_incident_by_itself(escalate, wiring, incident, living):
    done = escalate("page --test bob")

    assert done.exit_code == 0
    assert done.stdout.startswith("INC-2 DRILL ")
    assert kinds(wiring, incident) == ["incident.opened"]


@pytest.mark.parametrize("named", ["option", "environment"])
def test_a_test_lands_where_it_is_told_to(escalate, environ, wiring, incident, living, named):
    if named == "environment":
        environ["ESCALATE_INCIDENT"] = "INC-1"

    escalate("page --test bob" + (" -i INC-1" if named == "option" else ""))

    assert "page.opened" in kinds(wiring, incident)


@pytest.mark.parametrize("line", ["open 'By a route' --severity SEV1", "severity SEV1 INC-1 --why worse"])
def test_opening_and_raising_say_who_drives_the_page(escalate, apply_roster, httpserver, living, line):
    apply_roster(roster(httpserver.url_for(""), more=ROUTES))

    done = escalate(line)

    assert "  next: bob 21:05:00Z (courier on elsewhere, alive 3 s ago)" in done.stdout.splitlines()
    assert re.search(r"Alice Ng +hook +page +sent", done.stdout)


def test_opening_says_that_nobody_drives_the_page(escalate, apply_roster, httpserver):
    apply_roster(roster(httpserver.url_for(""), more=ROUTES))

    done = escalate("open 'By a route' --severity SEV1")

    assert done.exit_code == 9
    assert "next: bob 21:05:00Z (NO COURIER: nobody drives it)" in done.stdout


def test_a_missing_secret_is_named_where_it_kept_a_message_from_going(escalate, environ, wiring, living):
    del environ["ESCALATE_SECRET_HOOK"]

    done = escalate("page bob")

    assert "NOT SENT to Bob Okoro via hook: " in done.stderr
    assert "'hook'" in messages(wiring)[0].last_error
    assert "ESCALATE_SECRET_HOOK is not set" in messages(wiring)[0].last_error


# ── a record that cannot be had while somebody waits ────────────────────────────────────────────────────────────────


@pytest.fixture
def away(monkeypatch):
    """From now on the record cannot be read, until it is let go."""
    from escalate.adapters.store.sqlite import SqliteStore

    real = SqliteStore.reading

    def make(error):
        def reading(_self):
            raise error

        monkeypatch.setattr(SqliteStore, "reading", reading)
        return lambda: monkeypatch.setattr(SqliteStore, "reading", real)

    return make


@pytest.mark.parametrize(
    "error", [Conflict("It is held."), Unreachable("It is cut."), Refused("It is not allowed.")], ids=lambda e: e.code
)
def test_waiting_outlives_a_record_that_cannot_be_had_for_a_while(escalate, ledger, incident, nap, away, error):
    def looked():
        moments.pop(0)()

    back = []
    moments = [
        lambda: back.append(away(error)),
        lambda: None,
        lambda: None,
        lambda: back[0](),  # noqa: PLW0108  (it is not there yet)
        lambda: paging.acknowledge(ledger, incident, "1", by="alice"),
    ]
    nap(looked)

    done = escalate("page policy:critical --wait --json")

    assert done.exit_code == 0, done.stderr
    assert done.data["state"] == "acknowledged"
    assert done.stderr.count(f"{error.message} Trying again.") == 1


def test_a_record_that_does_not_come_back_ends_it_with_what_was_seen_last(escalate, clock, nap, away, incident):
    gone = []

    def looked():
        clock.advance(seconds=1)
        gone.append(gone or away(Unreachable("It is cut.")))

    nap(looked)

    done = escalate("page policy:critical --wait --for 2s --json")

    assert done.exit_code == 8
    assert done.data["state"] == "open"
    assert "The time given is over." in done.stderr
    assert "WHETHER ANYBODY DRIVES IT CANNOT BE SEEN: It is cut." in done.stderr


def test_that_nobody_drives_it_is_said_where_it_cannot_be_recorded(escalate, clock, nap, incident, monkeypatch):
    from escalate.adapters.store.sqlite import SqliteStore

    def looked():
        clock.advance(seconds=1)
        monkeypatch.setattr(SqliteStore, "writing", refused)

    def refused(_self):
        raise Conflict("It is held.")

    nap(looked)

    done = escalate("page policy:critical --wait --for 1s")

    assert done.exit_code == 8
    assert "NO COURIER IS RUNNING" in done.stderr
    assert "could not be put on the timeline: It is held." in done.stderr


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("policy:critical", "next person:bob"),
        ("policy:quick", "; then it has run out\n"),
        ("policy:last", "; then it has run out, and person:carol is told\n"),
    ],
)
def test_what_comes_next_is_told_while_waiting(escalate, apply_roster, httpserver, incident, target, said):
    last = (
        '[policies.last]\nfallback = "person:carol"\n[[policies.last.steps]]\nwait = "5m"\ntargets = ["person:bob"]\n'
    )
    apply_roster(roster(httpserver.url_for(""), more=last))

    waited = escalate(f"page {target} --wait --for 0s")

    assert waited.exit_code == 8
    assert said in waited.stderr
