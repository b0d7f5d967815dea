"""What each part of a roster file may hold. pydantic finds all mistakes at once; the sentences are ours.

A value is never repeated in a mistake where it could be a secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from escalate.adapters import roster_words as words
from escalate.adapters.roster_sense import near

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic_core import ErrorDetails

Secret = Annotated[str, AfterValidator(words.secret)]
Url = Annotated[str, AfterValidator(words.url)]
Host = Annotated[str, AfterValidator(words.host)]
Mailbox = Annotated[str, AfterValidator(words.mailbox)]
Line = Annotated[str, AfterValidator(words.line)]
Zone = Annotated[str, AfterValidator(words.zone)]
Login = Annotated[str, AfterValidator(words.login)]
SlackPerson = Annotated[str, AfterValidator(words.slack_person)]
SlackPlace = Annotated[str, AfterValidator(words.slack_place)]
After = Annotated[str, AfterValidator(words.after)]
Wait = Annotated[str, AfterValidator(words.wait)]
Slug = Annotated[str, AfterValidator(words.slug)]
Label = Annotated[str, AfterValidator(words.label)]
Severity = Annotated[str, AfterValidator(words.severity)]
Harm = Annotated[str, AfterValidator(words.harm)]
Project = Annotated[str, AfterValidator(words.project)]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Console(Shape):
    kind: str
    details: bool = False


class Slack(Console):
    token: Secret
    url: Url | None = None


class PagerDuty(Console):
    routing_key: Secret
    url: Url | None = None


class Email(Console):
    host: Host
    from_: Mailbox = Field(alias="from")
    tls: Literal["starttls", "tls", "none"] = "starttls"
    user: Line | None = None
    password: Secret | None = None
    ca: Line | None = None

    @model_validator(mode="after")
    def _fits(self) -> Email:
        words.mail(self.host, self.tls, self.user, self.password)
        return self


class Webhook(Console):
    url: Url
    secret: Secret
    private: bool = False


class Jira(Console):
    url: Url
    project: Project
    issue_type: Line = "Task"
    user: Line | None = None
    token: Secret


CHANNELS: dict[str, type[Shape]] = {
    "slack": Slack,
    "pagerduty": PagerDuty,
    "email": Email,
    "webhook": Webhook,
    "jira": Jira,
    "console": Console,
}


class Way(Shape):
    via: Line
    after: After = "0m"


class Person(Shape):
    name: Line
    zone: Zone
    logins: list[Login] = Field(default=[], max_length=20)
    slack: SlackPerson | None = None
    email: Mailbox | None = None
    reach: list[Way] = Field(default=[], max_length=10)


class Team(Shape):
    name: Line
    slack: SlackPlace | None = None
    email: Mailbox | None = None
    people: list[Line] = Field(default=[], max_length=200)
    policy: Line | None = None
    reads: list[Label] = []


class Step(Shape):
    targets: list[Line] = Field(min_length=1, max_length=20)
    wait: Wait = "5m"
    multi_ack: bool = False

    @model_validator(mode="after")
    def _first_answer_stops_it(self) -> Step:
        if self.multi_ack:
            raise words.Wrong("multi_ack is not there yet: the first to acknowledge ends the page", "Leave it out")
        return self


class Policy(Shape):
    repeat: int = Field(default=0, ge=0, le=5)
    fallback: Line | None = None
    steps: list[Step] = Field(min_length=1, max_length=10)


class When(Shape):
    harm: list[Harm] = []
    severity: Severity = "SEV4"


class Route(Shape):
    when: When = When()
    page: list[Line] = Field(default=[], max_length=20)
    ping: list[Line] = Field(default=[], max_length=20)
    runbook: Slug | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Route:
        if not (self.page or self.ping or self.runbook):
            raise words.Wrong("does nothing", 'Give it page = ["…"], ping = ["…"] or runbook = "…"')
        return self


WITHIN: dict[str, type[Shape]] = {"reach": Way, "steps": Step, "when": When}
"""The shapes inside others, by the key they stand under."""

Mistakes = list[dict[str, str]]


def part(section: str, name: str, fields: Any) -> tuple[dict[str, Any] | None, Mistakes]:
    """One channel, person, team or policy as plain data, or what is wrong with it as {key, message, hint}."""
    key = f"{section}.{name}"
    mistakes = [] if words.is_slug(name) else [{"key": key, **words.not_a_slug(name)}]
    shape: type[Shape] | None
    if section == "channels":
        shape, more = _channel_shape(key, fields)
        mistakes += more
        if name == "console" and shape not in {None, Console}:
            hint = 'Call it something else, or make it kind = "console"'
            mistakes.append({"key": key, "message": "console is the name of the terminal itself", "hint": hint})
    else:
        shapes: dict[str, type[Shape]] = {"people": Person, "teams": Team, "policies": Policy}
        shape = shapes[section]
    if shape is None:
        return None, mistakes
    value, more = _checked(shape, key, fields)
    mistakes += more
    return (None, mistakes) if mistakes or value is None else (_plain(section, name, fields, value), [])


def route(number: int, fields: Any) -> tuple[dict[str, Any] | None, Mistakes]:
    value, mistakes = _checked(Route, f"routes[{number}]", fields)
    if not isinstance(value, Route):
        return None, mistakes
    plain = value.model_dump()
    when = plain.pop("when")
    return {**plain, "harm": sorted(set(when["harm"])), "severity": when["severity"]}, []


def _channel_shape(key: str, fields: Any) -> tuple[type[Shape] | None, Mistakes]:
    kinds = f"Kinds: {', '.join(CHANNELS)}"
    if not isinstance(fields, dict):
        return Console, []
    kind = fields.get("kind")
    if kind is None:
        return None, [{"key": f"{key}.kind", "message": "is missing", "hint": kinds}]
    if kind == "twilio":
        hint = "Reach phones through pagerduty until then"
        return None, [{"key": f"{key}.kind", "message": "twilio is not there yet", "hint": hint}]
    if not isinstance(kind, str) or kind not in CHANNELS:
        meant = near(kind, CHANNELS) if isinstance(kind, str) else kinds
        return None, [{"key": f"{key}.kind", "message": "there is no such kind of channel", "hint": meant}]
    return CHANNELS[kind], []


def _plain(section: str, name: str, fields: dict[str, Any], value: Shape) -> dict[str, Any]:
    if section == "channels":
        settings = {key: given for key, given in fields.items() if key not in {"kind", "details"}}
        return {
            "name": name,
            "kind": fields["kind"],
            "settings": settings,
            "details": fields.get("details", False),
        }
    data = value.model_dump()
    if section == "policies":
        steps = [{**step, "wait": words.seconds(step["wait"])} for step in data["steps"]]
        return {**data, "name": name, "steps": steps}
    addresses = {kind: address for kind in ("slack", "email") if (address := data.pop(kind))}
    if section == "people":
        data["reach"] = [{**way, "after": words.seconds(way["after"])} for way in data["reach"]]
    return {**data, "slug": name, "addresses": addresses}


def _checked(shape: type[Shape], key: str, fields: Any) -> tuple[Shape | None, Mistakes]:
    try:
        return shape.model_validate(fields), []
    except ValidationError as error:
        found = error.errors(include_url=False)
    return None, [_mistake(shape, key, details) for details in found]


def _mistake(shape: type[Shape], key: str, details: ErrorDetails) -> dict[str, str]:
    where, context = details["loc"], details.get("ctx", {})
    message, hint = _sentence(shape, where, details["type"], context)
    return {"key": key + _path(where), "message": message, "hint": hint}


def _path(where: Sequence[str | int]) -> str:
    return "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in where)


def _sentence(shape: type[Shape], where: Sequence[str | int], kind: str, context: dict[str, Any]) -> tuple[str, str]:
    last = str(where[-1]) if where else ""
    match kind:
        case "value_error" if isinstance(context["error"], words.Wrong):
            return context["error"].message, context["error"].hint
        case "missing":
            return "is missing", words.EXAMPLES.get(last, "")
        case "extra_forbidden":
            inside = next((WITHIN[each] for each in reversed(where[:-1]) if each in WITHIN), shape)
            keys = [field.alias or name for name, field in inside.model_fields.items()]
            return "there is no such key", near(last, keys)
        case "too_short":
            return "is empty", f"At least {context['min_length']}"
        case "too_long":
            return "is too long", f"At most {context['max_length']}"
        case "literal_error":
            return "is something else", f"It can be {context['expected']}"
        case "greater_than_equal" | "less_than_equal":
            return "is out of range", "It is between 0 and 5"
        case _:
            return words.WRONG_TYPES.get(kind, "is not what belongs here"), words.EXAMPLES.get(last, "")
