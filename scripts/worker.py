"""The worker of the demo: `manage.py procrastinate worker` without the sentence with which that begins."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "miglobe.settings")
django.setup()

from procrastinate.contrib.django import app  # noqa: E402  # its models need what comes before

with app.replace_connector(app.connector.get_worker_connector()) as worker:  # type: ignore[attr-defined]
    worker.run_worker()
