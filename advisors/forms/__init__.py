from .joining import ApplicationForm, ConsentsForm
from .appointments import AnswerForm, ArrangeForm, CancelForm, DatesForm, MoveForm, RecordForm, initial_of
from .offers import DeclineForm
from .profile import ProfileForm
from .public_profiles import ProfileFilter
from .wishes import PauseForm, WishesForm

__all__ = [
    "ApplicationForm",
    "ConsentsForm",
    "DeclineForm",
    "PauseForm",
    "ProfileFilter",
    "ProfileForm",
    "WishesForm",
    "AnswerForm",
    "ArrangeForm",
    "CancelForm",
    "DatesForm",
    "MoveForm",
    "RecordForm",
    "initial_of",
]
