"""aiobotocore's client: plain dictionaries, in an event loop."""

import asyncio
import time

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from payments import CUSTOMER, ENDPOINT, TABLE, run


async def main():
    config = AioConfig(max_pool_connections=50)
    async with get_session().create_client(
        "dynamodb", region_name="us-east-1", endpoint_url=ENDPOINT, config=config
    ) as client:

        async def ask(number):
            key = {"customer": {"S": CUSTOMER}, "id": {"S": f"payment-{number:08}"}}
            return (await client.get_item(TableName=TABLE, Key=key))["Item"]

        async def many(count):
            turns = asyncio.Semaphore(50)

            async def one(number):
                async with turns:
                    return await ask(number)

            return await asyncio.gather(*(one(number) for number in range(count)))

        await many(300)
        cpu, started = time.process_time(), time.perf_counter()
        await many(1000)
        return {"cpu": (time.process_time() - cpu) * 1e3, "latency": (time.perf_counter() - started) * 1e3}


run({"async": lambda: asyncio.run(main())})
