"""What workers do for drills that are under way: providers' trouble begins and ends, residents answer."""

import logging
from datetime import timedelta

from smartalert.drills import photographs, residents, runs, trouble
from smartalert.drills.residents import Spoken
from smartalert.drills.runs import Run
from smartalert.drills.scenario import Tone
from smartalert.providers.residents import Answer
from smartalert.wording import Channel
from smartalert.worker.hand_over import Worker

log = logging.getLogger(__name__)


async def tell_simulator(worker: Worker) -> None:
    """Which drills run, and in what trouble; that of all others ends."""
    assert worker.residents  # noqa: S101 - in training there are some
    running = await worker.by_the_clock(trouble.everywhere)
    for drill, why in (await worker.residents.tell_drills(running)).items():
        log.warning("drill %s: its trouble cannot be: %s", drill, why)
    await worker.close_drills(but=running)


async def answer_for_residents(worker: Worker) -> None:
    """Have those answer whose time has come, in each drill that is not paused."""
    for run in await worker.in_transaction(runs.under_way):
        answered = [one for one in await worker.by_the_clock(residents.due, run) if await answer(worker, run, one)]
        if answered:
            await worker.by_the_clock(residents.log, run, answered)


async def answer(worker: Worker, run: Run, one: Spoken) -> bool:
    """Have one answer by what reached them; False where nothing has yet, so that they are asked again."""
    assert worker.residents  # noqa: S101 - in training there are some
    told, picture = one.told, b""
    if one.tone is Tone.PHOTOGRAPH:
        picture = photographs.drawn(f"{run.seed} {told.name}", told.told_at + timedelta(minutes=1))
    said = Answer(
        Channel(told.channel), told.address, alert_id=str(told.identifier), tag=str(told.thread), saw=one.says,
        happening_now=one.happening_now, photo=picture,
    )  # fmt: skip
    return await worker.residents.answer(run.id, said)
