"""Numbers and the words beside them."""

import pytest

from escalate.domain.text.many import many


@pytest.mark.parametrize(
    ("number", "what", "said"),
    [
        (1, "entry", "1 entry"),
        (2, "entry", "2 entries"),
        (0, "message", "0 messages"),
        (1, "person", "1 person"),
        (4, "person", "4 people"),
        (3, "day", "3 days"),
        (2, "running legal clock", "2 running legal clocks"),
        (1, "running legal clock", "1 running legal clock"),
        (5, "match", "5 matches"),
    ],
)
def test_a_number_and_its_word_fit(number, what, said):
    assert many(number, what) == said
