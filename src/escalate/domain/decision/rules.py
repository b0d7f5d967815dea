"""What may be decided, asked, done and stated: each rule returns an event or refuses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from escalate.domain.decision import actions, again, options, triggers
from escalate.domain.decision.state import ANSWERED, MADE, REOPENED, Judgement, next_id
from escalate.domain.guidance.book import versioned
from escalate.domain.guidance.elements import rows
from escalate.domain.incident.rules import said
from escalate.domain.timeline import judgements as ev
from escalate.domain.value import Value
from escalate.errors import NotFound, Refused, Usage

if TYPE_CHECKING:
    from datetime import datetime

    from escalate.domain.guidance.clause import Clause
    from escalate.domain.incident.state import Incident
    from escalate.domain.roster import Roster

MET = ("met", "not", "unclear")
DECLINES = ("referral", "report")
CONFIDENCES = ("low", "moderate", "high")

LARGEST = 10**12


class Deciding(Value):
    """What a person says of a decision. `question` may be A-3 or D-2: an asked question, a decision taken up again."""

    question: str
    choose: str
    why: str = ""
    options: tuple[dict[str, str], ...] = ()
    clause: str | None = None
    threshold: str | None = None
    elements: tuple[dict[str, str], ...] = ()
    dissent: tuple[dict[str, str], ...] = ()
    declines: str | None = None
    review_at: datetime | None = None
    review_on: tuple[str, ...] = ()


class Doing(Value):
    """What a person says of an action."""

    what: str
    scope: str = ""
    ground: str | None = None
    clause: str | None = None
    automated: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    notice: str = ""
    decision: str | None = None
    reverses: str | None = None
    count: int | None = None
    why: str = ""


def of(incident: Incident) -> Judgement:
    return incident.judgement or Judgement()


# ── decisions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def decide(incident: Incident, given: Deciding, now: datetime, by: Clause | None = None) -> ev.DecisionMade:
    """The decision, not numbered yet. `by` is the clause it names, as the record has it."""
    before = _taken_up(incident, given.question)
    question = before["question"] if before else said(given.question, "The question")
    considered = options.considered(before, given.options)
    if given.review_at is not None and given.review_at <= now:
        raise Usage(
            f"The review would be at {given.review_at:%Y-%m-%d %H:%MZ}, which is over.",
            hint="Give a moment that comes: --review-at 'tomorrow 09:00' or --review-at 2026-12-24T09:00Z",
        )
    if given.declines is not None and given.declines not in DECLINES:
        raise Usage(f"What is declined is no {given.declines!r}.", hint=f"One of: {', '.join(DECLINES)}.")
    answers_a_question = before is not None and before["of"] == "question"
    choice = options.chosen(given.choose, considered, before, masked=again.is_masked(incident, before))
    elements = [_element(one, incident) for one in given.elements]
    return ev.DecisionMade(
        decision="",
        question=question,
        choice=choice,
        reasons=given.why if answers_a_question and not given.why else said(given.why, "The reason"),
        options=considered,
        clause=versioned(given.clause, "clause", "har-3.2@4"),
        elements=rows(by, elements) if by else elements,
        threshold=versioned(given.threshold, "threshold", "imminence@2"),
        dissent=[_dissent(one) for one in given.dissent],
        declines=given.declines or again.declined(before, choice),
        review_at=given.review_at,
        review_on=[triggers.read(trigger) for trigger in given.review_on],
        answers=before["id"] if before else None,
    )


def _taken_up(incident: Incident, ref: str) -> dict[str, Any] | None:
    """The question that `A-3` asked, or the decision `D-2` that is taken up again; None where it is a new question."""
    judgement, id_ = of(incident), ref.strip().upper()
    if not is_id(id_, "AD"):
        return None
    if id_.startswith("A"):
        asked = _known(incident, judgement.questions, id_, "question", "escalate ask")
        if asked["state"] == ANSWERED:
            raise Refused(
                f"{id_} is answered already, by {asked['decision']}.",
                hint=f"To decide it again: escalate decide {asked['decision']} {incident.ref} --reopen --why …",
            )
        options = [{"option": option} for option in asked["options"]]
        return {
            **asked,
            "of": "question",
            "question": asked["text"],
            "options": options,
            "choice": "",
            "declines": None,
        }
    made = _known(incident, judgement.decisions, id_, "decision", "escalate decisions")
    if made["state"] != REOPENED:
        followed = f" by {made['superseded_by']}" if made["superseded_by"] else ""
        again = made["superseded_by"] or id_
        raise Refused(
            f"{id_} is {made['state']}{followed}; it was not reopened.",
            hint=f"To decide it again, reopen it first: escalate decide {again} {incident.ref} --reopen --why …",
        )
    return {**made, "of": "decision"}


def is_id(text: str, letters: str) -> bool:
    """Whether it is `A-3`, for one of `letters`."""
    letter, hyphen, number = text.strip().upper().partition("-")
    return bool(hyphen) and letter in tuple(letters) and number.isascii() and number.isdigit()


def _known(incident: Incident, known: dict[str, Any], id_: str, what: str, see: str) -> Any:
    found = known.get(id_)
    if found is None:
        names = ", ".join(known) or "none"
        raise NotFound(f"{incident.ref} has no {what} {id_}.", hint=f"There are: {names}. See {see} {incident.ref}")
    return found


def _element(given: dict[str, str], incident: Incident) -> dict[str, Any]:
    met = str(given.get("met", "")).strip().lower()
    met = "not" if met == "not met" else met
    if met not in MET:
        raise Usage(
            f"An element is {', '.join(MET)}, not {met!r}.", hint="As --element intent=met, or --element intent=met:#14"
        )
    name, evidence = said(given.get("element", ""), "The element"), given.get("evidence", "")
    refuse_absent(evidence, incident)
    return {"element": name, "met": met, **({"evidence": said(evidence)} if evidence else {})}


ENTRIES = r"#?[0-9]{1,15}(?:[, ]+#?[0-9]{1,15})*"
"""Evidence that only names entries, as `#14`, `14` or `#14, #15`."""

NAMED = r"#([0-9]+(?!\w))?"
"""An entry that is named among other words; a `#` alone names none."""


def refuse_absent(evidence: str, incident: Incident) -> None:
    """Raises Usage where evidence names an entry that the incident does not have. In an address `#` is a part of it."""
    words = " ".join(word for word in evidence.split() if "://" not in word)
    named = re.findall(r"[0-9]+" if re.fullmatch(ENTRIES, evidence) else NAMED, words)
    if "" in named:
        raise Usage(
            f"A # in {evidence!r} names no entry.", hint="As #14, the number in plain digits; other words go without #."
        )
    plain = [number.lstrip("0") or "0" for number in named]
    last = str(incident.head.seq)
    absent = [f"#{one}" for one in plain if one == "0" or (len(one), one) > (len(last), last)]
    if absent:
        raise Usage(
            f"{incident.ref} has no entry {', '.join(absent)}.",
            hint=f"Its entries are #1 to #{incident.head.seq}: escalate timeline {incident.ref} --all",
        )


def _dissent(given: dict[str, str]) -> dict[str, Any]:
    return {"person": said(given.get("person", ""), "Who disagrees"), "view": said(given.get("view", ""), "The view")}


def reopen(incident: Incident, ref: str, why: str) -> list[ev.DecisionReopened]:
    made = _known(incident, of(incident).decisions, ref.strip().upper(), "decision", "escalate decisions")
    if made["state"] == REOPENED:
        return []
    if made["state"] != MADE:
        raise Refused(
            f"{made['id']} was decided again, as {made['superseded_by']}.",
            hint=f"Reopen that one: escalate decide {made['superseded_by']} {incident.ref} --reopen --why …",
        )
    return [ev.DecisionReopened(decision=made["id"], because=said(why, "The reason"))]


# ── actions ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def act(incident: Incident, given: Doing) -> ev.ActionTaken:
    """The action, not numbered yet."""
    judgement = of(incident)
    if given.ground is not None and given.ground not in actions.GROUNDS:
        raise Usage(f"There is no ground {given.ground!r}.", hint=f"Grounds: {', '.join(actions.GROUNDS)}.")
    for word in given.automated:
        if word not in actions.AUTOMATED:
            raise Usage(f"{word!r} is not what can be automated.", hint=f"One of: {', '.join(actions.AUTOMATED)}.")
    if given.start and given.end and given.end <= given.start:
        raise Usage("It would end before it starts.", hint="Look at --start and --end.")
    if given.count is not None and not 0 < given.count < LARGEST:
        raise Usage(f"{given.count} is not how many it is done to.", hint="As --count 120")
    decision = given.decision.strip().upper() if given.decision else None
    if decision:
        stands = _known(incident, judgement.decisions, decision, "decision", "escalate decisions")
        if stands["state"] != MADE:
            raise Refused(
                f"{decision} is {stands['state']}; nothing rests on it now.",
                hint=f"See what stands: escalate decisions {incident.ref}",
            )
    reverses = given.reverses.strip().upper() if given.reverses else None
    if reverses:
        undone = _known(incident, judgement.actions, reverses, "action", "escalate actions")
        if undone["reversed_by"]:
            raise Refused(
                f"{reverses} was reversed already, by {undone['reversed_by']}.",
                hint=f"See them: escalate actions {incident.ref}",
            )
    return ev.ActionTaken(
        action="",
        what=actions.action(given.what),
        scope=said(given.scope, "The scope") if given.scope else "",
        ground=given.ground,
        clause=versioned(given.clause, "clause", "har-3.2@4"),
        automated=sorted(set(given.automated)),
        start=given.start,
        end=given.end,
        notice=_notice(given.notice),
        decision=decision,
        reverses=reverses,
        count=given.count,
    )


def _notice(text: str) -> str:
    """`yes`, or `no: why`; empty where nothing was said of it."""
    word, _, why = text.partition(":")
    if not text:
        return ""
    match word.strip().lower():
        case "yes" if not why.strip():
            return "yes"
        case "no":
            return f"no: {said(why, 'Why no notice was given').strip()}"
    raise Usage(f"{text!r} does not say whether the user was told.", hint="As --notice yes, or --notice no:WHY")


# ── questions and impact ────────────────────────────────────────────────────────────────────────────────────────────


def ask(
    incident: Incident, roster: Roster, person: str, text: str, *,
    due: datetime, now: datetime, options: tuple[str, ...] = (), recommend: int | None = None,
) -> ev.QuestionAsked:  # fmt: skip
    if due <= now:
        raise Usage(f"{due:%Y-%m-%d %H:%MZ} is over.", hint="Say until when the answer is needed: --by 'in 30m'")
    twice = [one for number, one in enumerate(options) if again.alike(one, options[:number])]
    if twice:
        raise Usage(
            f"The option {twice[0]!r} is there twice.", hint="Options are answered by their number: give each once."
        )
    if recommend is not None and not 1 <= recommend <= len(options):
        raise Usage(
            f"There is no option {recommend} to recommend.", hint="Count the options from 1: --option A --option B"
        )
    return ev.QuestionAsked(
        question=next_id("A", of(incident).questions),
        person=named_person(roster, person),
        text=said(text, "The question"),
        options=[said(option, "The option") for option in options],
        recommend=recommend,
        due=due,
    )


def named_person(roster: Roster, text: str) -> str:
    """A person as the roster spells them; where there is no roster, as typed."""
    name = said(text, "Who is asked").strip().removeprefix("person:")
    found = next((slug for slug in roster.people if slug.casefold() == name.casefold()), None)
    if found is None and roster.people:
        raise NotFound(f"The roster has no person {name!r}.", hint=f"People: {', '.join(sorted(roster.people))}.")
    return found or name


def state_impact(measure: str, low: int, high: int, *, as_of: datetime, basis: str, confidence: str) -> ev.ImpactStated:
    slug = measure.strip().lower().replace("_", "-")
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", slug):
        raise Usage(f"{measure!r} is no measure.", hint="As people, accounts, items.")
    if not 0 <= low <= high < LARGEST:
        raise Usage(f"{low}..{high} is no range.", hint="As 120, or 100..500 where it is not known exactly.")
    if confidence not in CONFIDENCES:
        raise Usage(f"There is no confidence {confidence!r}.", hint=f"One of: {', '.join(CONFIDENCES)}.")
    return ev.ImpactStated(
        measure=slug, low=low, high=high, as_of=as_of, basis=said(basis, "The basis"), confidence=confidence
    )
