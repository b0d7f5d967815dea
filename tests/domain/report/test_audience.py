from __future__ import annotations

import pytest

from domain.report.record import ROSTER, Record, opened
from escalate.domain.incident.fold import fold
from escalate.domain.report.audience import Audience, audience, readable, strictest
from escalate.errors import NotFound


def incident(**given):
    record = Record()
    record.add(opened(**given))
    return fold(record.entries)


NOBODY = Audience()
LEGAL = audience("legal", ROSTER)
SAFETY = audience("team:safety", ROSTER)


@pytest.mark.parametrize(
    ("labels", "harm", "reader", "verdict"),
    [
        pytest.param("", "har", NOBODY, "shown", id="nothing said against it"),
        pytest.param("tlp:red", "har", NOBODY, "shown", id="a marking is no group"),
        pytest.param("privileged", "har", NOBODY, "left-out", id="privileged"),
        pytest.param("privileged", "har", LEGAL, "shown", id="privileged, to Legal"),
        pytest.param("privileged sensitive", "har", LEGAL, "masked", id="Legal does not read what is sensitive"),
        pytest.param("sensitive", "har", NOBODY, "masked", id="sensitive"),
        pytest.param("sensitive", "har", SAFETY, "shown", id="sensitive, to who reads it"),
        pytest.param("", "cse", NOBODY, "masked", id="the incident is the stricter one"),
        pytest.param("", "cse", SAFETY, "shown", id="the incident, to who reads it"),
        pytest.param("ntk:desk", "har", NOBODY, "left-out", id="need to know"),
        pytest.param("ntk:desk", "har", SAFETY, "shown", id="one who needs to know"),
        pytest.param("never-heard-of", "har", NOBODY, "left-out", id="an unknown label is a group"),
        pytest.param("privileged", "cse", SAFETY, "left-out", id="left out counts before masked"),
    ],
)
def test_readable(labels, harm, reader, verdict):
    assert readable(labels.split(), incident(harm=[harm]), reader) == verdict


def test_a_restricted_incident_is_masked():
    assert readable([], incident(restricted=True), NOBODY) == "masked"


@pytest.mark.parametrize(
    ("own", "labels", "marking"),
    [
        ("TLP:AMBER", [], "TLP:AMBER"),
        ("TLP:AMBER", ["tlp:green"], "TLP:AMBER"),
        ("TLP:AMBER", ["tlp:amber+strict", "sensitive"], "TLP:AMBER+STRICT"),
        ("TLP:AMBER+STRICT", ["tlp:red"], "TLP:RED"),
        ("TLP:CLEAR", ["tlp:white"], "TLP:CLEAR"),
        ("TLP:CLEAR", ["tlp:mauve"], "TLP:RED"),
    ],
)
def test_a_document_bears_the_strictest_marking(own, labels, marking):
    assert strictest(incident(marking=own), [labels]) == marking


def test_an_unknown_audience_is_refused_with_those_there_are():
    with pytest.raises(NotFound) as refused:
        audience("press", ROSTER)

    assert "legal" in refused.value.hint
