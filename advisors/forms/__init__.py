from .appointments import AnswerForm, ArrangeForm, CancelForm, DatesForm, MoveForm, RecordForm, initial_of
from .joining import ApplicationForm, ConsentsForm
from .offers import DeclineForm
from .profile import AdvisorForm, ProfileForm
from .public_profiles import ProfileFilter
from .wishes import PauseForm, WishesForm

__all__ = [
    "AdvisorForm",
    "AnswerForm",
    "ApplicationForm",
    "ArrangeForm",
    "CancelForm",
    "ConsentsForm",
    "DatesForm",
    "DeclineForm",
    "MoveForm",
    "PauseForm",
    "ProfileFilter",
    "ProfileForm",
    "RecordForm",
    "WishesForm",
    "initial_of",
]
