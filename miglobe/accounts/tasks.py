from django.conf import settings
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from .sessions import SessionStore


@app.periodic(cron="47 3 * * *")
@app.task(name="accounts.clear_sessions", queueing_lock="accounts.clear_sessions")
def clear_sessions(timestamp: int) -> None:
    """Forgets logins that have expired, and who tried to log in: counted attempts name network addresses."""
    SessionStore.clear_expired()
    table = connection.ops.quote_name(str(settings.CACHES["default"]["LOCATION"]))
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE expires < %s", [timezone.now()])  # noqa: S608 (our own name)
