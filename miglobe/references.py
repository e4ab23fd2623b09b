"""Words that people read off and type: references of cases, codes. Nothing in them is misread."""

import re
import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 letters: no 0, O, 1, I


def random_word(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def as_read(typed: str) -> str:
    """What was meant, whatever the case, with or without hyphens, spaces and brackets."""
    return re.sub(r"[^0-9A-Z]", "", typed.upper())
