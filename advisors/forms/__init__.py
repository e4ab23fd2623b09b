from .appointments import AnswerForm, ArrangeForm, CancelForm, DatesForm, MoveForm, RecordForm, initial_of
from .concerns import concern_form
from .joining import ApplicationForm, ConsentsForm
from .offers import GiveUpForm, ReplyForm
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
    "FeedbackForm",
    "FollowUpForm",
    "GiveUpForm",
    "MoveForm",
    "PauseForm",
    "ProfileFilter",
    "ProfileForm",
    "RecordForm",
    "ReplyForm",
    "ReportForm",
    "WishesForm",
    "WorkForm",
    "concern_form",
    "initial_of",
]
