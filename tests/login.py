"""How tests log somebody in as the portal itself does: the session remembers what they typed, and when."""

import base64
import hashlib
import hmac
import time

from allauth.mfa.models import Authenticator

from miglobe.accounts import encryption

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def signs_in(client, person, *methods, ago=0):
    """`methods`: "password", "mfa". `ago`: seconds since they were used."""
    client.force_login(person)
    remembers(client, person, *methods, ago=ago)


def remembers(client, person, *methods, ago=0):
    session = client.session
    session["account_authentication_methods"] = [{"method": method, "at": time.time() - ago} for method in methods]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()


def has_app(person, secret=SECRET):
    """Their app for codes, set up before."""
    return Authenticator.objects.create(user=person, type="totp", data={"secret": encryption.encrypt(secret)})


def has_recovery_codes(person):
    seed = encryption.encrypt("ab" * 40)
    return Authenticator.objects.create(user=person, type="recovery_codes", data={"seed": seed, "used_mask": 0}).wrap()


def code(secret=SECRET, *, halves=0):
    """What an app shows now, or `halves` half minutes from now: RFC 6238, written once more."""
    counter = int(time.time()) // 30 + halves
    digest = hmac.new(base64.b32decode(secret.replace(" ", "")), counter.to_bytes(8), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF) % 10**6:06}"
