from __future__ import annotations

import pytest

from escalate.errors import Misconfigured
from guided import HARASSMENT, NEXT, THREATS


@pytest.fixture
def read(tmp_path, wiring):
    def put(*texts):
        paths = [tmp_path / f"{number}.toml" for number in range(len(texts))]
        for path, text in zip(paths, texts, strict=True):
            if text is None:
                path.mkdir()
            else:
                path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return wiring.read_guidance(paths)

    return put


def test_several_files_are_read_as_one(read):
    assert [(clause.name, file) for clause, file in read(HARASSMENT + NEXT, THREATS)] == [
        ("har-3.2@4", "0.toml"),
        ("har-3.2@5", "0.toml"),
        ("thr-1.1@2", "1.toml"),
    ]


def test_every_mistake_in_every_file_is_named_at_once(read):
    with pytest.raises(Misconfigured) as caught:
        read(HARASSMENT.replace("version = 4", "version = 0"), "[[", None, b"\xff", HARASSMENT, HARASSMENT)

    message = caught.value.message
    assert message.startswith("Nothing was applied: 5 mistakes.")
    for says in (
        "0.toml: har-3.2@0.version", "1.toml: this is not TOML", "2.toml cannot be read", "3.toml is not UTF-8",
        "5.toml: har-3.2@4: this is there twice. It is in 4.toml too.",
    ):  # fmt: skip
        assert says in message
    assert "guidance apply --check" in caught.value.hint


def test_a_name_that_acts_on_a_terminal_does_not(read):
    with pytest.raises(Misconfigured) as caught:
        read('"\\u001b[31m" = 1\n' + HARASSMENT)

    assert "\x1b" not in caught.value.message
