"""What `doctor` says of authorities that nobody wrote down."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

from escalate.domain.authorities.doubts import MOST, doubts


def test_of_many_open_incidents_some_are_named_and_the_others_counted_by_harm():
    open_ = [SimpleNamespace(ref=f"INC-{n}", harm=("har",) if n % 2 else ("prv",)) for n in range(1, 2001)]
    found = [(about, said) for about, said, _do in doubts({}, open_, date(2026, 11, 22))]

    assert found[0] == ("authorities for INC-1", "nobody stands there for har")
    assert found[MOST] == (f"authorities for {2000 - MOST} more incidents", "nobody stands there for har, prv")
    assert len(found) == MOST + 2
