"""Guidance and subjects, as far as the store keeps them: for the one transaction of `writing`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.domain.instants import to_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from escalate.domain.incident.access import Access
    from escalate.domain.timeline.entry import Entry


class Knowing:
    """What can be looked up."""

    run: Callable[..., list[Any]]
    first: Callable[..., Any]

    def clause(self, id_: str, version: int) -> dict[str, Any] | None:
        row = self.first("clause", id=id_, version=version)
        return dict(row) if row else None

    def clauses(self) -> list[dict[str, Any]]:
        return [dict(row) for row in self.run("clauses")]

    def subject_keys(self) -> list[str]:
        return [row["id"] for row in self.run("subject_keys")]

    def handle_of(self, digest: str) -> str | None:
        row = self.first("handle_of", digest=digest)
        return row["handle"] if row else None

    def handle_taken(self, handle: str, digest: str) -> bool:
        return self.first("handle_taken", handle=handle, digest=digest) is not None

    def handles_like(self, prefix: str) -> list[str]:
        return [row["handle"] for row in self.run("handles_like", prefix=prefix)]

    def sightings(self, handle: str) -> list[dict[str, Any]]:
        return [dict(row) for row in self.run("sightings_of", handle=handle)]

    def links(self, handle: str) -> list[dict[str, Any]]:
        return [dict(row) for row in self.run("links_of", handle=handle)]

    def due_matches(self, now: datetime) -> list[dict[str, Any]]:
        return [dict(row) for row in self.run("due_matches", now=to_text(now))]


class Noting(Knowing):
    """What can be kept as well."""

    now: Callable[[], datetime]
    glance: Callable[[str], Any]
    written: str | None = None
    """The id of the entry that was inserted last."""

    def copy(self) -> None:
        """Whoever may write to the file may."""

    def keep_closed(self, incident: str, access: Access) -> None:
        """A file closes nothing."""

    def apply_clause(self, clause: dict[str, Any], by: str, source: str) -> None:
        """`clause` has id, version, effective_from, owner, digest and clause, which is its JSON."""
        self.run("apply_clause", **clause, applied_at=to_text(self.now()), applied_by=by, source=source)

    def add_subject_key(self, id_: str, by: str) -> None:
        self.run("add_subject_key", id=id_, added_at=to_text(self.now()), added_by=by)

    def about_subjects(self, entry: Entry, event: Any, *, telling: bool = True) -> None:
        """Keep what an entry says of a subject so that it is found; with `telling`, other incidents of it are to be told."""
        where = {"entry": entry.id, "incident": entry.incident, "seq": entry.seq}
        match event.kind:
            case "subject.seen":
                named = {"handle": event.subject, "digest": event.digest}
                if telling:
                    self.tell_others(entry, event.digest)
                self.run("save_sighting", **where, **named, type=event.type, relation=event.relation)
            case "subject.linked":
                self.run("save_link", **where, handle=event.subject, other=event.other)
            case "subject.withdrawn":
                self.run("drop_sighting", entry=event.entry)
                self.run("drop_link", entry=event.entry)

    def tell_others(self, entry: Entry, digest: str) -> None:
        by = {"by": entry.actor, "due_at": to_text(self.now())}
        self.run("save_matches", entry=entry.id, incident=entry.incident, digest=digest, **by)

    def asked_about(self, digest: str, by: str) -> None:
        """Who may read it is looked at when it is told; what is not restricted was shown to whoever asked."""
        from uuid import uuid4

        entry, due_at = str(uuid4()), to_text(self.now())
        for row in self.run("seen_by_digest", digest=digest):
            found = self.glance(row["incident"])
            if found is not None and found.restricted:
                named = {"incident": row["incident"], "handle": row["handle"]}
                self.run("save_asked", entry=entry, **named, by=by, due_at=due_at)

    def told_match(self, entry: str, incident: str) -> None:
        self.run("told_match", entry=entry, incident=incident, now=to_text(self.now()))

    def break_glass_head(self, number: int) -> dict[str, Any] | None:
        """Where a restricted incident ends: {incident, seq, digest, recorded_at}; None where that number is none."""
        row = self.first("restricted_head", number=number)
        return {name: row[name] for name in ("incident", "seq", "digest", "recorded_at")} if row else None
