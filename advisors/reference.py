"""The data that answers choose from."""

from requests.reference import complete

from .models import DeclineReason

DECLINE_REASONS = (
    "Es passt zeitlich nicht",
    "Es ist zu weit entfernt",
    "Es passt fachlich nicht",
    "Ich bin befangen",
    "Anderer Grund",
)


def load() -> None:
    complete(DeclineReason, DECLINE_REASONS)
