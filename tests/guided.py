"""Clauses for tests: har-3.2 in force as 4, coming as 5; thr-1.1 in force."""

HARASSMENT = """
[[clauses]]
id = "har-3.2"
version = 4
title = "Repeated unwanted contact"
text = "Contact that goes on after a clear no is not allowed."
effective_from = 2026-03-01
owner = "policy desk"
[[clauses.elements]]
id = "repeated"
text = "Contact was made more than once."
[[clauses.elements]]
id = "un-wanted"
text = "The person had said no."
"""

NEXT = """
[[clauses]]
id = "har-3.2"
version = 5
title = "Repeated unwanted contact"
text = "Contact that goes on after a clear no, or a block, is not allowed."
effective_from = 2026-12-01T09:00:00+01:00
owner = "policy desk"
[[clauses.elements]]
id = "repeated"
text = "Contact was made at least twice."
[[clauses.elements]]
id = "recent"
text = "The last was this year."
"""

THREATS = """
[[clauses]]
id = "thr-1.1"
version = 2
title = "Threats"
text = "A statement of intent to harm is not allowed."
effective_from = 2026-01-01
owner = "policy desk"
note = "see the training of spring"
[[clauses.elements]]
id = "intent"
text = "Harm is stated as intended."
"""

ALL = HARASSMENT + NEXT + THREATS


def clauses(text=ALL):
    import tomllib

    from escalate.domain.guidance.reading import parse

    found, mistakes = parse(tomllib.loads(text))
    assert mistakes == []
    return found


def book(text=ALL):
    """What the record would hold, had the clauses been applied."""
    from escalate.domain.guidance.book import Guidance

    kept = {"applied_at": "2026-01-01T00:00:00.000000Z", "applied_by": "alice", "source": "c.toml"}
    return Guidance.from_rows([{**clause.row(), **kept} for clause in clauses(text)])
