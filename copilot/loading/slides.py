"""pptx → one section a slide: title, bulleted text, tables, chart figures, notes."""

import io
from collections.abc import Iterator
from typing import Any

import pptx
from pptx.enum.shapes import PP_PLACEHOLDER

from copilot.loading.archive import check_archive
from copilot.loading.tables import markdown_table
from copilot.loading.titles import core_title
from copilot.types import LoadedText

_NO_BULLETS = {PP_PLACEHOLDER.SUBTITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.TITLE}
_NOT_CONTENT = {PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.HEADER}


def read_pptx(data: bytes) -> LoadedText:
    """Return a presentation as Markdown: `#` for a title slide, `##` for every other slide.

    :raises LoadError: not a pptx, or an unsafe one
    """
    with check_archive(data, "pptx", "ppt/") as archive:
        title = core_title(archive)
    slides = list(pptx.Presentation(io.BytesIO(data)).slides)
    text = "\n\n".join(part for number, slide in enumerate(slides, 1) for part in _slide(number, slide) if part)
    first = slides[0].shapes.title if slides else None
    return LoadedText(text, title or (_flat(first.text) if first is not None else ""), "")


def _slide(number: int, slide: Any) -> Iterator[str]:
    title = slide.shapes.title
    name = _flat(title.text) if title is not None else ""
    opening = title is not None and title.placeholder_format.type == PP_PLACEHOLDER.CENTER_TITLE
    body = [part for shape in _in_reading_order(slide.shapes) if shape != title for part in _shape(shape)]
    notes = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    if notes is not None and notes.text.strip():
        body.append(f"备注：{_flat(notes.text)}")
    if name or body:
        yield f"{'#' if opening else '##'} {name or f'第 {number} 页'}"
    yield from body


def _in_reading_order(shapes: Any) -> list[Any]:
    """Return shapes from top to bottom, then left to right; placeholders without a position first."""
    return sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0))


def _shape(shape: Any) -> Iterator[str]:
    if hasattr(shape, "shapes"):  # a group
        for inner in _in_reading_order(shape.shapes):
            yield from _shape(inner)
    elif getattr(shape, "has_table", False):
        yield markdown_table([_cell(cell) for cell in row.cells] for row in shape.table.rows)
    elif getattr(shape, "has_chart", False):
        yield _chart(shape.chart)
    elif shape.has_text_frame:
        kind = shape.placeholder_format.type if shape.is_placeholder else None
        if kind not in _NOT_CONTENT:
            yield _paragraphs(shape.text_frame, bulleted=kind is not None and kind not in _NO_BULLETS)


def _paragraphs(frame: Any, bulleted: bool) -> str:
    """Return the frame's paragraphs; those of a content placeholder, or with a bullet of their own, as a list."""
    text, was_item = "", False
    for paragraph in frame.paragraphs:
        if words := _flat("".join(run.text for run in paragraph.runs) or paragraph.text):
            item = _has_bullet(paragraph, bulleted)
            text += "" if not text else "\n" if item and was_item else "\n\n"
            text += "  " * paragraph.level + "- " + words if item else words
            was_item = item
    return text


def _has_bullet(paragraph: Any, otherwise: bool) -> bool:
    properties = paragraph._p.pPr
    if properties is None:
        return otherwise or paragraph.level > 0
    names = {child.tag.rsplit("}", 1)[-1] for child in properties}
    if "buNone" in names:
        return False
    return bool(names & {"buChar", "buAutoNum", "buBlip"}) or otherwise or paragraph.level > 0


def _cell(cell: Any) -> str:
    return "" if cell.is_spanned else cell.text.replace("\v", "\n")


def _chart(chart: Any) -> str:
    title = _flat(chart.chart_title.text_frame.text) if chart.has_title and chart.chart_title.has_text_frame else ""
    rows = [["类别", *(str(series.name) for plot in chart.plots for series in plot.series)]]
    columns = [list(series.values) for plot in chart.plots for series in plot.series]
    for index, category in enumerate(chart.plots[0].categories):
        figures = [column[index] if index < len(column) else None for column in columns]
        rows.append([str(category), *("" if figure is None else f"{figure:.15g}" for figure in figures)])
    return "\n\n".join(filter(None, [title, markdown_table(rows)]))


def _flat(text: str) -> str:
    return " ".join(text.split())
