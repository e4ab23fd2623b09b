"""Bring the database of the demo up to date, in one process: every manage.py costs a second to start."""

import os

import django
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "miglobe.settings")
django.setup()
call_command("migrate", verbosity=0)
call_command("load_data")
call_command("load_demo")
