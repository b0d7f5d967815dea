"""What the derived pages say beside what the program says of itself; `$name` is filled in by reference.py."""

from __future__ import annotations

GROUPS = {
    "The incident": ("incident.", "severity.", "harm.", "role."),
    "Who may read it": ("access.",),
    "What people state": ("note.", "fact."),
    "About other entries": ("entry.", "text."),
    "Whom and what it is about": ("subject.",),
    "Paging, pings, tickets": ("page.", "team.", "ticket."),
    "What became of messages": ("message.", "courier."),
    "Judgement and paper": ("assessment.", "runbook.", "report."),
    "Decisions, actions, two people": ("decision.", "action.", "question.", "impact.", "approval."),
    "Legal clocks": ("clock.",),
    "Authorities and holds": ("authority.", "referral.", "hold."),
    "Who is on call (the on-call record, ONCALL)": (
        "oncall.",
        "override.",
        "temporary.",
        "preferences.",
        "handoff.",
        "shift.",
    ),
}
"""The headings of events.md, and the kinds under each."""

STATES = {
    "queued": "It waits for its moment, for a courier, or for the next attempt.",
    "sending": "A courier holds it, for a minute at most; after that another may take it.",
    "sent": "The channel took it. Whether a person saw it is not known.",
    "delivered": "The channel says that it arrived.",
    "acknowledged": "The person it went to acknowledged the page.",
    "shown": "No channel reaches them: it was shown to whoever is at the terminal, who has to pass it on.",
    "told": "Somebody passed it on by another way, and said so with `escalate messages told`.",
    "failed": "The other side refuses it, and would again, or a setting is wrong. The next way is tried.",
    "unknown": "The answer never came: it may have arrived. It is sent again with the same key.",
    "cancelled": "It became pointless before it was sent: the page was acknowledged or cancelled.",
    "bundled": "Another message to the same person by the same way at the same time says all that it says.",
    "gave-up": "Every attempt failed. The next way is tried.",
}

VARIABLES = {
    "ESCALATE_HOME": """The folder that holds the record, `config.toml`, the team's own `templates/` and `runbooks/`, and
        what each terminal has in hand. Left out: `escalate` in `XDG_DATA_HOME`, else `~/.local/share/escalate`.""",
    "ESCALATE_INCIDENT": "The incident meant where a command names none: `INC-12`, `12` or a code name.",
    "ESCALATE_SESSION": "A name for this terminal, where it cannot be told by itself; `use` holds for it.",
    "ESCALATE_SECRET_…": """The secret of that name, in capitals, everything but letters and digits as `_`: the secret
        `harm-desk` is `ESCALATE_SECRET_HARM_DESK`. It goes before the keyring.""",
    "ESCALATE_SECRET_SUBJECTS": """The key of subjects: 64 hexadecimal digits or base64. It goes before the keyring; see
        [subjects](../explanation/subjects.md#keys).""",
    "ESCALATE_SECRET_SUBJECTS_…": "An earlier key of subjects, by its id in capitals.",
    "NO_COLOR": "Anything in it: no colour on a terminal either.",
    "TZ": "The machine's zone, where the setting `zone` is `local`.",
    "VISUAL": "The editor that `-e` opens where a text is wanted.",
    "EDITOR": "The same, where `VISUAL` is not set.",
    "XDG_CONFIG_HOME": "Where `work --install` writes the unit: `systemd/user` in it, else in `~/.config`.",
    "XDG_DATA_HOME": "See `ESCALATE_HOME`.",
    "_ESCALATE_COMPLETE": "Set by the completion of bash, zsh and fish: the answer is a script or completions.",
}

COMMANDS = """
# Commands

What `--help` says of each. REF is `INC-12`, `12` or a code name; TARGET is `person:NAME`, `team:NAME` or `policy:NAME`.
Times: [times.md](times.md). What commands answer with `--json`: [json.md](json.md). What they exit with:
[exit-codes.md](exit-codes.md).

Where a text is wanted, `-` reads it from stdin and `-e` in its place opens `$$VISUAL` or `$$EDITOR`: `escalate severity SEV1 --why -e`;
`log` and `ask` also take it among their options. What was written there and could not be recorded is kept and named.
Without one, a command that needs it asks on a terminal.

Every command but a group also takes these, after its name:

$shared

## All of them

$index

$commands
"""

EVENTS = """
# Events

What can stand on a timeline. A kind is permanent: it is never renamed and never changes its meaning. Fields may be
added; a reader passes over those it does not know, and shows a kind it does not know as it is.

An entry is an event with $hashed; [timeline](../explanation/timeline.md) says what they are and how they are hashed.
Below is what stands in `body`. Who, when and where are the entry's, not the event's. An instant is
`2026-11-21T21:07:14.000000Z`.

$events
"""

EXIT_CODES = """
# Exit codes

| exit | code | what it means |
|---|---|---|
| 0 | | Done; every first message was sent, or a living courier holds it. |
| 1 | `bug` | A defect of escalate: it prints a traceback. Please report it. |
$rows

`code` stands in `error.code` of the JSON document. 8 and 9 carry status `ok`: what was asked for is on record. Stopping a
command with Ctrl-C is exit 130, code `stopped`; what it had recorded stays, and what it had still to send is handed to a
courier. `page --wait` that is left before its end, by Ctrl-C, SIGTERM or SIGHUP, is 130 too, and still shows how far it came,
with status `ok`; 8 is only for steps, or a time, that ran out.

9 is of what this command did, and of what nobody drives:

* It made a message that only somebody at the console can pass on, or brought one to this terminal, and nobody has said yet
  that they passed it on. What was shown before is named on stderr as "Still owed" by commands that tell somebody of that
  incident, and changes no exit code.
* A message is to be sent, or a page has steps to come, in any incident, and no living courier holds it.

A file that somebody names and that is not there is 3, whatever it was to be; one that is there and cannot be read is 6.

After 2, 3, 4 and 6 the same command fails again; after 5 and 7 `unreachable` it may work. A request is one transaction:
where it fails, nothing of it was recorded. What comes after it can still go wrong, and is said to:

* The answer cannot be written, as on a full disk: what begins "It is recorded" is, and exits 9 where 9 is due, 6 otherwise.
  So does a disk that reports an error after it has taken an entry. Doing it again would record it twice.
* The line to a shared record goes in the very moment of recording, and nobody comes back who can tell: 7, and "whether it
  was is not known". Look before you do it again.
* `export`, `summary` and `report` hand the document over first, and then put on record that they were made: where the
  document cannot be written, nothing is on record. Where it is there and the record cannot be written, they say THIS EXPORT
  IS NOT ON RECORD (`recorded` is false) and exit 0; for an audience outside it is NOT ISSUED, and the failure's own code.
"""

SETTINGS = """
# Settings

An option goes before the environment, that before `config.toml` in the home folder, and that before the default.
`escalate config show` says what is in force and where it came from. In `config.toml` a setting is a line:
`zone = "Europe/London"`. A file that others may write to is refused.

| setting | variable | default | |
|---|---|---|---|
$rows

Options: `--database PATH` before the command, `--zone Z` after it. An empty variable counts as not set.

## Other variables

| variable | |
|---|---|
$variables

Secrets are never settings: `escalate login NAME` keeps one in the system's keyring.
"""

MESSAGES = """
# Messages

Everything that is to be said to somebody is a message: it was derived from an entry, its words were rendered and stored in
the same transaction, and a courier delivers it at least once. `escalate messages` lists them;
[paging](../explanation/paging.md) tells how they come about.

| state | still owed | meaning |
|---|---|---|
$rows

Attempts are $first seconds apart, then twice as long each time, up to $longest seconds; a channel that says how long to
wait is obeyed, for an hour at most. A page is given up after $page attempts, anything else after $others. Each attempt
bears the same idempotency key, the message's id.

A change of state is an entry on the incident's timeline ([events](events.md#what-became-of-messages)), with the SHA-256 of
the text; `queued` and `sending` are not, and attempts in between are only counted.
"""
