"""设置 in the browser: what is active and whether it works, products and voices; no secret anywhere."""

import logging
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from openai_stub import serve
from page_world import open_tab, send_files, served, settled, visit
from playwright.sync_api import Browser, Page, expect

from copilot import Copilot
from copilot.errors import InputError
from copilot.model_check import check_models
from copilot.profiles import default_voice, list_profiles, load_profile
from copilot.settings import Settings, origins, read_settings
from copilot.tasks.sent_file import read_sent_file
from ui import render_settings

EVIL = "<script>window.hacked=1</script>{{7*7}}${7*7}<img src=x onerror=window.hacked=1>"
KEY = "fake-key-0815-nobody-may-see"
PASSWORD = "ein-langes-passwort"


@pytest.fixture(scope="module")
def page_of_own(bare: Path) -> Iterator[str]:
    """The address of a page over a home that its tests change."""
    with closing(Copilot.open(Settings(home=bare))) as copilot, served(copilot) as address:
        yield address


def opened(page: Page, name: str) -> None:
    """Go to a part of the tab."""
    open_tab(page, "设置")
    open_tab(page, name)


def safe(shown: str) -> None:
    """Nothing from outside is markup, or a place that Gradio's templates would fill."""
    assert "<script" not in shown
    assert "<img" not in shown
    assert "{" not in shown
    assert "$" not in shown


def test_what_comes_from_outside_is_text(tmp_path: Path) -> None:
    """Settings, what a server said, names and values of profiles."""
    settings = Settings(home=tmp_path / EVIL, model=f"openai:{EVIL}", base_url=EVIL, embedding=EVIL, reranker=EVIL)
    safe(render_settings.status(settings, dict.fromkeys(origins(settings), "given")))
    safe(render_settings.kept(settings))
    failed = {"name": EVIL, "ok": False, "message": EVIL, "hint": EVIL}
    chat = {
        "name": EVIL,
        "ok": True,
        "ms": 1,
        "reply": EVIL,
        "message": "",
        "hint": "",
        "base_url": EVIL,
        "first_ms": 1,
    }
    chat |= {"streaming": True, "structured": "tool", "context": None, "usage": "told"}
    safe(render_settings.checked({"embedding": failed, "reranker": None, "chat": chat, "library": None}))
    for asking in ("", EVIL):
        safe(render_settings.profiles([{"name": EVIL, "about": EVIL, "default": False}], asking, "voice"))
    safe(render_settings.profile(EVIL, {EVIL: EVIL, "b": [EVIL], "c": {EVIL: EVIL}}))


def test_origins_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flag, the environment, `.env`, or nobody."""
    (tmp_path / ".env").write_text("OPS_COPILOT_MODEL=openai:a\nOPS_COPILOT_TIMEOUT=9\n", encoding="utf-8")
    monkeypatch.setenv("OPS_COPILOT_TIMEOUT", "8")
    found = origins(read_settings(tmp_path), tmp_path)
    assert [found[key] for key in ("model", "timeout", "home", "reranker")] == [
        ".env",
        "environment",
        "environment",
        "default",
    ]
    assert origins(Settings(home=tmp_path, model="openai:b"), tmp_path)["model"] == "given"


def test_an_address_is_shown_without_what_may_be_secret(tmp_path: Path) -> None:
    """User, password and query are left out."""
    settings = Settings(
        home=tmp_path, model="openai:a", base_url=f"https://user:{PASSWORD}@api.example.com/v1?key={KEY}"
    )
    shown = render_settings.status(settings, dict.fromkeys(origins(settings), "default"))
    assert "https://api.example.com/v1" in shown
    assert PASSWORD not in shown
    assert KEY not in shown


def test_a_server_that_says_the_key_back_is_not_repeated(tmp_path: Path) -> None:
    """Neither in its answer, nor where the cut of a long answer would leave a part of it, nor in an error."""
    for personality in ("scripted", "401", "400"):
        pieces = ["一二三四五六七八九十" * 3, f" {KEY}。"]
        with serve(personality, pieces if personality == "scripted" else ()) as stub:
            settings = Settings(
                home=tmp_path, model="openai:stub", base_url=stub.base_url, api_key=KEY, auth=f"a:{PASSWORD}"
            )
            told = str(check_models(settings))
        assert KEY[:10] not in told


def test_a_file_that_refers_to_itself_is_refused(tmp_path: Path) -> None:
    """References make a small file huge; the message names the file and no folder of the server."""
    path = tmp_path / "炸弹.yaml"
    path.write_text("a: &a [x, x]\nb: &b [*a, *a]\n卖点: [*b, *b]\n", encoding="utf-8")
    with pytest.raises(InputError, match="引用") as caught:
        read_sent_file(path, "资料", "名称: 木屿书桌")
    path.write_text("a: [", encoding="utf-8")
    with pytest.raises(InputError, match="YAML") as broken:
        read_sent_file(path, "资料", "名称: 木屿书桌")
    assert str(tmp_path) not in caught.value.message + broken.value.message


def test_a_product_is_written_changed_and_removed(
    chromium: Browser, page_of_own: str, bare: Path, tmp_path: Path
) -> None:
    """From a file into the form, saved, changed without losing what the form has no field for, removed when asked twice."""
    file = tmp_path / "扫地机.yaml"
    file.write_text(
        "产品: 云檐扫拖机器人\n卖点: [拖布自己洗]\n优惠: 首单减 200\n规格: {高度: 7.9厘米}\n", encoding="utf-8"
    )
    with visit(chromium, page_of_own) as page:
        opened(page, "产品资料")
        said, listed = page.locator("#oc-settings-product-said"), page.locator("#oc-settings-product-list")
        send_files(page, "#oc-settings-product-file", file)
        expect(page.locator("#oc-settings-product-specs textarea")).to_have_value("高度=7.9厘米")
        page.click("#oc-settings-product-save")
        expect(said).to_contain_text("已保存“扫地机”")
        settled(page)
        page.get_by_role("button", name="修改：扫地机").click()
        expect(said).to_contain_text("正在改“扫地机”")
        expect(page.locator("#oc-settings-product-name input")).to_have_value("扫地机")
        page.fill("#oc-settings-product-selling-points textarea", f"手机画禁区{EVIL}")
        page.click("#oc-settings-product-save")
        expect(listed).to_contain_text("手机画禁区")
        settled(page)
        assert load_profile(bare, "扫地机")["offer"] == "首单减 200"
        page.fill("#oc-settings-product-name input", "扫地机")
        page.click("#oc-settings-product-save")
        expect(page.locator(".toast-body")).to_contain_text("已经有“扫地机”了")
        page.get_by_role("button", name="移除：扫地机").click()
        page.get_by_role("button", name="确认移除").click()
        expect(said).to_contain_text("已移除“扫地机”")
        assert list_profiles(bare) == []
        settled(page)
        assert page.evaluate("window.hacked") is None


def test_a_voice_becomes_the_default(chromium: Browser, page_of_own: str, bare: Path) -> None:
    """And is so no longer when it is removed from there."""
    with visit(chromium, page_of_own) as page:
        opened(page, "品牌声音")
        page.fill("#oc-settings-voice-name input", "邻家")
        page.fill("#oc-settings-voice-tone textarea", "亲切")
        page.click("#oc-settings-voice-save")
        expect(page.locator("#oc-settings-voice-said")).to_contain_text("已保存“邻家”")
        settled(page)
        page.get_by_role("button", name="设为默认：邻家").click()
        expect(page.get_by_role("button", name="不再默认用：邻家")).to_be_visible()
        expect(page.locator("#oc-settings-voice-list")).to_contain_text("默认")
        assert default_voice(bare) == "邻家"
        page.get_by_role("button", name="不再默认用：邻家").click()
        expect(page.get_by_role("button", name="设为默认：邻家")).to_be_visible()
        assert default_voice(bare) == ""


def test_no_secret_anywhere(
    chromium: Browser, bare: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Key and password stand neither in the page, nor in what it loads, nor in a log, also when the server says no."""
    caplog.set_level(logging.DEBUG)
    with serve("401") as stub:
        settings = Settings(
            home=bare, model="openai:stub", base_url=stub.base_url, api_key=KEY, auth=f"yunying:{PASSWORD}"
        )
        with closing(Copilot.open(settings)) as copilot, served(copilot) as address, visit(chromium, address) as page:
            open_tab(page, "设置")
            expect(page.locator("#oc-settings-status")).to_contain_text("已设置（不显示）")
            page.click("#oc-settings-check")
            expect(page.locator("#oc-settings-checked")).to_contain_text("1 项有问题")
            expect(page.locator("#oc-settings-checked li.oc-bad")).to_contain_text("对话模型")
            shown = [page.content()]
            shown += [page.request.get(address + part).text() for part in ("", "config", "gradio_api/info")]
        assert stub.requests
    printed = capfd.readouterr()
    for secret in (KEY, PASSWORD):
        assert secret not in caplog.text + printed.out + printed.err
        assert not [text for text in shown if secret in text]
