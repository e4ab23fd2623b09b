from uuid import UUID

from procrastinate.contrib.django import app

from miglobe.accounts.asked import RETRY, typed

from . import codes


@app.task(name="codes.send", retry=RETRY)
def send(*, asked: str) -> None:
    words = typed(asked)
    codes.send(words["reference"], words["email"], key=UUID(words["key"]))
