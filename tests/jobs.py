"""What the worker would do with what anybody has asked for (`miglobe.accounts.asked`)."""

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

ASKED = ("requests.send_links", "advisors.send_links", "advisors.apply", "codes.send")
PAGES = ("/link/", "/zugang/", "/beraten/")  # where it is asked for


def works_off() -> None:
    for job in ProcrastinateJob.objects.filter(status="todo", task_name__in=ASKED).order_by("pk"):
        app.tasks[job.task_name](**job.args)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job.pk])
