"""The kinds of harm, worst handled with most care. Slugs are permanent; labels are neutral on purpose.

What is said of each beyond this (labels below the first level, floors, names elsewhere) is in
`templates/taxonomies/escalate-core.toml`; these are the parts that every line somebody writes may need.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from escalate.errors import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

HARMS = {
    "cse": "Child sexual exploitation and abuse",
    "life": "Threat to life or targeted violence",
    "ssh": "Suicide, self-harm, eating disorders",
    "vex": "Violent extremism and terrorism",
    "cbrn": "CBRN and high-yield explosives",
    "hum": "Human exploitation",
    "ncii": "Intimate-image abuse and adult sexual exploitation",
    "har": "Harassment, hate, doxxing",
    "gra": "Graphic or shocking content",
    "ill": "Illicit goods and services",
    "frd": "Fraud, scams, account takeover",
    "inf": "Coordinated manipulation and elections",
    "cyb": "Cyber misuse",
    "ais": "AI-system safety",
    "prv": "Privacy and data exposure",
    "sec": "Platform security and insider",
    "oth": "Other legal or consumer harm",
}

BELOW: dict[str, tuple[str, ...]] = {
    "cse": (
        "known-csam", "novel-csam", "generated-csam", "grooming", "sextortion-minor", "trafficking-minor",
        "sexualisation",
    ),
    "life": ("credible-threat", "mass-violence-planning", "stalking-escalation", "domestic", "ongoing-attack"),
    "ssh": ("imminent-risk", "method-seeking", "promotion", "challenge"),
    "vex": ("tvec", "recruitment", "attack-content", "financing"),
    "cbrn": ("bio", "chem", "rad-nuc", "explosives", "precursor-acquisition"),
    "hum": ("trafficking", "forced-labour", "smuggling"),
    "ncii": ("ncii", "sexual-deepfake", "sextortion-adult", "coercion"),
    "har": ("targeted", "hate", "doxxing", "brigading"),
    "gra": ("gore", "animal-cruelty", "livestreamed-violence"),
    "ill": ("drugs", "weapons", "counterfeit", "stolen-data"),
    "frd": ("scam", "phishing", "ato", "impersonation", "abuse-network"),
    "inf": ("cib", "fimi", "voter-suppression"),
    "cyb": ("malware", "intrusion-support", "exploit", "ai-enabled-operation"),
    "ais": (
        "jailbreak-systemic", "policy-regression", "misaligned-action", "loss-of-control", "agent-harm",
        "weight-exfiltration", "eval-integrity",
    ),
    "prv": ("personal-data-breach", "memorisation-leak", "surveillance", "biometric"),
    "sec": ("breach", "insider", "ddos", "supply-chain"),
    "oth": ("ip", "defamation", "specialised-advice", "other-tc"),
}  # fmt: skip
"""The second level, as it comes with escalate; a team's own taxonomy may have more."""

SENSITIVE = frozenset({"cse", "life", "cbrn"})
"""Their incidents start TLP:RED, and what people write in them is masked unless somebody asks to see it."""


def harm(text: str, below: Mapping[str, tuple[str, ...]] = BELOW) -> str:
    """The slug, also with a second level (`cse:grooming`). Raises Usage for a kind nobody knows.

    What stands in the record already is never asked: it stays readable whatever its second level.
    """
    slug = text.strip().lower()
    first, colon, second = slug.partition(":")
    if first not in HARMS or (colon and not second.replace("-", "").isalnum()):
        hint = _near(first, HARMS)
        raise Usage(f"There is no harm {text!r}.", hint=f"{hint}Harms: {', '.join(HARMS)}.")
    known = below.get(first, ())
    if second and second not in known:
        hint = _near(second, known, f"{first}:")
        there = f"Below {first} there are: {', '.join(known)}." if known else f"Below {first} there is nothing."
        raise Usage(f"There is no harm {text!r}.", hint=f"{hint}{there} Unsure? Say {first}.")
    return slug


def _near(word: str, known: Mapping[str, str] | tuple[str, ...], before: str = "") -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, known, n=1)
    return f"Did you mean {before}{near[0]}? " if near else ""


def is_sensitive(harms: list[str] | tuple[str, ...]) -> bool:
    return any(slug.partition(":")[0] in SENSITIVE for slug in harms)
