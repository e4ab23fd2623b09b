"""Draw the map of a Land more simply: `python -m scripts.draw_districts FULL.json requests/data/districts_NW.json`.

Borders are cut where three districts meet, and each piece is simplified once (Douglas and Peucker, 1973), so that
neighbours still share it. The result holds whole numbers and only what the page draws.
"""

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

Point = tuple[float, float]
TOLERANCE = 1.8  # of the units of the viewBox, which is about 1000 wide
SMALLEST = 12.0  # area of an exclave that is still drawn


def main(source: Path, target: Path) -> None:
    drawn = json.loads(source.read_text(encoding="utf-8"))
    rings = {path["ags"]: list(rings_of(path["d"])) for path in drawn["paths"]}
    junctions = junctions_of([ring for several in rings.values() for ring in several])
    districts = [
        {"ags": path["ags"], "name": path["name"], "d": "".join(simpler(rings[path["ags"]], junctions))}
        for path in drawn["paths"]
    ]
    head = {"viewBox": drawn["viewBox"], "attribution": drawn["attribution"]}
    lines = ",\n".join(json.dumps(district, ensure_ascii=False) for district in districts)
    target.write_text(f'{json.dumps(head, ensure_ascii=False)[:-1]}, "districts": [\n{lines}\n]}}\n', encoding="utf-8")


def rings_of(d: str) -> Iterator[list[Point]]:
    """Closed rings in absolute numbers of one decimal; `d` has only M, l and z."""
    for part in re.findall(r"M([^Mz]+)z", d):
        numbers = [float(number) for number in re.findall(r"-?\d+\.?\d*", part)]
        x, y = numbers[:2]
        ring = [(round(x, 1), round(y, 1))]
        for dx, dy in zip(numbers[2::2], numbers[3::2], strict=True):
            x, y = x + dx, y + dy
            ring.append((round(x, 1), round(y, 1)))
        yield ring if ring[0] != ring[-1] else ring[:-1]


def junctions_of(rings: list[list[Point]]) -> set[Point]:
    """Where more or fewer than two lines meet, over all districts."""
    neighbours: dict[Point, set[Point]] = defaultdict(set)
    for ring in rings:
        for one, other in pairwise([*ring, ring[0]]):
            neighbours[one].add(other)
            neighbours[other].add(one)
    return {point for point, around in neighbours.items() if len(around) != 2}


def simpler(rings: list[list[Point]], junctions: set[Point]) -> Iterator[str]:
    for ring in rings:
        if abs(area(ring)) >= SMALLEST:
            yield written([(round(x), round(y)) for x, y in outline(ring, junctions)])


def outline(ring: list[Point], junctions: set[Point]) -> list[Point]:
    cuts = [index for index, point in enumerate(ring) if point in junctions] or [0]
    if len(cuts) == 1:
        cuts.append((cuts[0] + len(ring) // 2) % len(ring))
        cuts.sort()
    turned = ring[cuts[0] :] + ring[: cuts[0]]
    ends = [cut - cuts[0] for cut in cuts] + [len(ring)]
    closed = [*turned, turned[0]]
    return [point for start, end in pairwise(ends) for point in piece(closed[start : end + 1])[:-1]]


def piece(line: list[Point]) -> list[Point]:
    """The same points from either side: both neighbours go along it, in opposite directions."""
    return douglas_peucker(line) if line[0] <= line[-1] else douglas_peucker(line[::-1])[::-1]


def douglas_peucker(line: list[Point]) -> list[Point]:
    if len(line) < 3:
        return line
    distances = [distance(point, line[0], line[-1]) for point in line[1:-1]]
    farthest = max(distances)
    if farthest <= TOLERANCE:
        return [line[0], line[-1]]
    at = distances.index(farthest) + 1
    return douglas_peucker(line[: at + 1])[:-1] + douglas_peucker(line[at:])


def distance(point: Point, start: Point, end: Point) -> float:
    (x, y), (x1, y1), (x2, y2) = point, start, end
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    if length == 0:
        return float(((x - x1) ** 2 + (y - y1) ** 2) ** 0.5)
    return float(abs((x2 - x1) * (y1 - y) - (x1 - x) * (y2 - y1)) / length)


def area(ring: list[Point]) -> float:
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise([*ring, ring[0]])) / 2


def written(points: list[tuple[int, int]]) -> str:
    steps = [(x2 - x1, y2 - y1) for (x1, y1), (x2, y2) in pairwise(points)]
    return (
        f"M{points[0][0]} {points[0][1]}l"
        + "".join(f"{x} {y} " for x, y in steps if x or y).rstrip().replace(" -", "-")
        + "z"
    )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
