from .delivery import DeliveryAdmin as DeliveryAdmin
from .mail import MailAdmin as MailAdmin
from .text import MailTextAdmin as MailTextAdmin
