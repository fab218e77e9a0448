"""The tables of an intake database (:mod:`answerable.intake.schema` makes them): mailboxes, and what lies in them.

Every column of bytes is ciphertext, a public key, a hash or a random id; the rest is what the server must know to
route, queue and prove. The actions speak SQL themselves, because the reporter's process may add to these tables and
read only views of them; the models are the shape that migrations, the shredder and tests know.
"""

from __future__ import annotations

from django.db import models

from answerable.ledger.models import BytesField


class Mailbox(models.Model):
    """What a code opens. ``lookup`` is found from the code and the pepper; ``opened`` is the day it was last opened."""

    id = BytesField(max_length=16, primary_key=True)
    lookup = BytesField(max_length=32, unique=True)
    box = models.SmallIntegerField()
    salt = BytesField(max_length=16)
    auth = BytesField(max_length=32)
    wrapped = BytesField(max_length=64)
    public = BytesField(max_length=32)
    one_time = models.SmallIntegerField()
    opened = models.CharField(max_length=10, null=True, default=None)  # noqa: DJ001  # null: never
    withdrawn = models.SmallIntegerField(default=0)
    holders = models.TextField(default="{}")

    class Meta:
        db_table = "mailbox"

    def __str__(self) -> str:
        return "a mailbox"


class Owned(models.Model):
    """A row that belongs to a mailbox."""

    mailbox_id = BytesField(max_length=16)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.db_table} of a mailbox"


class Record(Owned):
    """A report or a request for help: it belongs to one mailbox alone."""

    id = BytesField(max_length=16, primary_key=True)
    kind = models.SmallIntegerField()

    class Meta:
        db_table = "record"


class Submission(Owned):
    """An envelope that arrived. ``number`` counts within its mailbox; ``salt`` and ``wrapped`` are there only when it
    came with another reporter's key than the mailbox has."""

    id = BytesField(max_length=16, primary_key=True)
    number = models.IntegerField()
    submission = BytesField(max_length=16)
    sha256 = BytesField(max_length=32)
    outbox_id = models.BigIntegerField(unique=True)
    leaf = BytesField(max_length=32)
    include_by = models.BigIntegerField()
    opening_key = BytesField()
    tick = models.BigIntegerField()
    door = models.CharField(max_length=16)
    kind = models.SmallIntegerField()
    channel = models.SmallIntegerField()
    record = BytesField(max_length=16)
    record_kind = models.SmallIntegerField()
    language = models.CharField(max_length=35)
    urgent = models.SmallIntegerField()
    independent = models.SmallIntegerField()
    struck = BytesField()
    consents = models.TextField()
    reporter = BytesField(max_length=32)
    signer = BytesField(max_length=32)
    signature = BytesField(max_length=64)
    salt = BytesField(max_length=16, null=True)
    wrapped = BytesField(max_length=64, null=True)
    carried = models.SmallIntegerField(default=0)

    class Meta:
        db_table = "submission"


class CompartmentKey(Owned):
    """One epoch of a compartment: its public key, and her signature of it."""

    pk = models.CompositePrimaryKey("mailbox_id", "submission_id", "compartment", "epoch")
    submission_id = BytesField(max_length=16)
    compartment = models.SmallIntegerField()
    epoch = models.BigIntegerField()
    record = BytesField(max_length=16)
    record_kind = models.SmallIntegerField()
    public = BytesField(max_length=32)
    signature = BytesField(max_length=64)

    class Meta:
        db_table = "compartment"


class Wrap(Owned):
    """A compartment's private key, sealed to one holder. Staff's leave this database once carried."""

    pk = models.CompositePrimaryKey("mailbox_id", "submission_id", "compartment", "epoch", "holder")
    submission_id = BytesField(max_length=16)
    compartment = models.SmallIntegerField()
    epoch = models.BigIntegerField()
    holder = BytesField(max_length=16)
    wrap = BytesField()

    class Meta:
        db_table = "wrap"


class Value(Owned):
    """A sealed value: what she wrote, and the opening of her entry in the register."""

    pk = models.CompositePrimaryKey("mailbox_id", "submission_id", "compartment", "field", "version")
    submission_id = BytesField(max_length=16)
    compartment = models.SmallIntegerField()
    field = models.SmallIntegerField()
    version = models.BigIntegerField()
    record = BytesField(max_length=16)
    record_kind = models.SmallIntegerField()
    sealed = BytesField()

    class Meta:
        db_table = "value"


class File(Owned):
    """A sealed file: its ``number`` is the id that its envelope names; ``body``, the name of its body in the folder of
    files, is the same, but for what a draft carried in (`storage.carried_name`)."""

    pk = models.CompositePrimaryKey("mailbox_id", "submission_id", "version")
    submission_id = BytesField(max_length=16)
    version = models.BigIntegerField()
    number = BytesField(max_length=16, db_column="id")
    body = BytesField(max_length=32, unique=True)
    length = models.BigIntegerField()
    sha256 = BytesField(max_length=32)

    class Meta:
        db_table = "file"


class Reply(Owned):
    """What the desk sent back: a sealed value, or a new epoch with her wrap of it; and the office's signature."""

    pk = models.CompositePrimaryKey("mailbox_id", "number")
    number = BytesField(max_length=16, db_column="id")
    record = BytesField(max_length=16)
    record_kind = models.SmallIntegerField()
    kind = models.CharField(max_length=16)
    compartment = models.SmallIntegerField()
    field = models.SmallIntegerField()
    version = models.BigIntegerField()
    epoch = models.BigIntegerField()
    public = BytesField(max_length=32)
    sealed = BytesField()
    signature = BytesField(max_length=64)
    day = models.CharField(max_length=10)

    class Meta:
        db_table = "reply"


class Ack(Owned):
    """The signed promise given for a submission."""

    pk = models.CompositePrimaryKey("mailbox_id", "submission_id")
    submission_id = BytesField(max_length=16)
    note = BytesField()

    class Meta:
        db_table = "ack"


class Receipt(Owned):
    """The proof that the register holds a submission's entry."""

    pk = models.CompositePrimaryKey("mailbox_id", "submission_id")
    submission_id = BytesField(max_length=16)
    proof = BytesField()

    class Meta:
        db_table = "receipt"


class Spare(Owned):
    """The wraps of a submission that was carried, sealed so that carry alone opens them: for as long as the desk's
    database may be one from before, which is given the submission again. ``until``: the last day that they stay."""

    pk = models.CompositePrimaryKey("mailbox_id", "submission_id")
    submission_id = BytesField(max_length=16)
    until = models.CharField(max_length=10)
    sealed = BytesField()

    class Meta:
        db_table = "spare"


class Erased(models.Model):
    """The leaf of something that was erased on the desk's word: nobody takes it for lost, or carries it again.
    ``mark``: carry's, without which it says nothing."""

    leaf = BytesField(max_length=32, primary_key=True)
    mark = BytesField(max_length=32)

    class Meta:
        db_table = "erased"

    def __str__(self) -> str:
        return "something erased"


class Upload(models.Model):
    """A file on its way in. Its bytes lie in the folder of files; nobody who names it for a day: it is removed."""

    id = BytesField(max_length=32, primary_key=True)
    tick = models.BigIntegerField()

    class Meta:
        db_table = "upload"

    def __str__(self) -> str:
        return "an upload"


class SpentWork(models.Model):
    """A proof of work that was used, until it expires."""

    nonce = BytesField(max_length=16, primary_key=True)
    until = models.BigIntegerField()

    class Meta:
        db_table = "pow_spent"

    def __str__(self) -> str:
        return "a spent proof of work"


class Bulletin(models.Model):
    """What carry tells the reporter's process: the register's head, policy, duties, the readers' note."""

    name = models.CharField(max_length=32, primary_key=True)
    body = models.TextField()

    class Meta:
        db_table = "bulletin"

    def __str__(self) -> str:
        return self.name


#: Every model of this app, in the order in which rows may be deleted.
TABLES: tuple[type[models.Model], ...] = (
    *(Receipt, Ack, Reply, Spare, File, Value, Wrap, CompartmentKey, Submission, Record, Mailbox),
    *(Erased, Upload, SpentWork, Bulletin),
)
