"""Answers that name a clause, a clock or a second level of harm."""

from __future__ import annotations

import tomllib

import pytest

from answering import AROUND
from escalate.domain.assessment.answers import Known, check, unfinished
from escalate.domain.assessment.template import parse
from escalate.domain.guidance.book import Guidance
from escalate.errors import Misconfigured, Usage
from guided import book

TEXT = """
title = "T"
version = 1
[fields.clause]
type = "clause"
[fields.others]
type = "several"
of = "clause"
[fields.clocks]
type = "several"
of = "clock"
[fields.harm]
type = "choice"
choices = "harm"
[fields.harms]
type = "several"
choices = "harm"
[fields.judged]
type = "rows"
elements_of = "clause"
[fields.judged.columns.element]
type = "text"
required = true
[fields.judged.columns.verdict]
type = "choice"
choices = ["met", "not_met", "unclear"]
required = true
[fields.proposed]
type = "rows"
[fields.proposed.columns.action]
type = "text"
[fields.proposed.columns.clause]
type = "clause"
"""
TEMPLATE = parse("t", tomllib.loads(TEXT))


def harm(text):
    if text != "cse:grooming":
        raise Usage(f"There is no harm {text!r}.", hint="Unsure? Say cse.")
    return text


KNOWN = Known(harm=harm, clocks=lambda: ("eu-gdpr-33-authority", "eu-gdpr-33-processor", "us-x"))
GUIDED = AROUND.but(guidance=book, known=KNOWN)
ROWS = [{"element": "Un_wanted", "verdict": "unclear"}, {"element": "repeated", "verdict": "met"}]


def checked(given, standing=None, around=GUIDED):
    return check(TEMPLATE, given, standing or {}, around)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"clause": "HAR-3.2"}, {"clause": "har-3.2@4"}),
        ({"clause": "har-3.2@4"}, {"clause": "har-3.2@4"}),
        ({"others": ["thr-1.1", "har-3.2"]}, {"others": ["thr-1.1@2", "har-3.2@4"]}),
        ({"clocks": ["US-X", "eu_gdpr_33_authority"]}, {"clocks": ["us-x", "eu-gdpr-33-authority"]}),
        ({"harm": "cse:grooming"}, {"harm": "cse:grooming"}),
        ({"harms": ["frd", "cse:grooming"]}, {"harms": ["frd", "cse:grooming"]}),
        ({"proposed": [{"clause": "har-3.2"}]}, {"proposed": [{"clause": "har-3.2@4"}]}),
        (
            {"clause": "har-3.2", "judged": ROWS},
            {
                "clause": "har-3.2@4",
                "judged": [{"element": "repeated", "verdict": "met"}, {"element": "un-wanted", "verdict": "unclear"}],
            },
        ),
    ],
)
def test_a_name_is_kept_as_it_is_known(given, kept):
    result = checked(given)

    assert result.problems == []
    assert result.answers == kept


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"clause": "har-3.3"}, "clause: there is no clause 'har-3.3'. Did you mean har-3.2? In force: har-3.2@4"),
        ({"clause": "har-3.2@5"}, "clause: har-3.2@5 takes effect on 2026-12-01 08:00Z"),
        ({"clause": 3}, "clause: this must be text"),
        ({"others": ["har-3.2", "x"]}, "others: there is no clause 'x'"),
        ({"proposed": [{"clause": "x"}]}, "proposed: row 1, clause: there is no clause 'x'"),
        (
            {"clocks": ["eu-gdpr-33"]},
            "there is no clock 'eu-gdpr-33'. Did you mean eu-gdpr-33-authority or eu-gdpr-33-pro",
        ),
        ({"clocks": ["us-y"]}, "Did you mean us-x? See what there is: escalate clock library"),
        ({"harm": "cse:groming"}, "harm: there is no harm 'cse:groming'. Unsure? Say cse."),
        ({"harms": ["cse:groming"]}, "harms: there is no harm"),
        ({"clause": "har-3.2", "judged": [{"element": "x", "verdict": "met"}]}, "judged: har-3.2@4 has no element 'x'"),
        ({"clause": "har-3.2", "judged": [*ROWS, *ROWS]}, "judged: the element un-wanted is there twice."),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(given, says):
    [problem] = checked(given).problems

    assert says in str(problem)


@pytest.mark.parametrize("guidance", [None, Guidance])
def test_without_guidance_a_clause_and_its_elements_are_kept_as_typed(guidance):
    around = GUIDED.but(guidance=guidance)
    given = {"clause": "house-rule@2026-04", "judged": [{"element": "in my words", "verdict": "met"}]}

    assert checked(given, around=around).answers == given
    assert checked({"clause": "house-rule"}, around=around).problems[0].do == "As NAME@VERSION: har-3.2@4"
    assert unfinished(TEMPLATE, {"clause": "of old"}, around.guidance or Guidance, around.now) == []


def test_without_a_clause_elements_are_kept_as_typed():
    assert checked({"judged": [{"element": "in my words", "verdict": "met"}]}).problems == []


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({}, []),
        ({"clause": "har-3.2@4", "judged": ROWS}, []),
        (
            {"clause": "har-3.2@4", "judged": ROWS[:1]},
            ["judged: nothing is said of these elements of har-3.2@4: repeated."],
        ),
        ({"clause": "har-3.2@4"}, ["judged: nothing is said of these elements of har-3.2@4: repeated, un-wanted."]),
        (
            {"clause": "har-3.2@4", "judged": [*ROWS, {"element": "typed before", "verdict": "met"}]},
            ["judged: har-3.2@4 has no element 'typed before'."],
        ),
        ({"clause": "typed-before@1"}, ["clause: there is no clause 'typed-before@1'."]),
        ({"proposed": [{"clause": "typed-before@1"}, {}]}, ["proposed: there is no clause"]),
        ({"others": ["thr-1.1@2", "har-3.2@5"]}, ["others: har-3.2@5 takes effect"]),
    ],
)
def test_what_stands_in_the_way_of_being_final(answers, says):
    problems = [str(problem) for problem in unfinished(TEMPLATE, answers, GUIDED.guidance, GUIDED.now)]

    assert len(problems) == len(says)
    assert all(problem.startswith(start) for problem, start in zip(problems, says, strict=True)), problems


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ('elements_of = "clause"', 'elements_of = "claus"', "'claus' is no field of type clause. Did you mean clause?"),
        ('elements_of = "clause"', 'elements_of = "harm"', "'harm' is no field of type clause."),
        ("[fields.harm]\n", '[fields.harm]\nelements_of = "clause"\n', "only rows are the elements of a clause"),
        ('choices = ["met", "not_met", "unclear"]\n', "", "a choice needs choices"),
        ("[fields.judged.columns.element]", "[fields.judged.columns.a]\ntype='time'\n[fields.judged.columns.element]",
         "the first column is the element"),
    ],
)  # fmt: skip
def test_a_template_that_cannot_judge_a_clause_says_so(was, now, says):
    with pytest.raises(Misconfigured) as caught:
        parse("t", tomllib.loads(TEXT.replace(was, now, 1)))

    assert says in caught.value.message
