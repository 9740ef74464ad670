"""The library → HTML: its size, documents, one document with its chunks, what a question finds, what became of files.

A document in a list is a dict of `copilot.types.DocumentInfo`, with `shown` (its source as people know it), `shipped`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from copilot.knowledge import read
from copilot.loading.files import SUPPORTED_HINT
from copilot.retrieval.query import content_words
from copilot.text import fold
from copilot.text.terms import terms
from copilot.types import DocumentView, FileReport, LibraryStats, SearchResult
from ui.render import button, empty, note, table, text

PAGE = 50  # documents shown at a time
_CHUNKS = 40  # chunks of a document shown at a time: 12,000 characters
_ROWS = 200  # files of a report shown
STATUS = {"failed": "失败", "added": "新增", "updated": "更新", "removed": "移除", "unchanged": "未变"}
_MARKS = {"failed": "✗", "unchanged": "＝"}
_PARTS = {
    "embedding": "向量模型", "dimension": "向量维数", "chunker": "切分方式（版本）", "vocabulary": "词表",
    "lexical": "全文索引（版本）", "format": "文件格式（版本）",
}  # fmt: skip
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+\S")


def stats(figures: LibraryStats) -> str:
    """Whose library this is, how much there is; what it was built with, for who wants to know."""
    parts = json.loads(figures.fingerprint)
    rows = [("索引", f"第 {figures.generation} 代（每改动一次加一）")]
    rows += [(word, str(parts[key])) for key, word in _PARTS.items() if key in parts]
    listed = "".join(f"<dt>{text(word)}</dt><dd>{text(value)}</dd>" for word, value in rows)
    size = f"{figures.bytes / 1e6:.1f} MB"
    whose = note("资料库由所有打开这个网页的人共用：装入、更新、删除，别人也看得到，大家的答案都跟着变。")
    return (
        f'{whose}<p class="oc-library-size">现有 <strong>{figures.documents:,}</strong> 篇文档，切成 '
        f"<strong>{figures.chunks:,}</strong> 段，占 {size}。</p>"
        f'<details class="oc-library-print"><summary>索引是怎么建的</summary><dl>{listed}</dl>'
        '<p class="oc-dim">这些合起来是资料库的指纹。升级程序或换向量模型之后指纹不同，'
        "要运行 <code>ops-copilot library rebuild</code> 重建，文档不会丢。</p></details>"
    )


def kinds() -> str:
    """What can be sent."""
    most = read("loading")["max_file_bytes"] >> 20
    return f'<p class="oc-dim">{SUPPORTED_HINT}；每个最多 {most} MB。同名的文件会替换旧的。</p>'


def documents(listed: Sequence[Mapping[str, Any]], page: int, asking: str, search: str) -> str:
    """A page of the list; the document `asking` asks whether it is to go."""
    if not listed and search:
        return empty(f"没有名字里带“{search}”的文档。", "换一个词，或清空上面的框看全部。")
    if not listed:
        return empty("资料库是空的。", "在上面选几个文件，装入之后就能问答。")
    pages = -(-len(listed) // PAGE)
    page = min(max(page, 0), pages - 1)
    here = listed[page * PAGE : (page + 1) * PAGE]
    items = "".join(_asked(d) if d["doc_id"] == asking else _item(d) for d in here)
    counted = f"第 {page * PAGE + 1}–{page * PAGE + len(here)} 篇，共 {len(listed)} 篇"
    return (
        f'<div class="oc-library-list" tabindex="0" role="region" aria-label="文档列表"><ul>{items}</ul></div>'
        f'<div class="oc-library-pages"><span class="oc-dim">{counted}</span>{_turns(page, pages, "page")}</div>'
    )


def _item(document: Mapping[str, Any]) -> str:
    own = '<span class="oc-library-own">自带</span> ' if document["shipped"] else ""
    title = document["title"]
    about = f"{own}{text(document['shown'])} · {document['chunks']} 段 · {_day(document['added'])}"
    return (
        f"<li><div>{button(title, 'open', 'oc-link oc-library-title', doc=document['doc_id'])}"
        f'<p class="oc-dim">{about}</p></div>'
        f"{button('删除', 'ask', 'oc-link oc-library-drop', f'删除：{title}', doc=document['doc_id'])}</li>"
    )


def _asked(document: Mapping[str, Any]) -> str:
    after = "它是自带的手册，下次升级手册时会回来。" if document["shipped"] else "删掉后，大家的答案都不再引用它。"
    return (
        f'<li class="oc-library-asked"><div role="alert"><p>删除“{text(document["title"])}”？</p>'
        f'<p class="oc-dim">{after}</p></div><div class="oc-library-two">'
        f"{button('删除', 'delete', 'oc-button oc-library-yes', '确认删除', doc=document['doc_id'])}"
        f"{button('不删', 'keep', 'oc-button')}</div></li>"
    )


def _turns(page: int, pages: int, act: str, doc: str = "") -> str:
    back = button("上一页", act, "oc-button", n=page - 1, doc=doc) if page > 0 else ""
    return back + (button("下一页", act, "oc-button", n=page + 1, doc=doc) if page < pages - 1 else "")


def _day(added: str) -> str:
    return datetime.fromisoformat(added).astimezone().strftime("%Y-%m-%d")


def document(view: DocumentView, shown: str, page: int = 0, start: int = -1, end: int = -1) -> str:
    """A document in its chunks, 40 at a time; the chunk of the span `start:end` is marked and its page shown."""
    chunks = list(view.chunks)
    hit = next((i for i, chunk in enumerate(chunks) if start < chunk.end and chunk.start < end), -1)
    pages = max(1, -(-len(chunks) // _CHUNKS))
    page = hit // _CHUNKS if hit >= 0 else min(max(page, 0), pages - 1)
    first = page * _CHUNKS
    parts = []
    for i, chunk in enumerate(chunks[first : first + _CHUNKS], first):
        parts.append(_between(view.text[chunks[i - 1].end if i else 0 : chunk.start]))
        parts.append(_chunk(view.text[chunk.start : chunk.end], chunk.section, i, i == hit))
    if page == pages - 1:
        parts.append(_between(view.text[chunks[-1].end if chunks else 0 :]))
    return (
        f'<section class="oc-card oc-library-source" aria-label="文档"><div class="oc-library-head">'
        f"<h2>{text(view.title)}</h2>{button('关闭', 'close', 'oc-link')}</div>"
        f'<p class="oc-dim">{text(shown)} · {len(view.text):,} 字，{len(chunks)} 段。下面按检索用的分段显示。</p>'
        f'<div class="oc-library-text" tabindex="0" role="region" aria-label="全文">{"".join(parts)}</div>'
        f'<div class="oc-library-pages">{_turns(page, pages, "part", view.doc_id)}</div></section>'
    )


def _chunk(passage: str, section: str, number: int, hit: bool) -> str:
    marked = ' id="oc-library-hit"' if hit else ""
    found = ' <span class="oc-library-own">检索命中</span>' if hit else ""
    path = f" · {text(section)}" if section else ""
    shown = f'<mark class="oc-hit">{_lines(passage)}</mark>' if hit else _lines(passage)
    return (
        f'<div class="oc-library-chunk"{marked}>'
        f'<p class="oc-dim">第 {number + 1} 段{path}{found}</p><div>{shown}</div></div>'
    )


def _between(words: str) -> str:
    """What stands between two chunks: headings, rules, front matter."""
    return f'<div class="oc-library-between">{_lines(words.strip())}</div>' if words.strip() else ""


def _lines(words: str) -> str:
    return "\n".join(
        f"<strong>{text(line.strip(' #'))}</strong>" if _HEADING.match(line) else text(line)
        for line in words.split("\n")
    )


def close() -> str:
    """No document is open."""
    return empty("点一篇文档的标题，或检索到的一段，这里显示它的全文和分段。")


def passages(result: SearchResult, shown: Mapping[str, str]) -> str:
    """What a question finds; `shown` gives sources as people know them."""
    if not result.passages:
        return empty("一段都没有找到。", "换个说法，或换一种方式；资料库是空的话，先装入文件。")
    items = "".join(
        f'<li class="oc-card"><p class="oc-library-found"><strong>{p.rank}</strong> '
        f"{button(p.section or p.title, 'hit', 'oc-link', doc=p.doc_id, start=p.start, end=p.end)}"
        f'<span class="oc-library-score">{p.score:.3f}</span></p>'
        f'<p class="oc-dim">{text(shown.get(p.source, p.source))}</p>'
        f'<p class="oc-library-passage">{marked(p.text, result.query)}</p></li>'
        for p in result.passages
    )
    took = sum(result.timings_ms.values())
    return (
        f'<p class="oc-dim" role="status">找到 {len(result.passages)} 段，用时 {took:.0f} 毫秒。'
        f'分数只在同一次检索里比大小。</p><ol class="oc-library-passages">{items}</ol>'
    )


def marked(passage: str, query: str) -> str:
    """A passage with the words of the query marked: of Chinese what two characters in a row have in common."""
    spans: list[tuple[int, int]] = []
    folded = fold(passage)
    for term in {term for term in terms(content_words(query)) if len(term) > 1}:
        starts = (at.start() for at in re.finditer(f"(?={re.escape(term)})", folded))
        spans += [(start, start + len(term)) for start in starts]
    return "".join(
        f'<mark class="oc-hit">{text(part)}</mark>' if hit else text(part) for part, hit in _cut(passage, spans) if part
    )


def report(files: Sequence[FileReport], caption: str, names: Mapping[str, str] | None = None) -> str:
    """What became of files, the failed first; `names` are those they came with, by the names they got."""
    if not files:
        return note("没有可以装入的文件。", "warn")
    order = list(STATUS)
    kinds = {status: sum(file.status == status for file in files) for status in order}
    counted = "，".join(f"{word} {kinds[status]} 个" for status, word in STATUS.items() if kinds[status])
    ordered = sorted(files, key=lambda file: order.index(file.status))
    rows = [_row(file, (names or {}).get(file.path, file.path)) for file in ordered[:_ROWS]]
    more = note(f"只列出前 {_ROWS} 个，共 {len(files)} 个。") if len(files) > _ROWS else ""
    kind = "bad" if kinds["failed"] == len(files) else "warn" if kinds["failed"] else "good"
    head = ("文件", "结果", "段数", "编码", "说明")
    listed = f'<div class="oc-library-report">{table(head, rows, "每个文件的结果")}</div>'
    return note(f"{caption}：{counted}。", kind) + listed + more


def _row(file: FileReport, came: str) -> tuple[str, ...]:
    name = file.path if came == file.path else f"{came}（存为 {file.path}）"
    status = f"{_MARKS.get(file.status, '✓')} {STATUS[file.status]}"
    return name, status, str(file.chunks or ""), file.encoding, file.reason


def progress(names: Sequence[str], done: int) -> str:
    """Files that are being read, one by one."""
    bar = f'<progress max="{len(names)}" value="{done}" aria-label="装入"></progress>'
    what = f"正在装入，{done}/{len(names)} 个" if done < len(names) else "都读完了，正在写索引"
    first = max(0, done - 3)
    words = ["已读", "正在读", "等着"]
    items = "".join(
        f'<li class="oc-library-{"done" if i < done else "now" if i == done else "wait"}">'
        f"<span>{words[0 if i < done else 1 if i == done else 2]}</span> {text(name)}</li>"
        for i, name in list(enumerate(names))[first : first + 8]
    )
    return f'<div class="oc-note" role="status">{what} {bar}</div><ul class="oc-library-files">{items}</ul>'


def _cut(whole: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    """A text in pieces, those inside a span told; spans that overlap or touch are one."""
    joined: list[list[int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    at = 0
    for start, end in joined:
        yield whole[at:start], False
        yield whole[start:end], True
        at = end
    yield whole[at:], False
