"""Mail addresses and networks in a form that can be compared and not read: a hash keyed with SECRET_KEY."""

from django.conf import settings
from django.utils.crypto import salted_hmac

PURPOSE = "miglobe.limits"
ONE_MAILBOX_WITH_AND_WITHOUT_DOTS = ("gmail.com", "googlemail.com")


def of(*words: str) -> str:
    return _under(settings.SECRET_KEY, words)


def all_of(*words: str) -> list[str]:
    """Under the present key, and then under each former one."""
    return [_under(secret, words) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _under(secret: str, words: tuple[str, ...]) -> str:
    return salted_hmac(PURPOSE, "\n".join(words), secret=secret, algorithm="sha256").hexdigest()


def mailbox(address: str) -> str:
    """The same for all the ways to write an address that end in one mailbox: `A.Muster+1@Stadt.example` is
    `a.muster@stadt.example`. Dots are left out where the provider says that they do not count, and only there.
    """
    name, _, host = address.strip().casefold().rpartition("@")
    name, host = name.partition("+")[0] or name, host.rstrip(".")
    if host in ONE_MAILBOX_WITH_AND_WITHOUT_DOTS:
        name, host = name.replace(".", ""), ONE_MAILBOX_WITH_AND_WITHOUT_DOTS[0]
    return f"{name}@{host}"
