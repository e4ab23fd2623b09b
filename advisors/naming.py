"""Texts of a case that may name somebody: taken out when the person is forgotten, told when they ask what we hold."""

from requests.models import Message, Note, Transition

from .models import Agreement, Appointment, DateProposal, Feedback, FollowUp, Report

RESULTS = (
    (Agreement, "goals"),
    (Report, "agreed", "options", "recommendations"),
    (Feedback, "helped", "missing"),
    (FollowUp, "done", "hindered"),
)
"""These stay with a case as long as it does."""

OF_CASES = (
    *RESULTS,
    (Report, "question"),
    (Transition, "note"),
    (Message, "text"),
    (Note, "text"),
    (Appointment, "place", "minutes"),
    (DateProposal, "place", "word", "answer"),
)
