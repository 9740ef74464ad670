"""Text → the terms of the lexical index."""

import re
from operator import add

from copilot.text.fold import fold

# Han runs, else words; a word never swallows the Han beside it ("①拉新", "β测试").
_HAN = r"\u3400-\u9fff"
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+(?:[.+#_/-][^\W_{_HAN}]+)*[+#%]?")
_JOINT = re.compile(r"[+#_/-]")


def terms(text: str) -> list[str]:
    """Return the folded terms of `text`: for Han runs every character and every bigram, else words.

    Characters beside bigrams: nDCG@10 .931 against .921 on CMRC, .686 against .682 on support titles
    (tantivy, k1 1.2, b .75; trigrams on top cost a point on both). A word with joints gives its parts too,
    so that "sem" finds "SEO/SEM".
    """
    out: list[str] = []
    for run in _RUN.findall(fold(text)):
        if "\u3400" <= run[0] <= "\u9fff":
            out += run
            out += map(add, run, run[1:])  # a third faster than slices
        else:
            out.append(run)
            if not run.isalnum() and len(parts := _JOINT.split(run)) > 1:
                out += [part for part in parts if len(part) > 1]
    return out
