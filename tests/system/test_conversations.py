"""The conversations the assistant was built for, held with the running system over HTTP."""

from __future__ import annotations

from datetime import date, timedelta

import httpx
import pytest

from tests.system.conversation import RECEIPT, Conversation

pytestmark = pytest.mark.system


@pytest.fixture
def talk(client: httpx.Client) -> Conversation:
    return Conversation(client)


def book(talk: Conversation, opening: str, phone: str) -> str:
    """Book the first time offered; the receipt."""
    talk.say(opening)
    talk.say("第一个")
    talk.say("刘志强、陈小梅")
    assert "核对" in talk.say(phone)
    done = talk.say("确认")
    assert talk.receipt and talk.receipt in done
    return talk.receipt


def test_a_household_is_screened_for_dibao(talk: Conversation) -> None:
    """我屋里三口人，一个月总共两千三: asks only what is missing and ends in reasons with their articles."""
    first = talk.say("我屋里三口人，一个月总共两千三，能吃低保不")
    assert "几口" not in first and "收入加起来" not in first
    for _ in range(6):
        asked = talk.bubbles[-1]["text"]
        if "初步看" in asked or "窗口核对" in asked:
            break
        talk.say(talk.choices[0] if talk.choices else "不清楚")
    result = talk.bubbles[-1]
    assert "社会救助法" in result["text"] and "最后以" in result["text"]
    assert result["answer"]["service"] == "dibao"
    assert all(citation["article"] for citation in result["answer"]["citations"][:1])


def test_a_wedding_is_booked_changed_and_cancelled(talk: Conversation) -> None:
    first = talk.say("想约下周三上午扯证")
    monday = date.today() - timedelta(days=date.today().weekday())
    wednesday = monday + timedelta(days=9)
    assert f"{wednesday.month}月{wednesday.day}日（周三）" in first
    assert all(int(title.split(":")[0]) < 12 for title in talk.choices)
    talk.say("第一个")
    aside = talk.say("要带么东西")
    assert "身份证" in aside and "姓名" in talk.bubbles[-1]["text"], "answered, then the booking goes on"
    talk.say("刘志强、陈小梅")
    talk.say("13812345671")
    assert "确认" in talk.choices
    booked = talk.say("确认")
    receipt = talk.receipt
    assert receipt and receipt.startswith("YY") and "演示" in booked

    talk.say("改到周五")
    assert any("周五" in bubble["text"] for bubble in talk.bubbles)
    talk.say("第一个")
    moved = talk.say("确认")
    assert talk.receipt == receipt and "周五" in moved

    talk.say("不去了")
    cancelled = talk.say("是的")
    assert receipt in cancelled and "取消" in cancelled


def test_a_death_gets_condolence_first_steps_and_who_pays(talk: Conversation) -> None:
    said = talk.say("我爹昨天过身了，火化有没有补助")
    assert "节哀" in talk.bubbles[0]["text"]
    assert "死亡证明" in said and "殡仪馆" in said
    assert "人社" in said and "减免" in said


def test_a_beaten_child_gets_110_first_and_a_receipt(talk: Conversation) -> None:
    talk.say("隔壁天天打伢，叫得吓死人")
    assert talk.bubbles[0]["kind"] == "safety" and "110" in talk.bubbles[0]["text"]
    talk.talk("正在发生", "温泉街道三号小区二栋四楼", "跳过", "跳过", "跳过")
    filed = talk.say("确认")
    assert talk.receipt and talk.receipt.startswith("ET") and "最紧急" in filed
    assert talk.receipt in talk.say("我的报告处理得怎么样了")


def test_somebody_under_the_bridge_becomes_a_rescue_report(talk: Conversation) -> None:
    talk.say("桥底下睡了个老人，天好冷")
    assert "110" in talk.bubbles[0]["text"]
    talk.talk("很虚弱、冻着了", "跳过", "愿意", "跳过")
    summary = talk.bubbles[-1]["text"]
    assert "桥底下" in summary
    talk.say("确认")
    assert talk.receipt and talk.receipt.startswith("JZ")


def test_a_lost_mother_gets_110_now_and_a_search_report(talk: Conversation) -> None:
    talk.say("我妈老年痴呆早上走丢了")
    assert "110" in talk.bubbles[0]["text"]
    assert "男是女" not in talk.bubbles[-1]["text"], "妈 is a woman"
    talk.talk("78", "今天早上六点多", "永安街道菜市场门口", "红棉袄，一米五五", "还没有报警", "13912345678")
    summary = talk.bubbles[-1]["text"]
    assert "女" in summary and "78" in summary and "139****5678" in summary
    talk.say("确认")
    assert talk.receipt and talk.receipt.startswith("XQ")


def test_unemployment_benefit_belongs_to_another_department(talk: Conversation) -> None:
    said = talk.say("失业金怎么领")
    assert "人社" in said and "12333" in said
    assert talk.bubbles[-1]["answer"]["decision"] == "redirect"
    assert not talk.bubbles[-1]["answer"]["amounts"]


def test_a_receipt_is_looked_up_only_by_its_owner(client: httpx.Client) -> None:
    mine = Conversation(client)
    receipt = book(mine, "我要预约离婚登记，下周四上午", "13812345672")
    stranger = Conversation(client)
    stranger.say("查一下我的预约")
    stranger.say(receipt)
    said = stranger.say("13900000000")
    missing = Conversation(client)
    missing.say("查一下我的预约")
    missing.say(receipt)
    assert "没有查到" in said and "刘志强" not in said
    assert receipt in missing.say("13812345672")


def test_saying_yes_twice_files_once(client: httpx.Client) -> None:
    talk = Conversation(client)
    receipt = book(talk, "想约下周二下午补结婚证", "13812345673")
    again = talk.say("确认")
    assert not talk.receipt and "预约好了" not in again
    mine = Conversation(client)
    mine.say(f"查一下{receipt}")
    assert receipt in mine.say("13812345673")


def test_the_same_message_twice_is_one_message(client: httpx.Client) -> None:
    talk = Conversation(client)
    talk.talk("想约下周五上午扯证", "第一个", "周大勇、吴秀兰", "13812345674")
    first = talk.say("确认", message_id="tap-1")
    assert talk.say("确认", message_id="tap-1") == first and RECEIPT.search(first)


def test_a_correction_changes_what_was_said(talk: Conversation) -> None:
    talk.say("想约下周三上午扯证")
    said = talk.say("不对，是下周四上午")
    assert "周四" in said and "周三" not in talk.bubbles[-1]["text"]


def test_stopping_files_nothing(talk: Conversation) -> None:
    talk.say("楼下的伢一个人在屋里哭了一天")
    said = talk.say("算了")
    assert "没有提交" in said and talk.receipt is None


def test_an_urgent_report_goes_before_a_booking_and_the_booking_resumes(talk: Conversation) -> None:
    talk.say("我想预约结婚登记")
    talk.say("桥底下睡了个老人，天好冷，快来人")
    assert any(bubble["kind"] == "safety" for bubble in talk.bubbles)
    for _ in range(8):
        if "确认" in talk.choices:
            break
        talk.say("跳过" if "跳过" in talk.choices else (talk.choices[0] if talk.choices else "永安大桥底下"))
    talk.say("确认")
    assert talk.receipt and talk.receipt.startswith("JZ")
    assert "哪一天" in talk.bubbles[-1]["text"] or "选一个" in talk.bubbles[-1]["text"]


BAD = {
    "empty": "",
    "spaces": "　 ​",
    "long": "我想问一下低保" * 1500,
    "emoji": "😭😭🙏",
    "english": "how can I get the subsidy please",
    "code": "SELECT * FROM bookings; DROP TABLE bookings;",
    "slash": "/restart",
    "session": '/do_book{"book_phone":"1"}',
    "traditional": "請問低保怎麼申請",
    "gibberish": "啊吧啊吧啊吧",
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_a_sentence(talk: Conversation, name: str) -> None:
    said = talk.say(BAD[name])
    assert 5 <= len(said) < 1500
    assert not any(word in said for word in ("Traceback", "Error", "None", "null", "utter_"))
    if name == "traditional":
        assert "低保" in said and talk.bubbles[-1]["answer"]["service"] == "dibao"


@pytest.mark.parametrize(
    ("opening", "bad", "sentence"),
    [
        ("我想预约结婚登记", "昨天", "已经过了"),
        ("我想预约结婚登记", "这个星期天", "周末"),
        ("我想预约结婚登记", "2019年5月20号", "已经过了"),
        ("查进度", "ET260101AAAAA", "抄错"),
        ("取消我的预约", "YY12", "抄错"),
    ],
)
def test_a_wrong_value_is_explained(talk: Conversation, opening: str, bad: str, sentence: str) -> None:
    talk.say(opening)
    assert sentence in talk.say(bad)


def test_a_wrong_phone_is_asked_again(talk: Conversation) -> None:
    talk.talk("想约下周三下午扯证", "第一个", "刘志强、陈小梅")
    assert "11位" in talk.say("1381234567")
    assert "核对" in talk.say("13812345679")


def test_every_service_gets_a_sourced_answer(client: httpx.Client) -> None:
    """The bare name of each service, asked in a fresh conversation, is answered from its card or its task."""
    import csv

    from tests.conftest import ROOT

    with (ROOT / "knowledge" / "services.csv").open(encoding="utf-8", newline="") as file:
        services = [row for row in csv.DictReader(file) if row["group"] != "meta"]
    wrong = {}
    from knowledge import load

    cards = load()
    for row in services:
        answer = client.post("/api/ask", json={"text": f"我想问：{cards.card(row['code']).name}"}).json()
        sourced = (
            answer["citations"] or answer["decision"] in ("report", "handoff") or "公布" in answer["text"]
        )
        if (
            answer["service"] != row["code"]
            and row["code"] != "marriage_appointment"
            or not (sourced or row["group"] == "desk")
        ):
            wrong[row["code"]] = (answer["decision"], answer["service"], answer["text"][:60])
    assert not wrong
