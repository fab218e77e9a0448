"""A witness: it remembers the last checkpoint of each log it knows, and cosigns only what extends it (tlog-witness)."""
