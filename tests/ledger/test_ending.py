"""A process that waits ends when it is told to, however often it is told and whatever it is at."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

from answerable.ledger.ending import until_told

#: It waits in short pauses, so that signals come in every line of them.
WAITS = """
from answerable.ledger.ending import until_told

with until_told() as told:
    print("waiting", flush=True)
    while not told.wait(0.0001):
        pass
    print("told", flush=True)
    for _ in range(1000):
        assert told.wait(0)
"""


def test_signals_that_come_at_once_end_what_waits() -> None:
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", WAITS], stdout=subprocess.PIPE, text=True) as waiting:
            assert waiting.stdout is not None
            assert waiting.stdout.readline() == "waiting\n"
            for number in range(400):
                waiting.send_signal((signal.SIGINT, signal.SIGTERM)[number % 2])
                if waiting.poll() is not None:
                    break
            assert waiting.stdout.readline() == "told\n"
            waiting.kill()  # if it has not ended, a signal came after it had left the block


def test_what_comes_before_the_waiting_is_heard_and_handlers_come_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    with until_told() as told:
        assert not told.wait(0)
        os.kill(os.getpid(), signal.SIGTERM)
        assert told.wait(30)
        assert told.wait(0), "it stays told"
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


def test_a_signal_wakes_what_waits_long_and_another_one_does_not() -> None:
    kept = signal.signal(signal.SIGUSR1, lambda *_: None)
    try:
        with until_told() as told:
            os.kill(os.getpid(), signal.SIGUSR1)
            assert not told.wait(0.01)
            timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
            timer.start()
            began = time.monotonic()
            assert told.wait(60)
            assert time.monotonic() - began < 30
            timer.join()
    finally:
        signal.signal(signal.SIGUSR1, kept)
