"""What goes wrong, and when. Chance decides the moments; how often it happens is given."""

import random
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter

from . import post_office
from .people import Filing, Visitor, a_pdf, file_request
from .portal import Portal, until

AT_ONCE = 6  # people
WITH_FILE = 10  # every so many requests bring a file
IN_TROUBLE = 20  # every so many mailboxes the mail server treats badly
OUTAGE = (1.0, 3.0)  # seconds that the database is away
LONG_OUTAGE = 20.0
NO_MAIL = 8.0  # seconds that the mail server is away

chance = random.Random()


@dataclass
class Seen:
    """What was done to the portal, and how it took it."""

    web_kills: int = 0
    outages: int = 0
    worker_kills: int = 0
    office_kills: int = 0
    back_after: list[float] = field(default_factory=list)  # seconds from the database's start to a page
    rescued_after: list[float] = field(default_factory=list)  # seconds from a kill to the mail's delivery


def moments(number: int, total: int) -> list[int]:
    """After how many of `total` something happens that happens `number` times: spread, but not evenly."""
    width = total / (number + 1)
    return [round(width * (turn + chance.uniform(0.6, 1.4))) for turn in range(number)]


def file_many(portal: Portal, mailboxes: list[str], seen: Seen, *, web_kills: int, outages: int) -> list[Filing]:
    """A request for each mailbox, filed by several people at once, while the portal is being broken."""
    municipality, topic = choices(portal)
    filings = [Filing(mailbox) for mailbox in mailboxes]

    def act(turn: int) -> None:
        visitor = Visitor(portal.port, f"2001:db8:{turn + 1:x}::1")
        file = ("Konzept.pdf", a_pdf(20_000)) if turn % WITH_FILE == 0 else None
        file_request(visitor, filings[turn], municipality=municipality, topic=topic, file=file)

    with ThreadPoolExecutor(AT_ONCE) as people:
        acts = [people.submit(act, turn) for turn in range(len(filings))]
        break_while_they_file(portal, acts, seen, web_kills=web_kills, outages=outages)
    for done in acts:
        done.result()
    return filings


def choices(portal: Portal) -> tuple[str, int]:
    """A municipality and a topic to choose in the form."""
    ((municipality,),) = portal.database.rows("SELECT ags FROM requests_municipality ORDER BY ags LIMIT 1")
    ((topic,),) = portal.database.rows("SELECT id FROM requests_topic WHERE active ORDER BY id LIMIT 1")
    return municipality, topic


def mailboxes(number: int) -> list[str]:
    """A different one each; how the mail server treats it stands in the address."""
    kinds = list(post_office.TREATMENTS)
    return [
        mailbox(turn, kinds[turn // IN_TROUBLE % len(kinds)] if turn % IN_TROUBLE == 1 else "amt")
        for turn in range(number)
    ]


def mailbox(turn: int, kind: str) -> str:
    return f"{kind}-{chance.randrange(10**6)}@stadt{turn}.example"


def break_while_they_file(
    portal: Portal, acts: list[Future[None]], seen: Seen, *, web_kills: int, outages: int
) -> None:
    kill_at, stop_at = moments(web_kills, len(acts)), moments(outages, len(acts))
    while not all(act.done() for act in acts):
        done = sum(act.done() for act in acts)
        if kill_at and done >= kill_at[0]:
            kill_at.pop(0)
            portal.kill_web_worker(chance.choice)
            seen.web_kills += 1
        if stop_at and done >= stop_at[0]:
            stop_at.pop(0)
            lose_database(portal, seen)
        time.sleep(0.02)


def lose_database(portal: Portal, seen: Seen, *, for_long: bool = False) -> None:
    portal.database.stop_hard()
    time.sleep(LONG_OUTAGE if for_long else chance.uniform(*OUTAGE))
    portal.database.start()
    seen.outages += 1
    if portal.web.is_running:
        seen.back_after.append(until(portal.answers, "Das Portal kommt nach dem Ausfall der Datenbank nicht wieder."))


def deliver_all(
    portal: Portal,
    seen: Seen,
    *,
    kills: int,
    outages: int = 0,
    without_office: int = 0,
    for_long: int = 0,
    seconds: float,
) -> None:
    """Lets the worker deliver what is owed while everything is killed again and again. Raises TimeoutError."""
    owed = waiting(portal)
    plan = [(moment, kill_worker) for moment in moments(kills, owed)]
    plan += [(moment, lose_database) for moment in moments(outages, owed)]
    plan += [(moment, partial(lose_database, for_long=True)) for moment in moments(for_long, owed)]
    plan += [(moment, lose_post_office) for moment in moments(without_office, owed)]
    plan.sort(key=itemgetter(0))
    hit: dict[int, float] = {}  # mail in the hands of a worker that was killed → when
    deadline = time.monotonic() + seconds
    while left := waiting(portal):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{left} E-Mails warten noch.")
        portal.keep_worker()
        if plan and owed - left >= plan[0][0]:
            _, break_something = plan.pop(0)
            break_something(portal, seen)
            if break_something is kill_worker:
                hit |= dict.fromkeys(in_hands(portal) - hit.keys(), portal.kills[-1])
        time.sleep(0.05)
    seen.rescued_after += [sent - hit[mail] for mail, sent in sent_at(portal) if mail in hit and sent > hit[mail]]


def kill_worker(portal: Portal, seen: Seen) -> None:
    time.sleep(chance.uniform(0, 0.3))
    portal.kill_worker()
    seen.worker_kills += 1


def lose_post_office(portal: Portal, seen: Seen) -> None:
    portal.kill_post_office()
    time.sleep(NO_MAIL)
    portal.post_office.start()
    seen.office_kills += 1


def waiting(portal: Portal) -> int:
    ((number,),) = portal.database.rows("SELECT count(*) FROM outbox_mail WHERE state = 'queued'")
    return int(number)


def in_hands(portal: Portal) -> set[int]:
    rows = portal.database.rows(
        "SELECT (args->>'mail_id')::bigint FROM procrastinate_jobs"
        " WHERE status = 'doing' AND task_name = 'outbox.deliver'"
    )
    return {mail for (mail,) in rows}


def sent_at(portal: Portal) -> Iterator[tuple[int, float]]:
    for mail, moment in portal.database.rows("SELECT id, sent_at FROM outbox_mail WHERE state = 'sent'"):
        yield mail, moment.timestamp()
