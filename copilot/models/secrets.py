"""What a server is told in confidence, kept out of what it says back: in answers, however cut, and in logs."""

import base64
import logging
from collections.abc import Iterator, Sequence
from functools import lru_cache
from urllib.parse import quote

_HIDDEN = "***"
# Who logs addresses and headers, with user and password in them or a key that a server sent back.
_LOGGERS = ("httpx", "httpx2", "openai._base_client") + tuple(
    f"{name}.{part}" for name in ("httpcore", "httpcore2") for part in ("connection", "http11", "http2", "proxy")
)


def without_secrets(pieces: Iterator[str], secrets: Sequence[str]) -> Iterator[str]:
    """Yield `pieces` with `***` for each secret, plain or encoded, also where it is cut."""
    forms = [form for secret in secrets for form in _forms(secret)]
    starts = {form[:length] for form in forms for length in range(1, len(form))}
    longest, held = max(map(len, forms), default=0), ""
    for piece in pieces:
        held += piece
        for form in forms:
            held = held.replace(form, _HIDDEN)
        cut = next((at for at in range(max(0, len(held) - longest), len(held)) if held[at:] in starts), len(held))
        yield held[:cut]
        held = held[cut:]
    yield held


@lru_cache(maxsize=16)
def _forms(secret: str) -> tuple[str, ...]:
    """A secret as it stands, percent-encoded, in hex, letter by letter, in base64 at any place of a longer text."""
    data = secret.encode()
    found = [secret, quote(secret, safe=""), quote(secret), data.hex(), data.hex().upper(), " ".join(secret)]
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            whole = encode(bytes(shift) + data).decode()
            found.append(whole[-(-shift * 8 // 6) : (shift + len(data)) * 8 // 6])
    return tuple(sorted(set(found), key=len, reverse=True))


def hush(secrets: Sequence[str]) -> None:
    """Have the loggers that tell of requests write `***` for the secrets from now on."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        for old in [one for one in logger.filters if isinstance(one, _Hush) and set(one.secrets) <= set(secrets)]:
            logger.removeFilter(old)
        if secrets:
            logger.addFilter(_Hush(secrets))


class _Hush(logging.Filter):
    """Changes a record and lets it pass: what `logging` calls a filter."""

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__()
        self.secrets = tuple(secrets)

    def filter(self, record: logging.LogRecord) -> bool:
        """Write the message without secrets."""
        record.msg, record.args = "".join(without_secrets(iter([record.getMessage()]), self.secrets)), ()
        return True
