"""Which clocks might apply to an incident, and why somebody should look at them. Nothing here decides that one does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.domain.assessment.sheet import near
from escalate.domain.clocks.running import Clocks
from escalate.domain.value import Value
from escalate.errors import Usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from escalate.domain.clocks.library import LegalClock

ROLES = {
    "controller": "decides what personal data is processed for",
    "processor": "processes personal data for others",
    "essential-entity": "essential or important entity under NIS2",
    "financial-entity": "financial entity under DORA",
    "manufacturer": "makes products with digital elements",
    "high-risk-ai": "provides high-risk AI systems",
    "gpai": "provides general-purpose models with systemic risk",
    "hosting": "stores what its users give it",
    "messaging": "carries or stores its users' communication",
    "platform": "is a public forum for what its users make",
    "listed": "reports to the SEC",
    "health": "covered entity or business associate under HIPAA",
    "consumer-finance": "non-bank financial institution under the FTC's rule",
    "bank": "banking organisation",
    "securities": "broker-dealer, adviser, investment company or transfer agent",
    "critical-infrastructure": "critical infrastructure, under CIRCIA or SOCI",
    "defence": "contractor of the US Department of Defense",
    "ny-financial": "licensed by the New York Department of Financial Services",
    "frontier": "develops frontier models",
    "merchant": "takes payment cards",
    "vendor": "works under contracts that ask for notice",
    "insured": "has a cyber policy",
}
"""What an organisation may be; a clock is for some of these."""

DATA = frozenset({"prv", "sec"})
SECURITY = frozenset({"sec", "cyb"})
MODEL = frozenset({"ais", "cbrn", "cyb", "sec"})
LIFE = frozenset({"life", "vex", "ssh", "cse", "hum", "cbrn"})
ANY: frozenset[str] = frozenset()


class Spec(Value):
    """Of rows whose id begins so: with which harm they go (none: any), for whom, and what else has to be said."""

    begins: str
    harms: frozenset[str] = ANY
    roles: frozenset[str] = ANY
    sign: str = ""
    only: str = ""


def _spec(begins: str, harms: frozenset[str], roles: str, sign: str = "", only: str = "") -> Spec:
    return Spec(begins=begins, harms=harms, roles=frozenset(roles.split()), sign=sign, only=only)


SPECS = (
    _spec("eu-gdpr-33-authority", DATA, "controller"),
    _spec("eu-gdpr-33-processor", DATA, "processor"),
    _spec("eu-gdpr-34-", DATA, "controller", only="the risk to persons is high"),
    _spec("uk-gdpr-", DATA, "controller"),
    _spec("eu-nis2-", SECURITY, "essential-entity"),
    _spec("eu-dora-", SECURITY, "financial-entity"),
    _spec("eu-cra-", SECURITY, "manufacturer"),
    _spec("eu-aiact-", MODEL | LIFE, "high-risk-ai"),
    _spec("eu-gpai-", MODEL | LIFE, "gpai", only="the model had a part in it"),
    _spec("eu-dsa-18-", LIFE, "hosting platform messaging"),
    _spec("eu-dsa-17-", ANY, "hosting platform", only="something is restricted"),
    _spec("eu-tco-3-", frozenset({"vex"}), "hosting platform", only="a removal order comes"),
    _spec("eu-tco-14-", frozenset({"vex"}), "hosting platform", "imminent"),
    _spec("uk-osa-66-", frozenset({"cse"}), "hosting platform messaging"),
    _spec("us-2258a-", frozenset({"cse"}), "hosting platform messaging"),
    _spec("us-tida-", frozenset({"ncii", "cse"}), "platform", only="a valid request comes"),
    _spec("us-sec-", DATA | SECURITY, "listed", only="it is determined to be material"),
    _spec("us-hipaa-", DATA, "health"),
    _spec("us-ftc-", DATA, "consumer-finance"),
    _spec("us-bank-", SECURITY, "bank"),
    _spec("us-circia-", SECURITY, "critical-infrastructure"),
    _spec("us-regsp-", DATA, "securities"),
    _spec("us-dfars-", SECURITY, "defence"),
    _spec("us-ny-dfs-500-17a", SECURITY | DATA, "ny-financial"),
    _spec("us-ny-dfs-500-17c", SECURITY, "ny-financial", only="a ransom is paid"),
    _spec("us-ca-sb53-imminent", MODEL | LIFE, "frontier", "imminent"),
    _spec("us-ca-sb53-", MODEL, "frontier"),
    _spec("us-ny-raise-imminent", MODEL | LIFE, "frontier", "imminent"),
    _spec("us-ny-raise-", MODEL, "frontier"),
    _spec("us-il-aisma-", MODEL, "frontier"),
    _spec("us-ca-1798-", DATA, "controller processor"),
    _spec("us-ny-899aa", DATA, "controller processor"),
    _spec("au-ndb-", DATA, "controller"),
    _spec("au-esafety-", frozenset({"cse", "ncii", "har", "vex", "gra"}), "hosting platform messaging", only="a notice comes"),
    _spec("au-ransom-", SECURITY, "", only="a ransom is paid"),
    _spec("au-soci-", SECURITY, "critical-infrastructure"),
    _spec("in-certin-", SECURITY | DATA | frozenset({"frd"}), ""),
    _spec("contract-processor-", DATA, "processor vendor"),
    _spec("contract-card-", DATA | frozenset({"frd"}), "merchant"),
    _spec("contract-cyber-", DATA | SECURITY, "insured"),
    *(_spec(begins, DATA, "controller processor") for begins in ("in-dpdp-", "sg-pdpa-", "kr-pipa-", "jp-appi-", "br-anpd-", "ca-pipeda")),
)  # fmt: skip
"""The first that fits counts. A row of the team's own that none fits goes with any harm."""

EU = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR EL HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()
)  # fmt: skip
EEA = frozenset({"IS", "LI", "NO"})
CONTRACT = "contract"


class Asked(Value):
    """What is known of the incident and of the organisation; each value is where it was said. No roles, or no places: that
    is not known, and rules nothing out. `facts` are the names of those stated, `named` the ids that somebody wrote down.
    """

    harms: dict[str, str] = {}
    signs: dict[str, str] = {}
    roles: dict[str, str] = {}
    places: dict[str, str] = {}
    facts: frozenset[str] = frozenset()
    named: dict[str, str] = {}


class Suggestion(Value):
    """A clock that might apply; `whys` are what speaks for it, `unless` what is not known or has to be so besides."""

    clock: LegalClock
    whys: tuple[str, ...]
    unless: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        return "; ".join((*self.whys, *self.unless))


def roles_of(words: Iterable[str]) -> list[str]:
    """Raises Usage naming those there are."""
    found = [word.strip().lower().replace("_", "-") for word in words]
    for word in found:
        if word not in ROLES:
            raise Usage(f"There is no role {word[:60]!r}.", hint=near(word, ROLES, all_of_them="Roles"))
    return found


def places_of(words: Iterable[str], clocks: Sequence[LegalClock]) -> list[str]:
    """Raises Usage for what is no place that a row could be of: it would rule out every clock, and say nothing of it."""
    import re

    found = [word.strip().upper() for word in words]
    for word in found:
        own = word and any(is_of(word, clock.jurisdiction) for clock in clocks)
        if not own and not re.fullmatch(r"[A-Z]{2,3}(-[A-Z0-9]{1,4})?", word):
            raise Usage(f"{word[:40]!r} is no jurisdiction.", hint="Write EU, DE, UK, US or US-CA.")
    return found


def suggest(clocks: Iterable[LegalClock], asked: Asked, said: Clocks | None, today: date) -> list[Suggestion]:
    """Those that nobody has said anything of yet, and that are in force or may be, in the order of the library."""
    known = (said or Clocks()).clocks
    found = []
    for clock in clocks:
        if clock.id in known or clock.is_in_force(today) is False:
            continue
        if (suggestion := _suggested(clock, asked, frozenset(known))) is not None:
            found.append(suggestion)
    return found


def going_with(clocks: Iterable[LegalClock], slug: str, today: date) -> list[LegalClock]:
    """Those for which a kind of harm is a reason to look; not what only follows another clock, nor what goes with any."""
    found = []
    for clock in clocks:
        spec = next((one for one in SPECS if clock.id.startswith(one.begins)), Spec(begins=""))
        fits = slug in spec.harms or slug.partition(":")[0] in spec.harms
        if fits and not clock.start.startswith("submitted:") and clock.is_in_force(today) is not False:
            found.append(clock)
    return found


def _suggested(clock: LegalClock, asked: Asked, known: frozenset[str]) -> Suggestion | None:
    if clock.id in asked.named:
        return Suggestion(clock=clock, whys=(f"named ({asked.named[clock.id]})",))
    before = clock.start.partition("submitted:")[2]
    if before:
        follows = (f"it follows {before}, which is a clock of this incident",)
        return Suggestion(clock=clock, whys=follows) if clock.start in asked.facts or before in known else None
    spec = next((one for one in SPECS if clock.id.startswith(one.begins)), Spec(begins=""))
    if spec.sign and spec.sign not in asked.signs:
        return None
    parts = [_harm(spec, asked), _role(spec, clock, asked), _place(clock, asked)]
    if None in parts:
        return None
    whys: list[str] = []
    unless: list[str] = []
    for part in parts:
        if part is not None and part[1]:
            (whys if part[0] else unless).append(part[1])
    if spec.sign:
        whys.append(f"{spec.sign} ({asked.signs[spec.sign]})")
    if not whys:
        return None
    more = (f"only if {spec.only}",) if spec.only else ()
    return Suggestion(clock=clock, whys=tuple(whys), unless=(*unless, *more))


Part = tuple[bool, str] | None
"""Whether something speaks for it, or is only not known, and in words; None rules it out."""


def _harm(spec: Spec, asked: Asked) -> Part:
    if not spec.harms:
        return True, ""
    fits = [slug for slug in asked.harms if slug in spec.harms or slug.partition(":")[0] in spec.harms]
    return (True, f"harm {fits[0]} ({asked.harms[fits[0]]})") if fits else None


def _role(spec: Spec, clock: LegalClock, asked: Asked) -> Part:
    if not spec.roles or not asked.roles:
        return False, f"if you are: {clock.who}"
    fits = [role for role in asked.roles if role in spec.roles]
    return (True, f"you are {fits[0]} ({asked.roles[fits[0]]})") if fits else None


def _place(clock: LegalClock, asked: Asked) -> Part:
    if clock.jurisdiction == CONTRACT:
        return False, "if a contract says so"
    if not asked.places:
        return False, f"if {clock.jurisdiction} has to do with it"
    fits = [place for place in asked.places if is_of(place, clock.jurisdiction)]
    return (True, f"{fits[0]} ({asked.places[fits[0]]})") if fits else None


def is_of(place: str, jurisdiction: str) -> bool:
    """Whether what happens in `place` (`DE`, `US-CA`, `UK`, `EU`) is a matter of a row's jurisdiction."""
    code = place.strip().upper()
    country = {"GB": "UK"}.get(code.partition("-")[0], code.partition("-")[0])
    row = jurisdiction.upper()
    if row.startswith("EU"):
        return country in EU or country in {"EU", "EEA"} or ("EEA" in row and country in EEA)
    if row.startswith("US-"):
        return code in {row, "US"}
    return row.startswith(country) and row[len(country) :][:1] in {"", " ", "-"}
