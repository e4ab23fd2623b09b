from .offers import DeclineForm
from .profile import ProfileForm

__all__ = ["DeclineForm", "ProfileForm"]
