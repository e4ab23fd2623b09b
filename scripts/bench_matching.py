"""How good is matching? `make bench-matching` measures in invented worlds and rewrites the tables in docs/matching.md.

Only the times differ from run to run; a round that reaches its limit of time may differ too, and says so.
"""

from collections.abc import Sequence

import django
import numpy as np
from numpy.typing import NDArray

django.setup()  # matching's weights stand beside models

from advisors.solver import Plan, greedy, solve, worth_by_case  # noqa: E402
from scripts.matching_page import german, rewrite  # noqa: E402
from scripts.matching_worlds import KINDS, Size, World, invented  # noqa: E402

WORLDS = [
    Size(cases, advisors, scarce, seconds)
    for cases, advisors, seconds in ((50, 60, 20.0), (200, 300, 40.0), (1_000, 2_000, 100.0))
    for scarce in (False, True)
]
ROUND = (
    "Fälle × Berater*innen, Kapazität",
    "Weg",
    "Wert",
    "vom bewiesenen Höchstwert",
    "volle Teams",
    "am schlechtesten bedienter Fall",
    "Gini der Auslastung",
    "alle Themen abgedeckt",
    "Zeit",
)


def main() -> None:
    rewrite("Runde", [ROUND, *measured_rounds()])


def measured_rounds() -> list[Sequence[str]]:
    """A round as a whole against picking one by one."""
    rows: list[Sequence[str]] = []
    for size in WORLDS:
        print(f"{size} …", flush=True)
        world = invented(size)
        best = solve(world.problem, seconds=size.seconds)
        for way, plan in (("Runde", best), ("einzeln", greedy(world.problem))):
            rows.append([str(size), way, *figures(world, plan, best)])
            print("  " + " | ".join(rows[-1][1:]), flush=True)
    return rows


def figures(world: World, plan: Plan, best: Plan) -> list[str]:
    cases = len(world.problem.places)
    most = f" (höchstens {best.full_bound})" if best.full_bound < cases else ""
    share = german(100 * plan.worth / best.worth_bound, 3) + " %" if plan.full == best.full else "weniger Teams"
    late = " (Zeitgrenze)" if plan.timed_out else ""
    return [
        german(plan.worth, 2),
        share,
        f"{plan.full}{most}",
        german(worth_by_case(world.problem, plan.chosen).min(), 3),
        german(gini(load(world, plan)), 3),
        german(100 * on_every_topic(world, plan), 1) + " %",
        german(plan.seconds, 1) + " s" + late,
    ]


def load(world: World, plan: Plan) -> NDArray[np.float64]:
    """By advisor: which part of their capacity is taken after the round."""
    new = np.bincount([advisor for _, advisor in plan.chosen], minlength=len(world.total))
    taken: NDArray[np.float64] = (world.total - world.problem.capacity + new) / world.total
    return taken


def gini(numbers: NDArray[np.float64]) -> float:
    """0 where all have the same, towards 1 where one has everything (half the relative mean difference)."""
    ranks = np.arange(1, len(numbers) + 1)
    return float(((2 * ranks - len(numbers) - 1) * np.sort(numbers)).sum() / (len(numbers) * numbers.sum()))


def on_every_topic(world: World, plan: Plan) -> float:
    """Share of cases in whose team somebody knows each topic."""
    topics = range(KINDS[0].first, KINDS[0].first + KINDS[0].number)
    teams, levels = plan.teams, world.problem.levels
    lacking = {
        need.case
        for need in world.problem.needs
        if need.skill in topics and not levels[need.skill, teams.get(need.case, [])].any()
    }
    return 1 - len(lacking) / len(world.problem.places)


if __name__ == "__main__":
    main()
