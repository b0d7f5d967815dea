"""The texts we send and the documents we hand over, from Jinja templates: the team's own first, then ours.

A template is handed plain values and runs in a sandbox: it can lay out what it is given and nothing else.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from escalate.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, tzinfo
    from pathlib import Path

    from jinja2.runtime import Context
    from jinja2.sandbox import ImmutableSandboxedEnvironment

LARGEST_TEMPLATE = 200_000
"""Bytes of a template."""

LARGEST_TEXT = 5_000_000
"""Characters of a text; a document may have `ROW` more for each line of its timeline."""

ROW = 4_000


class Texts:
    """`own` and `bundled` are folders with `messages/` and `reports/` in them; `own` need not exist."""

    def __init__(self, own: Path, bundled: Path) -> None:
        self._folders = (own, bundled)

    def render(self, template: str, values: dict[str, Any]) -> str:
        """The text of `messages/NAME.j2`."""
        return self._filled(f"messages/{template}.j2", values, LARGEST_TEXT)

    def report(self, name: str, format: str, values: dict[str, Any]) -> str:  # noqa: A002  (the contract's word)
        """The document `reports/NAME.FORMAT.j2`."""
        room = LARGEST_TEXT + ROW * len(values.get("timeline", ()))
        return self._filled(f"reports/{name}.{format}.j2", values, room)

    def _filled(self, name: str, values: dict[str, Any], room: int) -> str:
        import jinja2

        where = name
        try:
            template = self._environment.get_template(name)
            where = template.filename or name
            parts: list[str] = []
            for part in template.generate(values):
                parts.append(part)
                room -= len(part)
                if room < 0:
                    raise Misconfigured(
                        f"Template {where} makes a text without end.",
                        hint="Look at its loops, or move it away: then the bundled one is used.",
                    )
            return "".join(parts)
        except jinja2.TemplateNotFound as error:
            raise Misconfigured(
                f"There is no template {error.message or name}.",
                hint=f"Templates are looked for in {' and '.join(map(str, self._folders))}.",
            ) from error
        except jinja2.TemplateSyntaxError as error:
            raise self._broken(error.filename or where, error.lineno, error.message or "syntax") from error
        except (
            jinja2.TemplateError,
            TypeError,
            ValueError,
            ArithmeticError,
            LookupError,
            AttributeError,
        ) as error:
            # What a template does wrong with its values comes out as Python's own errors.
            raise self._broken(where, _line_of(error, where), str(error)) from error
        except (RecursionError, MemoryError) as error:
            raise self._broken(where, 0, "it includes itself without end") from error

    def _broken(self, where: str, line: int, why: str) -> Misconfigured:
        at = f"{where}, line {line}" if line else where
        return Misconfigured(f"Template {at}: {why}", hint="Mend it, or move it away: then the bundled one is used.")

    @cached_property
    def _environment(self) -> ImmutableSandboxedEnvironment:
        from jinja2 import FunctionLoader, StrictUndefined
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        environment = ImmutableSandboxedEnvironment(
            loader=FunctionLoader(self._read),
            undefined=StrictUndefined,
            autoescape=_is_html,
            finalize=_seen,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        environment.filters.update(_filters())
        return environment

    def _read(self, name: str) -> tuple[str, str, Callable[[], bool]] | None:
        parts = name.split("/")
        if any(part in {"", ".", ".."} or "\\" in part for part in parts):
            return None
        for folder in self._folders:
            path = folder.joinpath(*parts)
            try:
                if not path.is_file():
                    continue
                if path.stat().st_size > LARGEST_TEMPLATE:
                    raise Misconfigured(
                        f"Template {path} is larger than {LARGEST_TEMPLATE // 1000} kB.",
                        hint="Make it smaller.",
                    )
                return path.read_text(encoding="utf-8"), str(path), lambda: True
            except (OSError, UnicodeDecodeError) as error:
                raise Misconfigured(
                    f"Template {path} cannot be read: {error}", hint="Mend its rights or its bytes (UTF-8)."
                ) from error
        return None


def _seen(value: Any) -> Any:
    """Nothing hidden comes out of a template, whichever filter it forgot."""
    from escalate.domain.text.visible import visible

    return visible(value, lines=True) if type(value) is str else value


def _is_html(name: str | None) -> bool:
    return bool(name and name.endswith(".html.j2"))


def _line_of(error: BaseException, where: str) -> int:
    """The line of the template that an error came from; jinja names it in the traceback."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == where:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _filters() -> dict[str, Callable[..., Any]]:
    from jinja2 import pass_context

    from escalate.domain.text.escape import html, markdown, markdown_block
    from escalate.domain.text.visible import visible

    def shown(text: object) -> str:
        return visible(str(text), lines=True)

    def markup(text: object) -> Any:
        from markupsafe import Markup

        return Markup(html(str(text)))  # noqa: S704  (it has just been escaped)

    @pass_context
    def local(context: Context, at: datetime | None, precision: str = "exact") -> str:
        return local_time(at, context.get("zone"), precision)

    return {
        "md": lambda text: markdown(str(text)),
        "md_block": lambda text: markdown_block(str(text)),
        "html": markup,
        "visible": shown,
        "utc": utc_time,
        "local": local,
    }


def utc_time(at: datetime | None, precision: str = "exact") -> str:
    """As exact as it is known: `2026-11-21 21:07:14Z`, `2026-11-21 21:07Z`, `2026-11-21`."""
    from datetime import UTC

    if at is None:
        return ""
    return f"{at.astimezone(UTC):{_form(precision)}}{'' if precision == 'day' else 'Z'}"


def local_time(at: datetime | None, zone: tzinfo | None, precision: str = "exact") -> str:
    """The same in the reader's zone, with the day where that is another; empty where nothing differs."""
    from datetime import UTC

    if at is None or zone is None or precision == "day":
        return ""
    there, here = at.astimezone(zone), at.astimezone(UTC)
    if there.utcoffset() == here.utcoffset():
        return ""
    form = _form(precision) if there.date() != here.date() else _form(precision).partition(" ")[2]
    name = there.tzname() or ""
    return f"{there:{form}} {name if name.isalpha() else f'UTC{there:%z}'}"


def _form(precision: str) -> str:
    day, minute = "%Y-%m-%d", "%Y-%m-%d %H:%M"
    return {"day": day, "minute": minute}.get(precision, f"{minute}:%S")
