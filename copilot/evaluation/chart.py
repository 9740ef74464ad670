"""A chart of retrieval figures: a group of bars for each figure, a colour for each mode."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from copilot.errors import InputError

_SUFFIXES = (".png", ".svg", ".pdf")
_FIGURES = ("hit@1", "hit@5", "hit@10", "mrr@10", "ndcg@10")
# Okabe & Ito 2008, distinct for colour-blind eyes and by brightness; a mode has its colour whatever it is beside.
_COLOURS = {"lexical": "#56B4E9", "dense": "#E69F00", "hybrid": "#009E73"}

_ON_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}  # a number that a grid line does not strike out


def check_chart(path: Path) -> None:
    """Find out before a long run whether a chart can be drawn there.

    :raises InputError: the kind is unknown, the place cannot be written, or matplotlib is not installed
    """
    if path.suffix.lower() not in _SUFFIXES:
        raise InputError(f"画不出 {path.name}：不认识后缀“{path.suffix}”", f"文件名以 {'、'.join(_SUFFIXES)} 结尾。")
    if not path.parent.is_dir():
        raise InputError(f"目录不存在：{path.parent}", "先建好目录，或换一个位置。")
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InputError(f"写不了 {path}", "检查权限，或换一个位置。")
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        hint = '运行 pip install "ops-copilot[plot]"，或去掉 --plot。'
        raise InputError("画图要用 matplotlib，还没有安装", hint) from error


def draw_modes(modes: Mapping[str, Mapping[str, Any]], path: Path) -> None:
    """Draw the figures of `modes`, with the 95 % interval `ndcg@10_95` of a mode that has one.

    :raises InputError: as `check_chart`, or writing failed
    """
    check_chart(path)
    from matplotlib.figure import Figure  # not pyplot: no window, no state; the file's suffix chooses Agg, SVG or PDF

    figure = Figure(figsize=(10, 5), layout="constrained")
    axes = figure.add_subplot()
    width = 0.8 / len(modes)
    for number, (mode, figures) in enumerate(modes.items()):
        places = [group + (number - (len(modes) - 1) / 2) * width for group in range(len(_FIGURES))]
        heights = [figures[name] for name in _FIGURES]
        axes.bar(places, heights, width * 0.92, label=mode, color=_COLOURS[mode])
        tops = list(heights)
        if interval := figures.get("ndcg@10_95"):
            x, y = places[-1], heights[-1]
            whisker = [[max(0.0, y - interval[0])], [max(0.0, interval[1] - y)]]
            label = "95 %" if number == len(modes) - 1 else None  # once, last in the legend
            axes.errorbar([x], [y], whisker, fmt="none", ecolor="#333333", capsize=3, label=label)
            tops[-1] = max(y, interval[1])
        for place, height, top in zip(places, heights, tops, strict=True):
            axes.text(place, top + 0.01, f"{height:.4f}", ha="center", va="bottom", fontsize=8, bbox=_ON_WHITE)
    axes.set_xticks(range(len(_FIGURES)), _FIGURES)
    axes.set_ylim(0, 1.08)
    axes.set_yticks([tick / 5 for tick in range(6)])
    axes.grid(axis="y", color="#DDDDDD")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=4, frameon=False)
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        raise InputError(f"写不了 {path}：{error}", "检查权限和磁盘空间，或换一个位置。") from error
