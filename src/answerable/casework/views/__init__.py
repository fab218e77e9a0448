"""The desk's pages: read, call an action, show what came of it. Nothing is written here."""
