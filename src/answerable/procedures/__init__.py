"""Statements of procedure as checkable files: loading, comparing, asking, clocks, audit. Floor 0: a pure library."""
