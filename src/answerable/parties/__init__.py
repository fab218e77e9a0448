"""Settings of what runs as a process, one small module per party."""
