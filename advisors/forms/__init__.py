from .appointments import AnswerForm, ArrangeForm, CancelForm, DatesForm, MoveForm, RecordForm, initial_of
from .joining import ApplicationForm, ConsentsForm
from .offers import DeclineForm
from .profile import AdvisorForm, ProfileForm
from .public_profiles import ProfileFilter
from .results import AmountField, DaysField, FeedbackForm, FollowUpForm, ReportForm, WorkForm
from .wishes import PauseForm, WishesForm

__all__ = [
    "AdvisorForm",
    "AmountField",
    "AnswerForm",
    "ApplicationForm",
    "ArrangeForm",
    "CancelForm",
    "ConsentsForm",
    "DatesForm",
    "DaysField",
    "DeclineForm",
    "FeedbackForm",
    "FollowUpForm",
    "MoveForm",
    "PauseForm",
    "ProfileFilter",
    "ProfileForm",
    "RecordForm",
    "ReportForm",
    "WishesForm",
    "WorkForm",
    "initial_of",
]
