from __future__ import annotations

import tomllib

import pytest

from escalate.domain.assessment.template import parse
from escalate.errors import Misconfigured

LEAST = {"title": "T", "version": 1}


def template(text: str, included=None):
    return parse("t", {**LEAST, **tomllib.loads(text)}, included)


def mistakes(text: str, included=None) -> str:
    with pytest.raises(Misconfigured) as refused:
        template(text, included)
    return refused.value.message


def test_fields_stand_in_the_order_of_the_file():
    found = template('[fields.b]\ntype = "text"\n[fields.a]\ntype = "yesno"\nrequired = "open"')

    assert [(field.name, field.required) for field in found.fields] == [("b", None), ("a", "open")]


def test_every_mistake_is_named_at_once_with_its_key_and_what_to_do():
    said = mistakes(
        """
        colour = "blue"
        [fields.A]
        type = "txt"
        [fields.b]
        type = "choice"
        requird = "open"
        required = "later"
        [fields.c]
        type = "text"
        forbidden = true
        when = "d == yes"
        [fields.d]
        type = "yesno"
        max_words = 3
        """
    )

    for line in (
        "colour: nothing reads this key.",
        "fields.A: a field's name is small letters",
        "fields.A.type: there is no type 'txt' here. Did you mean text?",
        "fields.b.choices: a choice needs choices.",
        "fields.b.requird: nothing reads this key. Did you mean required?",
        "fields.b.required: 'later' is not a moment. One of: open, final, close, none.",
        "fields.c.reason: a forbidden field says why.",
        "fields.c.when: d is asked only after c. Put d first.",
        "fields.d.max_words: only a text has a number of words",
    ):
        assert line in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "fields: there is no field."),
        ("fields = 3", "fields: this must be a table."),
        ("[fields]\na = 1", "fields.a: this must be a table."),
        ('[fields.a]\ntype = "rows"', "fields.a.columns: rows have columns"),
        (
            '[fields.a]\ntype = "text"\n[fields.a.columns.b]\ntype = "text"',
            "fields.a.columns: rows have columns",
        ),
        (
            '[fields.a]\ntype = "rows"\n[fields.a.columns.b]\ntype = "rows"',
            "columns.b.type: there is no type 'rows' here.",
        ),
        (
            '[fields.a]\ntype = "choice"\nchoices = "harms"',
            "there is no vocabulary 'harms'. Did you mean harm?",
        ),
        ('[fields.a]\ntype = "choice"\nchoices = ["a b"]', "'a b' cannot be a choice."),
        ('[fields.a]\ntype = "choice"\nchoices = [1]', "fields.a.choices: this must be a list of words."),
        ('[fields.a]\ntype = "text"\nchoices = ["a"]', "fields.a.choices: text has no choices."),
        ('[fields.a]\ntype = "number"\nmin = 3\nmax = 1', "fields.a.min: min 3 is above max 1."),
        ('[fields.a]\ntype = "number"\nmax = 1.5', "fields.a.max: this must be a whole number."),
        (
            '[fields.a]\ntype = "text"\nwhen = "a =="',
            "fields.a.when: 'a ==' cannot be read: it ends too early.",
        ),
        ('[fields.a]\ntype = "text"\nwhen = "b"', "fields.a.when: there is no field 'b'."),
        ('[fields.a]\ntype = "yesno"\n[fields.b]\ntype = "text"\nwhen = "a == maybe"', "a is never 'maybe'."),
        ('[fields.a]\ntype = "text"\nahead = true', "fields.a.ahead: only a time can lie ahead."),
        ('[fields.a]\ntype = "text"\nof = "ref"', "fields.a.of: only several answers"),
        ('[fields.a]\ntype = "text"\nmarks = "tlp"', "fields.a.marks: only a choice"),
        ('[fields.a]\ntype = "text"\nplain = true\nsensitive = true', "plain or sensitive, not both"),
        (
            '[fields.a]\ntype = "text"\nforbidden = true\nreason = "x"\nrequired = "open"',
            "cannot be required",
        ),
        (
            'include = ["heade"]\n[fields.a]\ntype = "text"',
            "include: there is no _heade.toml. Did you mean header?",
        ),
        ('omit = ["x"]\n[fields.a]\ntype = "text"', "omit: no included field is called 'x'."),
        ('quotes = "no"\n[fields.a]\ntype = "text"', "quotes: this must be true or false."),
        ('[fields.a]\ntype = "text"\nalso = ["b"]', "fields.a.also: only a forbidden field goes by other names."),
        (
            '[fields.a]\ntype = "text"\nforbidden = true\nreason = "x"\nalso = ["b", "C d"]\n[fields.b]\ntype = "text"',
            "fields.a.also: 'b' is a field of its own.",
        ),
        (
            '[fields.a]\ntype = "text"\nforbidden = true\nreason = "x"\nalso = ["C d"]',
            "fields.a.also: 'C d' is not small letters, digits and _.",
        ),
        ('[fields.a]\ntype = "person"\ndiffers = "a"', "fields.a.differs: there is no other field 'a'."),
        ('[fields.a]\ntype = "person"\ndiffers = "bb"\n[fields.b]\ntype = "person"', "Did you mean b?"),
        ('[fields.a]\ntype = "text"\nwatched = true', "fields.a.watched: only choices, numbers, yes and no"),
        ('[fields.a]\ntype = "yesno"\nsensitive = true\nwatched = true', "only where they are not sensitive"),
        ('[fields.a]\ntype = "text"\nreads = "privileged"', "fields.a.reads: only a person"),
    ],
)
def test_a_mistake_says_where_and_what(text, says):
    assert says in mistakes(text, {"header": {"fields": {}}})


@pytest.mark.parametrize("version", [0, -1, "1", True, 1.0, None])
def test_a_version_counts_from_one(version):
    with pytest.raises(Misconfigured, match="version"):
        parse("t", {"title": "T", "version": version, "fields": {"a": {"type": "text"}}})


def test_included_fields_follow_and_can_be_left_out_relaxed_or_described_anew():
    header = {
        "fields": {name: {"type": "text", "required": "final", "label": name.upper()} for name in ("a", "b", "c", "d")}
    }

    found = template(
        'include = ["header"]\nomit = ["b"]\noptional = ["c"]\n[fields.own]\ntype = "text"\n[fields.d]\nlabel = "Mine"',
        {"header": header},
    )

    assert [(f.name, f.label, f.required) for f in found.fields] == [
        ("own", "Own", None),
        ("d", "Mine", "final"),
        ("a", "A", "final"),
        ("c", "C", None),
    ]


def test_peoples_own_words_are_sensitive_unless_the_template_says_they_are_plain():
    found = template(
        """
        [fields.free]
        type = "long"
        [fields.open]
        type = "long"
        plain = true
        [fields.sealed]
        type = "number"
        sensitive = true
        [fields.chosen]
        type = "choice"
        choices = { a = "the first", b = "the second" }
        """
    )

    assert [(f.name, f.sensitive, f.sealed) for f in found.fields] == [
        ("free", True, False),
        ("open", False, False),
        ("sealed", True, True),
        ("chosen", False, False),
    ]
    assert found.field("chosen").choices == {"a": "the first", "b": "the second"}
