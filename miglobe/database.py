"""The connections of the pool, when the database was restarted."""

import psycopg
from psycopg_pool import ConnectionPool


def check(candidate: psycopg.Connection) -> None:
    """Asks the database before a page gets the connection. Raises OperationalError; then the pool tries another.

    When one is dead, all are: the others are given up with it, else a page would wait a second for each.
    """
    from django.db import connection  # settings name this function before Django is ready

    try:
        ConnectionPool.check_connection(candidate)
    except psycopg.OperationalError:
        connection.pool.drain()  # type: ignore[attr-defined]  # a connection to PostgreSQL has one
        raise
