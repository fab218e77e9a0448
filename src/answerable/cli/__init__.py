"""The `answerable` command: parses, calls, prints, shows progress."""
