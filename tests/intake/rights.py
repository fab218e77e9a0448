"""What the reporter's process must not be able to do, on either database: one list."""

from __future__ import annotations

#: Statements, each with the mailbox of somebody else in the database.
FORBIDDEN = (
    # Mailboxes cannot be listed, nor anything in them
    "SELECT * FROM mailbox",
    "SELECT id FROM mailbox",
    "SELECT count(*) FROM mailbox",
    "SELECT lookup FROM mailbox WHERE box = 0",
    "SELECT * FROM record",
    "SELECT * FROM submission",
    "SELECT submission FROM submission",
    "SELECT * FROM value",
    "SELECT * FROM wrap",
    "SELECT * FROM compartment",
    "SELECT * FROM file",
    "SELECT * FROM reply",
    "SELECT * FROM ack",
    "SELECT * FROM receipt",
    "SELECT * FROM outbox",
    "SELECT * FROM event",
    "SELECT body FROM event",
    # Nor through something that may be done
    "INSERT INTO upload (id, tick) SELECT id, 1 FROM mailbox",
    "INSERT INTO pow_spent (nonce, until) SELECT id, 1 FROM record",
    "SELECT (SELECT count(*) FROM mailbox) FROM bulletin",
    "SELECT m.* FROM my_mailbox x RIGHT JOIN mailbox m ON true",
    "DELETE FROM upload WHERE EXISTS (SELECT 1 FROM mailbox)",
    "UPDATE my_mailbox SET opened = (SELECT max(opened) FROM mailbox)",
    "INSERT INTO mailbox SELECT * FROM mailbox",
    # Nothing is deleted
    "DELETE FROM mailbox",
    "DELETE FROM my_mailbox",
    "DELETE FROM record",
    "DELETE FROM submission",
    "DELETE FROM my_submission",
    "DELETE FROM value",
    "DELETE FROM my_value",
    "DELETE FROM wrap",
    "DELETE FROM outbox",
    "DELETE FROM event",
    "DELETE FROM pow_spent",
    "DELETE FROM bulletin",
    # Nor changed
    "UPDATE mailbox SET one_time = 0",
    "UPDATE my_mailbox SET box = 1",
    "UPDATE my_mailbox SET holders = 'x'",
    "UPDATE submission SET carried = 1",
    "UPDATE my_submission SET carried = 1",
    "UPDATE value SET sealed = NULL",
    "UPDATE my_value SET version = 5",
    "UPDATE my_wrap SET epoch = 5",
    "UPDATE outbox SET idx = 5",
    "UPDATE event SET body = NULL",
    "UPDATE bulletin SET body = 'x'",
    "UPDATE pow_spent SET until = 5",
    # Nor told in the name of carry
    "INSERT INTO bulletin (name, body) VALUES ('readers', 'x')",
    # Nor made or removed
    "CREATE TABLE mine (x int)",
    "CREATE VIEW mine AS SELECT 1",
    "DROP VIEW my_mailbox",
    "DROP TABLE mailbox",
    "ALTER TABLE mailbox RENAME TO mine",
    "CREATE INDEX mine ON mailbox (id)",
)
