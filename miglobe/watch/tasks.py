from procrastinate.contrib.django import app

from . import daily


@app.periodic(cron="0 5 * * *")  # UTC, after the night's work
@app.task(name="watch.daily", queueing_lock="watch.daily")
def look(timestamp: int) -> None:
    daily.tell()
