"""Personal data out of a voice, and nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.feedback.mask import mask


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("打我手机13812345678，谢谢", "打我手机〔手机〕，谢谢"),
        ("138-1234-5678或139 1234 5678", "〔手机〕或〔手机〕"),
        ("+86 137 1234 5678", "〔手机〕"),
        ("１３８１２３４５６７８打不通", "〔手机〕打不通"),
        ("1 3 8 1 2 3 4 5 6 7 8", "〔手机〕"),
        ("座机010-62345678转801", "座机〔电话〕"),
        ("(0571) 8765 4321", "〔电话〕"),
        ("电话87654321没人接", "电话〔电话〕没人接"),
        ("发到 Li.Si@mail.example.cn 吧", "发到 〔邮箱〕 吧"),
        ("身份证11010519900307234X被退回", "身份证〔证件号〕被退回"),
        ("３３０１０６１９８５１２１２００１２", "〔证件号〕"),
        ("卡6222 0212 3456 7890 123扣了两次", "卡〔银行卡〕扣了两次"),
        ("京A12345和粤BD12345压线", "〔车牌〕和〔车牌〕压线"),
        ("微信号：zhang_san88，QQ 123456789", "微信号：〔微信号〕，QQ 〔QQ号〕"),
        ("vx zs123456", "vx 〔微信号〕"),
        ("订单号：SF1234567890123没动静", "订单号：〔订单号〕没动静"),
        ("192.168.1.100连不上", "〔IP地址〕连不上"),
        ("我住在杭州市西湖区文三路12号3单元501室", "我住在〔地址〕"),
        ("姓名：王小明，联系人李雷", "姓名：〔姓名〕，联系人〔姓名〕"),
    ],
)
def test_personal_data_is_masked(text: str, expected: str) -> None:
    """What tells who somebody is becomes the name of its kind, in full and half width."""
    assert mask(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "价格13999元，打折后1999.00元，买了3件",
        "2026-11-03 12:30:45更新到8.0.32.1，版本10.2.115.3",
        "订单2026-11-03下的，订单100000元",
        "地铁2号线，12号窗口，人民路2号线，3号楼电梯坏了",
        "新ipad10、新mate60、新xiaomi14都卡",
        "微信8.0.32，wechat version 8.0.16",
        "20261103123045导出的，20261103的报表",
        "姓名是必填项吗，联系人列表打不开，姓名和电话填了没反应",
        "iPhone15 Pro Max 256GB，1920x1080",
        "一共13800000000元，5000000个金币",
        "张三丰的歌没了，王经理态度好",
    ],
)
def test_other_numbers_and_names_stay(text: str) -> None:
    """Prices, dates, versions, quantities, models and names without their word are left alone."""
    assert mask(text) == text


_BITS = ["13812345678", "138", "1234", "5678", "-", " ", "1", "电话", "订单", "QQ", "微信号：", "abc123", "@", "a.cn", "路12号", "姓名：", "王明", "。", "京A12345", "6222021234567890", "１", "192.168.1.1"]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(_BITS), max_size=12).map("".join) | st.text(max_size=60))
def test_twice_is_as_once(text: str) -> None:
    """A masked text has nothing left to mask."""
    assert mask(mask(text)) == mask(text)
