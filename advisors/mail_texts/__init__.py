"""Our mails as the desk knows them: when each goes out, what its placeholders mean, and a real offer to show it."""

from miglobe.outbox import kinds, texts

from . import appointments, dates, offers, pieces, pool, results


def register() -> None:
    texts.register(*pieces.PIECES, *pool.PIECES)
    texts.register_part(pieces.CASE, pieces.APPOINTMENT)
    kinds.register(*offers.KINDS, *appointments.KINDS, *pool.KINDS, *dates.KINDS, *results.KINDS)
