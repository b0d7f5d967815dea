"""A courier of a shared record that is stopped while pages have steps to come."""

from __future__ import annotations

from escalate.app.work import Round
from escalate.cli.commands import work
from shared import as_, put_roster, said, shared_pg  # noqa: F401
from telling import roster


def test_it_says_so_on_every_timeline_as_itself(said, put_roster, monkeypatch):
    put_roster(text=roster())
    for number in (1, 2):
        said("alice", "open 'Reports of coordinated sign-ups' --severity SEV2 --quiet-open", code=None)
        said("alice", f"page policy:critical -i {number}", code=None)
    monkeypatch.setattr(work, "heard", lambda _stop: None)
    monkeypatch.setattr(Round, "run", lambda self, _idle: self._leave() or 0)

    stopped = said("courier", "work", code=9)

    assert "NO COURIER IS RUNNING NOW" in stopped.stderr
    assert "does not say so" not in stopped.stderr
    for number in (1, 2):
        found = [
            one for one in said("alice", f"timeline {number} --all --json").data if one["kind"] == "courier.missing"
        ]
        assert found[-1]["actor"].startswith("courier:")
