"""Looking after a record on PostgreSQL: are its guards as they should be, and its projections made again. Copies of it are
made by PostgreSQL's own tools.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from escalate.adapters.store import pg_granted, pg_search, queries, searching
from escalate.adapters.store.pg_failures import translated
from escalate.domain.incident.fold import fold
from escalate.domain.timeline.words import forgotten, indexed

if TYPE_CHECKING:
    from collections.abc import Collection

    from escalate.adapters.store.pg_writing import PgPen
    from escalate.adapters.store.postgres import PostgresStore
    from escalate.domain.incident.state import Incident

FUNCTIONS = """
SELECT p.proname AS name, p.prosrc AS body, p.prosecdef AS definer, o.rolname AS owner
  FROM pg_proc AS p JOIN pg_roles AS o ON o.oid = p.proowner WHERE p.pronamespace = 'escalate'::regnamespace
"""

TRIGGERS = """
SELECT t.tgname AS name, c.relname AS about, t.tgenabled = 'O' AS works
  FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
 WHERE c.relnamespace = 'escalate'::regnamespace AND NOT t.tgisinternal
"""

TABLES = """
SELECT c.relname AS name, c.relrowsecurity AS guarded, o.rolname AS owner
  FROM pg_class AS c JOIN pg_roles AS o ON o.oid = c.relowner
 WHERE c.relnamespace = 'escalate'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
"""

POLICIES = """
SELECT p.polname AS name, c.relname AS about, p.polcmd::text AS does, p.polpermissive AS allows, p.polroles::text AS whom,
       coalesce(pg_get_expr(p.polqual, p.polrelid), '') AS seen,
       coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') AS written
  FROM pg_policy AS p JOIN pg_class AS c ON c.oid = p.polrelid WHERE c.relnamespace = 'escalate'::regnamespace
"""

RIGHTS = """
SELECT DISTINCT given.about, coalesce(r.rolname, 'everybody') AS whom
  FROM (SELECT c.relname AS about, (aclexplode(c.relacl)).grantee FROM pg_class AS c
         WHERE c.relnamespace = 'escalate'::regnamespace
         UNION SELECT c.relname, (aclexplode(a.attacl)).grantee FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
         WHERE c.relnamespace = 'escalate'::regnamespace
         UNION SELECT p.proname, (aclexplode(coalesce(p.proacl, acldefault('f', p.proowner)))).grantee FROM pg_proc AS p
         WHERE p.pronamespace = 'escalate'::regnamespace) AS given
  LEFT JOIN pg_roles AS r ON r.oid = given.grantee
 WHERE coalesce(r.rolname, '') NOT IN ('escalate_owner', 'escalate_member', 'escalate_courier', 'escalate_keeper')
 ORDER BY 1, 2
"""

OWNER = "escalate_owner"

GUARDED = frozenset({
    "codes", "grants", "heads", "incidents", "links", "matches", "messages", "numbers", "pages", "restricted", "search",
    "sightings", "timeline", "timers", "watches",
})  # fmt: skip
"""Tables of which not everybody sees every row."""

LET_IN, MAY_READ = "NOT limited OR let_in({id})", "may_read({id})"

INTENDED = {
    **{
        (about, "known"): ("*", LET_IN, MAY_READ) for about in GUARDED - {"grants", "restricted", "numbers", "timeline"}
    },
    ("matches", "known"): ("*", MAY_READ, MAY_READ),
    ("timeline", "known"): ("r", LET_IN, ""),
    ("timeline", "erased"): ("w", LET_IN, MAY_READ),
    ("timeline", "written"): ("a", "", f"kind = 'access.broken' OR {MAY_READ}"),
    ("numbers", "counted"): ("r", "true", ""),
}
"""Every policy: for which command, which rows are seen by it, which may be written."""

PROJECTIONS = (
    "clear_incidents", "clear_pages", "clear_codes", "clear_timers", "clear_search", "clear_sightings", "clear_links",
    "clear_watches",
)  # fmt: skip


def check(store: PostgresStore) -> list[str]:
    """What was done to tables, functions and guards since they were made. Empty: nothing."""
    connection = store.connection()
    with translated(store.place):
        functions: list[Any] = connection.execute(FUNCTIONS).fetchall()
        triggers: list[Any] = connection.execute(TRIGGERS).fetchall()
        tables: list[Any] = connection.execute(TABLES).fetchall()
        policies: list[Any] = connection.execute(POLICIES).fetchall()
        rights: list[Any] = connection.execute(RIGHTS).fetchall()
        granted: list[Any] = connection.execute(pg_granted.RIGHTS).fetchall()
        constraints: list[Any] = connection.execute(pg_granted.CONSTRAINTS).fetchall()
    text = "\n".join(script for _number, script in queries.migrations("postgres"))
    return [
        *_functions(text, functions), *_triggers(text, triggers), *_tables(text, tables), *_policies(policies),
        *(f"{row['whom']} was given rights on {row['about']}, past the roles of escalate" for row in rights),
        *pg_granted.rights(text, granted), *pg_granted.constraints(text, constraints),
    ]  # fmt: skip


def guards(store: PostgresStore) -> list[str]:
    """What was done to the triggers: the part of `check` that costs next to nothing."""
    with translated(store.place):
        found: list[Any] = store.connection().execute(TRIGGERS).fetchall()
    return _triggers("\n".join(script for _number, script in queries.migrations("postgres")), found)


def unfound(store: PostgresStore) -> list[str]:
    """Entries whose words are not found by searching, or should not be, of the incidents that may be read. Whoever may not
    read the index itself sees only of which entries there are words.
    """
    [row] = store.rows("reads_words")
    found: list[str] = []
    after = ""
    while (incident := store.rows("next_chain", after=after)[0]["incident"]) is not None:
        found += searching.faults(store, incident, pg_search.indexed, reads=row["reads"])
        after = incident
    return found


def _functions(text: str, found: list[Any]) -> list[str]:
    made = re.findall(r"CREATE (?:OR REPLACE )?FUNCTION escalate\.(\w+)\(.*?\$\$(.*?)\$\$", text, re.DOTALL)
    intended = dict(made)  # a later script may make one anew
    known = {row["name"] for row in found}
    said = [f"the function {name} is missing" for name in intended if name not in known]
    for row in found:
        if row["name"] not in intended:
            said.append(f"the function {row['name']} is not escalate's")
        elif row["body"] != intended[row["name"]] or row["owner"] != OWNER:
            said.append(f"the function {row['name']} is not as escalate makes it")
    return said


def _triggers(text: str, found: list[Any]) -> list[str]:
    intended = set(re.findall(r"CREATE (?:CONSTRAINT )?TRIGGER (\w+)\s", text))
    known = {row["name"] for row in found}
    said = [f"the trigger {name} is missing" for name in sorted(intended - known)]
    said += [f"the trigger {row['name']} on {row['about']} is switched off" for row in found if not row["works"]]
    made = intended | {f"{row['about']}_follow_the_timeline" for row in found}
    return [*said, *(f"the trigger {name} is not escalate's" for name in sorted(known - made))]


def _tables(text: str, found: list[Any]) -> list[str]:
    intended = set(re.findall(r"CREATE TABLE escalate\.(\w+)", text))
    known = {row["name"]: row for row in found}
    said = [f"the table {name} is missing" for name in sorted(intended - known.keys())]
    said += [f"the table or view {name} is not escalate's" for name in sorted(known.keys() - intended)]
    for name in sorted(intended & known.keys()):
        if known[name]["owner"] != OWNER:
            said.append(f"the table {name} belongs to {known[name]['owner']}, who can change everything in it")
        if name in GUARDED and not known[name]["guarded"]:
            said.append(f"everybody may read all of {name}: its row security is switched off")
    return said


def _policies(found: list[Any]) -> list[str]:
    known = {(row["about"], row["name"]): row for row in found}
    said = [f"the policy {name} on {about} is missing" for about, name in sorted(INTENDED.keys() - known.keys())]
    said += [
        f"the policy {name} on {about} is not escalate's" for about, name in sorted(known.keys() - INTENDED.keys())
    ]
    for about, name in sorted(INTENDED.keys() & known.keys()):
        row, (does, seen, written) = known[about, name], INTENDED[about, name]
        id_ = "id" if about == "incidents" else "incident"
        made = (row["does"], _bare(row["seen"]), _bare(row["written"]), row["allows"], row["whom"])
        if made != (does, _bare(seen.format(id=id_)), _bare(written.format(id=id_)), True, "{0}"):
            said.append(f"the policy {name} on {about} is not as escalate makes it")
    return said


def _bare(expression: str) -> str:
    """Without what servers write differently: brackets, casts, blanks, the schema."""
    return re.sub(r"::text|escalate\.|[()\s]", "", expression)


def rebuild(store: PostgresStore, left: Collection[str] = ()) -> dict[str, int]:
    """Make states, pages and the search index again from the timeline, which the caller has verified; for the owner's own,
    since all of it is made again, also what not everybody may see. Others wait meanwhile. `left` are incidents of which all
    stays as it is: they did not verify.
    """
    counted = {"incidents": 0, "entries": 0}
    with store.writing() as pen:
        pen.run("lock_numbers")
        chains = [row["incident"] for row in pen.run("every_chain") if row["incident"] not in left]
        pen.hold(chains)
        for query in PROJECTIONS:
            pen.run(query, left=" ".join(left))
        for incident in chains:
            state = fold(pen.entries_after(incident, 0))
            if state is not None:
                pen.remake(state)
                counted["incidents"] += 1
                counted["entries"] += index_words(pen, state)
    return counted


def index_words(pen: PgPen, incident: Incident) -> int:
    count = 0
    for entry in pen.entries_after(incident.id, 0):
        count += 1
        if entry.body is None or entry.kind == searching.BLIND:
            continue
        event = entry.event
        if entry.kind.startswith("subject."):
            pen.about_subjects(entry, event, telling=False)
        if target := forgotten(event):
            pen.forget_words_of(entry.incident, target)
        if words := indexed(event, entry.label_set, sensitive=incident.sensitive):
            pen.index(entry, words)
    return count
