"""What a person wrote in clear is in no process that stays, nor in its log; that the search works is shown."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from urllib.parse import quote

from tests.door.conftest import Door, request, until
from tests.machine.forensics import descendants, search_files, search_memory, shown

Open = Callable[..., Door]
CANARY = "the heron stood in the water at noon, canary-7319"
ARABIC = "مالك الحزين في الماء كناري"
#: Every process of the door has this word in its code.
CONTROL = "Be the child: answer the one request of"


def test_no_process_that_stays_holds_what_a_child_read(open_door: Open) -> None:
    door = open_door()
    workers = set(door.children())
    # Given reports in many forms, a session that holds the words, and connections that end too early
    for word in (CANARY, ARABIC):
        for body in (word.encode(), word.encode("utf-16-le"), f"what={quote(word)}".encode(), word.encode() * 20_000):
            assert door.ask("POST", "/report/", body).status == 200
        door.ask("POST", "/box/session/?write", word.encode(), Cookie=f"a={'11' * 32}")
        with door.connect() as broken:
            broken.sendall(request("POST", "/report/", word.encode() * 1000)[:-100])
        # Also behind a steady request, where a second one may be hidden
        with door.connect() as hidden:
            hidden.sendall(request("GET", "/how/") + request("POST", "/report/", word.encode()))
            while hidden.recv(65_536):
                continue
    assert until(lambda: set(door.children()) == workers)
    # Then neither the parent nor a worker has them anywhere in its memory
    for number in descendants(door.process.pid):
        found = search_memory(number, [CANARY, ARABIC], control=CONTROL)
        assert not found, shown(found)
    assert not search_files([CANARY, ARABIC], [door.log])


def test_the_search_finds_what_a_steady_worker_was_sent(open_door: Open) -> None:
    # Given that somebody sends words in clear where only sealed bytes belong
    door = open_door(workers=1)
    (worker,) = door.children()
    with door.connect() as held:
        held.sendall(request("POST", "/api/reports/", CANARY.encode() * 3)[:-1])
        # Then the search does find them there
        assert until(lambda: bool(search_memory(worker, [CANARY], control=CONTROL)))


#: A small process: to search all that the tests have loaded takes a long time.
_KEEPING = """
import sys
from urllib.parse import quote
text = "".join(["hidden ", "sparrow ", "4711é"])
kept = [bytearray(text.encode(form)) for form in sys.argv[2:]] + [bytearray(quote(text).encode())]
print("kept", flush=True)
sys.stdin.read()
"""


def test_the_search_finds_every_form() -> None:
    # Given a process that keeps a text in each form
    forms = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
    control = "positive control of this test"
    with subprocess.Popen(
        [sys.executable, "-c", _KEEPING, control, *forms], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as keeping:
        assert keeping.stdout
        assert keeping.stdout.readline() == "kept\n"
        # Then the search finds each
        found = {one.form for one in search_memory(keeping.pid, ["hidden sparrow 4711é"], control=control)}
        keeping.communicate()
    assert found >= {*forms, "percent"}
