#!/usr/bin/env python3
"""How long an acknowledged close takes with three replicas on one PostgreSQL: all healthy, and with one frozen."""

import json
import os
import signal
import statistics
import time
import urllib.error
import urllib.request

COUNT = 3
LEASE_SECONDS = 3
P50_CEILING_MS = 50
P99_CEILING_MS = 500
FROZEN_CEILING_MS = (LEASE_SECONDS + 1) * 1000
ASK = b'{"flow":"a98c3fe7-9c90-4237-a025-e2df4a7cf1f9","source":"scheduler"}'


def request(port, method, path, token, body=None):
    """The status, the JSON, and how many milliseconds it took."""
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=body, method=method, headers={
        "Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    start = time.monotonic()
    try:
        with opener.open(asked, timeout=30) as answer:
            status, data = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, data = error.code, error.read()
    took = (time.monotonic() - start) * 1000
    return status, json.loads(data) if data else {}, took


def request_text(port, path):
    """The milliseconds of a GET that needs no token and is not JSON."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    start = time.monotonic()
    with opener.open(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        answer.read()
    return (time.monotonic() - start) * 1000


class Replicas:
    """Three `sluice serve` with one key, one database, and the standard lease."""

    def __init__(self, tools, binaries, folder, url):
        self.tools, self.servers = tools, []
        self.folder = folder
        folder.mkdir()
        for number in range(COUNT):
            port = tools.free_port()
            (folder / f"{number}.yaml").write_text(f"""\
listen: 127.0.0.1:{port}
store: {{url: "{url}"}}
key: {{file: {folder}/sluice.key}}
auth: {{gateTokenFile: {folder}/gate.token, operatorTokenFile: {folder}/operator.token}}
replicas: {{name: replica-{number + 1}, leaseSeconds: {LEASE_SECONDS}}}
log: {{level: warning}}
""")
            command = [str(binaries / "sluice"), "serve", "--config", str(folder / f"{number}.yaml")]
            self.servers.append(tools.Server(f"replica-{number + 1}", command, port, folder / f"{number}.log"))

    def __enter__(self):
        self.started = []
        try:
            for server in self.servers:
                server.__enter__()
                self.started.append(server)
        except BaseException:
            self.__exit__()
            raise
        self.gate_token = (self.folder / "gate.token").read_text().strip()
        self.operator_token = (self.folder / "operator.token").read_text().strip()
        for server in self.servers:
            self.wait_until_ready(server)
        return self

    def __exit__(self, *_):
        for server in self.started:
            os.killpg(server.process.pid, signal.SIGCONT)
        for server in self.started:
            server.__exit__()

    def wait_until_ready(self, server):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if request(server.port, "POST", "/v1/launches", self.gate_token, ASK)[0] < 300:
                return
            time.sleep(0.02)
        raise self.tools.Error(f"{server.name} does not decide after 30 s")

    def set(self, server, mode):
        body = json.dumps({"mode": mode, "reason": "a benchmark"}).encode()
        status, answer, took = request(server.port, "PUT", "/v1/gate", self.operator_token, body)
        if status != 200:
            raise self.tools.Error(f"{server.name} did not set the gate to {mode}: {status} {answer}")
        return answer, took

    def close(self, server, others):
        """The milliseconds of one acknowledged close; it must bind everybody from then on."""
        answer, took = self.set(server, "hold")
        for other in others:
            status, said, _ = request(other.port, "POST", "/v1/launches", self.gate_token, ASK)
            if said.get("decision") == "proceed":
                raise self.tools.Error(f"{other.name} let a launch through after the close was acknowledged: {said}")
        return answer["acknowledged"], took


def measure(tools, binaries, work, cluster, closes, frozen_closes):
    cluster.program("psql", *cluster.address(), "-X", "-q", "-d", "postgres", "-c", "CREATE DATABASE sluice")
    url = f"postgres://sluice@127.0.0.1:{cluster.port}/sluice"
    with Replicas(tools, binaries, work / "replicas", url) as replicas:
        servers = replicas.servers
        healthy, frozen = [], []
        for number in range(closes):
            server = servers[number % COUNT]
            acknowledged, took = replicas.close(server, servers)
            if acknowledged.get("presumedDead"):
                raise tools.Error(f"a close presumed a healthy replica dead: {acknowledged}")
            healthy.append(took)
            replicas.set(servers[(number + 1) % COUNT], "open")
        for number in range(frozen_closes):
            server, asleep, other = (servers[(number + step) % COUNT] for step in range(COUNT))
            os.kill(asleep.process.pid, signal.SIGSTOP)
            try:
                acknowledged, took = replicas.close(server, [server, other])
            finally:
                os.kill(asleep.process.pid, signal.SIGCONT)
            frozen.append(took)
            said = request(asleep.port, "POST", "/v1/launches", replicas.gate_token, ASK)[1]
            if said.get("decision") == "proceed":
                raise tools.Error(f"{asleep.name} woke up and let a launch through: {said}")
            replicas.set(server, "open")
            for one in servers:
                replicas.wait_until_ready(one)
    healthy.sort()
    frozen.sort()
    return {"closes": closes, "p50": statistics.median(healthy), "p99": healthy[min(closes - 1, closes * 99 // 100)],
            "highest": healthy[-1], "frozenCloses": frozen_closes, "frozenP50": statistics.median(frozen),
            "frozenHighest": frozen[-1]}


def report(close, table):
    rows = [[f"{COUNT} healthy replicas, {close['closes']} closes", f"**{close['p50']:.0f}**",
             f"**{close['p99']:.0f}**", f"{close['highest']:.0f}"],
            [f"one of them under SIGSTOP, {close['frozenCloses']} closes", f"{close['frozenP50']:.0f}", "",
             f"**{close['frozenHighest']:.0f}**"]]
    return f"""\
## Closed means closed, with {COUNT} replicas

{COUNT} `sluice serve` on one PostgreSQL on this machine, lease {LEASE_SECONDS} s. From sending `PUT /v1/gate` until its
answer, which comes when no replica can still say `proceed`; each in turn is asked to close, another to open. After each
close every replica that is awake is asked, and none lets a launch through; the frozen one is asked when it wakes up.

{table(['way', 'p50 ms', 'p99 ms', 'highest ms'], rows)}

Ceilings: p50 {P50_CEILING_MS} ms, p99 {P99_CEILING_MS} ms, with one frozen {FROZEN_CEILING_MS} ms (lease + 1 s).
"""


def missed(close):
    lines = []
    if close["p50"] > P50_CEILING_MS:
        lines.append(f"a close takes {close['p50']:.0f} ms (p50), the ceiling is {P50_CEILING_MS} ms")
    if close["p99"] > P99_CEILING_MS:
        lines.append(f"a close takes {close['p99']:.0f} ms (p99), the ceiling is {P99_CEILING_MS} ms")
    if close["frozenHighest"] > FROZEN_CEILING_MS:
        lines.append(f"a close with a frozen replica takes {close['frozenHighest']:.0f} ms, the ceiling is "
                     f"{FROZEN_CEILING_MS} ms")
    return lines
