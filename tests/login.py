"""How tests log somebody in as the portal itself does: the session remembers what they typed, and when."""

import time


def signs_in(client, person, *methods, ago=0):
    """`methods`: "password", "mfa". `ago`: seconds since they were used."""
    client.force_login(person)
    remembers(client, person, *methods, ago=ago)


def remembers(client, person, *methods, ago=0):
    session = client.session
    session["account_authentication_methods"] = [{"method": method, "at": time.time() - ago} for method in methods]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
