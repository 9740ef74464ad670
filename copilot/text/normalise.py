"""The one normalisation that every offset of the product refers to."""

import unicodedata


def normalise(text: str) -> str:
    """Return `text` without BOM, with `\\n` line ends, in NFC, without lone surrogates; nothing else.

    Surrogate pairs that arrive as two code points (broken JSON writers) become the character they
    stand for; a lone one becomes U+FFFD. `normalise(normalise(x)) == normalise(x)`.
    """
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        text = unicodedata.normalize("NFC", text.lstrip("\ufeff"))
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text
