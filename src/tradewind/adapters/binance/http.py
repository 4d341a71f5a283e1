"""HTTP with bounded patience: cut connections and a venue's bad minutes are retried, refusals are named."""

from collections.abc import Callable, Mapping

import httpx

from tradewind.adapters.patience import ATTEMPTS, wait_before
from tradewind.model.errors import DownloadFailed

_BUSY = (418, 429)
_NOT_FOUND = 404
_OK = 200
_SERVER_ERROR = 500


class Getter:
    """GET requests over one client; `sleep` takes seconds, so that a test need not wait."""

    def __init__(self, client: httpx.Client, sleep: Callable[[float], None]) -> None:
        self._client = client
        self._sleep = sleep

    def get(self, url: str, parameters: Mapping[str, str | int] | None = None) -> httpx.Response | None:
        """The whole answer, or None where there is no such thing (404).

        Cut connections and server errors are tried again after 1, 2, 4, 8 s, rate limits after what the venue asks for.
        Raises DownloadFailed for a refusal, when patience ends, or when the venue asks for more than two minutes.
        """
        problem = ""
        for attempt in range(ATTEMPTS):
            asked = ""
            try:
                response = self._client.get(url, params=parameters)
            except httpx.TransportError as error:
                problem = f"the connection failed ({str(error) or type(error).__name__})"
            else:
                if response.status_code == _OK:
                    return response
                if response.status_code == _NOT_FOUND:
                    return None
                problem = f"the server answered {response.status_code}{_venue_message(response)}"
                if response.status_code in _BUSY:
                    asked = response.headers.get("Retry-After", "")
                elif response.status_code < _SERVER_ERROR:
                    raise DownloadFailed(f"{url}: {problem}", "Check symbol, timeframe and time range")
            wait_s = wait_before(attempt, asked, url)
            if attempt < ATTEMPTS - 1:
                self._sleep(wait_s)
        raise DownloadFailed(
            f"{url}: {problem}, {ATTEMPTS} times", "Run the same command later: finished files are kept"
        )


def _venue_message(response: httpx.Response) -> str:
    try:
        answer = response.json()
    except ValueError:
        return ""
    message = answer.get("msg") if isinstance(answer, dict) else None
    return f" ({message})" if message else ""
