"""Casework: from a report that was taken in to a reasoned decision, each step an entry of the ledger."""
