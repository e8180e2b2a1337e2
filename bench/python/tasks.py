"""The work of the scenarios spawn, yield and timer, as Rust's contestants do it."""

import asyncio

from orders import Stopwatch, million

AT_ONCE = 10_000


async def spawn(variant, count):
    """Tasks that give a number, spawned and joined."""

    async def number(index):
        return index

    create_task = asyncio.get_running_loop().create_task
    total = 0
    watch = Stopwatch()
    if variant == "spawn and join":
        for index in range(count):
            total += await create_task(number(index))
    else:
        for _ in range(count):
            for task in [create_task(number(index)) for index in range(AT_ONCE)]:
                total += await task
    return watch.done(total)


async def yields(variant, each):
    """Tasks that let each other run."""

    async def switch():
        for _ in range(each):
            await asyncio.sleep(0)
        return each

    count = 1 if variant == "1 task" else 1000
    create_task = asyncio.get_running_loop().create_task
    tasks = [create_task(switch()) for _ in range(count)]
    total = 0
    watch = Stopwatch()
    for task in tasks:
        total += await task
    return watch.done(total)


def delays(least, spread):
    """Delays in seconds, always the same ones, from a least one in microseconds and by how much the longest is more."""
    last = 1
    while True:
        last = (last * 6_364_136_223_846_793_005 + 1) & 0xFFFF_FFFF_FFFF_FFFF
        yield (least + ((last >> 32) * spread >> 32)) / 1e6


def nothing():
    """What a timer does that never fires."""


async def timer(variant, count):
    """Timers set, and cancelled or fired; delays are made before, since here they would cost as much as the timers."""
    call_later = asyncio.get_running_loop().call_later
    if variant == "1,000,000 set and fired":
        return await fired(count, call_later)
    far = delays(60_000_000, 3_540_000_000)
    size = million()
    if variant == "1,000,000 set, all cancelled":
        chosen = [next(far) for _ in range(size)]
        proof = 0
        watch = Stopwatch()
        for _ in range(count):
            timers = [call_later(delay, nothing) for delay in chosen]
            for timer in timers:
                timer.cancel()
            proof += len(timers)
            # asyncio takes cancelled timers out of its heap in its next turn.
            await asyncio.sleep(0)
        return watch.done(proof)
    others = [call_later(next(far), nothing) for _ in range(size)]
    chosen = [next(far) for _ in range(10_000)]
    proof = 0
    watch = Stopwatch()
    while proof < count:
        for delay in chosen[: count - proof]:
            call_later(delay, nothing).cancel()
            proof += 1
        await asyncio.sleep(0)
    done = watch.done(proof)
    for timer in others:
        timer.cancel()
    return done


async def fired(times, call_later):
    """Timers that all fire."""
    size = million()
    near = delays(1000, size // 2)
    chosen = [next(near) for _ in range(size)]
    left, proof, all_fired = 0, 0, None

    def fire():
        nonlocal left
        left -= 1
        if left == 0:
            all_fired.set_result(None)

    watch = Stopwatch()
    for _ in range(times):
        left, all_fired = size, asyncio.get_running_loop().create_future()
        for delay in chosen:
            call_later(delay, fire)
        await all_fired
        proof += size
    return watch.done(proof)
