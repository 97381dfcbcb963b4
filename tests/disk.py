"""Databases of tests: nobody pulls the plug on them, so that no disk need be waited for."""

from sqlalchemy import event

from qc_engine.store.database import Database


def quick(database: Database) -> Database:
    """A commit still survives the death of a process, but no power cut."""
    for engine in (database.engine, database._quick):
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    return database
