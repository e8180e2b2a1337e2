"""The task of the scenario `mixed` that takes the processor; the same as src/kit/hog.rs."""

import asyncio
import sys
import time

YIELDS = "computes, yields every 10 ms"
STALLS = "never yields for 500 ms"
STALL, REST, CYCLE, STRETCH, REPORT = 0.5, 0.15, 0.8, 0.01, 0.1

CONNECTIONS = 64

opened = 0
task = None


def open(variant):
    """Says that a connection was accepted; when the last of them is there, the hog comes, if the variant has one."""
    global opened, task
    opened += 1
    if opened == CONNECTIONS and variant in (YIELDS, STALLS):
        task = asyncio.get_running_loop().create_task(run(variant))


def compute(seconds):
    """Computes so long; the CPU time that it took."""
    end, cpu, number = time.perf_counter() + seconds, time.thread_time(), 1
    while time.perf_counter() < end:
        for _ in range(20):
            number = (number * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
    return time.thread_time() - cpu


async def run(variant):
    came, cpu, stalls, reported = time.perf_counter(), 0.0, 0, 0.0
    while True:
        if variant == YIELDS:
            cpu += compute(STRETCH)
        elif time.perf_counter() - came >= REST + CYCLE * stalls:
            cpu += compute(STALL)
            stalls += 1
        elapsed = time.perf_counter() - came
        if elapsed >= reported + REPORT:
            reported = elapsed
            print(f"hog {cpu * 1e6:.0f} us of {elapsed * 1e6:.0f}", file=sys.stderr, flush=True)
        await asyncio.sleep(0 if variant == YIELDS else STRETCH)
