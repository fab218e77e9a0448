"""Measurements: one function per headline figure, each with its budget and a named peer run beside it."""
