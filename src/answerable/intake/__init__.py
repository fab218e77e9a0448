"""Intake: reports, codes and mailboxes. The only thing that the reporter's process can touch."""
