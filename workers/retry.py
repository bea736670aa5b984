"""How often and how late work is tried again."""

from typing import Final

MAX_ATTEMPTS: Final = 5
# After the first failure, the second, … (seconds). The broker never waits for us: due times are columns.
BACKOFF_SECONDS: Final = (10, 60, 300, 1800)
ERROR_CHARACTERS: Final = 500


def backoff(attempts: int) -> int:
    """Seconds until the next try after `attempts` tries."""
    return BACKOFF_SECONDS[min(attempts, len(BACKOFF_SECONDS)) - 1]


def reason(error: BaseException) -> str:
    """What is kept as `last_error`: the kind and the first line, short."""
    first = str(error).strip().splitlines()
    return f"{type(error).__name__}: {first[0] if first else ''}"[:ERROR_CHARACTERS]
