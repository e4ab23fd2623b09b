"""Where commands write down what they measured."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "matching.md"


def german(number: float, digits: int) -> str:
    return f"{number:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def rewrite(name: str, table: Sequence[Sequence[str]], page: Path = PAGE) -> None:
    """Put a table, its head first, between the marks of this name. `page`: that of matching, if no other is named."""
    head, *rows = ["| " + " | ".join(row) + " |" for row in table]
    lines = [head, "|" + " --- |" * len(table[0]), *rows, "", f"Gemessen mit {os.cpu_count()} Kernen."]
    begin, end = f"<!-- Messung: {name} -->", "<!-- Ende der Messung -->"
    marked = re.compile(rf"(?<={re.escape(begin)}\n).*?(?={re.escape(end)})", re.DOTALL)
    text, found = marked.subn(lambda _: "\n" + "\n".join(lines) + "\n\n", page.read_text(encoding="utf-8"))
    assert found == 1, f"{page} has no place for „{name}“"
    page.write_text(text, encoding="utf-8")
