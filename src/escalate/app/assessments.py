"""What one can ask of assessments: to look at one, keep answers, make it final, see what is masked or what changed."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

from escalate.app.assessed_subjects import Subjects
from escalate.app.guidance import of as guidance_of
from escalate.app.ledger import Record, Written
from escalate.domain.assessment import answers as rules
from escalate.domain.assessment.difference import weighing
from escalate.domain.assessment.typed import joined
from escalate.domain.instants import from_text
from escalate.domain.timeline.entry import Draft
from escalate.domain.timeline.events import AssessmentDrafted, AssessmentFinalised, TextRevealed
from escalate.domain.value import Value
from escalate.errors import Misconfigured, NotFound, Refused, Usage

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from escalate.app.ledger import Ledger
    from escalate.app.library import Library
    from escalate.app.ports import Store
    from escalate.domain.assessment.shape import Field
    from escalate.domain.assessment.template import Template
    from escalate.domain.guidance.book import Guidance
    from escalate.domain.incident.state import Incident

    Known = rules.Known
    LookUp = Callable[[], Guidance]
    ReadTime = Callable[[str, bool], datetime]

NONE, DRAFT, FINAL = "none", "draft", "final"
"""How far an assessment is; `none` while nobody has answered anything."""


class Given(Value):
    """Answers as somebody gave them: `answers` replace what stands (None takes back), `more` adds to it."""

    answers: dict[str, Any] = {}
    more: dict[str, Any] = {}

    @property
    def empty(self) -> bool:
        return not self.answers and not self.more


def look(store: Store, incident_id: str, template: Template, now: datetime) -> dict[str, Any]:
    """The assessment as it stands."""
    with store.reading() as tx:
        incident = tx.incident(incident_id)
        if incident is None:
            raise NotFound(f"There is no incident {incident_id}.", hint="See what there is: escalate list --all")
        return shown(incident, template, partial(guidance_of, tx), now)


def draft(
    ledger: Ledger, incident_id: str, template: Template, given: Given, *,
    read_time: ReadTime, known: Known | None = None,
) -> tuple[Written, dict[str, Any]]:  # fmt: skip
    """Keep answers. After a final assessment this begins a new draft that carries its answers over."""
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        guidance = cache(partial(guidance_of, record.tx))
        around = _around(record, incident, read_time, known, guidance)
        changes = _changes(incident, template, given, around)
        if not changes:
            return Written(incident=incident, entries=[]), shown(incident, template, guidance, record.now)
        event = AssessmentDrafted(template=template.name, version=template.version, answers=changes)
        after = _after(incident, template, changes)
        labels = rules.labels(template, changes, after, incident)
        written = record.append(incident, *_seen(around), Draft(event=event, labels=labels))
        return written, shown(written.incident, template, guidance, record.now, fresh=frozenset(changes))


def finalise(
    ledger: Ledger,
    incident_id: str,
    template: Template,
    given: Given,
    *,
    read_time: ReadTime,
    until: datetime | None = None,
    known: Known | None = None,
) -> tuple[Written, dict[str, Any]]:
    """Keep answers and make the assessment final, for good or `until` then. While one is missing: refused, and nothing is
    written.
    """
    with ledger.writing() as record:
        if until is not None and until <= record.now:
            raise Usage(f"{until:%Y-%m-%d %H:%M:%SZ} is over.", hint="Say how long it holds, as --until 60m")
        incident = record.incident(incident_id)
        guidance = cache(partial(guidance_of, record.tx))
        around = _around(record, incident, read_time, known, guidance)
        changes = _changes(incident, template, given, around)
        after = _after(incident, template, changes)
        absent = rules.missing(template, after)
        unfinished = _unfinished(incident, template, after, guidance, record.now, frozenset(changes))
        if absent or unfinished:
            raise _incomplete(incident, template, absent, unfinished, kept=not changes)
        standing = incident.assessments.get(template.name, {})
        same = standing.get("status") == FINAL and standing.get("version") == template.version
        if same and not changes and until is None and not standing.get("expired"):
            return Written(incident=incident, entries=[]), shown(incident, template, guidance, record.now)
        before = _last_final(record, incident, template)
        event = AssessmentFinalised(
            template=template.name,
            version=template.version,
            answers=after,
            until=until,
            changed=weighing(template, before, after) if before else [],
        )
        marked = Draft(event=event, labels=rules.labels(template, after, after, incident))
        written = record.append(incident, *_seen(around), marked)
        return written, shown(written.incident, template, guidance, record.now, fresh=frozenset(changes))


def reveal(ledger: Ledger, incident_id: str, template: Template, why: str) -> tuple[Written, dict[str, Any]]:
    """The assessment with nothing masked. That it was looked at, and why, is an entry."""
    if not why.strip():
        raise Refused("Seeing masked answers needs a reason.", hint="As: --reveal 'handing over to the day shift'")
    with ledger.writing() as record:
        incident = record.incident(incident_id)
        guidance, standing = partial(guidance_of, record.tx), incident.assessments.get(template.name)
        if standing is None:
            return Written(incident=incident, entries=[]), shown(incident, template, guidance, record.now)
        written = record.append(incident, TextRevealed(entries=[standing["seq"]], why=why.strip()))
        fresh = frozenset(standing["answers"])
        return written, shown(written.incident, template, guidance, record.now, fresh=fresh)


def shown(
    incident: Incident, template: Template, guidance: LookUp, now: datetime, *, fresh: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """The assessment for the eyes of the person at the terminal.

    What is masked in this incident says how long it is. Answers in `fresh` were given or asked for now. `missing` are all
    fields that stand in the way of being final, `unfinished` what is to be done about those that are answered.
    """
    standing = incident.assessments.get(template.name, {})
    answers = standing.get("answers", {})
    order = {field.name: number for number, field in enumerate(template.fields)}
    unfinished = _unfinished(incident, template, answers, guidance, now, fresh)
    return {
        "ref": incident.ref,
        "template": template.name,
        "version": standing.get("version", template.version),
        "status": standing.get("status", NONE),
        "answers": {
            name: hidden(answer)
            if name not in fresh and rules.masked(template.field(name), incident, template, answers)
            else answer
            for name, answer in sorted(answers.items(), key=lambda pair: order.get(pair[0], len(order)))
        },
        "missing": list(dict.fromkeys([*rules.missing(template, answers), *(one.field for one in unfinished)])),
        "unfinished": [{"field": one.field, "what": one.what, "do": one.do} for one in unfinished],
        "missing_to_close": rules.missing_to_close(template, answers),
        "until": from_text(standing["until"]).isoformat() if standing.get("until") else None,
        "expired": bool(standing.get("expired")),
    }


def _unfinished(
    incident: Incident, template: Template, answers: dict[str, Any], guidance: LookUp, now: datetime,
    fresh: frozenset[str],
) -> list[rules.Problem]:  # fmt: skip
    """What guidance says against these answers being final; of what is masked without repeating it."""
    return [
        one.but(what="what is said of the clause does not fit it.")
        if one.repeats
        and one.field not in fresh
        and rules.masked(template.field(one.field), incident, template, answers)
        else one
        for one in rules.unfinished(template, answers, guidance, now)
    ]


def to_close(store: Store, incident_id: str, library: Library) -> list[tuple[str, str, list[Field]]]:
    """What should be answered before an incident closes, of each assessment that was begun: (reference, template, fields)."""
    with store.reading() as tx:
        incident = tx.incident(incident_id)
    found: list[tuple[str, str, list[Field]]] = []
    if incident is None:
        return found
    for name, standing in incident.assessments.items():
        try:
            template = library.template(name)
        except (NotFound, Misconfigured):
            continue
        absent = rules.missing(template, standing["answers"], "close")
        if absent:
            found.append((incident.ref, name, [field for field in template.fields if field.name in absent]))
    return found


def _last_final(record: Record, incident: Incident, template: Template) -> dict[str, Any]:
    """The answers when it was last final; none where it never was, or where they were erased."""
    seq = incident.assessments.get(template.name, {}).get("final")
    entry = record.tx.entry(incident.id, seq) if seq else None
    answers: dict[str, Any] = getattr(entry.event, "answers", {}) if entry and entry.body else {}
    return answers


def hidden(answer: Any) -> str:
    if isinstance(answer, bool | int):
        return "[masked]"
    if isinstance(answer, list):
        what = "row" if answer and isinstance(answer[0], dict) else "answer"
        return f"[masked: {len(answer)} {what}{'' if len(answer) == 1 else 's'}]"
    text = answer.get("why", "") if isinstance(answer, dict) else str(answer)
    return f"[masked: {len(text)} characters]"


def _around(
    record: Record, incident: Incident, read_time: ReadTime, known: Known | None, guidance: LookUp
) -> rules.Around:
    def entry_seq(id_: str) -> int | None:
        entry = record.tx.entry_by_id(id_)
        return entry.seq if entry and entry.incident == incident.id else None

    return rules.Around(
        incident=incident,
        roster=record.roster,
        now=record.now,
        read_time=read_time,
        entry_seq=entry_seq,
        guidance=guidance,
        known=known,
        subjects=Subjects(record, incident, known.keys if known else None),
    )


def _seen(around: rules.Around) -> list[Any]:
    """Who was named by a value, and not seen in this incident before."""
    return around.subjects.fresh if around.subjects else []


def _changes(incident: Incident, template: Template, given: Given, around: rules.Around) -> dict[str, Any]:
    """The answers that differ from what stands, as they are kept. Refused where one does not fit."""
    standing = incident.assessments.get(template.name, {}).get("answers", {})
    grown = {name: joined(given.answers.get(name, standing.get(name)), more) for name, more in given.more.items()}
    checked = rules.check(template, {**given.answers, **grown}, standing, around)
    if checked.problems:
        lines = [str(problem) for problem in checked.problems]
        what = (
            lines[0] if len(lines) == 1 else "\n".join(("Some answers do not fit:", *(f"  {line}" for line in lines)))
        )
        raise Refused(what, hint=f"Nothing was kept. See the questions: escalate template show {template.name}")
    return {name: answer for name, answer in checked.answers.items() if answer != standing.get(name)}


def _after(incident: Incident, template: Template, changes: dict[str, Any]) -> dict[str, Any]:
    standing = incident.assessments.get(template.name, {}).get("answers", {})
    return {name: answer for name, answer in {**standing, **changes}.items() if answer is not None}


def _incomplete(
    incident: Incident, template: Template, absent: list[str], unfinished: list[rules.Problem], *, kept: bool
) -> Refused:
    labels = [f"  {name}: {field.label}" for name in absent if (field := template.field(name))]
    names, labels = [*absent, *(one.field for one in unfinished)], [*labels, *(f"  {one}" for one in unfinished)]
    lost = "" if kept else " The answers given with it were not kept; without --final they are."
    return Refused(
        "\n".join((f"{template.title} of {incident.ref} cannot be final yet. Missing:", *labels)),
        hint=f"Answer them: escalate assess {template.name} {incident.ref} --set {names[0]}=…{lost}",
    )
