from .consents import leave, my_consents
from .finding import link_sent, lost_link
from .joining import application_sent, apply, confirm_application, invitation, refuse_invitation
from .offers import offer, offer_file
from .own_page import me, wishes

__all__ = [
    "application_sent",
    "apply",
    "confirm_application",
    "invitation",
    "leave",
    "link_sent",
    "lost_link",
    "me",
    "my_consents",
    "offer",
    "offer_file",
    "refuse_invitation",
    "wishes",
]
