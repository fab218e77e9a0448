"""The forms that reporters meet. A value is never too strange: odd characters are dropped, only length is refused."""
