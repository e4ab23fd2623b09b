"""The mathematics of matching: who is sent to which case, as good as can be proven.

Knows arrays only, neither models nor words: callers turn people and cases into a Problem and a Plan into sentences.
"""

from .exact import solve
from .one_by_one import greedy
from .problem import Contradiction, Kind, Need, Plan, Problem, violations, worth_by_case, worth_of

__all__ = [
    "Contradiction",
    "Kind",
    "Need",
    "Plan",
    "Problem",
    "greedy",
    "solve",
    "violations",
    "worth_by_case",
    "worth_of",
]
