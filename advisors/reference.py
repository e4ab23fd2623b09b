"""The data that answers choose from."""

from requests.reference import Names, complete

from .models import DeclineReason

DECLINE_REASONS: tuple[Names, ...] = (
    ("Es passt zeitlich nicht", "It does not fit my schedule"),
    ("Es ist zu weit entfernt", "It is too far away"),
    ("Es passt fachlich nicht", "It is not my field"),
    ("Ich bin befangen", "I have a conflict of interest"),
    ("Anderer Grund", "Another reason"),
)


def load() -> None:
    complete(DeclineReason, DECLINE_REASONS)
