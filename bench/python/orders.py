"""The orders of the harness, as src/contestant/orders.rs carries them out."""

import os
import sys
import time


def run(work, runner):
    """For each order, runs the coroutine `work(variant, count)`, which returns `Stopwatch.done(proof)`, in a new loop."""
    variant = sys.argv[1]
    print("ready", flush=True)
    for line in sys.stdin:
        print(*runner(work(variant, int(line))), flush=True)


def million():
    """A million, or fewer if everything but time may be less, too."""
    return 100_000 if "BENCH_QUICK" in os.environ else 1_000_000


class Stopwatch:
    """What is measured began when this was made."""

    def __init__(self):
        self.cpu = time.process_time_ns()
        self.wall = time.perf_counter_ns()

    def done(self, proof):
        """It ends: nanoseconds from start to end, of CPU time, and the proof."""
        wall = time.perf_counter_ns() - self.wall
        return wall, time.process_time_ns() - self.cpu, proof
