"""dynexpr's async engine: objects of sessions, in an event loop."""

import asyncio
import time

from payments import CUSTOMER, ENDPOINT, run
from with_dynexpr import Payment

from dynexpr import create_async_engine
from dynexpr.orm import AsyncSession


async def main():
    async with create_async_engine(f"dynamodb://us-east-1/?endpoint_url={ENDPOINT}") as engine:

        async def many(count):
            turns = asyncio.Semaphore(50)

            async def one(number):
                async with turns, AsyncSession(engine) as session:
                    return await session.get(Payment, (CUSTOMER, f"payment-{number:08}"))

            return await asyncio.gather(*(one(number) for number in range(count)))

        await many(300)
        cpu, started = time.process_time(), time.perf_counter()
        await many(1000)
        return {"cpu": (time.process_time() - cpu) * 1e3, "latency": (time.perf_counter() - started) * 1e3}


run({"async": lambda: asyncio.run(main())})
