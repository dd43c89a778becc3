"""A drill's clock, as screens say it."""

from datetime import timedelta


def stopwatch(clock: timedelta) -> str:
    """ "04:12"; an hour and more as minutes."""
    minutes, seconds = divmod(int(clock.total_seconds()), 60)
    return f"{minutes:02}:{seconds:02}"
