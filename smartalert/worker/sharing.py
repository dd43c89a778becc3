"""How a worker keeps to its share of what the providers take in a second, as the others keep to theirs."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from smartalert.clock import stopwatch
from smartalert.database.connection import Connection
from smartalert.dispatch import rates
from smartalert.providers.pace import Pace
from smartalert.wording import Channel
from smartalert.worker.hand_over import Worker

log = logging.getLogger(__name__)

#: How often a share is asked for anew, so that others' coming and going is felt within a second; and how often while
#: others have still to make room.
EVERY_S, WHILE_NOTHING_S = 0.5, 0.1


@asynccontextmanager
async def shared(worker: Worker) -> AsyncIterator[None]:
    """Within the block nothing leaves but by shares of each channel's rate."""
    limited = [(channel, pace) for channel, pace in worker.paces.items() if pace.most_per_s is not None]
    keeping = [asyncio.create_task(keep(worker, channel, pace)) for channel, pace in limited]
    try:
        yield
    finally:
        for task in keeping:
            task.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)


async def keep(worker: Worker, channel: Channel, pace: Pace) -> None:
    """Ask for shares as long as there is something to hand over, and give them back."""
    pace.share()
    within_s: float | None = None
    while True:
        wanted = await pace.demand(within_s)
        try:
            while not await renew(worker, channel, pace, wanted):
                pass
        except Exception as error:  # whatever it is: a share that cannot be asked for ends, and nothing leaves
            log.warning("no share of the rate of %s: %s", channel, type(error).__name__)
            within_s = EVERY_S
            await asyncio.sleep(WHILE_NOTHING_S)
        else:
            within_s = None if not wanted else EVERY_S if pace.holds() else WHILE_NOTHING_S


async def renew(worker: Worker, channel: Channel, pace: Pace, wanted: float) -> bool:
    """Ask once; False where others will only hear by asking again that this worker goes by less now."""
    held, asked_s = pace.holds(), stopwatch()

    def ask(conn: Connection) -> float:
        most = pace.most_per_s or 0.0
        return rates.share(conn, channel, worker.number, wanted=wanted, holds=held, most=most)

    per_s = await worker.in_transaction(ask)
    pace.grant(per_s, asked_s)
    return per_s >= held
