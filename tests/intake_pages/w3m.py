"""A person at a text browser: w3m in a terminal of its own, driven by the keys that a person presses."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import termios
import time
from pathlib import Path
from typing import Self

#: Seconds within which a page must stand; lines and columns of the terminal.
PATIENCE, LINES, COLUMNS = 20.0, 50, 80
_EMPTY_LINE, _DRAW_ANEW = "\x15", "\x0c"


class TextBrowser:
    """Goes from link to link, writes into fields, and reads what stands on the page.

    All that w3m keeps lies in ``home``. What goes into a large box is written by an editor, as w3m has it.
    """

    def __init__(self, home: Path, address: str) -> None:
        self.home = home
        self.typed = home / "typed"
        self.pages = 0
        editor = home / "editor"
        editor.write_text(f'#!/bin/sh\nfor file; do :; done\ncat "{self.typed}" > "$file"\n')
        editor.chmod(0o700)
        program = shutil.which("w3m")
        assert program, "w3m is missing: run scripts/system-packages check"
        settings = [f"editor={editor}", "use_mouse=0", "display_charset=UTF-8", "ignorecase_search=0"]
        options = [part for each in settings for part in ("-o", each)]
        environment = {"HOME": str(home), "TERM": "xterm", "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}
        self.process, self.terminal = pty.fork()
        if self.process == 0:  # the child becomes w3m
            os.chdir(home)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
            os.execve(program, [program, "-cookie", *options, address], environment)
        self.text = ""
        self._drawn("Viewing")
        self.read()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.terminal)

    def read(self) -> str:
        """The whole page as it is drawn, however long."""
        self.pages += 1
        path = self.home / f"page-{self.pages}"
        self._press("S", "buffer to")
        self._press(f"{_EMPTY_LINE}{path}\r{_DRAW_ANEW}", "Viewing")
        self.text = path.read_text()
        return self.text

    def follow(self, text: str) -> str:
        """Press Enter on the link or button with which ``text`` ends a line; the page after that."""
        self._find(text, "$")
        self._press("\r")
        return self.read()

    def write(self, label: str, text: str) -> str:
        """Write into the large box after ``label``; the page then."""
        self.typed.write_text(text + "\n")
        self._find(label)
        self._press("\t\r")
        return self.read()

    def fill(self, label: str, text: str) -> str:
        """Write into the line after ``label``; the page then."""
        self._find(label)
        self._press("\t\r", "TEXT")
        self._press(f"{_EMPTY_LINE}{text}\r")
        return self.read()

    def open(self, address: str) -> str:
        """Go to an address; the page there."""
        self._press("U", "URL")
        self._press(f"{_EMPTY_LINE}{address}\r")
        return self.read()

    def _find(self, text: str, end: str = "") -> None:
        """Move to the first place of ``text``, from the top of the page."""
        assert text in self.text, self.text
        self._press("g/", "orward")
        pattern = re.sub(r"([.?*+()])", r"\\\1", text)
        self._press(f"{pattern}{end}\r")

    def _press(self, keys: str, until: str = "") -> None:
        os.write(self.terminal, keys.encode())
        self._drawn(until)

    def _drawn(self, until: str) -> None:
        """Wait until w3m has drawn ``until``."""
        end = time.monotonic() + PATIENCE
        drawn = b""
        while until.encode() not in drawn:
            if select.select([self.terminal], [], [], 0.1)[0]:
                drawn += os.read(self.terminal, 65_536)
            assert time.monotonic() < end, f"w3m does not come to {until!r}: {drawn[-400:]!r}"
