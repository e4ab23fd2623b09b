from .finding import link_sent, lost_link
from .offers import offer, offer_file
from .own_page import me, wishes

__all__ = ["link_sent", "lost_link", "me", "offer", "offer_file", "wishes"]
