"""MCP: the tools are there with Chinese descriptions, answer in the contract's JSON, and say what is wrong."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent
from page_world import served

from copilot.assistant import Copilot
from copilot.library import Library
from copilot.settings import Settings

Result = TypeVar("Result")
TOOLS = {"ask", "search", "adcopy", "check", "plan", "diagnose"}


@pytest.fixture(scope="module")
def address(handbook: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page over the handbook that serves MCP, too."""
    with served(Copilot(handbook, Settings(home=tmp_path_factory.mktemp("mcp"))), mcp=True) as address:
        yield address


def session(address: str, work: Callable[[ClientSession], Awaitable[Result]]) -> Result:
    """Do `work` in a session of the MCP client."""

    async def inside() -> Result:
        async with (
            httpx.AsyncClient(timeout=60) as client,
            streamable_http_client(f"{address}gradio_api/mcp/", http_client=client) as (read, write, _),
            ClientSession(read, write) as talk,
        ):
            await talk.initialize()
            return await work(talk)

    with ThreadPoolExecutor(1) as aside:  # Playwright may have a loop running here
        return aside.submit(asyncio.run, inside()).result()


def call(address: str, name: str, **arguments: Any) -> CallToolResult:
    """Call one tool."""
    return session(address, lambda talk: talk.call_tool(name, arguments))


def said(result: CallToolResult) -> str:
    """The one text of a result."""
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def told(address: str, name: str, **arguments: Any) -> dict[str, Any]:
    """The JSON that a tool answers."""
    result = call(address, name, **arguments)
    assert not result.isError, said(result)
    found = json.loads(said(result))
    assert isinstance(found, dict)
    return found


def test_the_six_tools_and_nothing_of_the_page_are_listed(address: str) -> None:
    """Every tool and every parameter is described in Chinese."""
    tools = {tool.name: tool for tool in session(address, lambda talk: talk.list_tools()).tools}
    assert set(tools) == TOOLS
    for tool in tools.values():
        described = [tool.description or ""]
        described += [parameter["description"] for parameter in tool.inputSchema["properties"].values()]
        assert all(any("一" <= letter <= "鿿" for letter in text) for text in described), described


def test_an_answer_has_its_citations(address: str) -> None:
    """Chinese goes in and comes out; the keys are those of the contract."""
    found = told(address, "ask", question="怎么召回流失用户？")
    assert found["answered"] and found["citations"]
    assert found["question"] == "怎么召回流失用户？"


def test_passages_are_found(address: str) -> None:
    """`k` and `mode` arrive."""
    assert len(told(address, "search", query="用户召回", k=2, mode="lexical")["passages"]) == 2


def test_copy_is_written_of_a_sentence(address: str) -> None:
    """The number in the sentence counts."""
    found = told(address, "adcopy", request="帮我写 3 条短信，周五发，满 199 减 50，给两个月没来的")
    assert [variant["platform"] for variant in found["variants"]] == ["sms"] * 3


def test_copy_is_written_of_single_fields(address: str) -> None:
    """Lists arrive as lists, what has no parameter of its own through `more`."""
    brief = {"product": "云檐扫拖机器人", "selling_points": ["拖布自己洗"], "platforms": ["小红书"]}
    found = told(address, "adcopy", **brief, n=1, more={"brand": "云檐"})
    assert found["brief"]["brand"] == "云檐"
    assert len(found["variants"]) == 1


def test_a_text_is_checked(address: str) -> None:
    """What the law forbids is found."""
    assert any(finding["level"] == "ban" for finding in told(address, "check", text="全网最低价")["findings"])


def test_a_plan_keeps_to_its_budget(address: str) -> None:
    """The brief arrives with its pairs."""
    brief = {"product": "小满记账", "goal": "召回", "budget": "5万", "channels": ["短信"], "reach": {"短信": 60000}}
    assert 0 < float(told(address, "plan", **brief)["budget_total"]) <= 50_000


def test_a_voice_is_diagnosed(address: str) -> None:
    """A complaint is told from praise."""
    assert told(address, "diagnose", voice="换了手机就收不到验证码，催了三次没人理")["kind"] in ("complaint", "bug")


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        pytest.param("ask", {"question": " "}, "没有要查的内容", id="empty"),
        pytest.param("search", {"query": "召回", "k": 0}, "不是正数", id="k"),
        pytest.param("adcopy", {"product": "杯子", "platforms": ["没有的渠道"]}, "没有渠道", id="channel"),
        pytest.param("ask", {}, "question", id="missing"),
        pytest.param("plan", {"product": "杯子", "goal": "发财"}, "拉新", id="goal"),
        pytest.param("nothing", {}, "nothing", id="tool"),
    ],
)
def test_what_is_wrong_is_said(address: str, name: str, arguments: dict[str, Any], words: str) -> None:
    """A tool error with one sentence, no traceback."""
    result = call(address, name, **arguments)
    assert result.isError
    assert words in said(result)
    assert "Traceback" not in said(result)


def test_a_program_error_shows_nothing_of_the_program(
    address: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The assistant reads that something broke; the log has the rest."""
    monkeypatch.setattr(Copilot, "check", lambda *args, **kwargs: 1 / 0)
    result = call(address, "check", text="杯子")
    assert result.isError
    assert "程序内部出错" in said(result)
    assert "division" not in said(result)
    assert "ZeroDivisionError" in caplog.text


def test_a_browser_is_told_what_the_address_is_for(address: str) -> None:
    """In Chinese, without the English page of Gradio that loads from elsewhere."""
    for path in ("gradio_api/mcp/", "gradio_api/mcp"):
        assert "MCP 服务的地址" in httpx.get(address + path, headers={"Accept": "text/html"}, timeout=60).text


def test_other_ways_to_the_tools_are_closed(address: str) -> None:
    """One transport is served and tested; Gradio has three more, and an API without login of its own."""
    for path in ("mcp/sse", "mcp/schema", "mcp/http", "call/ask", "run/ask", "api/ask"):
        assert httpx.get(f"{address}gradio_api/{path}", timeout=60).status_code == 404
        assert httpx.post(f"{address}gradio_api/{path}", json={"data": ["杯子"]}, timeout=60).status_code == 404


def test_without_the_flag_there_is_no_tool(page_of_handbook: str) -> None:
    """Neither the server nor a public endpoint."""
    assert httpx.post(f"{page_of_handbook}gradio_api/mcp/", json={}, timeout=60).status_code == 404
    info = httpx.get(f"{page_of_handbook}gradio_api/info", timeout=60).json()
    assert info["named_endpoints"] == {} and info["unnamed_endpoints"] == {}


def test_tools_write_nothing_into_the_working_folder(address: str, tmp_path: Path) -> None:
    """What Gradio keeps lies among the temporary files."""
    told(address, "check", text="杯子")
    assert list((tmp_path / "work").iterdir()) == []
