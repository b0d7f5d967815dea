from __future__ import annotations

from hashlib import sha256

import pytest

from escalate.domain.runbook.runbook import Step, checked, fits, obstacles, parse
from escalate.errors import Misconfigured

TEXT = """+++
title = "Leak"
version = 2
summary = "When something leaked."
harm = ["prv"]
severity = "SEV1"
+++

# Leak

Read this first.

## First

- [ ] Stop it
- [ ] Tell Legal: `escalate ping legal` or `ls`

  A paragraph about it.

  Another, with `escalate log`.

Not part of a step.

## Later
- [ ] Fenced

  ```sh
  escalate verify
  ```

- [ ] Prose, which may
  escalate into a sentence
* [ ] Look again

      escalate timeline

```
- [ ] only an example
```
"""


def test_steps_count_through_all_sections_with_their_detail_and_command():
    found = parse("leak", TEXT)

    assert found.steps == (
        Step(number=1, section="First", text="Stop it"),
        Step(
            number=2,
            section="First",
            text="Tell Legal: `escalate ping legal` or `ls`",
            detail="A paragraph about it.\n\nAnother, with `escalate log`.",
            command="escalate ping legal",
        ),
        Step(
            number=3,
            section="Later",
            text="Fenced",
            detail="```sh\nescalate verify\n```",
            command="escalate verify",
        ),
        Step(number=4, section="Later", text="Prose, which may", detail="escalate into a sentence"),
        Step(
            number=5,
            section="Later",
            text="Look again",
            detail="    escalate timeline",
            command="escalate timeline",
        ),
    )
    assert (found.title, found.version, found.harm, found.severity) == ("Leak", 2, ("prv",), "SEV1")
    assert found.sha256 == sha256(TEXT.encode()).hexdigest()
    assert found.body.startswith("\n# Leak")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("# No settings\n- [ ] x\n", "line 1: the file begins with settings"),
        ("+++\ntitle = \n+++\n- [ ] x\n", "the settings between +++ cannot be read"),
        ("+++\n+++\n- [ ] x\n", "title: this is missing."),
        ("+++\n+++\n- [ ] x\n", "summary: this is missing."),
        ("+++\n+++\n- [ ] x\n", "version: this is missing."),
        ('+++\nharm = ["prvv"]\n+++\n- [ ] x\n', "harm: there is no harm 'prvv'. Did you mean prv?"),
        ('+++\nseverity = "SEV9"\n+++\n- [ ] x\n', "severity: There is no severity 'SEV9'."),
        ('+++\nseverty = "SEV1"\n+++\n- [ ] x\n', "severty: nothing reads this key. Did you mean severity?"),
        ("+++\n+++\nJust words.\n", "there is no step"),
        ("+++\n+++\n- [x] done\n", "line 3: a runbook comes with no step done."),
        ("+++\n+++\n- [ ]\n", "line 3: this step says nothing."),
        ("+++\n+++\n- [ ] a\n  - [ ] b\n", "line 4: steps do not stand inside steps."),
    ],
)
def test_every_mistake_is_named(text, says):
    with pytest.raises(Misconfigured) as refused:
        parse("r", text)

    assert says in refused.value.message


@pytest.mark.parametrize(
    ("harm", "level", "expected"),
    [
        (("prv",), "SEV1", True),
        (("prv",), "SEV0", True),
        (("prv",), "SEV2", False),
        (("prv:breach", "frd"), "SEV1", True),
        (("frd",), "SEV1", False),
        ((), "SEV1", False),
    ],
)
def test_it_fits_by_harm_and_severity(harm, level, expected):
    assert fits(parse("leak", TEXT), harm, level) is expected


def test_without_harm_it_fits_any():
    assert fits(parse("leak", TEXT.replace('harm = ["prv"]\n', "")), ("frd",), "SEV1")


def test_what_stands_beside_the_steps_is_kept_by_its_heading():
    parts = {part.section: part.text for part in parse("leak", TEXT).parts}

    assert list(parts) == ["", "First", "Later"]
    assert parts[""] == "Read this first."
    assert parts["First"] == "Not part of a step."
    assert "only an example" in parts["Later"]


MARKED = """+++
title = "T"
version = 1
summary = "s"
+++
- [ ] Page. Run: `escalate page ts`
- [ ] Only names `escalate page ts`
- [ ] Hostile. Run: `escalate log x; rm y`
- [ ] Two

  Run: `escalate log a`

  Run: `escalate log b`
- [ ] Nothing. Run: by hand
"""


def test_a_command_that_cannot_be_offered_does_not_take_the_page_away():
    steps = parse("t", MARKED).steps

    assert [step.run for step in steps] == ["escalate page ts", None, "escalate log x; rm y", None, None]
    assert [bool(obstacles(step)) for step in steps] == [False, False, True, True, True]
    assert obstacles(steps[0], lambda _command: "no such command") == ["no such command"]


def test_checking_names_every_mistake_with_its_step():
    with pytest.raises(Misconfigured) as refused:
        checked("t", MARKED.replace("version = 1\n", ""), lambda _command: None)

    lines = refused.value.message.splitlines()
    assert lines[0] == "The runbook t has 4 mistakes:"
    assert "version: this is missing." in lines[1]
    assert [line.split(":")[0].strip() for line in lines[2:]] == ["step 3", "step 4", "step 5"]
    assert "escalate runbook check" in refused.value.hint
