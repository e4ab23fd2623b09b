"""Each promise of docs/security.md names a proof that exists."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = [tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in PAGE.splitlines()[4:] if line]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:50])
def test_a_promise_has_its_proof(row):
    _, proof = row
    files = re.findall(r"`((?:tests|docs)/[\w/.]+\.(?:py|md))", proof)
    commands = re.findall(r"manage\.py (\w+)", proof)
    targets = re.findall(r"make ([\w-]+)", proof)
    assert files or commands or targets, "nothing that proves it"
    assert [file for file in files if not (ROOT / file).is_file()] == []
    assert set(commands) <= set(get_commands())
    assert set(targets) <= set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    tests = " ".join(re.findall(r"def (test_\w+)", " ".join((ROOT / file).read_text() for file in files)))
    named = re.findall(r"::(test_\w+)", proof) + re.findall(r"…(\w+?)(?:…|`)", proof)
    assert [name for name in named if name not in tests] == []


def test_every_promise_is_read():
    assert len(ROWS) == PAGE.count("\n|") - 2
