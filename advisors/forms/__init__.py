from .joining import ApplicationForm, ConsentsForm
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
]
