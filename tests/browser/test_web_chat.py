"""The chat page in a real browser: what a resident taps, types and reads.

Three tests talk to the whole running system; the others fix the reply and watch only the page.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.system

Sent = list[dict[str, Any]]
AnswerWith = Callable[..., None]
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
CHOICES = [
    {"title": "带什么材料", "payload": "低保要带什么材料"},
    {"title": "在哪里办", "payload": "低保在哪里办"},
]
RECEIPT = "ET261123K7QM4"


def say(page: Page, text: str) -> None:
    """Type and press Enter, then wait until the page may send again."""
    page.locator("#draft").fill(text)
    page.locator("#draft").press("Enter")
    page.locator(".thinking").wait_for(state="detached")
    expect(page.locator("#send")).to_be_enabled()


# --- with the whole system --------------------------------------------------------------------------


def test_a_question_is_sent_and_answered(page: Page, sent: Sent) -> None:
    page.locator("#draft").fill("低保怎么申请")
    page.locator("#send").click()
    expect(page.locator(".turn .bubble.me")).to_contain_text("低保怎么申请")
    expect(page.locator(".me ~ .bot:not(.thinking)").first).to_be_visible()
    expect(page.locator("#draft")).to_have_value("")
    assert len(sent) == 1
    assert re.fullmatch(r"[A-Za-z0-9_.:-]{6,80}", sent[0]["conversation"])
    assert sent[0]["channel"] == "web" and sent[0]["message_id"]


def test_danger_gets_a_red_bubble_with_a_number_to_tap(page: Page) -> None:
    say(page, "我老公正在打我，流了好多血，救命")
    bubble = page.locator(".bubble.safety").first
    expect(bubble).to_be_visible()
    expect(bubble.locator("a[href='tel:110'], a[href='tel:120']").first).to_be_visible()
    assert bubble.evaluate("node => getComputedStyle(node).borderTopWidth") == "3px"


def test_a_topic_chip_is_a_whole_conversation_by_keyboard(page: Page, sent: Sent) -> None:
    chip = page.locator(".turn .choice").first
    title = chip.inner_text()
    chip.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".bubble.me")).to_contain_text(title)
    page.locator(".thinking").wait_for(state="detached")
    expect(page.locator(".turn .choice", has_text=title)).to_have_count(0)
    expect(page.locator("#draft")).to_be_focused()
    assert len(sent) == 1


# --- with fixed replies -----------------------------------------------------------------------------


def test_a_quick_reply_shows_title_sends_payload(page: Page, sent: Sent, answer_with: AnswerWith) -> None:
    answer_with({"text": "您想问哪方面？", "choices": CHOICES})
    say(page, "低保")
    answer_with({"text": "户口簿和身份证。"})
    page.get_by_role("button", name="带什么材料").click()
    expect(page.locator(".bubble.me").last).to_contain_text("带什么材料")
    expect(page.locator(".bubble.bot").last).to_contain_text("户口簿和身份证")
    assert [body["text"] for body in sent] == ["低保", "低保要带什么材料"]
    expect(page.get_by_role("button", name="在哪里办")).to_have_count(0)


def test_a_double_tap_is_one_message(page: Page, sent: Sent, answer_with: AnswerWith) -> None:
    answer_with({"text": "您想问哪方面？", "choices": CHOICES})
    page.locator("#draft").fill("低保")
    page.locator("#send").dblclick()
    # The second half of a double tap that lands on a choice which has just appeared.
    page.get_by_role("button", name="在哪里办").dispatch_event("click", {"detail": 2})
    page.get_by_role("button", name="带什么材料").dblclick()
    page.wait_for_timeout(500)
    assert [body["text"] for body in sent] == ["低保", "低保要带什么材料"]
    assert len({body["message_id"] for body in sent}) == 2


def test_everything_works_by_keyboard(page: Page, sent: Sent, answer_with: AnswerWith) -> None:
    answer_with({"text": "好的。"})
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到输入框")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#draft")).to_be_focused()
    page.keyboard.type("第一行")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("第二行")
    assert sent == []
    page.keyboard.press("Enter")
    expect(page.locator(".bubble.bot").last).to_contain_text("好的")
    assert sent[0]["text"] == "第一行\n第二行"
    page.keyboard.press("Tab")
    expect(page.locator("#send")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#panel-topics")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#panel-topics")).to_be_hidden()
    expect(page.locator("#open-topics")).to_be_focused()


def test_enter_that_chooses_a_word_of_the_input_method_does_not_send(page: Page, sent: Sent) -> None:
    page.locator("#draft").fill("dibao")
    enter = "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true})"
    page.locator("#draft").evaluate(f"node => node.dispatchEvent({enter})")
    page.wait_for_timeout(300)
    assert sent == []
    expect(page.locator("#draft")).to_have_value("dibao")


def test_large_type_is_remembered(page: Page) -> None:
    size = "() => parseFloat(getComputedStyle(document.querySelector('#turns .bubble p')).fontSize)"
    before = page.evaluate(size)
    page.get_by_role("button", name="大字").click()
    page.get_by_text("A++").click()
    assert page.evaluate(size) > before * 1.3
    page.reload()
    page.locator("#turns .bubble p").first.wait_for()
    assert page.evaluate(size) > before * 1.3


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_screen(page: Page, answer_with: AnswerWith, width: int) -> None:
    answer_with({"text": "很长的一串：" + "A1" * 80, "choices": CHOICES, "receipt": RECEIPT})
    page.set_viewport_size({"width": width, "height": 640})
    page.get_by_role("button", name="大字").click()
    page.get_by_text("A++").click()
    page.keyboard.press("Escape")
    say(page, "字" * 200)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("#log").evaluate("log => log.scrollWidth <= log.clientWidth")


def test_a_resend_is_the_same_message(page: Page, sent: Sent, answer_with: AnswerWith) -> None:
    page.context.set_offline(True)
    page.locator("#draft").fill("断网时说的话")
    page.locator("#draft").press("Enter")
    again = page.get_by_role("button", name="没有发出去，点这里重发")
    expect(again).to_be_visible()
    expect(page.locator(".bubble.me")).to_contain_text("断网时说的话")
    page.context.set_offline(False)
    answer_with({"text": "收到了。"})
    again.click()
    expect(page.locator(".bubble.bot").last).to_contain_text("收到了")
    expect(again).to_have_count(0)
    assert [body["text"] for body in sent] == ["断网时说的话"] * 2
    assert sent[0]["message_id"] == sent[1]["message_id"]


def test_a_server_error_is_not_an_answer(page: Page) -> None:
    page.route("**/api/messages", lambda route: route.fulfill(status=503, json={"detail": "服务正在启动。"}))
    say(page, "低保")
    expect(page.get_by_role("button", name="没有发出去，点这里重发")).to_be_visible()
    expect(page.locator(".turn .state").first).to_have_text("服务正在启动。")


def test_what_is_typed_while_waiting_goes_out_after_the_answer(page: Page, sent: Sent) -> None:
    held: list[Route] = []
    page.route("**/api/messages", lambda route: held.append(route))
    draft = page.locator("#draft")
    draft.fill("第一句")
    draft.press("Enter")
    expect(page.locator(".thinking")).to_be_visible()
    expect(page.locator("#send")).to_be_disabled()
    draft.fill("第二句")
    draft.press("Enter")
    expect(page.locator(".bubble.me").last).to_contain_text("第二句")
    assert [body["text"] for body in sent] == ["第一句"]
    held[0].fulfill(json=[{"text": "答第一句"}])
    expect(page.locator(".turn", has_text="第一句").locator(".bot")).to_contain_text("答第一句")
    page.wait_for_timeout(200)
    held[1].fulfill(json=[{"text": "答第二句"}])
    expect(page.locator(".turn", has_text="第二句").locator(".bot")).to_contain_text("答第二句")
    assert [body["text"] for body in sent] == ["第一句", "第二句"]


def test_an_answer_folds_its_sources_and_marks_demo_figures(page: Page, answer_with: AnswerWith) -> None:
    answer = {
        "citations": [{"document": "s01", "title": "某办法", "article": "第十条", "confidence": "A"}],
        "amounts": [],
        "more": "其余的话",
        "demo": True,
    }
    answer_with({"text": "正文", "answer": answer})
    say(page, "低保")
    bubble = page.locator(".bubble.bot").last
    source = bubble.get_by_text("《某办法》第十条")
    expect(source).to_be_hidden()
    bubble.locator("summary", has_text="依据").click()
    expect(source).to_be_visible()
    bubble.locator("summary", has_text="看全部").click()
    expect(bubble.get_by_text("其余的话")).to_be_visible()
    expect(bubble.locator(".badge", has_text="演示数据")).to_be_visible()


def test_a_receipt_can_be_copied_and_survives_a_reload(page: Page, answer_with: AnswerWith) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    answer_with({"text": "已登记。", "receipt": RECEIPT})
    say(page, "我的身份证号是110101199003070011")
    page.get_by_role("button", name="复制编号").click()
    expect(page.get_by_role("button", name="已复制")).to_be_visible()
    assert page.evaluate("() => navigator.clipboard.readText()") == RECEIPT
    page.reload()
    expect(page.locator(".number")).to_have_text(RECEIPT)
    assert "199003" not in page.evaluate("() => JSON.stringify({...sessionStorage})")


def test_words_are_never_markup(page: Page, answer_with: AnswerWith) -> None:
    answer_with({"text": "<img src=x><b>粗</b>", "choices": [{"title": "<i>按钮</i>", "payload": "按钮"}]})
    say(page, "<u>我说</u>")
    expect(page.locator(".bubble.me")).to_contain_text("<u>我说</u>")
    expect(page.locator(".bubble.bot").last).to_contain_text("<b>粗</b>")
    expect(page.locator(".turn u, .turn b, .turn img, .choice i")).to_have_count(0)


def test_only_numbers_to_call_are_links(page: Page, answer_with: AnswerWith) -> None:
    answer_with({"text": "补贴110元，满120个月；有事打12345。"}, {"text": "快打120", "kind": "safety"})
    say(page, "多少钱")
    links = page.locator("#turns a.call")
    targets = links.evaluate_all("nodes => nodes.map(node => node.getAttribute('href'))")
    assert targets == ["tel:12345", "tel:120"]


def test_clearing_begins_another_conversation(page: Page, sent: Sent, answer_with: AnswerWith) -> None:
    answer_with({"text": "好的。"})
    say(page, "第一回")
    page.get_by_role("button", name="清空对话").click()
    page.locator("#clear").click()
    expect(page.locator(".bubble.me")).to_have_count(0)
    expect(page.locator(".turn .choice").first).to_be_visible()
    say(page, "第二回")
    assert sent[0]["conversation"] != sent[1]["conversation"]


def test_too_long_a_message_is_held_back_and_counted(page: Page, sent: Sent) -> None:
    page.locator("#draft").fill("长" * 1801)
    expect(page.locator("#counter")).to_contain_text("1801 / 2000")
    page.locator("#draft").fill("长" * 2001)
    page.locator("#draft").press("Enter")
    expect(page.locator("#send")).to_be_disabled()
    expect(page.locator("#counter")).to_contain_text("2001 / 2000")
    assert sent == []


def test_the_place_is_sent_after_it_was_explained(page: Page, sent: Sent, answer_with: AnswerWith) -> None:
    answer_with({"text": "收到位置。"})
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 29.85, "longitude": 114.3})
    page.get_by_role("button", name="位置", exact=True).click()
    expect(page.locator("#place-why")).to_be_visible()
    assert sent == []
    page.get_by_role("button", name="发送位置").click()
    expect(page.locator(".bubble.bot").last).to_contain_text("收到位置")
    assert sent[0]["location"] == {"latitude": 29.85, "longitude": 114.3}


def test_a_photo_travels_as_a_reference(page: Page, sent: Sent, answer_with: AnswerWith) -> None:
    answer_with({"text": "收到照片。"})
    page.route("**/api/attachments", lambda route: route.fulfill(json={"ref": "a" * 32}))
    page.locator("#file").set_input_files({"name": "p.png", "mimeType": "image/png", "buffer": PIXEL})
    expect(page.locator("#photo")).to_be_visible()
    assert sent == []
    page.locator("#send").click()
    expect(page.locator(".bubble.bot").last).to_contain_text("收到照片")
    assert sent[0]["photo"] == "a" * 32


def test_the_emergency_line_can_be_tapped_before_any_word(page: Page) -> None:
    for number in ("110", "120"):
        expect(page.locator(f"#emergency a[href='tel:{number}']")).to_be_visible()
