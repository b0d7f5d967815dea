"""The command line: which commands there are, and what a failure looks like from outside."""

from __future__ import annotations

import errno
import sys
from contextlib import suppress
from typing import Any

import click

from escalate import __version__
from escalate.cli.options import OnDemand
from escalate.cli.session import Session
from escalate.errors import EscalateError
from escalate.wiring import Wiring

COMMANDS = {
    "init": "store:init",
    "open": "open:open_",
    "log": "record:log",
    "timeline": "read:timeline",
    "show": "read:show",
    "list": "read:list_",
    "search": "read:search",
    "use": "choose:use",
    "prompt": "choose:prompt",
    "mitigate": "state:mitigate",
    "resolve": "state:resolve",
    "close": "state:close",
    "reopen": "state:reopen",
    "severity": "severity:severity",
    "assign": "state:assign",
    "fact": "record:fact",
    "correct": "record:correct",
    "withdraw": "record:withdraw",
    "move": "record:move",
    "import": "transfer:import_",
    "export": "transfer:export",
    "verify": "transfer:verify",
    "db": "store:db",
    "apply": "roster:apply",
    "roster": "roster:roster",
    "whoami": "roster:whoami",
    "page": "page:page",
    "ack": "ack:ack",
    "decline": "ack:decline",
    "ping": "page:ping",
    "ticket": "page:ticket",
    "oncall": "oncall:oncall",
    "messages": "messages:messages",
    "work": "work:work",
    "sync": "sync:sync",
    "decide": "decide:decide",
    "decisions": "decide:decisions",
    "action": "action:action",
    "actions": "action:actions",
    "approve": "approve:approve",
    "reject": "approve:reject",
    "approvals": "approve:approvals",
    "restrict": "access:restrict",
    "grant": "access:grant",
    "revoke": "access:revoke",
    "break-glass": "access:break_glass",
    "access": "access:access",
    "erase": "erase:erase",
    "hold": "hold:hold",
    "ask": "ask:ask",
    "impact": "impact:impact",
    "subject": "subject:subject",
    "assess": "assess:assess",
    "template": "template:template",
    "guidance": "guidance:guidance",
    "clause": "clause:clause",
    "taxonomy": "taxonomy:taxonomy",
    "harm": "harm:harm",
    "authority": "authority:authority",
    "refer": "refer:refer",
    "runbook": "runbook:runbook",
    "exposure": "exposure:exposure",
    "clock": "clock:clock",
    "summary": "report:summary",
    "report": "report:report",
    "drill": "drill:drill",
    "login": "config:login",
    "logout": "config:logout",
    "config": "config:config",
    "doctor": "doctor:doctor",
    "help": "help:help_",
}
"""Each command and where it is; only the one that is asked for is imported."""


class Group(OnDemand):
    """Finds commands by name, and says which was meant."""

    places = COMMANDS

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            from difflib import get_close_matches

            near = get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean {near[0]}?" if near else " See what there is: escalate --help"
            raise click.UsageError(f"There is no command {name!r}.{hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=Group, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="escalate")
@click.option("--database", metavar="PATH", help="Where the record is kept; ESCALATE_DATABASE says the same.")
@click.pass_context
def root(context: click.Context, database: str | None) -> None:
    """Respond to an incident, wake the right person, keep a record that stands up.

    Without a command: what is open, who has not answered, what has not been sent, what to do now.

    \b
    Example:
      escalate init
      escalate open "Report of a credible threat" --harm life --imminent
      escalate page policy:critical-harm
    """
    session = context.obj
    session.wiring.verb, session.wiring.say = context.invoked_subcommand or "", session.say
    session.wiring.doubt = session.doubt
    if database:
        session.wiring.given["database"] = database
    if context.invoked_subcommand is None:
        from escalate.cli.commands.now import now

        context.invoke(now)


GONE = frozenset({errno.EPIPE, errno.EIO, errno.EBADF, errno.ENOSPC, errno.EDQUOT})
"""What writing an answer fails with when the terminal, the reader, or the room for it has gone."""


def run(arguments: list[str] | None = None, *, seen: bool = True) -> None:
    """The console script. `seen` is False where standard error is closed: then nothing can be shown to anybody."""
    import os

    if "_ESCALATE_COMPLETE" in os.environ:
        root.main(prog_name="escalate", obj=Session(Wiring()))
    exit_code = main(sys.argv[1:] if arguments is None else arguments, seen=seen)
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            # What could not be written stays in the buffer; trying once more at the end would take over the exit code.
            os.dup2(os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC), stream.fileno())
    sys.exit(exit_code)


def main(arguments: list[str], wiring: Wiring | None = None, *, seen: bool = True) -> int:
    """Run one command and return its exit code. What is not an EscalateError keeps its traceback: it is a defect."""
    session = Session(wiring or Wiring())
    session.as_json = "--json" in arguments
    session.seen = seen
    try:
        exit_code = _run(session, arguments)
    except BaseException:
        _leave_drafts(session, needed=True)
        raise
    _leave_drafts(session, needed=bool(exit_code) or session.needless)
    return exit_code


def _leave_drafts(session: Session, *, needed: bool) -> None:
    """What was written in an editor goes; where it is `needed` still, it stays and is named."""
    if not session.drafts:
        return
    from escalate.cli import editor

    if needed and (said := editor.kept(session)):
        with suppress(OSError):
            session.say(said)
    editor.done(session)


def _run(session: Session, arguments: list[str]) -> int:
    try:
        with root.make_context("escalate", list(arguments), obj=session) as context:
            root.invoke(context)
            session.remember()
    except EscalateError as error:
        from escalate.cli.looking import NOT_RECORDED, looks, without

        hint = without(error.hint) if looks(session.wiring.verb, arguments) else error.hint
        if session.recorded and hint.startswith(NOT_RECORDED):
            hint = "What was written before that is recorded: look before you do it again: escalate timeline"
        return _failed(session, error.exit_code, error.code, error.message, hint)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except (KeyboardInterrupt, click.exceptions.Abort):
        done = "Stopped; what was recorded before stays." if session.recorded else "Stopped; nothing was done."
        return _failed(session, 130, "stopped", done, "")
    except click.UsageError as error:
        hint = f"See how it goes: {error.ctx.command_path} --help" if error.ctx else ""
        return _failed(session, 2, "usage", error.format_message(), hint)
    except click.ClickException as error:
        return _failed(session, 2, "usage", error.format_message(), "")
    except BrokenPipeError:
        # The reader has gone, as `| head` does; that is its right.
        sys.stdout = None
        return session.exit_code
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return _failed(
                session, 2, "usage", "The name of a file is too long for its disk.", "Give it a shorter one."
            )
        if error.errno not in GONE:
            raise
        done = "It is recorded; only the answer" if session.recorded else "The answer"
        hint = (
            "Do not do it again; look at it: escalate timeline" if session.recorded else "Free some space, then again."
        )
        said = f"{done} could not be written: {error.strerror}."
        return _failed(session, session.exit_code or 6, "misconfigured", said, hint)
    return session.exit_code


def _failed(session: Session, exit_code: int, code: str, message: str, hint: str) -> int:
    from escalate.cli.lines import echo
    from escalate.domain.text.visible import visible

    if session.drafts:
        from escalate.cli.editor import kept

        hint = "\n".join(filter(None, (hint, kept(session))))
    error: dict[str, Any] = {
        "code": code,
        "message": visible(message, lines=True),
        "hint": visible(hint, lines=True) or None,
    }
    if session.as_json:
        with suppress(OSError):  # it is said below then
            session.document(None, error)
            return exit_code
    with suppress(OSError):  # there is nowhere left to say it; the exit code does
        echo(f"escalate: {visible(message, lines=True)}", err=True)
        if hint:
            echo(visible(hint, lines=True), err=True)
    return exit_code
