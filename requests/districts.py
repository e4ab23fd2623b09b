"""The districts of the Land as they are drawn: data/districts_<LAND>.json, see docs/data.md."""

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

FOLDER = Path(__file__).parent / "data"


class District(NamedTuple):
    ags: str
    name: str
    outline: str  # the `d` of an SVG path


class Map(NamedTuple):
    view_box: str
    attribution: str
    districts: tuple[District, ...]

    @property
    def outlines(self) -> str:
        return "".join(district.outline for district in self.districts)

    def district(self, ags: str) -> District | None:
        return next((district for district in self.districts if district.ags == ags), None)


def current() -> Map | None:
    """The map of this portal's Land, or None while nobody has drawn one."""
    return _read(settings.LAND)


@cache
def _read(land: str) -> Map | None:
    path = FOLDER / f"districts_{land}.json"
    if not path.exists():
        return None
    drawn: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    districts = tuple(District(one["ags"], one["name"], one["d"]) for one in drawn["districts"])
    return Map(drawn["viewBox"], drawn["attribution"], districts)
