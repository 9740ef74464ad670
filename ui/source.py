"""The document behind a citation, as it is now, at the passage."""

from dataclasses import replace

from copilot import Copilot
from copilot.errors import UnknownDocument
from copilot.uploads import shown_source
from ui import render_chat

# js of the gr.HTML that shows it: the marked passage in the middle of its box, the box in sight
SCROLL = """
const show = () => {
  const box = element.querySelector('.oc-text'), hit = element.querySelector('.oc-hit');
  if (!hit) return;
  box.scrollTop = hit.offsetTop - box.offsetTop - box.clientHeight / 3;
  element.scrollIntoView({block: 'nearest', behavior: 'smooth'});
};
watch('value', show);
setTimeout(show, 100);
"""


def opened(
    copilot: Copilot, doc_id: str, quote: str, start: int, end: int, *, name: str, section: str, unused: bool = False
) -> str:
    """Return the document with the span marked; where the text has moved, the same words; else the quote alone."""
    try:
        view = copilot.library.show(doc_id)
    except UnknownDocument:
        return render_chat.gone(name, quote, "这份资料已经从资料库移除，下面是当时的引文。")
    if view.text[start:end] != quote:
        start = view.text.find(quote)
        if start < 0:
            return render_chat.gone(name, quote, "这份资料后来改过，找不到这一段了，下面是当时的引文。")
        end = start + len(quote)
    view = replace(view, source=shown_source(copilot.settings.home, view.source))
    return render_chat.source(view, section, start, end, unused=unused)
