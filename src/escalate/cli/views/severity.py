"""How a severity that was counted looks."""

from __future__ import annotations

from typing import Any

from escalate.cli.views import Block, Cell, Table, View


def explained(data: dict[str, Any]) -> View:
    blocks: list[Block] = []
    if "ref" in data:
        said = "nobody has judged it yet" if data["provisional"] else "as it stands"
        blocks.append((f"{data['ref']} is {data['stands']}, {said}.", "bold"))
    blocks += [_terms(data), f"Score {data['score']}: {data['band']} ({_bands(data['bands'])})", ""]
    blocks += _floors(data["floors"])
    blocks.append((_result(data), "bold"))
    blocks += _doubts(data)
    if "ref" in data and data["severity"] != data["stands"]:
        blocks.append(_beside(data))
    return [*blocks, f"Counted by the scale {data['scale']}."]


def _terms(data: dict[str, Any]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            term["term"],
            str(term["weight"]),
            " × ".join(str(value) for value in term["values"].values()),
            str(term["product"]),
            _meaning(data, term),
        )
        for term in data["terms"]
    ]
    return Table(columns=("term", "weight", "value", "product", "meaning"), rows=rows, wide=4)


def _meaning(data: dict[str, Any], term: dict[str, Any]) -> str:
    parts = []
    for key, anchor in term["anchors"].items():
        axis = data["axes"][key]
        if key in data["missing"]:
            parts.append(f"{key} {axis['label']}: not given, counts as 0")
            continue
        origin = "" if axis["from"] == "given" else f" ({axis['from']})"
        parts.append(f"{key} {axis['label']}: {axis['value']}, {anchor}{origin}")
    return "; ".join(parts)


def _bands(bands: dict[str, Any]) -> str:
    *upper, (lowest, _none) = bands.items()
    return ", ".join([*(f"{level} from {least}" for level, least in upper), f"{lowest} below"])


def _floors(floors: list[dict[str, Any]]) -> View:
    if not floors:
        return ["No floor is named."]
    rows: list[tuple[Cell, ...]] = [
        (floor["id"], floor["severity"], f"{floor['condition']}: {floor['why']}") for floor in floors
    ]
    return [Table(columns=("floor", "at least", "because"), rows=rows, wide=2)]


def _result(data: dict[str, Any]) -> str:
    deciding = [floor["id"] for floor in data["floors"] if floor["severity"] == data["severity"]]
    causes = ([f"score {data['score']}"] if data["band"] == data["severity"] else []) + deciding
    return f"Severity {data['severity']}, by {' and '.join(causes)}."


def _beside(data: dict[str, Any]) -> str:
    """What follows where the incident stands otherwise. What is not known is no reason to lower anything."""
    so = f"escalate severity {data['severity']} {data['ref']} --why …"
    if data["severity"] < data["stands"]:
        return f"That is worse than it stands. If you agree: {so}"
    if data["missing"] or data["confidence"] == "low":
        return "That is less severe than it stands, and no reason to lower it: too little is known."
    return f"That is less severe than it stands. If you agree: {so}"


def _doubts(data: dict[str, Any]) -> View:
    said: View = [(f"Note: {note}", "yellow") for note in data["notes"]]
    missing = data["missing"]
    if len(missing) == len(data["axes"]):
        said.append(("No axis is given: the score says nothing yet. As --axis H=4 --axis I=3.", "yellow"))
    elif missing:
        said.append((f"Not given, counted as 0: {', '.join(missing)}. It can only be worse than this.", "yellow"))
    if data["verify"]:
        said.append(("Low confidence where the harm is severe. Assume the worst: verify.", "bold red"))
    elif data["confidence"]:
        said.append(f"Confidence {data['confidence']}: it changes nothing in the score.")
    return said
