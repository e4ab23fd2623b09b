"""Words that people read off and type: references of cases, codes. Nothing in them is misread."""

import re
import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 letters: no 0, O, 1, I
_REFERENCE = re.compile(r"(?:MG)?(\d{4})([0-9A-Z]{5})")


def random_word(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def new(year: int, prefix: str = "MG") -> str:
    """A reference as MG-2026-K7P4X. Random, so that nobody can count requests by it."""
    return f"{prefix}-{year}-{random_word(5)}"


def plain(typed: str) -> str:
    """Letters and digits of what was typed, in capitals: case, hyphens, spaces and brackets mean nothing."""
    return re.sub(r"[^0-9A-Z]", "", typed.upper())


def find(typed: str) -> str:
    """The reference that was meant; empty where it cannot be one."""
    found = _REFERENCE.fullmatch(plain(typed))
    return f"MG-{found[1]}-{found[2]}" if found else ""
