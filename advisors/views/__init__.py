from .activity import activity_sheet
from .appointments import (
    calendar_file,
    dates,
    propose_dates,
    team_appointment,
    team_calendar_file,
    withdraw_dates,
)
from .calendar import calendar, feed
from .consents import leave, my_consents
from .finding import link_sent, lost_link
from .joining import application_sent, apply, confirm_application, invitation, refuse_invitation
from .offers import give_up, offer, offer_file
from .own_data import own_data, own_data_file
from .own_page import me
from .own_profile import pauses, profile, wishes
from .public_profiles import public_profiles
from .results import feedback, follow_up, report, save_report

__all__ = [
    "activity_sheet",
    "application_sent",
    "apply",
    "calendar",
    "calendar_file",
    "confirm_application",
    "dates",
    "feed",
    "feedback",
    "follow_up",
    "give_up",
    "invitation",
    "leave",
    "link_sent",
    "lost_link",
    "me",
    "my_consents",
    "offer",
    "offer_file",
    "own_data",
    "own_data_file",
    "pauses",
    "profile",
    "propose_dates",
    "public_profiles",
    "refuse_invitation",
    "report",
    "save_report",
    "team_appointment",
    "team_calendar_file",
    "wishes",
    "withdraw_dates",
]
