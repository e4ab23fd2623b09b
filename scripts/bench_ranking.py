"""What it costs to rank one case among many advisors, in a database made for it. Part of `make bench-matching`."""

import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import django
from django.core.management import call_command

from scripts import embedded_postgres
from scripts.matching_page import german, rewrite

SIZES = (100, 1_000, 10_000)
ROUNDS = 31
SEED = 20_261_129
HEAD = ("Berater*innen", "Datenbankabfragen", "Lesen", "Rangfolge", "reine Rechnung", "Verhältnis")


def main() -> None:
    with TemporaryDirectory(prefix="miglobe-bench-") as folder, _database(Path(folder) / "postgres"):
        call_command("migrate", verbosity=0)
        call_command("load_data", verbosity=0)
        rewrite("Rangfolge", [HEAD, *_rows()])


@contextmanager
def _database(data: Path) -> Iterator[None]:
    with embedded_postgres.running(data, *embedded_postgres.FASTER_BUT_FORGETFUL) as url:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "miglobe.settings",
            "DATABASE_URL": url,
            "DEMO": "1",
            "BASE_URL": "http://localhost",
            "SECRET_KEY": secrets.token_urlsafe(48),
        }
        django.setup()
        try:
            yield
        finally:
            from django.db import connection

            connection.close()
            connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's own


def _rows() -> Iterator[Sequence[str]]:
    from scripts import bench_people

    case = bench_people.a_case()
    for size in SIZES:
        bench_people.fill_up(size, SEED)
        print(f"{size} Berater*innen …", flush=True)
        yield _row(size, case)


def _row(size: int, case: Any) -> Sequence[str]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from advisors import matching

    with CaptureQueriesContext(connection) as queries:
        ranking = matching.rank(case)
        ranking.order  # noqa: B018
    reading = _milliseconds(lambda: matching.rank(case), rounds=5)
    ranked, bare = _side_by_side(
        lambda: matching.Ranking(_fresh(ranking), ranking.weights).order,
        lambda: _arithmetic(_fresh(ranking), ranking.weights),
    )
    times = [f"{german(milliseconds, 1)} ms" for milliseconds in (reading, ranked, bare)]
    return [german(size, 0), str(len(queries)), *times, german(ranked / bare, 1)]


def _fresh(ranking: Any) -> Any:
    """The same match with nothing worked out yet."""
    from dataclasses import replace

    return replace(ranking.match)


def _arithmetic(match: Any, weights: Any) -> Any:
    """The scores of all criteria and their weighted sum: no rules, no order, no sentences."""
    from advisors import matching

    total = sum(weights.values())
    return sum(weights[should.criterion] / total * should.score(match) for should in matching.SHOULD)


def _milliseconds(work: Callable[[], object], *, rounds: int = ROUNDS) -> float:
    return median(_once(work) for _ in range(rounds))


def _side_by_side(one: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """By turns, so that whatever else the machine does meets both."""
    pairs = [(_once(one), _once(other)) for _ in range(ROUNDS)]
    return median(first for first, _ in pairs), median(second for _, second in pairs)


def _once(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
