"""How long a venue is waited for: the same everywhere a service is asked over the network."""

from tradewind.model.errors import DownloadFailed

ATTEMPTS = 5
LONGEST_WAIT_S = 120.0


def wait_before(attempt: int, asked: str, what: str) -> float:
    """Seconds to wait after failed attempt 0, 1, 2, …: 1, 2, 4, 8, or what the venue's Retry-After header `asked` for.

    Raises DownloadFailed naming `what` where the venue asks for more than two minutes.
    """
    if not asked.isdigit():
        return 2.0**attempt
    wait_s = float(asked)
    if wait_s > LONGEST_WAIT_S:
        raise DownloadFailed(
            f"{what}: the venue asks to wait {wait_s:.0f} s (rate limit)",
            "Run the same command after that: what is finished is kept",
        )
    return wait_s
