"""Cleaned copies of attached files: what staff open in place of the original.

The original is evidence and stays as it came. A cleaned copy shows the same and carries nothing else: images are drawn
anew, documents become pictures of their pages, sound and video are packed anew without what was written beside them.
All of it happens in a fresh process that reads one file from its input, writes one to its output, and can do no more.
"""

from answerable.intake.cleaning.names import display_name
from answerable.intake.cleaning.outcome import REASONS, Cleaned, NotCleaned
from answerable.intake.cleaning.parent import MAX_INPUT, Isolation, clean, isolation

__all__ = ["MAX_INPUT", "REASONS", "Cleaned", "Isolation", "NotCleaned", "clean", "display_name", "isolation"]
