#!/usr/bin/env python3
"""What a drain of 10,000 running executions costs: `sluice-bench drain` against a Central over HTTP that is here."""

import http.server
import json
import re
import socketserver
import statistics
import subprocess
import threading

COUNT = 10_000
# Of one core, at the default interval of ten seconds between two looks.
SHARE_CEILING = 0.05
START = 1_764_500_000_000


def summary(number):
    """As Central 10.60 tells it (reference/oo-central-api.md 4.1)."""
    return json.dumps({
        "executionId": str(112_600_000 + number), "branchId": None, "startTime": START + number * 1000,
        "endTime": None, "status": "RUNNING", "resultStatusType": None, "resultStatusName": None, "pauseReason": None,
        "cancelReason": None, "owner": "ann", "ownerDomain": "Internal", "triggeredBy": f"DOM\\user{number % 50}",
        "flowUuid": f"a98c3fe7-9c90-4237-a025-{number % 2000:012d}",
        "flowPath": f"Library/Customers/{number % 40}/Provision server {number % 2000}.xml",
        "executionName": f"provision db{number}.example.com", "triggeringSource": "central", "roi": 0.0,
        "branchesCount": 0})


class Central(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body in one piece, at once: the client's kernel would wait 40 ms with its acknowledgement.
    wbufsize = 1 << 16
    disable_nagle_algorithm = True
    summaries = [summary(number) for number in range(COUNT)]

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if path.endswith("/summary"):
            ids = path.split("/")[-2].split(",")
            text = "[" + ",".join(self.summaries[int(one) - 112_600_000] for one in ids) + "]"
        elif path.endswith("/steps/count"):
            text = "7"
        elif path.endswith("/executions"):
            size, page = (int(re.search(rf"{name}=(\d+)", query).group(1)) for name in ("pageSize", "pageNum"))
            newest = range(COUNT - 1 - size * (page - 1), max(-1, COUNT - 1 - size * page), -1)
            text = "[" + ",".join(self.summaries[number] for number in newest) + "]"
        else:
            text = '{"version":"10.60 - Enterprise Edition"}'
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


def measure(tools, binaries, rounds):
    with Server(("127.0.0.1", 0), Central) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        command = [str(binaries / "sluice-bench"), "drain", f"http://127.0.0.1:{server.server_address[1]}/oo"]
        runs = []
        for _ in range(rounds):
            ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
            if ran.returncode != 0:
                raise tools.Error(f"{' '.join(command)} failed: {ran.stdout}{ran.stderr}")
            runs.append(json.loads(ran.stdout))
        server.shutdown()
    return {key: statistics.median(run[key] for run in runs) for key in runs[0]}


def report(drain, table):
    rows = [["a look at what is known and new", f"**{drain['lookCPUSeconds']:.3f}**", f"{drain['lookSeconds']:.2f}"],
            ["reading the whole list twice, and a look", f"{drain['sweepCPUSeconds']:.3f}",
             f"{drain['sweepSeconds']:.2f}"]]
    return f"""\
## Watching a drain of {COUNT:,} executions

`{COUNT:,}` executions run in a Central over HTTP (a Python server, so seconds are mostly its own); each look follows
all of them by their ids, 100 a call, reads the newest page, counts steps, and estimates the end. CPU of `sluice-bench`
alone.

{table(['what', 'CPU seconds', 'seconds'], rows)}

At the default of ten seconds between two looks that is **{share(drain):.1%}** of a core (ceiling: {SHARE_CEILING:.0%}).
"""


def share(drain):
    return drain["lookCPUSeconds"] / (10 + drain["lookSeconds"])


def missed(drain):
    if share(drain) <= SHARE_CEILING:
        return []
    return [f"watching a drain takes {share(drain):.1%} of a core, the ceiling is {SHARE_CEILING:.0%}"]
