"""The running log: outboxes, sequencer, tiles on disk, witnesses asked, receipts issued. No Django is loaded here."""
