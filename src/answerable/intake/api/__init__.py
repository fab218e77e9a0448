"""The sealed API: what the reporter's script and drafts speak. No cookies, no accounts; bodies are sealed bytes."""
