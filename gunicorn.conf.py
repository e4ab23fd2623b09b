"""gunicorn reads this by itself. Its own lines look like ours and name neither addresses nor visitors."""

import os

from gunicorn.config import Config
from gunicorn.glogging import Logger

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "miglobe.settings")

from miglobe import logs

accesslog = None  # paths hold the tokens of links; miglobe.logs.note_requests writes a line for each answer


class logger_class(Logger):  # as gunicorn calls the setting
    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(logs.formatter())
