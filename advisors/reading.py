"""Who reads advisors' records at the desk: being in the pool is Art. 9 GDPR data, so every look is noted.

One record is noted by its key; a list as one row with its length, never with what it showed.
"""

from miglobe.accounts.models import User

from .models import Advisor, AdvisorAccess

Page = AdvisorAccess.Page


def opened(advisor: Advisor, *, by: User, page: AdvisorAccess.Page = Page.RECORD) -> None:
    AdvisorAccess.objects.create(advisor=advisor, by=by, page=page)


def listed(count: int, *, by: User, page: AdvisorAccess.Page = Page.LIST) -> None:
    """`count` records were shown at once. An empty list says nothing of anybody."""
    if count:
        AdvisorAccess.objects.create(by=by, page=page, count=count)
