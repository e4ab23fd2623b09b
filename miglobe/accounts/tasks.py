from django.conf import settings
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app


@app.periodic(cron="47 3 * * *")
@app.task(name="accounts.forget_attempts", queueing_lock="accounts.forget_attempts")
def forget_attempts(timestamp: int) -> None:
    """Forgets who tried to log in: counted attempts name network addresses."""
    table = connection.ops.quote_name(str(settings.CACHES["default"]["LOCATION"]))
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE expires < %s", [timezone.now()])  # noqa: S608 (our own name)
