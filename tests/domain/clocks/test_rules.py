from __future__ import annotations

import pytest

from escalate.domain.clocks.rules import Rule, is_rule, rule
from escalate.errors import Usage


@pytest.mark.parametrize(
    ("text", "n", "unit", "expected"),
    [
        ("eu_hours", 72, "hours", Rule(name="eu_hours")),
        ("eu-hours", 72, "hours", Rule(name="eu_hours")),
        ("elapsed_hours; dora_noon", 72, "hours", Rule(name="elapsed_hours", is_noon=True)),
        ("dora_noon", 72, "hours", Rule(name="elapsed_hours", is_noon=True)),
        ("dora_noon", 1, "months", Rule(name="eu_months", is_noon=True)),
        ("dora_min", 4, "hours", Rule(name="dora_min")),
        ("dora_min(classification+4h, awareness+24h)", 4, "hours", Rule(name="dora_min")),
        ("dora_min(classification+2h, awareness+12h)", 2, "hours", Rule(name="dora_min", cap=12)),
        (
            "dora_min(classification+4h, awareness+24h); if classified after 24 h: classification+4h; dora_noon",
            4,
            "hours",
            Rule(name="dora_min", is_noon=True),
        ),
    ],
)
def test_how_rules_are_written(text, n, unit, expected):
    assert rule(text, n, unit) == expected
    assert is_rule(text)


@pytest.mark.parametrize(
    ("text", "n", "unit", "says"),
    [
        pytest.param("eu_hour", 72, "hours", "There is no rule 'eu_hour'.", id="a slip"),
        pytest.param("", 72, "hours", "There is no rule ''.", id="nothing"),
        pytest.param("none", 72, "hours", "There is no rule 'none'.", id="none is no rule"),
        pytest.param("eu_days; eu_hours", 2, "days", "There is no rule 'eu_hours' in", id="two at once"),
        pytest.param("eu_days(2)", 2, "days", "There is no rule 'eu_days' in", id="brackets"),
        pytest.param("eu_days", 2, "hours", "eu_days counts days, not hours.", id="another unit"),
        pytest.param("dora_noon", 2, "business_days", "There is no rule 'dora_noon'.", id="noon of what cannot move"),
        pytest.param(
            "dora_min(classification+4h, awareness+24h)", 5, "hours", "cannot be read for 5 hours", id="another number"
        ),
        pytest.param(
            "dora_min; if classified after 12 h: classification+4h", 4, "hours", "cannot be read", id="another cap"
        ),
        pytest.param("eu_days", 0, "days", "0 days is no period.", id="none of it"),
        pytest.param("eu_days", -2, "days", "-2 days is no period.", id="backwards"),
        pytest.param("keep_until", 101, "years", "101 years is no period.", id="too long"),
    ],
)
def test_what_is_no_rule(text, n, unit, says):
    with pytest.raises(Usage) as refused:
        rule(text, n, unit)

    assert says in refused.value.message
    assert refused.value.hint
