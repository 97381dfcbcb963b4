"""The same moves by fast_bitrix24, in a process of its own: prints its seconds, or why it gave up.

python -m benchmarks.crm_peer WEBHOOK FIRST_ID,ID,... SLOW    (SLOW: 0 as shipped, 5 for slow(5))
"""

import asyncio
import json
import logging
import sys
import time
from contextlib import nullcontext

from benchmarks.crm_portal import TARGET


async def move(url: str, ids: list[int], slow: int) -> None:
    from fast_bitrix24 import BitrixAsync

    client = BitrixAsync(url, verbose=False)
    wanted = [{"entityTypeId": 2, "id": number, "fields": {"stageId": TARGET}} for number in ids]
    with client.slow(slow) if slow else nullcontext():
        await client.call("crm.item.update", wanted)


def main() -> None:
    logging.disable(logging.CRITICAL)
    url, ids, slow = sys.argv[1], [int(one) for one in sys.argv[2].split(",")], int(sys.argv[3])
    began, gave_up = time.monotonic(), ""
    try:
        asyncio.run(move(url, ids, slow))
    except Exception as error:  # noqa: BLE001 - whatever it dies of is the result
        gave_up = f"{type(error).__name__}: {str(error)[:120]}"
    print(json.dumps({"wall": time.monotonic() - began, "gave_up": gave_up}))


if __name__ == "__main__":
    main()
