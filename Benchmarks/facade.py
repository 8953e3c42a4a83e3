#!/usr/bin/env python3
"""The facade beside nginx's proxy_pass, both in front of one nginx that answers like Central."""

import json
import os
import pathlib
import shutil
import statistics
import subprocess

# Calls that pass per second of CPU against nginx with upstream keep-alive, and what the facade adds at the median.
OF_NGINX_FLOOR = 0.2
ADDED_MILLISECONDS_CEILING = 1.0
CONNECTIONS = 64
PATH = "/oo/rest/v2/executions/112600043/summary"
SUMMARY = json.dumps([{
    "executionId": "112600043", "branchId": None, "startTime": 1471250000000, "endTime": None, "status": "RUNNING",
    "resultStatusType": None, "resultStatusName": None, "pauseReason": None, "owner": "admin", "triggeredBy": "admin",
    "flowUuid": "a98c3fe7-9c90-4237-a025-e2df4a7cf1f9", "flowPath": "Library/Backup/Nightly.xml",
    "executionName": "nightly", "triggeringSource": "central", "roi": 0, "branchesCount": 0}])
SCRIPT = """\
wrk.headers["Authorization"] = "Basic YmVuY2g6YmVuY2g="
wrk.headers["Cookie"] = "JSESSIONID=A0B1C2D3E4F5A0B1C2D3E4F5A0B1C2D3"
wrk.headers["Accept"] = "application/json"
function done(summary, latency)
    local errors = summary.errors
    print(string.format("RESULT %d %d %d %d %d %d", summary.requests, summary.duration, latency:percentile(50),
        latency:percentile(99), errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
"""


def nginx(tools, folder, name, location, upstream=None):
    folder.mkdir()
    port = tools.free_port()
    pool = "" if upstream is None else f"""
    upstream central {{ server 127.0.0.1:{upstream}; keepalive {CONNECTIONS}; keepalive_requests 100000000; }}"""
    (folder / "nginx.conf").write_text(f"""\
daemon off;
worker_processes {os.cpu_count()};
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_requests 100000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    default_type application/json;{pool}
    server {{
        listen 127.0.0.1:{port} backlog=1024;
        location / {{ {location} }}
    }}
}}
""")
    program = shutil.which("nginx", path="/usr/sbin:" + os.environ["PATH"])
    return tools.Server(name, [program, "-p", str(folder), "-c", str(folder / "nginx.conf")], port, folder / "log")


def sluice(tools, binaries, folder, upstream):
    folder.mkdir()
    port = tools.free_port()
    (folder / "password").write_text("bench\n")
    (folder / "sluice.yaml").write_text(f"""\
listen: 127.0.0.1:{port}
store: {{path: {folder}/sluice.db}}
key: {{file: {folder}/sluice.key}}
auth: {{gateTokenFile: {folder}/gate.token, operatorTokenFile: {folder}/operator.token}}
central: {{url: "http://127.0.0.1:{upstream}/oo", username: bench, passwordFile: {folder}/password}}
facade: {{enabled: true}}
log: {{level: error}}
""")
    command = [str(binaries / "sluice"), "serve", "--config", str(folder / "sluice.yaml")]
    return tools.Server("sluice", command, port, folder / "log")


def wrk(tools, server, seconds, connections, script):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script),
               f"http://127.0.0.1:{server.port}{PATH}"]
    before = server.cpu_seconds()
    ran = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30, check=False)
    cpu = server.cpu_seconds() - before
    results = [line for line in ran.stdout.splitlines() if line.startswith("RESULT ")]
    if ran.returncode != 0 or not results:
        raise tools.Error(f"wrk against {server.name} failed: {ran.stdout}{ran.stderr}")
    requests, microseconds, p50, p99, wrong, broken = map(int, results[-1].split()[1:])
    if requests == 0 or wrong or broken:
        raise tools.Error(f"{server.name}: {requests} answers, {wrong} of them errors, {broken} broken connections")
    return {"requests": requests, "perSecond": requests / microseconds * 1e6, "p50": p50 / 1000, "p99": p99 / 1000,
            "cpu": cpu * 1e6 / requests}


def measure(tools, binaries, work, rounds, seconds):
    """Each in turn, round after round; one connection for what is added, many for what passes."""
    script = pathlib.Path(work) / "pass.lua"
    script.write_text(SCRIPT)
    headers = "proxy_http_version 1.1; proxy_set_header Connection '';"
    with nginx(tools, work / "central", "central", f"return 200 '{SUMMARY}';") as central, \
            nginx(tools, work / "proxy", "nginx", f"{headers} proxy_pass http://central;", central.port) as proxy, \
            sluice(tools, binaries, work / "facade", central.port) as facade:
        servers = [central, proxy, facade]
        runs = {server.name: {1: [], CONNECTIONS: []} for server in servers}
        for server in servers:
            wrk(tools, server, 1, CONNECTIONS, script)
        for _ in range(rounds):
            for connections in (1, CONNECTIONS):
                for server in servers:
                    runs[server.name][connections].append(wrk(tools, server, seconds, connections, script))
    rows = {name: {f"{key}{connections}": statistics.median(run[key] for run in some)
                   for connections, some in by.items() for key in ("perSecond", "p50", "p99", "cpu")}
            for name, by in runs.items()}

    # Within a round, where all saw the same machine.
    def ratio(key):
        return statistics.median(
            ours[key] / theirs[key]
            for theirs, ours in zip(runs["nginx"][CONNECTIONS], runs["sluice"][CONNECTIONS]))

    added = statistics.median(
        ours["p50"] - bare["p50"] for bare, ours in zip(runs["central"][1], runs["sluice"][1]))
    return {"rows": rows, "ofNginx": ratio("perSecond"), "ofNginxCPU": 1 / ratio("cpu"), "added": added}


def report(facade, table):
    names = {"central": "the server behind them, asked directly", "nginx": "nginx, `proxy_pass` with keep-alive",
             "sluice": "`sluice serve`, the facade"}
    rows = [[names[name], f"{row[f'perSecond{CONNECTIONS}']:,.0f}", f"{row[f'cpu{CONNECTIONS}']:.1f}",
             f"{row[f'p50{CONNECTIONS}']:.2f}", f"{row[f'p99{CONNECTIONS}']:.2f}", f"{row['p501']:.3f}",
             f"{row['p991']:.3f}"] for name, row in facade["rows"].items()]
    return f"""\
## A call that passes the facade

A read of a summary, answered by nginx's `return`, with {CONNECTIONS} connections and with one. The facade makes
**{facade['ofNginx']:.2f}×** the calls of nginx ({facade['ofNginxCPU']:.2f}× by CPU time per call), and adds
**{facade['added']:.3f} ms** at the median of one connection.

{table(["", "calls/s", "CPU µs/call", "p50 ms", "p99 ms", "p50 ms, one connection", "p99 ms, one"], rows)}
"""


def missed(facade):
    found = []
    if facade["ofNginx"] < OF_NGINX_FLOOR:
        found.append(f"the facade passes {facade['ofNginx']:.2f}× the calls of nginx, the floor is {OF_NGINX_FLOOR}×")
    if facade["added"] > ADDED_MILLISECONDS_CEILING:
        found.append(f"the facade adds {facade['added']:.2f} ms at the median, the ceiling is "
                     f"{ADDED_MILLISECONDS_CEILING:.0f} ms")
    return found
