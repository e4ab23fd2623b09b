from django.core.management import call_command
from procrastinate.contrib.django import app


@app.periodic(cron="47 3 * * *")
@app.task(name="accounts.clear_sessions", queueing_lock="accounts.clear_sessions")
def clear_sessions(timestamp: int) -> None:
    """Forgets logins that have expired."""
    call_command("clearsessions")
