"""The kinds of harm, worst handled with most care. Slugs are permanent; labels are neutral on purpose."""

from __future__ import annotations

from escalate.errors import Usage

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

SENSITIVE = frozenset({"cse", "life", "cbrn"})
"""Their incidents start TLP:RED, and what people write in them is masked unless somebody asks to see it."""


def harm(text: str) -> str:
    """The slug, also with a second level (`cse:grooming`). Raises Usage for a kind nobody knows."""
    from difflib import get_close_matches

    slug = text.strip().lower()
    first, colon, second = slug.partition(":")
    if first not in HARMS or (colon and not second.replace("-", "").isalnum()):
        near = get_close_matches(first, HARMS, n=1)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise Usage(f"There is no harm {text!r}.", hint=f"{hint}Harms: {', '.join(HARMS)}.")
    return slug


def is_sensitive(harms: list[str] | tuple[str, ...]) -> bool:
    return any(slug.partition(":")[0] in SENSITIVE for slug in harms)
