"""The work of the scenarios queue-*, as Rust's contestants do it."""

import asyncio
import os
import queue
import sys
import threading
import time

from orders import Stopwatch

MASK = 0xFFFF_FFFF_FFFF_FFFF
ROOM = 1024


def proof(items, total):
    """As src/kit/queue/tally.rs."""
    return (items * 0x9E37_79B9_7F4A_7C15 + total) & MASK


def capacity(variant):
    """How much room a variant's queue has, as Python says it: 0 is an unbounded one's."""
    for name, room in (("bounded 1,024", ROOM), ("unbounded", 0), ("capacity 1", 1)):
        if variant.endswith(name):
            return room
    raise ValueError(variant)


def run(work):
    """For each order, calls `work(variant, count)`, which returns `Stopwatch.done(proof)`."""
    variant = sys.argv[1]
    print("ready", flush=True)
    for line in sys.stdin:
        print(*work(variant, int(line)), flush=True)


def bounded(variant):
    """Python's queue for threads, with a bound if the variant has one."""
    return queue.Queue(capacity(variant))


def simple(variant):
    """The unbounded one that is written in C."""
    return queue.SimpleQueue()


def one_thread(make):
    """Puts and gets in turn."""

    def work(variant, count):
        own = make(variant)
        put, get = own.put, own.get
        total = 0
        watch = Stopwatch()
        for item in range(count):
            put(item)
            total += get()
        return watch.done(proof(count, total))

    run(work)


def pin(core):
    """Pins the calling thread to a core."""
    os.sched_setaffinity(0, {core % 2})


def threads(make):
    """Putters and getters, pinned as Rust's are."""

    def work(variant, each):
        own = make(variant)
        shape = variant.split(", ")[0]
        putters, getters = (int(number) for number in shape.split(" to "))
        share = putters * each // getters
        got = [0] * getters
        ready = threading.Barrier(putters + getters + 1)
        go = threading.Barrier(putters + getters + 1)

        def begin(core):
            pin(core)
            ready.wait()
            go.wait()

        def put_all(index):
            begin(index + 1)
            put = own.put
            for item in range(index * each, (index + 1) * each):
                put(item)

        def get_all(index):
            begin(index)
            get, total = own.get, 0
            for _ in range(share):
                total += get()
            got[index] = total

        all_threads = [threading.Thread(target=put_all, args=(index,)) for index in range(putters)]
        all_threads += [threading.Thread(target=get_all, args=(index,)) for index in range(getters)]
        for thread in all_threads:
            thread.start()
        ready.wait()
        watch = Stopwatch()
        go.wait()
        for thread in all_threads:
            thread.join()
        return watch.done(proof(share * getters, sum(got)))

    run(work)


def round_trip(make):
    """A number there and back."""

    def work(variant, count):
        there, back = make(variant), make(variant)
        pin(0)
        ready = threading.Barrier(2)

        def send_back():
            pin(1)
            ready.wait()
            for _ in range(count):
                back.put(there.get())

        other = threading.Thread(target=send_back)
        other.start()
        ready.wait()
        total = 0
        watch = Stopwatch()
        for item in range(count):
            there.put(item)
            total += back.get()
        other.join()
        return watch.done(proof(count, total))

    run(work)


async def two_tasks(variant, count):
    """A task that puts and one that gets."""
    own = asyncio.Queue(capacity(variant))
    is_unbounded = capacity(variant) == 0

    async def put_all():
        for item in range(count):
            await own.put(item)
            if is_unbounded and item % ROOM == ROOM - 1:
                await asyncio.sleep(0)

    async def get_all():
        total = 0
        for _ in range(count):
            total += await own.get()
        return total

    create_task = asyncio.get_running_loop().create_task
    watch = Stopwatch()
    putting, getting = create_task(put_all()), create_task(get_all())
    await putting
    return watch.done(proof(count, await getting))


IDLE = {
    "thread, fifo": lambda: queue.Queue(ROOM),
    "thread, unbounded": queue.Queue,
    "thread, lifo": lambda: queue.LifoQueue(ROOM),
    "thread, priority": lambda: queue.PriorityQueue(ROOM),
}


def idle(make):
    """A thread that waits for so many milliseconds in `get`; what comes is that number."""

    def work(variant, millis):
        own = make(variant)
        got = []
        ready = threading.Barrier(2)

        def get():
            ready.wait()
            got.append(own.get())

        getter = threading.Thread(target=get)
        getter.start()
        watch = Stopwatch()
        ready.wait()
        time.sleep(millis / 1000)
        own.put(millis)
        getter.join()
        return watch.done(got[0])

    run(work)


async def idle_task(_variant, millis):
    """The same as a task."""
    own = asyncio.Queue(ROOM)
    watch = Stopwatch()
    getter = asyncio.get_running_loop().create_task(own.get())
    await asyncio.sleep(millis / 1000)
    await own.put(millis)
    return watch.done(await getter)
