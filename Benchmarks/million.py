#!/usr/bin/env python3
"""The gate with 10 and with 1,000,000 holds in its store: start, memory, decisions, metrics."""

import json
import statistics
import subprocess
import time

import replicas

START_SECONDS_CEILING = 5.0
MEMORY_CEILING_MB = 200.0
# Of the CPU time of a decision with few holds.
GROWTH_CEILING = 1.15
FEW = 10
# Asks of one round while the gate is closed: each becomes a hold.
HOLD_COUNT_MAX = 4000
MODES = ("hold", "open")


def started(server, token):
    """Starts it; says after how many seconds it answered, and what that cost."""
    start = time.monotonic()
    server.__enter__()
    while replicas.request(server.port, "GET", "/readyz", token)[0] != 200:
        if time.monotonic() - start > 120:
            server.__exit__()
            raise TimeoutError("serve was not ready after 120 s")
        time.sleep(0.01)
    return {"seconds": time.monotonic() - start, "cpuSeconds": server.cpu_seconds(),
            "memoryMB": server.memory_kb("VmRSS") * 1024 / 1e6}


def made(tools, binaries, folder, count):
    """A store with so many holds whose release is paused, so that they stay when the gate opens."""
    server = tools.sluice(binaries, folder, "hold")
    with server:
        token = (folder / "operator.token").read_text().strip()
        status, said, _ = replicas.request(server.port, "POST", "/v1/release/pause", token, b'{"reason":"a benchmark"}')
        if status != 200:
            raise tools.Error(f"the release was not paused: {status} {said}")
    filled = time.monotonic()
    command = [str(binaries / "sluice-bench"), "fill", "--path", str(folder / "sluice.db"), "--holds", str(count)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    if ran.returncode != 0:
        raise tools.Error(f"{' '.join(command)} failed: {ran.stdout}{ran.stderr}")
    return server, token, time.monotonic() - filled


def settle(server):
    """Waits for what an opening sets off (a look through what is held); says how long that took."""
    start = time.monotonic()
    while time.monotonic() - start < 300:
        before = server.cpu_seconds()
        time.sleep(1)
        if server.cpu_seconds() - before < 0.05:
            break
    return time.monotonic() - start - 1


def measure(tools, binaries, work, many, rounds, seconds):
    servers, result = {}, {"many": many, "rows": {}, "start": {}}
    for count in (FEW, many):
        servers[count] = made(tools, binaries, work / f"holds-{count}", count)
    result["fillSeconds"] = servers[many][2]
    entered = []
    try:
        for count, (server, token, _) in servers.items():
            result["start"][count] = started(server, token)
            entered.append(server)
        for mode in MODES:
            runs = {count: [] for count in servers}
            for count, (server, token, _) in servers.items():
                body = json.dumps({"mode": mode, "reason": "a benchmark"}).encode()
                status, said, _ = replicas.request(server.port, "PUT", "/v1/gate", token, body)
                if status != 200:
                    raise tools.Error(f"the gate was not set to {mode}: {status} {said}")
                result["start"][count][f"{mode}Seconds"] = settle(server)
                tools.wrk(server, 1, token, HOLD_COUNT_MAX if mode == "hold" else 0)
            for _ in range(rounds):
                for count, (server, token, _) in servers.items():
                    runs[count].append(tools.wrk(server, seconds, token, HOLD_COUNT_MAX if mode == "hold" else 0))
            for count, rows in runs.items():
                result["rows"][mode, count] = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
        for count, (server, token, _) in servers.items():
            begun = result["start"][count]
            begun["metricsMS"] = statistics.median(
                replicas.request_text(server.port, "/metrics") for _ in range(rounds))
            begun["holds"] = replicas.request(server.port, "GET", "/v1/gate", token)[1]["holds"]["held"]
            begun["peakMB"] = server.memory_kb("VmHWM") * 1024 / 1e6
    finally:
        for server in entered:
            server.__exit__()
    return result


def growth(found, mode):
    return found["rows"][mode, found["many"]]["cpu"] / found["rows"][mode, FEW]["cpu"]


def report(found, table):
    many = found["many"]
    starts = [[f"{count:,}", f"**{row['seconds']:.2f}**", f"{row['cpuSeconds']:.2f}", f"{row['memoryMB']:.1f}",
               f"**{row['peakMB']:.1f}**", f"{row['metricsMS']:.1f}"] for count, row in found["start"].items()]
    names = {"open": "open, lets it through", "hold": "closed, keeps it"}
    rows = [[names[mode], f"{count:,}", f"{row['cpu']:.1f}", f"{row['cpu'] / found['rows'][mode, FEW]['cpu']:.2f}",
             f"{row['p50']:.2f}", f"{row['p99']:.2f}"]
            for mode in MODES for count in (FEW, many) for row in [found["rows"][mode, count]]]
    return f"""\
## {many:,} holds in the store

Two `sluice serve` with their defaults, one over a store with {FEW} holds, one with {many:,}, release paused; asked
in turn as above. While the gate is closed each ask is one more hold. Filling took {found['fillSeconds']:.0f} s. After
the opening it is waited until nothing more is looked through, {found['start'][many]['openSeconds']:.0f} s: misfire
policies read only what a schedule missed.

{table(['holds', 'seconds until ready', 'CPU seconds until ready', 'VmRSS then, MB', 'highest in the end, MB',
        '`GET /metrics`, ms'], starts)}

{table(['gate', 'holds', 'CPU µs per request', f'× {FEW} holds', 'p50 ms', 'p99 ms'], rows)}

Ceilings: start {START_SECONDS_CEILING:.0f} s, {MEMORY_CEILING_MB:.0f} MB, {GROWTH_CEILING}× the CPU time of a decision.
"""


def missed(found):
    row, lines = found["start"][found["many"]], []
    if row["seconds"] > START_SECONDS_CEILING:
        lines.append(f"a start with {found['many']:,} holds takes {row['seconds']:.1f} s, the ceiling is "
                     f"{START_SECONDS_CEILING:.0f} s")
    if row["peakMB"] > MEMORY_CEILING_MB:
        lines.append(f"{row['peakMB']:.0f} MB with {found['many']:,} holds, the ceiling is {MEMORY_CEILING_MB:.0f} MB")
    for mode in MODES:
        if growth(found, mode) > GROWTH_CEILING:
            lines.append(f"a decision ({mode}) with {found['many']:,} holds takes {growth(found, mode):.2f}× the CPU "
                         f"time of one with {FEW}, the ceiling is {GROWTH_CEILING}×")
    return lines
