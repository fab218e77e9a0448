"""The running log: outboxes, sequencer, tiles on disk, witnesses asked, receipts issued. No Django is loaded here."""

from answerable.ledger import sqlite_library

# Before anything opens a database: two SQLites in one process would harm each other's locks
sqlite_library.choose()
