"""`python -m benchmarks [part …]`: run the parts (all when none is named), print one JSON object on stdout.

SCALE (default 0.1) sets how much is measured. Progress goes to stderr.
"""

import importlib
import json
import os
import resource
import sys
import time

from benchmarks.server import database, server

PARTS = ("step", "dispatch", "parse", "sweep", "recompute")


def main(arguments: list[str]) -> int:
    unknown = set(arguments) - set(PARTS)
    if unknown:
        print(f"unknown part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    scale = float(os.environ.get("SCALE", "0.1"))
    began = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {what}", file=sys.stderr, flush=True)

    report: dict[str, object] = {"scale": scale}
    with server() as maintenance:
        for name in arguments or PARTS:
            part = importlib.import_module(f"benchmarks.{name}")
            with database(maintenance) as url:
                report |= part.run(url, scale, say)
    report["peak_rss_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    report["seconds"] = round(time.monotonic() - began)
    print(json.dumps(report, ensure_ascii=False, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
