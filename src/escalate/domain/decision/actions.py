"""What can be done about content, accounts and models: the words for it, and which of it one person does not do alone.

The words are those of the assessments' recommendation, and map to the EU's statements of reasons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from escalate.errors import Usage

if TYPE_CHECKING:
    from escalate.domain.incident.state import Incident

ACTIONS = {
    "no_action": "do nothing",
    "label": "put a label or warning on it",
    "age_restrict": "show it to adults only",
    "interaction_restrict": "limit replies, shares or contact",
    "demote": "show it less",
    "disable_access": "make it unreachable, keep it",
    "remove": "take it down",
    "suspend_monetisation": "stop payments for a time",
    "terminate_monetisation": "stop payments for good",
    "restrict_feature": "take part of the service away",
    "suspend_account": "close the account for a time",
    "terminate_account": "close the account for good",
    "block_network": "act on a group of accounts or sources",
    "model_mitigation": "change a classifier, a refusal or a configuration",
    "rollback_model": "go back to an earlier model or safeguard",
    "api_key_revoke": "take a key away",
    "preserve": "keep evidence from being deleted",
    "refer_law_enforcement": "refer to law enforcement",
    "report_hotline": "report to the responsible hotline",
    "notify_regulator": "tell a regulator",
    "notify_affected": "tell the people affected",
    "user_support_intervention": "offer help to a person",
    "escalate_up": "somebody above must decide",
}

GROUNDS = ("illegal", "terms")
AUTOMATED = ("detection", "decision")

MASS = 50
"""More accounts or items than this in one action are not one person's to act on."""

CONTESTED = frozenset({"inf", "vex"})
"""Harms where closing an account for good is easily called taking sides."""


def action(text: str) -> str:
    """`terminate_account` from `terminate-account`. Raises Usage with the list."""
    word = text.strip().lower().replace("-", "_")
    if word not in ACTIONS:
        raise Usage(f"There is no action {text!r}.", hint=f"Actions: {', '.join(name(one) for one in ACTIONS)}.")
    return word


def name(what: str) -> str:
    """As it is typed: `terminate-account`."""
    return what.replace("_", "-")


def why_two(incident: Incident, event: Any) -> str:
    """`mass-action` or `terminate` where an action needs a second person; empty where it does not."""
    if event.count is not None and event.count > MASS:
        return "mass-action"
    firsts = {slug.partition(":")[0] for slug in incident.harm}
    contested = not CONTESTED.isdisjoint(firsts) or incident.source == "press"
    return "terminate" if event.what == "terminate_account" and contested else ""
