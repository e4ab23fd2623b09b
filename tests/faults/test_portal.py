"""`make test-faults` in short: the portal as it runs in production, killed while people file requests."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from scripts.faults import audit, scenarios
from scripts.faults.portal import running
from tests import postgres


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    folder = tmp_path_factory.mktemp("portal")
    postgres.copy(postgres.migrated(), folder / "postgres")
    with running(folder, mail_seconds=0.02, database=postgres.MIGRATED) as portal:
        portal.manage("load_data")
        portal.start_web()
        yield portal


def test_nothing_is_lost_when_web_server_database_worker_and_mail_server_fail(portal):
    seen = scenarios.Seen()
    kinds = ["amt"] * 8 + ["voll", "bricht", "nie", "abgelehnt"]
    boxes = [scenarios.mailbox(turn, kind) for turn, kind in enumerate(kinds)]

    filings = scenarios.file_many(portal, boxes, seen, web_kills=1, outages=1)
    assert audit.requests_are_there(portal, filings) == []
    assert audit.each_request_is_owed_its_mail(portal, filings) == []

    portal.post_office.start()
    scenarios.deliver_all(portal, seen, kills=0, outages=1, seconds=180)
    assert (seen.web_kills, seen.outages) == (1, 2)
    assert audit.mails_were_taken(portal) == []
    assert audit.copies_are_due_to_crashes(portal) == []
    assert audit.sent_again(portal) == 0
    assert audit.pages_are_whole(portal, audit.addresses(portal, filings)) == []


def test_after_a_restart_of_the_database_no_page_fails_on_a_dead_connection(portal):
    def pages():
        with ThreadPoolExecutor(8) as people:  # as many as there are connections
            return list(people.map(lambda _: portal.answers(), range(16)))

    def pages_after_a_restart():
        assert all(pages())
        portal.database.stop_hard()
        portal.database.start()
        return pages()

    # On a busy machine a page may wait too long; on a dead connection some would fail each time.
    assert any(all(pages_after_a_restart()) for _ in range(3))
