"""The issue's conversations, typed into the chat page and read from it; test_conversations.py holds them over HTTP."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.test_web_chat import say

pytestmark = pytest.mark.system

# What is typed; then what the page must show somewhere, and in its last bubble.
CONVERSATIONS: dict[str, tuple[list[str], list[str], str]] = {
    "a screening": (["我屋里三口人，一个月总共两千三，能吃低保不", "都没有", "都没有"], ["初步看"], "社会救助法"),
    "b booking, h aside, change, cancel": (
        ["想约下周三上午扯证", "第一个", "要带么东西", "方大同、袁小满", "13812345688", "确认", "改到周五", "第一个", "确认", "不去了", "是的"],
        ["身份证", "预约好了", "改好了"],
        "已经取消",
    ),
    "c a death": (["我爹昨天过身了，火化有没有补助"], ["节哀", "减免", "人社"], "死亡证明"),
    "d a beaten child": (
        ["隔壁天天打伢，叫得吓死人", "正在发生", "温泉街道五号小区一栋", "跳过", "跳过", "跳过", "确认"],
        ["110"],
        "已登记",
    ),
    "e under the bridge": (["桥底下睡了个老人，天好冷", "很虚弱、冻着了", "跳过", "愿意", "跳过", "确认"], ["110"], "已登记"),
    "f a lost mother": (
        ["我妈老年痴呆早上走丢了", "78", "今天早上六点多", "永安街道菜市场门口", "红棉袄", "还没有报警", "13912345688", "确认"],
        ["110", "139****5688"],
        "已登记",
    ),
    "g another department": (["失业金怎么领"], ["12333"], "人社"),
}  # fmt: skip


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_the_conversation_works_in_the_page(page: Page, name: str) -> None:
    lines, shown, last = CONVERSATIONS[name]
    for line in lines:
        say(page, line)
    everything = page.locator("#turns").inner_text()
    for words in shown:
        assert words in everything
    assert last in page.locator("#turns .bubble.bot").last.inner_text()
