"""What happens when a part dies: nothing is filed twice, nothing lost, nobody left in silence, one Ctrl-C stops all."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from collections.abc import Iterator

import httpx
import psutil
import pytest

from tests.conftest import System, start_system, stop_system
from tests.system.conversation import Conversation

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system of our own, because these tests break it."""
    running = start_system(tmp_path_factory.mktemp("resilience"))
    yield running
    stop_system(running)


@pytest.fixture
def client(own: System) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=own.base_url, timeout=60, trust_env=False) as http:
        yield http


def part(system: System, name: str) -> psutil.Process:
    """The process of a part, by its command line."""
    for process in psutil.Process(system.process.pid).children(recursive=True):
        if name in " ".join(process.cmdline()):
            return process
    raise AssertionError(f"no {name}")


def wait_ready(client: httpx.Client, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.3)
    raise AssertionError("not ready again")


def rows(system: System, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(system.var / "demo.db") as database:
        return database.execute(query).fetchall()


def test_personal_data_is_in_no_log_and_no_tracker(own: System, client: httpx.Client) -> None:
    talk = Conversation(client)
    talk.say("我叫欧阳建国，电话13812349876，身份证11010519491231002X，想约下周三上午扯证")
    talk.talk("第一个", "欧阳建国、司徒秀英", "13812349876", "确认")
    for path in [*(own.var / "logs").iterdir(), *own.var.glob("*tracker*"), *own.var.glob("demo.db*")]:
        content = path.read_bytes()
        for secret in ("13812349876", "11010519491231002X"):
            assert secret.encode() not in content, f"{secret} in {path.name}"
        if path.parent.name == "logs":
            assert "欧阳建国".encode() not in content, f"a name in {path.name}"
            assert json.dumps("欧阳建国").strip('"').encode() not in content, f"a name in {path.name}"


def test_a_dead_action_server_is_said_and_the_report_is_filed_once(own: System, client: httpx.Client) -> None:
    talk = Conversation(client)
    talk.say("隔壁天天打伢，叫得吓死人")
    talk.talk("正在发生", "永安街道某小区", "跳过", "跳过", "跳过")
    assert "确认" in talk.choices
    before = len(rows(own, "SELECT 1 FROM cases"))
    part(own, "-m actions").kill()
    said = talk.say("确认")
    assert "110" in said and len(said) > 10, "not silence, and the way to help"
    wait_ready(client)
    talk.say("确认")
    if talk.receipt is None:
        # The desk may have been told already; the form is still there and files on the next yes.
        talk.say("再试一次")
    assert talk.receipt
    assert len(rows(own, "SELECT 1 FROM cases")) == before + 1


def test_a_dead_rasa_keeps_what_was_said(own: System, client: httpx.Client) -> None:
    part(own, "bot.nlu.serving run").kill()
    talk = Conversation(client)
    said = talk.say("我想问低保的事，屋里揭不开锅了")
    assert "存下来" in said
    kept = rows(own, "SELECT text_masked FROM desk_rows WHERE kind = 'undelivered'")
    assert any("揭不开锅" in str(text) for (text,) in kept)
    wait_ready(client)
    assert "低保" in talk.say("低保怎么申请")


def test_danger_is_answered_even_when_rasa_is_dead(own: System, client: httpx.Client) -> None:
    part(own, "bot.nlu.serving run").kill()
    talk = Conversation(client)
    assert "110" in talk.say("有人拿刀要砍我老婆").splitlines()[0]
    wait_ready(client)


def test_one_interrupt_stops_everything(own: System) -> None:
    children = psutil.Process(own.process.pid).children(recursive=True)
    assert len(children) >= 3
    own.process.send_signal(signal.SIGINT)
    own.process.wait(40)
    gone, alive = psutil.wait_procs(children, timeout=10)
    assert not alive and own.process.returncode == 0
