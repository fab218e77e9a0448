"""Formats, proofs and rules of the record: pure functions, nothing but what is passed in."""
