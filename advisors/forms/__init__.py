from .offers import DeclineForm

__all__ = ["DeclineForm"]
