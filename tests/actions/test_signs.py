"""signs.yml against messages that look alike: what a wrong match would do stands in each name."""

from __future__ import annotations

import pytest

from actions.turn import matches

HOLDS = {
    "found": ["找到了", "人找到了，谢谢", "我爸找到了", "我们找到他了，在派出所", "已经找到人了", "不用再找了"],
    "home_again": ["他自己回来了", "我妈回家了", "平安到家"],
    "withdraw": ["撤销我的投诉", "我不投诉了", "算了，不举报了", "投诉撤了吧", "把寻人登记取消，撤回那个寻人"],
    "care_home_violence": [
        "我妈在养老院被护工打了，打电话投诉没人管", "敬老院护工打我爸，我打电话没人接", "护工打我娘，打算报警",
        "养老院的人捆我奶奶",
    ],
    "street_self": ["我没钱回家", "我现在没地方住", "我三天没吃饭了", "我身上的钱被偷了"],
    "no_receipt": ["回执号丢了", "没有回执", "预约号不记得了", "号码忘了", "没记号"],
    "police_know": ["我爸走丢了，找了一晚上还没找到，已经报警了", "我不是已经报警了吗", "报过警了"],
    "police_unknown": ["还没报警", "没敢报警", "没去报警"],
    "certificate_lost": ["离婚证丢了要补", "结婚证烂了", "补领"],
    "no_income": ["我们屋里没有收入"],
    "how_far": ["办到哪里了", "我的申请审核到哪了"],
}  # fmt: skip
FAILS = {
    "found": [
        "我们找到了他的鞋子，在河边", "找到了他的手机", "只找到一只鞋", "还没找到", "找到他了，叫不醒", "找到工作了",
    ],
    "home_again": ["他平时五点就到家了", "她吵着要回家了", "他说要自己回家了", "应该回家了"],
    "withdraw": [
        "村干部收钱，还威胁我不要举报他", "邻居打伢，还叫我莫举报他", "我要投诉取消低保的事", "举报取消低保名额的村干部",
        "他们不准我投诉了",
    ],
    "care_home_violence": ["我妈在养老院打疫苗", "养老院打钱到卡上", "打电话给养老院", "养老院里老人打牌"],
    "street_self": [
        "我这几天睡不着", "我没钱买房", "我没钱买药", "我没钱结婚", "我老公天天睡到中午", "我在天桥下看到个人，没地方睡",
        "我邻居没吃的",
    ],
    "no_receipt": ["民政局有没有联系号码", "结婚证丢了，编号不记得了，怎么补", "银行卡号码不记得了"],
    "police_know": ["还没报警", "要不要报警", "没敢报警"],
    "police_unknown": ["找了一晚上还没找到，已经报警了", "有没有报警记录"],
    "certificate_lost": ["有个娃挨打，走丢了", "离婚登记", "低保补贴"],
    "no_income": ["我没有收入，老公在上班"],
    "how_far": ["到哪里办"],
}  # fmt: skip


@pytest.mark.parametrize(("sign", "words"), [(sign, words) for sign, all_ in HOLDS.items() for words in all_])
def test_sign_is_seen(sign: str, words: str) -> None:
    assert matches(sign, words)


@pytest.mark.parametrize(("sign", "words"), [(sign, words) for sign, all_ in FAILS.items() for words in all_])
def test_what_looks_alike_is_no_sign(sign: str, words: str) -> None:
    assert not matches(sign, words)
