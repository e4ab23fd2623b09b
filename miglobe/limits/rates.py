"""Amount and time of a limit, as they are written in settings: "5/d", "60/h", "1000M/d". Needs no Django."""

import re
from dataclasses import dataclass
from datetime import timedelta

PERIODS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
MANY = {"": 1, "M": 1024 * 1024}
_FORM = re.compile(r"(?P<amount>[1-9]\d{0,8})(?P<many>M?)/(?P<period>[mhd])")


@dataclass(frozen=True)
class Rate:
    amount: int
    period: timedelta

    @property
    def each(self) -> timedelta:
        """After so long one more is possible."""
        return self.period / self.amount


def parse(text: str) -> Rate:
    """Raises ValueError with a sentence."""
    found = _FORM.fullmatch(text)
    if not found:
        raise ValueError(f"„{text}“ ist keine Grenze. So wird sie geschrieben: 5/d, 60/h, 10/m oder, in MB, 1000M/d.")
    return Rate(int(found["amount"]) * MANY[found["many"]], PERIODS[found["period"]])


def changed(limits: dict[str, dict[str, str]], changes: list[str]) -> dict[str, dict[str, str]]:
    """`limits` with others in their place, each written `draft.network=300/h`. Raises ValueError with a sentence."""
    new = {act: dict(kinds) for act, kinds in limits.items()}
    for change in changes:
        name, _, rate = change.strip().partition("=")
        act, _, kind = name.partition(".")
        if kind not in new.get(act, {}):
            known = ", ".join(f"{act}.{kind}" for act, kinds in limits.items() for kind in kinds)
            raise ValueError(f"Die Grenze „{name}“ gibt es nicht. Es gibt: {known}.")
        parse(rate)
        new[act][kind] = rate
    return new
