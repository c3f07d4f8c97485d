"""The Telegram channel between a stand-in of Telegram and one of the gateway, over HTTP."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from bot.attachments import LIMIT
from bot.channels import telegram
from bot.channels.telegram_render import LONGEST_DATA, LONGEST_TEXT, TEXTS, Buttons, units
from bot.logs import short
from tests.channels.conftest import CHAT_IDS, Chat, running, settings_for
from tests.channels.standins import BOT, TOKEN, BotApi, GatewayStandIn, free_port, until

JPEG = b"\xff\xd8\xff" + b"picture" * 100


def bubble(text: str, *titles: str, **more: object) -> dict[str, object]:
    return {"text": text, "choices": [{"title": t, "payload": t} for t in titles], "kind": "reply"} | more


def test_text_gets_the_reply_with_a_button_a_row(chat: Chat, gateway: GatewayStandIn) -> None:
    gateway.replies["低保怎么申请"] = [bubble("先到村委会。", "要带什么", "在哪里办")]
    update = chat.say("低保怎么申请")
    [reply] = chat.sent()
    assert reply.text == "先到村委会。"
    rows = reply.data["reply_markup"]["inline_keyboard"]
    assert [[b["text"] for b in row] for row in rows] == [["要带什么"], ["在哪里办"]]
    [body] = gateway.of("低保怎么申请")
    assert body["message_id"] == f"tg-{update['update_id']}"
    assert body["channel"] == "telegram"


def test_conversation_is_steady_but_not_the_chat_id(chat: Chat, gateway: GatewayStandIn) -> None:
    chat.say("第一句")
    chat.say("第二句")
    chat.sent(2)
    first, second = gateway.of("第一句")[0]["conversation"], gateway.of("第二句")[0]["conversation"]
    assert first == second and first.startswith("tg-")
    assert str(chat.id) not in first and short(str(chat.id)) not in first


def test_tap_sends_the_payload_shows_the_choice_and_takes_the_buttons_away(
    chat: Chat, api: BotApi, gateway: GatewayStandIn
) -> None:
    choices = [{"title": "结婚", "payload": "我想问：结婚登记"}]
    gateway.replies["问材料"] = [bubble("哪一种？", choices=choices)]
    chat.say("问材料")
    [asked] = chat.sent()
    chat.tap(asked, "结婚")
    chat.sent(2)
    assert len(gateway.of("我想问：结婚登记")) == 1
    [edit] = api.of(chat.id, "editMessageText")
    assert edit.data["message_id"] == asked.message_id
    assert edit.text == "哪一种？\n\n" + TEXTS["chosen"].format(title="结婚")
    assert not edit.buttons
    assert any(c.method == "answerCallbackQuery" for c in api.calls)


def test_double_tap_is_one_message(chat: Chat, gateway: GatewayStandIn) -> None:
    gateway.replies["双击前"] = [bubble("确认吗？", "双击确认")]
    chat.say("双击前")
    [asked] = chat.sent()
    chat.tap(asked, "双击确认")
    chat.tap(asked, "双击确认")
    chat.say("双击后")
    until(lambda: gateway.of("双击后"))
    assert len(gateway.of("双击确认")) == 1


def test_long_payload_travels_by_key_and_unknown_keys_expire(chat: Chat, gateway: GatewayStandIn) -> None:
    long = "我想问：" + "很长的名字" * 10
    gateway.replies["要长的"] = [bubble("选：", choices=[{"title": "长的", "payload": long}])]
    chat.say("要长的")
    [asked] = chat.sent()
    assert len(asked.buttons[0]["callback_data"].encode()) <= LONGEST_DATA
    chat.tap(asked, "长的")
    chat.sent(2)
    assert len(gateway.of(long)) == 1
    chat.tap(asked, data="l:" + "0" * 32)
    assert chat.sent(3)[-1].text == TEXTS["expired"]


def test_more_unfolds_without_the_gateway(chat: Chat, api: BotApi, gateway: GatewayStandIn) -> None:
    answer = {"decision": "answer", "service": "dibao", "more": "其余的规定"}
    gateway.replies["有更多"] = [bubble("要点", "要带什么", answer=answer)]
    chat.say("有更多")
    [reply] = chat.sent()
    assert reply.titles == ["要带什么", TEXTS["more"]]
    before = len(gateway.got)
    chat.tap(reply, TEXTS["more"])
    assert chat.sent(2)[-1].text == "其余的规定"
    assert len(gateway.got) == before
    [edit] = api.of(chat.id, "editMessageReplyMarkup")
    assert edit.titles == ["要带什么"]


def test_old_buttons_go_when_the_resident_goes_on(chat: Chat, api: BotApi, gateway: GatewayStandIn) -> None:
    gateway.replies["先问"] = [bubble("核对", "确认")]
    chat.say("先问")
    [old] = chat.sent()
    chat.say("后问")
    chat.sent(2)
    [edit] = api.of(chat.id, "editMessageReplyMarkup")
    assert edit.data["message_id"] == old.message_id and not edit.buttons


def test_same_update_again_is_answered_once(chat: Chat, api: BotApi, gateway: GatewayStandIn) -> None:
    update = chat.say("只答一次")
    chat.sent()
    api.updates.put(update)
    chat.say("下一句")
    chat.sent(2)
    assert len(gateway.of("只答一次")) == 1
    assert [c.text for c in chat.sent(2)] == ["答：只答一次", "答：下一句"]


def test_photo_is_kept_first_and_its_reference_sent(chat: Chat, api: BotApi, gateway: GatewayStandIn) -> None:
    api.files["photos/large"] = JPEG
    sizes = [("small", 90, 500), ("large", 1280, len(JPEG)), ("middle", 320, 900)]
    photo = [
        {"file_id": name, "file_unique_id": name, "width": side, "height": side, "file_size": size}
        for name, side, size in sizes
    ]
    chat.send(photo=photo, caption="桥下有人照片")
    chat.sent()
    assert gateway.photos[-1] == JPEG
    assert gateway.of("桥下有人照片")[0]["photo"] == f"{len(gateway.photos):032x}"


def test_photo_too_large_is_said_and_not_fetched(chat: Chat, api: BotApi, gateway: GatewayStandIn) -> None:
    document = {"file_id": "huge", "file_unique_id": "h", "mime_type": "image/jpeg", "file_size": LIMIT + 1}
    chat.send(document=document)
    assert chat.sent()[0].text == TEXTS["photo_too_large"].format(limit=LIMIT // 2**20)
    assert not any(c.method == "getFile" and c.data["file_id"] == "huge" for c in api.calls)


def test_what_the_gateway_refuses_is_said_in_its_words(chat: Chat, api: BotApi) -> None:
    api.files["photos/heic"] = b"not a picture"
    chat.send(document={"file_id": "heic", "file_unique_id": "x", "mime_type": "image/heic", "file_size": 13})
    assert chat.sent()[0].text == "这个文件打不开。"


def test_location_is_forwarded(chat: Chat, gateway: GatewayStandIn) -> None:
    update = chat.send(location={"latitude": 29.84, "longitude": 114.29})
    chat.sent()
    [body] = [b for b in gateway.got if b["message_id"] == f"tg-{update['update_id']}"]
    assert body["location"] == {"latitude": 29.84, "longitude": 114.29}


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"voice": {"file_id": "v", "file_unique_id": "v", "duration": 2}}, "voice"),
        ({"contact": {"phone_number": "13800000000", "first_name": "某"}}, "other"),
    ],
)
def test_what_it_cannot_read_gets_one_sentence(
    chat: Chat, gateway: GatewayStandIn, fields: dict[str, object], key: str
) -> None:
    before = len(gateway.got)
    chat.send(**fields)
    assert [c.text for c in chat.sent()] == [TEXTS[key]]
    assert len(gateway.got) == before


def test_burst_in_one_chat_is_answered_in_order(chat: Chat, gateway: GatewayStandIn) -> None:
    # The first ones take longest, so that whoever does not wait overtakes.
    gateway.slow |= {f"连发{number}": 0.2 / (number + 1) for number in range(10)}
    for number in range(10):
        chat.say(f"连发{number}")
    replies = chat.sent(10)
    assert [c.text for c in replies] == [f"答：连发{number}" for number in range(10)]


def test_flood_is_told_once(chat: Chat, gateway: GatewayStandIn) -> None:
    gateway.slow["刷屏0"] = 0.5
    for number in range(40):
        chat.say(f"刷屏{number}")
    until(lambda: any(c.text == TEXTS["too_fast"] for c in chat.sent()))
    until(lambda: sum(c.text.startswith("答：") for c in chat.sent()) >= 20)
    assert sum(c.text == TEXTS["too_fast"] for c in chat.sent()) == 1


def test_too_many_requests_is_waited_out(chat: Chat, api: BotApi) -> None:
    api.too_many[chat.id] = [1]
    chat.say("限流")
    [reply] = chat.sent()
    tries = [c for c in api.calls if c.method == "sendMessage" and c.data["chat_id"] == chat.id]
    assert [c.text for c in tries] == ["答：限流"] * 2
    assert reply.at - tries[0].at >= 1.0


def test_long_answer_is_cut_at_line_ends_and_buttons_stand_last(chat: Chat, gateway: GatewayStandIn) -> None:
    lines = [f"第{number}条：" + "规定" * 40 for number in range(80)]
    gateway.replies["要长文"] = [bubble("\n".join(lines), "下一步")]
    chat.say("要长文")
    parts = chat.sent(2)
    assert all(units(part.text) <= LONGEST_TEXT for part in parts)
    assert "\n".join(part.text for part in parts).split("\n") == lines
    assert [part.titles for part in parts] == [[]] * (len(parts) - 1) + [["下一步"]]


def test_danger_stands_out(chat: Chat, gateway: GatewayStandIn) -> None:
    gateway.replies["出事了"] = [bubble("请马上打110。", kind="safety"), bubble("我来登记。")]
    chat.say("出事了")
    danger, reply = chat.sent(2)
    assert danger.data["entities"] == [{"type": "bold", "offset": 0, "length": len("请马上打110。")}]
    assert "entities" not in reply.data


def test_gateway_back_after_a_moment_answers_the_same_message(chat: Chat, gateway: GatewayStandIn) -> None:
    gateway.broken["断一下"] = 1
    chat.say("断一下")
    assert [c.text for c in chat.sent(2)] == [TEXTS["slow"], "答：断一下"]
    first, second = gateway.of("断一下")
    assert first["message_id"] == second["message_id"]


def test_gateway_down_is_said_with_the_emergency_numbers_and_the_button_stays(
    chat: Chat, api: BotApi, gateway: GatewayStandIn
) -> None:
    gateway.replies["断之前"] = [bubble("提交吗？", "断网确认")]
    chat.say("断之前")
    [asked] = chat.sent()
    gateway.broken["断网确认"] = 2
    chat.tap(asked, "断网确认")
    down = chat.sent(3)[-1].text
    assert down == TEXTS["down"] and "110" in down and "120" in down
    assert not api.of(chat.id, "editMessageText", "editMessageReplyMarkup")
    chat.tap(asked, "断网确认")
    assert chat.sent(4)[-1].text == "答：断网确认"


def test_an_error_of_ours_is_no_silence(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Buttons, "keyboard", lambda *_: 1 / 0)
    chat.say("出错")
    assert chat.sent()[0].text == TEXTS["down"]


def test_start_greets_with_the_page_and_its_starters(chat: Chat, gateway: GatewayStandIn) -> None:
    chat.say("/start")
    [hello] = chat.sent()
    assert "您好呀" in hello.text and "急事打110" in hello.text and TEXTS["demo"] in hello.text
    assert hello.titles == ["低保怎么申请", "预约结婚登记"]
    chat.say("/help")
    chat.say("/dazi")
    assert [c.text for c in chat.sent(3)[1:]] == [TEXTS["help"].strip(), TEXTS["dazi"]]
    assert not any(body["text"].startswith("/") for body in gateway.got)


# -- groups --------------------------------------------------------------------------------------------------


def answer(decision: str, text: str, **more: object) -> dict[str, object]:
    return {"decision": decision, "service": "dibao", "text": text} | more


def test_group_is_answered_only_when_it_speaks_to_the_bot(group: Chat, gateway: GatewayStandIn) -> None:
    gateway.answers |= {"问一": answer("answer", "群答一"), "问二": answer("answer", "群答二")}
    group.say("大家聊天")
    asked = group.mention("问一")
    group.send(text="问二", reply_to_message=group.update(text="先前", **{"from": BOT})["message"])
    first, second = group.sent(2)
    assert [first.text, second.text] == ["群答一", "群答二"]
    assert first.data["reply_parameters"]["message_id"] == asked["message"]["message_id"]
    assert "大家聊天" not in str(gateway.asked) + str(gateway.got)


@pytest.mark.parametrize("decision", ["report", "handoff", "chitchat"])
def test_group_takes_no_report(group: Chat, gateway: GatewayStandIn, decision: str) -> None:
    before = len(gateway.got)
    gateway.answers["登记" + decision] = answer(decision, "请说您的姓名和电话。")
    group.mention("登记" + decision)
    [reply] = group.sent()
    assert reply.text == TEXTS["group_hello" if decision == "chitchat" else "group_private"]
    assert reply.buttons[0]["url"].endswith("/" + BOT["username"])
    assert len(gateway.got) == before


def test_group_gets_the_emergency_line_of_a_report(group: Chat, gateway: GatewayStandIn) -> None:
    gateway.answers["有孩子被打"] = answer("report", "请马上打110。\n孩子叫什么名字？")
    group.mention("有孩子被打")
    assert [c.text for c in group.sent(2)] == ["请马上打110。", TEXTS["group_private"]]


def test_group_number_goes_nowhere(group: Chat, gateway: GatewayStandIn) -> None:
    gateway.answers["我电话138****5678，低保几多"] = answer("answer", "看标准。")
    group.mention("我电话13812345678，低保几多")
    assert [c.text for c in group.sent(2)] == [TEXTS["group_numbers"], "看标准。"]
    assert "13812345678" not in str(gateway.asked) + str(gateway.got)


def test_group_photo_and_place_are_not_taken(group: Chat, api: BotApi, gateway: GatewayStandIn) -> None:
    before = len(gateway.got), len(gateway.photos)
    mine = group.update(text="先前", **{"from": BOT})["message"]
    group.send(location={"latitude": 29.8, "longitude": 114.3}, reply_to_message=mine)
    size = {"file_id": "group", "file_unique_id": "g", "width": 9, "height": 9, "file_size": 9}
    group.send(photo=[size], reply_to_message=mine)
    assert [c.text for c in group.sent(2)] == [TEXTS["group_private"]] * 2
    assert (len(gateway.got), len(gateway.photos)) == before
    assert not any(c.method == "getFile" and c.data["file_id"] == "group" for c in api.calls)


def test_group_tap_asks_too(group: Chat, gateway: GatewayStandIn) -> None:
    choices = [{"title": "低保", "payload": "我想问：低保"}]
    gateway.answers["哪个"] = answer("clarify", "哪一件？", choices=choices)
    gateway.answers["我想问：低保"] = answer("answer", "低保是……")
    group.mention("哪个")
    [asked] = group.sent()
    before = len(gateway.got)
    group.tap(asked, "低保")
    assert group.sent(2)[-1].text == "低保是……"
    assert len(gateway.got) == before


# -- the process ---------------------------------------------------------------------------------------------


def test_logs_hold_no_words_and_no_chat_id(chat: Chat, gateway: GatewayStandIn) -> None:
    gateway.broken["私密的话"] = 1
    with capture_logs() as logs:
        chat.say("私密的话")
        chat.sent(2)
    conversation = gateway.of("私密的话")[0]["conversation"]
    assert any(entry.get("conversation") == short(conversation) for entry in logs)
    assert "私密的话" not in str(logs) and str(chat.id) not in str(logs)


def test_webhook_takes_updates_from_who_knows_the_secret(
    api: BotApi, gateway: GatewayStandIn, urls: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    port = free_port()
    address = "https://standin.invalid/telegram"
    var = tmp_path_factory.mktemp("hook")
    settings = settings_for(var, *urls, telegram_webhook=address, telegram_port=port)
    chat = Chat(api, next(CHAT_IDS))
    with running(settings), httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
        call = until(lambda: next((c for c in api.calls if c.method == "setWebhook"), None))
        assert call.data["url"] == address
        until(lambda: _answers(http))
        good = {"X-Telegram-Bot-Api-Secret-Token": call.data["secret_token"]}
        wrong, none = chat.update(text="冒充"), chat.update(text="无口令")
        assert http.post("/telegram", json=wrong, headers=dict.fromkeys(good, "x")).status_code == 403
        assert http.post("/telegram", json=none).status_code == 403
        assert http.post("/telegram", content=b"{", headers=good).status_code == 200
        update = chat.update(text="网址送来的")
        for _ in range(2):
            assert http.post("/telegram", json=update, headers=good).status_code == 200
        assert [c.text for c in chat.sent()] == ["答：网址送来的"]
    assert len(gateway.of("网址送来的")) == 1
    assert not gateway.of("冒充") + gateway.of("无口令")


def _answers(http: httpx.Client) -> bool:
    try:
        return http.get("/healthz").status_code == 200
    except httpx.HTTPError:
        return False


def test_a_refused_token_ends_it_and_is_not_logged(
    urls: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = settings_for(tmp_path_factory.mktemp("bad"), *urls)
    settings.telegram_token = type(settings.telegram_token)(TOKEN + "-wrong")
    with capture_logs() as logs, running(settings) as codes:
        until(lambda: codes)
    assert codes == [1]
    assert TOKEN not in str(logs)


def test_telegram_unreachable_is_waited_for(
    urls: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = settings_for(tmp_path_factory.mktemp("off"), f"http://127.0.0.1:{free_port()}", urls[1])
    started = time.monotonic()
    with capture_logs() as logs, running(settings) as codes:
        until(lambda: any(entry["event"] == "telegram_unreachable" for entry in logs))
        assert codes == []
    assert codes == [0] and time.monotonic() - started < 5


def test_without_a_token_it_says_so_and_ends_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    settings = settings_for(tmp_path, *("http://127.0.0.1:1",) * 2)
    settings.telegram_token = None
    monkeypatch.setattr(telegram, "read_settings", lambda: settings)
    assert telegram.main() == 0
    assert TEXTS["no_token"] in capsys.readouterr().out
