"""Tracking links: tags put in, the rest left alone, links refused that must not carry any."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.arithmetic.utm import is_short, tagged, tags_of, utm_for
from copilot.channels import load_channels
from copilot.errors import InputError
from copilot.knowledge import read

LINK = "https://shop.example.com/item"


def test_tags_are_put_in() -> None:
    """The three needed tags, and the two others when given."""
    assert tagged(LINK, "weibo", "social", "618") == f"{LINK}?utm_source=weibo&utm_medium=social&utm_campaign=618"
    assert tagged(LINK, "a", "b", "c", "v1", "键盘").endswith("&utm_content=v1&utm_term=%E9%94%AE%E7%9B%98")


def test_values_are_lower_case_without_blanks() -> None:
    """Values are case-sensitive in reports: one spelling only; runs of blanks, full-width ones too, become one dash."""
    made = tagged(LINK, " WeiBo ", "Paid Social", "Double  11　Sale")
    assert made.endswith("utm_source=weibo&utm_medium=paid-social&utm_campaign=double-11-sale")


def test_chinese_is_percent_encoded() -> None:
    """A Chinese campaign is encoded as UTF-8 and comes back whole."""
    made = tagged(LINK, "weibo", "social", "双11预热&返场=?#")
    assert made.isascii() and made.count("&") == 2
    assert tags_of(made)["utm_campaign"] == "双11预热&返场=?#"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        pytest.param("https://a.com/p?id=1&x=%E4%B8%AD", "https://a.com/p?id=1&x=%E4%B8%AD&", id="query"),
        pytest.param("https://a.com/p?ID=Ab+C&flag", "https://a.com/p?ID=Ab+C&flag&", id="query-as-written"),
        pytest.param("https://a.com/p?", "https://a.com/p?", id="empty-query"),
        pytest.param("https://a.com", "https://a.com?", id="no-path"),
        pytest.param(
            "https://a.com/p?cid=__CID__&kw={keywordid}", "https://a.com/p?cid=__CID__&kw={keywordid}&", id="macros"
        ),
    ],
)
def test_the_link_stays_as_written(link: str, expected: str) -> None:
    """Query and macros of the link are not touched, not even re-encoded."""
    assert tagged(link, "a", "b", "c") == f"{expected}utm_source=a&utm_medium=b&utm_campaign=c"


@pytest.mark.parametrize("fragment", ["buy", "/page?tab=1", ""])
def test_the_fragment_stays_behind(fragment: str) -> None:
    """Tags stand before `#`, where servers and scripts see them."""
    made = tagged(f"https://a.com/p?x=1#{fragment}", "a", "b", "c")
    assert made == f"https://a.com/p?x=1&utm_source=a&utm_medium=b&utm_campaign=c#{fragment}"


@pytest.mark.parametrize("macro", ["__CID__", "__CAMPAIGN_NAME__", "{creative}", "{{ad.id}}", "${name}"])
def test_macros_in_values_stay(macro: str) -> None:
    """What a platform fills in at the click keeps its case and its brackets, text around it is still cleaned."""
    assert tagged(LINK, "a", "b", "c", f"AD 组{macro}").endswith(f"&utm_content=ad-%E7%BB%84{macro}")


def test_old_tags_are_kept() -> None:
    """Unasked, a tag that the link has stays; missing and empty ones are filled in."""
    made = tagged(f"{LINK}?utm_source=Old&utm_medium=&a=1", "new", "social", "c")
    assert made == f"{LINK}?utm_source=Old&a=1&utm_medium=social&utm_campaign=c"


def test_old_tags_are_replaced_when_asked() -> None:
    """All utm_* go, an old term too, in whatever case; other parameters stay in place."""
    made = tagged(f"{LINK}?UTM_Source=Old&a=1&utm_term=x&utm_id=7#f", "new", "social", "c", replace=True)
    assert made == f"{LINK}?a=1&utm_source=new&utm_medium=social&utm_campaign=c#f"


@pytest.mark.parametrize(
    "link",
    [
        pytest.param(link, id=name)
        for name, link in {
            "empty": " ", "no-scheme": "www.a.com/p", "relative": "/pages/index", "mini-program": "pages/index?x=1",
            "mail": "mailto:a@b.com", "script": "javascript:alert(1)", "app": "weixin://dl/business", "file": "file:///etc/hosts",
            "no-host": "https:///p", "localhost": "http://localhost:8080/p", "loopback": "http://127.0.0.1/", "private": "http://192.168.1.5/p",
            "ipv6": "http://[::1]/", "bare-name": "http://intranet/p", "suffix": "https://wiki.corp/p", "blank": "https://a.com/a b",
            "port": "https://a.com:port/", "bracket": "https://[a.com/",
        }.items()
    ],
)  # fmt: skip
def test_links_that_are_refused(link: str) -> None:
    """Nobody outside can open them, or they are no web links; message and hint say so."""
    with pytest.raises(InputError) as caught:
        tagged(link, "a", "b", "c")
    assert caught.value.message and caught.value.hint


def test_missing_values_are_named_together() -> None:
    """Empty source and campaign are told at once."""
    with pytest.raises(InputError, match="utm_source、utm_campaign"):
        tagged(LINK, "", "social", " ")


def test_every_shipped_channel_is_known() -> None:
    """Each channel has source and medium, or the reason why none belong there."""
    table = read("utm")["channels"]
    assert load_channels().keys() <= table.keys()
    for name, entry in table.items():
        assert "internal" in entry or tagged(LINK, *utm_for(name, "c")) == (
            f"{LINK}?utm_source={entry['source']}&utm_medium={entry['medium']}&utm_campaign=c"
        )


def test_places_inside_the_product_are_refused() -> None:
    """Tags on one's own banner would overwrite where the visitor came from."""
    with pytest.raises(InputError, match="冲掉"):
        utm_for("in_app", "c")


def test_a_channel_of_the_users_own() -> None:
    """An id that is not in the table names itself as source."""
    assert utm_for("douban", "c") == ("douban", "referral", "c")


def test_short_links_are_known() -> None:
    """A shortened link may lose its tags on the way."""
    assert is_short("https://t.cn/A6abc") and not is_short(LINK)


@given(st.text(min_size=1).filter(str.strip))
def test_any_campaign_comes_back(campaign: str) -> None:
    """Whatever a campaign is called, the link stays one link and gives the name back, blanks as dashes, lower case."""
    try:
        campaign.encode()
    except UnicodeEncodeError:
        return
    made = tagged(LINK, "a", "b", campaign)
    assert parse_qs(urlsplit(made).query)["utm_campaign"] == ["-".join(campaign.split()).lower()] or "{" in campaign
