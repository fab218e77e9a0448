"""The running log: outboxes, sequencer, tiles on disk, witnesses asked, receipts issued. Importing it imports no Django."""
