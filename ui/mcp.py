"""The tools of `ui --mcp`: what an assistant such as Claude Desktop can call. Gradio serves them as MCP.

Gradio reads the docstring of a tool: the lines before `Args:` are what the assistant is told of it.
"""

import inspect
import json
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, Literal

import anyio
from gradio.events import api

from copilot import Copilot
from copilot.errors import CopilotError

AT_ONCE = 4  # calls worked on at a time, the others wait: an assistant must not take the page from its users
MOST = 50  # passages, variants: what a conversation can still hold
_LOG = logging.getLogger("ui.mcp")
_NO_TEXTS: list[str] = []
_NO_PAIRS: dict[str, Any] = {}


class ToolError(Exception):
    """What a tool could not do; the assistant reads the text."""


def add_tools(copilot: Copilot) -> None:
    """Put the tools into the Blocks that is being built.

    They are not queued: for a queued one Gradio asks its own server over HTTP, without the login.
    """
    limiter = anyio.CapacityLimiter(AT_ONCE)
    for work in (ask, search, adcopy, check, plan, diagnose):
        api(_tool(work, copilot, limiter), api_name=work.__name__, queue=False)


def _tool(work: Callable[..., Any], copilot: Copilot, limiter: anyio.CapacityLimiter) -> Callable[..., Any]:
    """Return `work` without its first parameter, in a thread, its result as JSON text, its errors as sentences."""

    @wraps(work)
    async def tool(*args: Any, **kwargs: Any) -> str:
        try:
            result = await anyio.to_thread.run_sync(lambda: work(copilot, *args, **kwargs), limiter=limiter)
        except CopilotError as error:
            raise ToolError(f"{error.message}。{error.hint}") from None
        except Exception as error:  # noqa: BLE001  the last seam: the assistant gets a sentence, the log the rest
            _LOG.error("a tool failed", exc_info=error)
            raise ToolError("程序内部出错，记录在启动窗口里。") from None
        return json.dumps(result.to_dict(), ensure_ascii=False)

    signature = inspect.signature(work)
    parameters = list(signature.parameters.values())[1:]
    tool.__signature__ = signature.replace(parameters=parameters, return_annotation=str)  # type: ignore[attr-defined]
    tool.__annotations__ = {p.name: p.annotation for p in parameters} | {"return": str}
    del tool.__wrapped__  # Gradio would read the hints of `work`
    return tool


def ask(copilot: Copilot, question: str, long: bool = False) -> Any:
    """回答一个互联网运营问题，只用资料库里的内容，每句话都标出处。资料里没有时 answered 为 false，不要自己补答案。

    Args:
        question: 问题，一句完整的中文，例如“怎么召回流失用户？”
        long: 要不要长一点的回答
    """
    return copilot.ask(question, long=long)


def search(copilot: Copilot, query: str, k: int = 5, mode: Literal["hybrid", "lexical", "dense"] = "hybrid") -> Any:
    """在资料库里找原文段落，不生成任何文字；返回标题、章节、原文和在文中的位置。

    Args:
        query: 要找什么，关键词或一句话
        k: 要几段，1 到 50
        mode: hybrid 是混合检索，lexical 只按字词，dense 只按语义
    """
    return copilot.search(query, min(k, MOST), mode)


def adcopy(
    copilot: Copilot,
    request: str = "",
    product: str = "",
    selling_points: list[str] = _NO_TEXTS,
    platforms: list[str] = _NO_TEXTS,
    n: int = 3,
    audience: str = "",
    offer: str = "",
    price: str = "",
    facts: list[str] = _NO_TEXTS,
    profile: str = "",
    voice: str = "",
    more: dict[str, Any] = _NO_PAIRS,
) -> Any:
    """写广告文案：每个渠道 n 条，字数、禁用词、广告法都查过，没有依据的话不写；没写成的列在 dropped 里。

    Args:
        request: 用一句话说要写什么，例如“写 3 条短信，周五发，满 199 减 50，给两个月没来的”；或用下面的参数逐项写
        product: 产品名
        selling_points: 卖点，每条一个
        platforms: 渠道名或编号，例如 小红书、短信、抖音
        n: 每个渠道几条，1 到 20
        audience: 写给谁
        offer: 优惠：谁、多少、到什么时候
        price: 价格
        facts: 能当依据的事实，每条一个
        profile: 保存过的产品档案的名字
        voice: 保存过的品牌语气的名字
        more: 简报里的其他项，键如 brand、industry、pain、scene、keywords、banned、cta、link、sms_sign、qualification
    """
    given = {
        "product": product, "selling_points": selling_points, "platform": platforms, "audience": audience,
        "offer": offer, "price": price, "facts": facts,
    }  # fmt: skip
    parts = copilot.gather(request, {key: value for key, value in given.items() if value}, more or None, profile)
    return copilot.adcopy(parts.brief, parts.n or n, voice=voice or None, notes=parts.notes)


def check(copilot: Copilot, text: str, platform: str = "", industry: str = "") -> Any:
    """查一段文案里违反广告法或需要证据的词句：每条给出位置、级别、法条和改法。查不到问题不等于合规。

    Args:
        text: 要查的文案
        platform: 渠道名或编号，可以不写
        industry: 行业，例如 医疗、教育、食品，可以不写
    """
    return copilot.check(text, platform=platform, industry=industry)


def plan(
    copilot: Copilot,
    product: str,
    goal: Literal["拉新", "激活", "促活", "留存", "复购", "转化", "召回", "裂变", "留资", "品牌"],
    target: str = "",
    budget: str = "",
    start: str = "",
    end: str = "",
    kind: Literal["activity", "annual", "online", "platform", "sales", "launch"] = "activity",
    channels: list[str] = _NO_TEXTS,
    reach: dict[str, int] = _NO_PAIRS,
    audience: str = "",
    offer: str = "",
    more: dict[str, Any] = _NO_PAIRS,
) -> Any:
    """写一份运营方案：漏斗、预算、排期、指标和风险；每个数都标明是给定、有出处还是假设，没给的会列在 missing 里。

    Args:
        product: 产品名
        goal: 目标
        target: 要达到的数，例如“注册 1 万人”
        budget: 预算，例如 5万
        start: 开始日，例如 2026-12-01
        end: 结束日
        kind: activity 单场活动，annual 年度计划，online 线上推广，platform 平台运营，sales 销售，launch 上线
        channels: 渠道，例如 小红书、短信
        reach: 各渠道能触达的人数，例如 {"短信": 60000}
        audience: 对谁做
        offer: 优惠或活动内容
        more: 简报里的其他项，键如 baseline、team、constraints、assumptions、selling_points、price、facts
    """
    given = {
        "product": product, "goal": goal, "target": target, "budget": budget, "start": start, "end": end,
        "kind": kind, "channels": channels, "reach": reach, "audience": audience, "offer": offer,
    }  # fmt: skip
    return copilot.plan({**more, **{key: value for key, value in given.items() if value}})


def diagnose(copilot: Copilot, voice: str) -> Any:
    """诊断一条用户反馈：原话里说了什么、背后可能要什么（附怎么推翻）、该追问什么、有哪些做法、怎么回复用户。

    Args:
        voice: 用户的原话，不要改写
    """
    return copilot.diagnose(voice)
