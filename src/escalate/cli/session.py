"""What every command is handed: the way in, who asks, and how to answer."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from escalate.errors import EXIT_STILL_OWED, EscalateError, Misconfigured, Usage

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, tzinfo

    from escalate.app.ledger import Ledger, Written
    from escalate.app.ports import Store
    from escalate.cli.aftermath import Outcome
    from escalate.cli.times import Moment
    from escalate.cli.views import View
    from escalate.domain.roster import Roster
    from escalate.wiring import Wiring

VERSION = 1
"""Of the JSON document. It is raised when something in it changes its meaning or goes away, not when something is added."""


class Session:
    def __init__(self, wiring: Wiring) -> None:
        self.wiring = wiring
        self.as_json = False
        self.no_input = False
        self.given_ref: str | None = None
        self.given_zone: str | None = None
        self.exit_code = 0
        self.recorded = False
        self.needless = False
        self.drafts: list[str] = []  # folders of what was written in an editor and is not recorded yet
        self.courier_started = False
        self.seen = True
        self.shown: set[str] = set()
        self._said: set[str] = set()

    # ── the way in ──────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def store(self) -> Store:
        return self.wiring.shown

    @property
    def ledger(self) -> Ledger:
        return self.wiring.ledger

    @property
    def roster(self) -> Roster:
        with self.store.reading() as look:
            return look.roster()

    @property
    def offline(self) -> bool:
        """Whether what is written now stays on this machine until the record can be reached."""
        return self.wiring.shared is not None and self.wiring.line.is_down

    def now(self) -> datetime:
        return self.wiring.clock.now()

    @cached_property
    def zone(self) -> tzinfo:
        """The reader's zone: `--zone`, else the setting, else the machine's; that it cannot be read is said, once."""
        from escalate.cli.zones import Unreadable, zone

        setting = self.wiring.config["zone"]
        try:
            found = zone(self.given_zone or setting.value)
        except Usage as error:
            if self.given_zone:
                raise
            raise Misconfigured(f"{error.message[:-1]}, as {setting.source} says.", hint=error.hint) from error
        if isinstance(found, Unreadable):
            self.say(f"Note: {found.refusal.message} Times are shown in UTC. {found.refusal.hint}")
        return found

    def incident(self, ref: str | None = None) -> str:
        """The id of the incident meant: REF, else `-i`, else this terminal's, else the only open one."""
        from escalate.cli.choice import choose

        return choose(self, ref or self.given_ref)

    @property
    def interactive(self) -> bool:
        """Whether a question may be asked: a person sits at both ends and did not forbid it."""
        return not self.no_input and sys.stdin.isatty() and sys.stderr.isatty()

    # ── the answer ──────────────────────────────────────────────────────────────────────────────────────────────────

    def answer(self, data: Any, view: Callable[[Any], View] | None = None) -> None:
        """Write `data` to stdout: as one JSON document if asked for, else as `view` lays it out."""
        if self.as_json:
            self.document(data)
        elif view is not None:
            from escalate.cli.screen import show

            show(view(data))

    def document(self, data: Any, error: dict[str, Any] | None = None) -> None:
        from escalate.domain.value import plain

        status = "error" if error else "ok"
        document = {"version": VERSION, "status": status, "data": plain(data), "error": error}
        click.echo(json.dumps(document, indent=2, ensure_ascii=True))

    def tell(self, line: str) -> None:
        """A line of the answer itself, on stdout; nothing with `--json`."""
        from escalate.cli.lines import echo
        from escalate.domain.text.visible import visible

        if not self.as_json:
            echo(visible(line))

    def say(self, line: str) -> None:
        """A line for the person, beside the answer: on stderr."""
        from escalate.cli.lines import echo
        from escalate.domain.text.visible import visible

        echo(visible(line), err=True)

    def say_once(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            self.say(line)

    def doubt(self, line: str) -> None:
        """For what is recorded, but not well: it is said, and the command ends with 6 if nothing else comes of it."""
        self.recorded = True
        self.exit_code = self.exit_code or Misconfigured.exit_code
        with suppress(OSError):
            self.say(line)

    def wrote(
        self, written: Written, data: Any, view: Callable[[Any], View] | None = None, *, happened: Moment | None = None
    ) -> None:
        """Answer a write: which incident it went to, first; then deliver what is owed; exit 9 if something stays owed.

        `data` may be a function of what delivery came to (`cli.aftermath.Outcome`, None where nothing was to be said).
        """
        unread: OSError | None = None
        try:
            self.stamp(written, happened)
        except OSError as error:  # that nobody reads this must not keep anybody from being told
            unread = error
        try:
            outcome = self._delivered(written)
        except EscalateError as error:
            if not written.entries:
                raise
            outcome = None
            self.exit_code = self.exit_code or EXIT_STILL_OWED
            self.say(f"It is recorded: do not do it again. Who is told of it is not known: {error.message}")
            self.say("See: escalate messages")
        try:
            if unread is not None:
                raise unread
            if self.as_json or view is not None:
                self.answer(data(outcome) if callable(data) else data, view)
        finally:
            if outcome is not None:
                from escalate.cli.aftermath import report

                report(self, written.incident.id, outcome)

    def _delivered(self, written: Written) -> Outcome | None:
        """What delivery came to; None where nothing was to be said and nothing in the record is waited for."""
        if not written.queued:
            with self.store.reading() as look:
                if look.next_due(self.now(), console=True) is None:
                    self._bring_in_later()
                    return None
        from escalate.cli.aftermath import settle

        return settle(self, written)

    def _bring_in_later(self) -> None:
        """What was kept on this machine comes in by itself once the record can be reached."""
        if self.offline:
            from escalate.cli.drivers import make_sure

            make_sure(self)

    def remember(self) -> None:
        """At the end of a command that did well: somebody sends what came in with it, and this machine remembers what is to
        be known where a shared record cannot be reached.
        """
        if "line" not in self.wiring.__dict__:
            return
        line = self.wiring.line
        if line.came_in and not line.is_down:
            from escalate.cli.drivers import take_over

            with suppress(EscalateError):  # the command did what it was to do
                if not take_over(self) and self.wiring.verb == "sync":
                    self.exit_code = EXIT_STILL_OWED
        line.remember()

    def stamp(self, written: Written, happened: Moment | None = None) -> None:
        """`INC-42 SLATE OTTER #14 21:07:14Z`: the incident and entry a write went to, before anything else, and what a
        time that was given was taken as.
        """
        incident = written.incident
        self.recorded, self.needless = bool(written.entries), not written.entries
        if self.recorded and self.drafts:
            from escalate.cli.editor import done

            done(self)
        if written.entries:
            last = written.entries[-1]
            taken = f"  happened {happened.said}" if happened else ""
            self.tell(f"{incident.name} #{last.seq} {last.recorded_at[11:19]}Z{taken}")
        else:
            self.tell(f"{incident.name} #{incident.head.seq} (nothing new: it was so already)")


pass_session = click.make_pass_decorator(Session)
