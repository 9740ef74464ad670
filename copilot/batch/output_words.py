"""What the columns of an output mean, for the people who open it in a spreadsheet."""

from collections.abc import Iterator, Sequence

from copilot.batch.flat import variant_column
from copilot.batch.output_cells import OURS, RESULT, Shape
from copilot.channels import load_channels

_OURS = {
    "row": "在输入表里是第几行数据（表头不算，1 是第一行）。",
    "key": "这一行的编号：任务、内容、提示词、资料库和写法都没变时不变，再次运行靠它跳过已经做完的行。",
    "status": "ok：做完了；failed：没做成，原因在 error。",
    "error": "没做成的原因；改好这一行再运行同一条命令，只补没做成的行。",
    "writer": "谁写的：rules 是规则模板，没有用模型；chat: 后面是模型名。",
    "tokens": "用掉的模型 token 数；规则模板是 0。",
}
_RESULT = {
    "dropped": "没有采用的文案和内容，以及原因。",
    "gaps": "补充这些可以写得更好。",
    "notes": "怎么理解这一行的，有哪些假定。",
    "answered": "资料里有没有依据回答：是、否。",
    "answer": "回答；句后的 [1] 对应 citations 里的出处。",
    "citations": "引用的原文和出处，一行一条。",
    "kind": "反馈的类型：诉求、抱怨、故障、提问、表扬、其他。",
    "verdict": "一句话的判断。",
    "solves_root": "照用户说的做能不能治本；只有诉求和抱怨才判断。",
    "next_step": "下一步怎么做。",
    "urgency": "紧急程度。",
    "owner": "由谁来做。",
    "signals": "要特别留意的信号：要走、要投诉、人身安全、个人信息、钱款 …",
    "segment": "原话里说的用户是谁。",
    "context": "原话里说的场合。",
    "workaround": "原话里说的现在怎么办。",
    "requested": "原话里要什么。",
    "pain": "原话里的难处。",
    "consequence": "原话里的后果。",
    "goal": "原话里的目的。",
    "need": "背后最可能的需求；是假设，要验证。",
    "other_needs": "其他可能的需求，一行一条，也是假设。",
    "questions": "向用户追问的问题，一行一条。",
    "options": "可以怎么做，一行一条；收益和成本是估计。",
    "this_week": "这一周先做什么。",
    "reply": "可以直接回复用户的话。",
    RESULT: "完整结果（JSON），别的列都从它来。",
}
_VARIANT = {
    "platform": "渠道。",
    "angle": "写作角度。",
    "text": "可以直接粘贴的全文。",
    "chars": "各部分的字数和上限。",
    "notes": "检查出的问题、没放下的关键词、生成方式。",
}


def explained(shape: Shape, names: Sequence[str]) -> Iterator[list[str]]:
    """Yield column and explanation for the columns `names`; those of all variants are explained once, as `v1.`."""
    width = len(shape.header)
    yield from _own(shape.header, names[:width])
    yield from ([name, _OURS[name]] for name in OURS)
    variants = {column[0]: None for name in shape.columns if (column := variant_column(name))}
    if variants:
        yield ["v1、v2…", f"一行里的第几条文案，最多 {max(variants)} 条；v2 以后的列与 v1 的意思一样。"]
    labels = _labels(shape)
    fields = dict.fromkeys(column[1] for name in shape.columns if (column := variant_column(name)))
    for field in fields:
        yield [f"v1.{field}", _VARIANT.get(field) or f"{labels.get(field, field)}。"]
    for name in (*shape.columns, RESULT):
        if not variant_column(name):
            yield [name, _RESULT.get(name, "")]
    if names[-1] != RESULT:
        yield [f"{RESULT}.2…", "result 太长，一个单元格放不下时从这里接下去；按顺序连起来就是完整的 JSON。"]
    yield ["", "看起来像公式或日期的内容都按文字保存；打不出的控制字符换成了 �。"]


def _own(header: Sequence[str], names: Sequence[str]) -> Iterator[list[str]]:
    if header:
        yield [names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}", f"输入表原来的 {len(names)} 列，照原样。"]
    for old, new in zip(header, names, strict=True):
        if new != old and new.startswith(f"{old}（原表"):
            yield [new, f"输入表的“{old}”列；与这里的列重名，所以改了列名。"]


def _labels(shape: Shape) -> dict[str, str]:
    """Return what channels call their fields: `标题、主标题`."""
    channels = load_channels() if shape.channels is None else shape.channels
    names: dict[str, dict[str, None]] = {}
    for channel in channels.values():
        for field in channel.fields:
            names.setdefault(field.name, {})[field.label] = None
            names.setdefault(f"{field.name}（字段）", {})[field.label] = None
    return {field: "、".join(labels) for field, labels in names.items()}
