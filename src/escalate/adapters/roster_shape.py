"""What each part of a roster file may hold. pydantic finds all mistakes at once; `roster_parts` says them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from escalate.adapters import roster_legal as legal
from escalate.adapters import roster_times as times
from escalate.adapters import roster_words as words

if TYPE_CHECKING:
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
Start = Annotated[datetime, BeforeValidator(times.start)]
Every = Annotated[str, AfterValidator(times.every)]
Clock = Annotated[str, AfterValidator(times.clock)]
Day = Annotated[str, AfterValidator(times.day)]
Notice = Annotated[str, AfterValidator(words.notice)]
Percent = Annotated[int, AfterValidator(legal.percent)]
ClockName = Annotated[str, AfterValidator(legal.clock)]
Target = Annotated[str, AfterValidator(legal.target)]
ClockRole = Annotated[str, AfterValidator(legal.role)]
Place = Annotated[str, AfterValidator(legal.place)]
HolidayPlace = Annotated[str, AfterValidator(legal.calendar)]
Unworked = Annotated[str, AfterValidator(words.unworked)]


class Shape(BaseModel):
    """`examples` say what a key looks like here, where `words.EXAMPLES` means another one of that name."""

    model_config = ConfigDict(extra="forbid", strict=True)
    examples: ClassVar[dict[str, str]] = {}


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
    not_for: list[Harm] = []


class Team(Shape):
    name: Line
    slack: SlackPlace | None = None
    email: Mailbox | None = None
    people: list[Line] = Field(default=[], max_length=200)
    policy: Line | None = None
    reads: list[Label] = []
    external: bool = False


class Rotation(Shape):
    examples: ClassVar[dict[str, str]] = {"people": 'As people = ["alice", "bob"]'}

    zone: Zone
    start: Start
    every: Every
    people: Annotated[list[Line], Field(max_length=200), AfterValidator(words.somebody)]


class Rule(Shape):
    examples: ClassVar[dict[str, str]] = {
        "from": 'As from = "09:00"',
        "to": 'As to = "17:00"; the same as from is 24 hours',
    }

    days: list[Day] | None = None
    from_: Clock = Field(alias="from")
    to: Clock
    target: Line
    zone: Zone | None = None


class Schedule(Shape):
    zone: Zone
    notice: Notice | None = None
    rules: list[Rule] = Field(default=[], max_length=100)


class Step(Shape):
    targets: list[Line] = Field(min_length=1, max_length=20)
    wait: Wait = "5m"
    multi_ack: bool = False
    round_robin: bool = False


class Policy(Shape):
    repeat: int = Field(default=0, ge=0, le=5)
    fallback: Line | None = None
    unworked: Unworked | None = None
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


class Care(Shape):
    reveals: int = Field(ge=1, le=10_000)


class Clocks(Shape):
    examples: ClassVar[dict[str, str]] = {"targets": 'As targets = { "us-2258a" = "4h" }'}

    decide: list[Line] = Field(default=[], max_length=20)
    alert: Line | None = None
    at: list[Percent] = Field(default=[50, 80, 95], max_length=10)
    targets: dict[ClockName, Target] = {}
    roles: list[ClockRole] = []
    jurisdictions: list[Place] = Field(default=[], max_length=100)
    calendars: dict[Line, HolidayPlace] = {}


SHAPES: dict[str, type[Shape]] = {
    "people": Person,
    "teams": Team,
    "rotations": Rotation,
    "schedules": Schedule,
    "policies": Policy,
}
"""By the table they stand in; what a channel holds depends on its kind."""

WITHIN: dict[str, type[Shape]] = {"reach": Way, "steps": Step, "rules": Rule, "when": When}
"""The shapes inside others, by the key they stand under."""


def checked(shape: type[Shape], fields: Any) -> tuple[Shape | None, list[ErrorDetails]]:
    """What `fields` are in that shape, or all that is wrong with them."""
    try:
        return shape.model_validate(fields), []
    except ValidationError as error:
        return None, error.errors(include_url=False)
