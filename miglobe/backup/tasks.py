from procrastinate.contrib.django import app

from . import making


@app.periodic(cron="30 1 * * *")  # UTC
@app.task(name="backup.nightly", queueing_lock="backup.nightly")
def nightly(timestamp: int) -> None:
    """Where nobody has set up a backup, the daily look at the portal says so."""
    if making.is_set_up():
        making.back_up()
