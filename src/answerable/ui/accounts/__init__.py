"""Accounts of staff, the same on every desk: a passkey, or a password and an authenticator app."""
