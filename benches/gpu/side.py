"""Answers the benchmark: one JSON line a request, one a reply.

    {"do": "prepare", ...}             -> {"id": 1, "seconds": 2.5, "bytes": 123}
    {"do": "run", "id": 1, "runs": 20} -> {"milliseconds": 3.1}    a run, until the last one's end
    {"do": "free", "id": 1}            -> {}

What a preparation takes is the script's own. Its bytes are the device's that a run needs, null where
that is not known.

What fails is answered by {"error": "..."}. The first line says {"version": ...}.
"""

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Protocol


class Prepared(Protocol):
    def run(self, runs: int) -> None:
        """Runs so many times and waits for the end of the last."""

    def memory(self) -> int | None:
        """Bytes of the device that a run needs; asked once, before anything else is prepared."""


def serve(version: str, prepare: Callable[[dict], Prepared]) -> None:
    # what libraries print must not come between the replies
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def reply(message: dict) -> None:
        print(json.dumps(message), file=replies, flush=True)

    reply({"version": version})
    prepared: dict[int, Prepared] = {}
    count = 0
    for line in sys.stdin:
        request = json.loads(line)
        try:
            started = time.perf_counter()
            match request["do"]:
                case "prepare":
                    count += 1
                    prepared[count] = prepare(request)
                    prepared[count].run(1)
                    seconds = time.perf_counter() - started
                    reply({"id": count, "seconds": seconds, "bytes": prepared[count].memory()})
                case "run":
                    prepared[request["id"]].run(request["runs"])
                    seconds = time.perf_counter() - started
                    reply({"milliseconds": 1000 * seconds / request["runs"]})
                case "free":
                    del prepared[request["id"]]
                    gc.collect()
                    reply({})
        except Exception as error:  # told to the benchmark, which goes on with others
            if request["do"] == "prepare":
                prepared.pop(count, None)
                gc.collect()
            reply({"error": f"{type(error).__name__}: {str(error).strip().splitlines()[0][:200]}"})
