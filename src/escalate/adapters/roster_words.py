"""The words of a roster file: what a zone, an address, a length of time, the name of a secret may look like.

Each function returns what was given, or raises `Wrong`. None repeats a value that could be a secret.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from escalate.domain.text.visible import is_blank
from escalate.errors import Usage

LONGEST_WAIT = 7 * 86_400
SHORTEST_WAIT = 10
"""Seconds. A drill steps this fast; a person cannot answer faster."""

SHORTEST_NOTICE = 60

SLUG = r"[a-z0-9][a-z0-9-]{0,62}"
NAMED_SECRET = rf"secret:{SLUG}"

EXAMPLES = {
    "name": 'As name = "Alice Ng"',
    "zone": 'As zone = "Europe/London"',
    "token": 'As token = "secret:slack", kept by escalate login slack',
    "routing_key": 'As routing_key = "secret:harm-desk", kept by escalate login harm-desk',
    "secret": 'As secret = "secret:hook", kept by escalate login hook',
    "password": 'As password = "secret:mail", kept by escalate login mail',
    "host": 'As host = "smtp.example.org:587"',
    "from": 'As from = "escalate@example.org"',
    "url": 'As url = "https://example.org/hook"',
    "project": 'As project = "TS"',
    "steps": "As [[policies.NAME.steps]] with targets and wait",
    "unworked": 'As unworked = "30m"',
    "round_robin": "As round_robin = true",
    "multi_ack": "As multi_ack = true",
    "start": "As start = 2026-01-05T09:00:00, without quotes or offset",
    "every": 'As every = "1 week"',
    "rules": "As [[schedules.NAME.rules]] with days, from, to and target",
    "days": 'As days = ["mon", "tue"]; leave it out for every day',
    "target": 'As target = "rotation:NAME" or "person:NAME"',
    "notice": 'As notice = "24h"',
    "not_for": 'As not_for = ["cse"]',
    "reveals": "As reveals = 20",
    "decide": 'As decide = ["legal"]',
    "alert": 'As alert = "policy:legal-on-call"',
    "at": "As at = [50, 80, 95]",
    "roles": 'As roles = ["controller", "hosting"]',
    "jurisdictions": 'As jurisdictions = ["EU", "US-CA"]',
    "calendars": 'As calendars = { "EU" = "BE" }',
    "targets": 'As targets = ["person:alice", "team:legal"]',
    "via": 'As { via = "slack", after = "0m" }',
    "wait": 'As wait = "5m"',
    "after": 'As after = "2m"',
    "when": 'As when = { harm = ["cse"], severity = "SEV1" }',
    "logins": 'As logins = ["ang"]',
    "reach": 'As reach = [ { via = "slack", after = "0m" } ]',
}

WRONG_TYPES = {
    "string_type": "is text, in quotes",
    "bool_type": "is true or false, without quotes",
    "int_type": "is a whole number, without quotes",
    "list_type": "is a list, in [ ]",
    "dict_type": "is a table",
    "model_type": "is a table",
}


class Wrong(ValueError):
    """What is wrong with a value, and what would be right."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def is_slug(name: str) -> bool:
    return bool(re.fullmatch(SLUG, name))


def is_person(name: str) -> bool:
    """People's names are theirs: capitals and underscores may stand in them."""
    return bool(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}", name))


def not_a_slug(name: str, *, person: bool = False) -> dict[str, str]:
    better = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:63]
    letters = "letters, digits, hyphens and underscores" if person else "small letters, digits and hyphens"
    hint = f"Names are {letters}, at most 63"
    return {"message": "is not a name", "hint": f"{hint}, as {better}" if better else hint}


def slug(text: str) -> str:
    if not is_slug(text):
        wrong = not_a_slug(text)
        raise Wrong(wrong["message"], wrong["hint"])
    return text


def line(text: str) -> str:
    if is_blank(text):
        raise Wrong("is blank", "Write something that can be seen")
    if len(text) > 200:
        raise Wrong("is longer than 200 characters")
    if any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in text):
        raise Wrong("holds a control character or a line break", "Write it again on one line")
    return text


def login(text: str) -> str:
    if re.search(r"\s", line(text)):
        raise Wrong("holds a space", 'A login is what `id -un` prints, as "ang"')
    return text


def label(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9+:._-]{1,64}", text):
        raise Wrong("is not a label", "As privileged: small letters, digits and + : . _ -")
    return text


def project(text: str) -> str:
    if not re.fullmatch(r"[A-Z][A-Z0-9_]+", text):
        raise Wrong("is not the key of a Jira project", 'The capitals before an issue\'s number, as "TS" of TS-12')
    return text


def secret(text: str) -> str:
    if not re.fullmatch(NAMED_SECRET, text):
        hint = 'Write "secret:NAME" here and keep it with escalate login NAME'
        if not text.startswith("secret:"):
            raise Wrong("must be the name of a secret, never the secret itself", hint)
        raise Wrong("is not the name of a secret", "Names are small letters, digits and hyphens, as secret:slack")
    return text


def mailbox(text: str) -> str:
    if len(text) > 254 or not re.fullmatch(r"[^@\s<>,;:\"()\x00-\x20\x7f-\x9f]+@[^@\s<>,;:\"()\[\]\x7f-\x9f]+", text):
        raise Wrong("does not look like an e-mail address", 'The bare address, as "alice@example.org"')
    domain = text.partition("@")[2]
    if domain != "localhost" and not re.fullmatch(r"[^.]+(\.[^.]+)+", domain):
        raise Wrong("does not look like an e-mail address", "Something is wrong after the @")
    return text


def slack_person(text: str) -> str:
    if not re.fullmatch(r"[UWDCG][A-Z0-9]{2,20}", text):
        raise Wrong("is not a Slack member id", "In Slack: profile, More, Copy member ID; as U012AB3CD")
    return text


def slack_place(text: str) -> str:
    if not re.fullmatch(r"#?[^\s#@<>|&\x00-\x1f\x7f-\x9f]{1,80}", text):
        raise Wrong("is not a Slack channel", 'As "legal-escalations" or C012AB3CD')
    return text


def zone(text: str) -> str:
    from zoneinfo import ZoneInfo, available_timezones

    from escalate.adapters.roster_sense import near

    try:
        if re.fullmatch(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", text) and text != "localtime":
            ZoneInfo(text)
            return text
    except (KeyError, OSError, ValueError):  # an unknown zone is a KeyError
        pass
    meant = near(text, available_timezones())
    raise Wrong("is not a time zone", meant if meant.startswith("Did") else "As Europe/London, or UTC")


def severity(text: str) -> str:
    from escalate.domain.incident.severity import severity as known

    try:
        return known(text)
    except Usage as error:
        raise Wrong("is not a severity", error.hint.rstrip(".")) from error


def harm(text: str) -> str:
    from escalate.domain.incident.harm import harm as known

    try:
        return known(text)
    except Usage as error:
        raise Wrong("is not a kind of harm", error.hint.rstrip(".")) from error


def seconds(text: str) -> int:
    """The length of `5m`, `90s`, `1h30m` or `2d`, in seconds."""
    found = re.fullmatch(r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?", text.replace(" ", ""))
    if text.strip().startswith("-"):
        raise Wrong("is negative: time runs forward", 'As "5m"')
    if not found or not any(found.groups()):
        raise Wrong("is not a length of time", 'As "5m", "90s" or "1h30m"')
    days, hours, minutes, rest = (int(number or 0) for number in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + rest


def wait(text: str) -> str:
    if seconds(text) < SHORTEST_WAIT:
        raise Wrong("gives nobody time to answer", f"At least {SHORTEST_WAIT}s; 5m is usual")
    return _not_too_long(text)


def after(text: str) -> str:
    return _not_too_long(text)


def unworked(text: str) -> str:
    if seconds(text) < SHORTEST_NOTICE:
        raise Wrong("gives nobody time to work", "At least 1m; 30m is usual")
    return _not_too_long(text)


def notice(text: str) -> str:
    if seconds(text) < SHORTEST_NOTICE:
        raise Wrong("is too short to be of use", "At least 1m, as 24h; leave it out to tell nobody")
    return _not_too_long(text)


def somebody(people: list[str]) -> list[str]:
    if not people:
        raise Wrong("is a rotation of nobody", 'Name who takes turns: people = ["alice", "bob"]')
    return people


def _not_too_long(text: str) -> str:
    if seconds(text) > LONGEST_WAIT:
        raise Wrong("is longer than seven days", 'As "5m"')
    return text


def url(text: str) -> str:
    """An https address without a secret in it; http only to this machine."""
    try:
        parts = urlsplit(text)
        name = parts.hostname or ""
        _ = parts.port
    except ValueError as error:
        raise Wrong("is not an address", EXAMPLES["url"]) from error
    if not name or re.search(r"[\s\x00-\x20\x7f-\x9f\\]", text):
        raise Wrong("is not an address", EXAMPLES["url"])
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(name)):
        raise Wrong("is not https", "Plain http is taken for this machine only, as http://127.0.0.1:8080")
    if parts.username is not None or parts.password is not None:
        raise Wrong("holds a user or a password", "Take them out; name the secret in a key of its own")
    if any(re.search("token|secret|key|password|signature", key, re.IGNORECASE) for key in parse_qs(parts.query)):
        raise Wrong("holds a secret in its query", "Take it out; messages are signed with the channel's secret")
    return text


def is_loopback(name: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def host(text: str) -> str:
    found = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})", text)
    if not found or not 1 <= int(found[2]) <= 65_535:
        raise Wrong("is not a host with a port", 'As "smtp.example.org:587"')
    return text


def mail(server: str, tls: str, user: str | None, password: str | None) -> None:
    """Whether an e-mail channel's settings go together."""
    if tls == "none" and not is_loopback(server.rpartition(":")[0].strip("[]")):
        raise Wrong('tls = "none" is taken for this machine only', 'Take "starttls" or "tls"')
    if (user is None) != (password is None):
        raise Wrong("user and password go together", 'As user = "escalate" and password = "secret:mail"')
