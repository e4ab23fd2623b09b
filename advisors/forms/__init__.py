from .joining import ApplicationForm, ConsentsForm
from .offers import DeclineForm
from .profile import ProfileForm

__all__ = ["ApplicationForm", "ConsentsForm", "DeclineForm", "ProfileForm"]
