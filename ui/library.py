"""资料库: what the answers rest on — send files, look into documents, remove them, see what a question finds."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from copilot import Copilot
from copilot.errors import CopilotError, InputError, UnknownDocument
from copilot.retrieval.hybrid import Mode
from copilot.text import fold
from copilot.uploads import add_uploads, comes_back, remove_document, safe_names, shown_report, shown_source
from ui import render_library
from ui.events import CLICKS, listen
from ui.render import note, working
from ui.work import Ended, told

Place = dict[str, Any]  # the page of the list, the document that asks whether it is to go, the document that is open

_MODES = [("综合（问答用的）", "hybrid"), ("只按字词", "lexical"), ("只按意思", "dense")]
_HALTED = "已停止，没装完的不会留下。如果已经在写索引，那一批会写完：过一会儿点“刷新”看。"
# the chunk that was found at the top of its box; what was opened in sight
_SCROLL = """
watch('value', () => {
  const box = element.querySelector('.oc-library-text'), hit = element.querySelector('#oc-library-hit');
  if (!box) return;
  box.scrollTop = hit ? hit.offsetTop - 40 : 0;
  element.scrollIntoView({block: 'nearest', behavior: 'smooth'});
});
"""


def build(app: gr.Blocks, copilot: Copilot) -> None:
    """Put the tab's components where they are called."""
    place = gr.State({"page": 0, "asking": "", "open": ""})
    size = gr.HTML("", js_on_load=None, apply_default_css=False, elem_id="oc-library-stats")
    with gr.Row(equal_height=False):
        with gr.Column(scale=5, min_width=320), gr.Tabs(elem_id="oc-library-tabs"):
            with gr.Tab("文档与上传", id="documents"):
                sent, add, stop, done = _uploads()
                with gr.Row():
                    search = gr.Textbox(
                        label="按名字找文档",
                        placeholder="标题或来源里的字",
                        max_lines=1,
                        scale=6,
                        elem_id="oc-library-search",
                    )
                    fresh = gr.Button("刷新", size="sm", scale=1, min_width=72, elem_id="oc-library-fresh")
                said = gr.HTML("", js_on_load=None, apply_default_css=False, elem_id="oc-library-said")
                listed = gr.HTML("", js_on_load=CLICKS, apply_default_css=False, elem_id="oc-library-documents")
            with gr.Tab("检索试验", id="try"):
                found = _trial(copilot)
            with gr.Tab("同步文件夹", id="sync"):
                synced = _sync(copilot)
        with gr.Column(scale=4, min_width=320):
            source = gr.HTML(
                render_library.close(), js_on_load=CLICKS + _SCROLL, apply_default_css=False, elem_id="oc-library-open"
            )

    quiet: dict[str, Any] = {"show_progress": "hidden"}
    shown = [listed, size]
    look, clicked = partial(_look, copilot), partial(_clicked, copilot)
    listen(app.load, look, [search, place], shown, **quiet)
    listen(fresh.click, look, [search, place], shown, **quiet)
    listen(
        search.change, partial(_search, copilot), [search, place], [place, *shown], trigger_mode="always_last", **quiet
    )
    listen(listed.click, clicked, [search, place], [place, said, source, *shown], **quiet)
    for part in (source, found):
        listen(part.click, partial(_opened, copilot), [place], [place, source], **quiet)
    adding = listen(add.click, partial(_add, copilot), [sent], [done, sent, add, stop], **quiet)
    halting(adding, stop, [done, add, stop])
    for event in filter(None, (adding, synced)):
        listen(event.then, look, [search, place], shown, **quiet)


def _uploads() -> tuple[gr.File, gr.Button, gr.Button, gr.HTML]:
    # No `file_types`: a file of a wrong kind gets its reason in the table and stops none of the others.
    sent = gr.File(label="选文件，可以一次选很多", file_count="multiple", height=132, elem_id="oc-library-files")
    gr.HTML(render_library.kinds(), js_on_load=None, apply_default_css=False, elem_id="oc-library-kinds")
    with gr.Row():
        add = gr.Button("装入资料库", variant="primary", scale=0, min_width=140, elem_id="oc-library-add")
        stop = gr.Button("停止", visible=False, scale=0, min_width=80, elem_id="oc-library-stop")
    return sent, add, stop, gr.HTML("", js_on_load=None, apply_default_css=False, elem_id="oc-library-done")


def _trial(copilot: Copilot) -> gr.HTML:
    query = gr.Textbox(
        label="试一个问题",
        placeholder="看看会找到哪几段，例如：流失用户怎么召回",
        max_lines=2,
        elem_id="oc-library-query",
    )
    with gr.Row(equal_height=True):
        mode = gr.Radio(_MODES, value="hybrid", label="怎么找", scale=3, min_width=260, elem_id="oc-library-mode")
        most = gr.Slider(1, 20, 5, step=1, label="显示几段", scale=2, min_width=180, elem_id="oc-library-most")
    with gr.Row():
        go = gr.Button("检索", variant="primary", scale=0, min_width=140, elem_id="oc-library-go")
    found = gr.HTML("", js_on_load=CLICKS, apply_default_css=False, elem_id="oc-library-found")
    for event in (go.click, query.submit):
        listen(event, partial(_try, copilot), [query, mode, most], [found], show_progress="minimal")
    return found


def _sync(copilot: Copilot) -> Any:
    """The folder field, for who sits at this machine; to others a word about the command line."""
    if copilot.settings.auth:  # needed beyond this machine: nobody there names folders of the server
        words = "这个网页要登录才能看，别的机器也能打开，所以不在这里读这台机器上的文件夹。"
        command = "在装有运营助手的机器上运行：ops-copilot library sync 文件夹。"
        gr.HTML(note(words + command), js_on_load=None, apply_default_css=False, elem_id="oc-library-elsewhere")
        return None
    gr.HTML(
        note("让资料库与一个文件夹保持一致：新文件装入，改过的更新。")
        + note("这个文件夹之下，文件已经不在的，它的文档会从资料库移除；别处的文档不动。", "warn"),
        js_on_load=None, apply_default_css=False,
    )  # fmt: skip
    folder = gr.Textbox(
        label="这台机器上的文件夹", placeholder="完整路径，例如 D:\\资料 或 /Users/我/资料", max_lines=1,
        elem_id="oc-library-folder",
    )  # fmt: skip
    with gr.Row():
        go = gr.Button("同步", variant="primary", scale=0, min_width=140, elem_id="oc-library-sync")
        stop = gr.Button("停止", visible=False, scale=0, min_width=80, elem_id="oc-library-halt")
    done = gr.HTML("", js_on_load=None, apply_default_css=False, elem_id="oc-library-synced")
    synced = listen(go.click, partial(_synced, copilot), [folder], [done, go, stop], show_progress="hidden")
    halting(synced, stop, [done, go, stop])
    return synced


def halting(event: Any, stop: gr.Button, shown: list[Any], told: str = _HALTED) -> None:
    """Let `stop` end an event; whatever ends it, the buttons come back. `shown`: what tells, the button, `stop`."""
    halted = listen(stop.click, None, cancels=[event])
    quiet: dict[str, Any] = {"show_progress": "hidden"}
    listen(halted.then, lambda: (note(told, "warn"), *buttons(busy=False)), None, shown, **quiet)
    listen(event.failure, lambda: ("", *buttons(busy=False)), None, shown, **quiet)


def buttons(*, busy: bool) -> tuple[Any, Any]:
    """The main button while nothing is done, the one that stops while something is."""
    return gr.update(visible=not busy), gr.update(visible=busy)


# The list and the document


def _look(copilot: Copilot, search: str | None, place: Place) -> tuple[str, str]:
    """The list as it is now, and how much there is."""
    library, home = copilot.library, copilot.settings.home
    listed = [
        d.to_dict() | {"shown": shown_source(home, d.source), "shipped": comes_back(d.source)} for d in library.list()
    ]
    search = (search or "").strip()  # before the field is on the page it is None
    wanted = fold(search)
    kept = [d for d in listed if wanted in fold(f"{d['title']}\n{d['shown']}")]
    own_first = sorted(kept, key=lambda d: (d["shipped"], d["shown"]))
    shown = render_library.documents(own_first, place["page"], place["asking"], search)
    return shown, render_library.stats(library.stats())


def _search(copilot: Copilot, search: str, place: Place) -> tuple[Any, ...]:
    place |= {"page": 0, "asking": ""}
    return place, *_look(copilot, search, place)


def _clicked(copilot: Copilot, search: str, place: Place, event: gr.EventData) -> tuple[Any, ...]:
    """Whatever was clicked in the list."""
    said, source = "", gr.skip()
    place["asking"] = event.doc if event.act == "ask" else ""
    if event.act == "open":
        source = _document(copilot, place, event.doc)
    elif event.act == "page":
        place["page"] = int(event.n)
    elif event.act == "delete":
        said = _deleted(copilot, event.doc)
        if place["open"] == event.doc:
            place["open"], source = "", render_library.close()
    return place, said, source, *_look(copilot, search, place)


def _deleted(copilot: Copilot, doc_id: str) -> str:
    try:
        file = remove_document(copilot.library, copilot.settings.home, doc_id)
    except CopilotError as error:
        return note(f"没有删成：{error.message}。{error.hint}", "bad")
    return note(f"已删除：{shown_source(copilot.settings.home, file.path)}。", "good")


def _opened(copilot: Copilot, place: Place, event: gr.EventData) -> tuple[Place, str]:
    """What was clicked in a document, or among the passages that a question found."""
    if event.act == "close":
        place["open"] = ""
        return place, render_library.close()
    span = (int(event.start), int(event.end)) if event.act == "hit" else (-1, -1)
    return place, _document(copilot, place, event.doc, int(getattr(event, "n", 0)), span)


def _document(copilot: Copilot, place: Place, doc_id: str, page: int = 0, span: tuple[int, int] = (-1, -1)) -> str:
    try:
        view = copilot.library.show(doc_id)
    except UnknownDocument:
        return note("这份文档已经不在资料库里，可能别人刚删掉了。点“刷新”看现在有哪些。", "warn")
    place["open"] = view.doc_id
    return render_library.document(view, shown_source(copilot.settings.home, view.source), page, *span)


# Files


def _add(copilot: Copilot, sent: list[str] | None) -> Iterator[tuple[Any, ...]]:
    """Put what was sent into the library; file by file, then what became of each."""
    if not sent:
        raise InputError("还没有选文件", "点上面的框选择，或把文件拖进去，等上传完再装入。")
    paths = [Path(path) for path in sent]
    names = [path.name for path in paths]
    yield render_library.progress(names, 0), gr.skip(), *buttons(busy=True)
    try:
        for step in told(lambda progress: add_uploads(copilot.library, copilot.settings.home, paths, progress)):
            if isinstance(step, Ended):
                came = dict(zip(safe_names(names), names, strict=True))
                yield render_library.report(step.result.files, "装完了", came), None, *buttons(busy=False)
            else:
                yield render_library.progress(names, step.done), gr.skip(), *buttons(busy=True)
    except CopilotError as error:
        yield _failed(error), gr.skip(), *buttons(busy=False)


def _synced(copilot: Copilot, folder: str) -> Iterator[tuple[Any, ...]]:
    """Make the library equal to a folder of this machine."""
    path = Path(folder.strip().strip("\"'“”").strip()).expanduser()
    if not path.is_absolute():
        raise InputError("没有写完整路径", "从盘符或 / 写起，例如 D:\\资料 或 /Users/我/资料。")
    yield working("正在看这个文件夹里有什么"), *buttons(busy=True)
    try:
        for step in told(lambda progress: copilot.library.sync(path, progress)):
            if isinstance(step, Ended):
                files = [shown_report(copilot.settings.home, file) for file in step.result.files]
                yield render_library.report(files, "同步好了"), *buttons(busy=False)
            else:
                what = f"正在同步：{step.what}" if step.what else "都读完了，正在写索引"
                yield working(what, step.done, step.total), *buttons(busy=True)
    except CopilotError as error:
        yield _failed(error), *buttons(busy=False)


def _failed(error: CopilotError) -> str:
    return note(f"没有做成：{error.message}。{error.hint}", "bad")


def _try(copilot: Copilot, query: str, mode: Mode, most: float) -> str:
    """What a question finds."""
    found = copilot.search(query, int(most), mode)
    sources = {p.source: shown_source(copilot.settings.home, p.source) for p in found.passages}
    return render_library.passages(found, sources)
