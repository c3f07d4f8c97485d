"""Where something is, in the resident's own words: 桥底下, XX村3组, 温泉路口, 中百超市门口.

Best effort: the span goes to the officer as said; nothing is geocoded here."""

from __future__ import annotations

import re

from bot.nlu.values.model import Entity, entity

# A name stops at characters that are hardly ever inside one.
_STOPS = (
    "，,。.！!？?；;：:、 的了在到从住去往有是我他她你这那哪个们和跟被把给就也都还要找问看见坐睡躺蹲倒"
    "走跑靠着离能会可听讲说埋查来回某每请叫让怎么不没冇啊呀吗呢撒哈"
)
_NAME = rf"[^{_STOPS}\ufffc]"
_LANDMARK = (
    r"(?:立交桥|天桥|大桥|桥洞|桥|超市|商场|医院|卫生院|卫生所|学校|中学|小学|幼儿园|火车站|汽车站"
    r"|客运站|高铁站|车站|公交站|站台|"
    r"广场|公园|菜市场|农贸市场|市场|菜场|加油站|银行|邮局|派出所|网吧|酒店|宾馆|旅社|厂房|厂|工地|庙"
    r"|祠堂|隧道|涵洞|涵|水库|"
    r"河堤|江堤|大堤|红绿灯|十字路口|三岔路口|岔路口|路口|垃圾站|垃圾桶|垃圾堆|厕所|公厕|高速口|收费站"
    r"|停车场|殡仪馆|福利院|"
    r"敬老院|救助站|大厦|商城|药店|餐馆|小卖部|村委会|街口|巷口|树|楼道|地下通道|电影院|体育馆|图书馆|肯德基)"
)
_OUTSIDE = (
    r"(?:大?门口|底下|下面|旁边|边上|边边|对面|附近|后头|前头|后面|前面|楼下|门前|屋檐下|出口|入口"
    r"|脚下|跟前|外面|外头|那里|那边)"
)
_SIDE = rf"(?:{_OUTSIDE}|里头|里面|里|上(?![班学课工街])|下(?![班课乡岗来车]))"
_HAMLET = r"(?:村|湾子?|垸|冲|岭|畈|寨|屋场)"
_PLACE = re.compile(
    rf"(?P<village>{_NAME}{{1,5}}?{_HAMLET}民?小?(?:[一二三四五六七八九十]{{1,3}}|\d{{1,2}}|X+)(?:组|队|小组)"
    rf"|{_NAME}{{1,4}}(?:村|垸)(?!委|民|干|官|务|里|级|支|镇|头|长|上|子|口|医|组织|集体|书记|主任|公墓))"
    rf"|(?P<road>{_NAME}{{1,6}}(?:大道|路|街(?![道办坊头])|巷子?)"
    rf"(?:\d{{1,4}}号|和{_NAME}{{1,6}}(?:路|街|大道)(?:交叉口|路口)|路口|口"
    rf"|中段)?(?:{_LANDMARK})?(?:{_SIDE})?)"
    rf"|(?P<estate>{_NAME}{{1,5}}(?:小区|花园|公寓|家园|社区(?!康复|服务|治理|矫正|工作|养老|食堂|书记"
    rf"|干部|医院|戒毒))"
    rf"(?:\d{{1,3}}(?:栋|号楼|幢)(?:\d{{1,2}}单元)?(?:\d{{3,4}}室?)?)?(?:{_OUTSIDE})?)"
    rf"|(?P<mark>{_NAME}{{0,8}}?{_LANDMARK}(?:{_LANDMARK})?(?:{_SIDE}))"
)
_LEAD = re.compile(
    r"^.*(?:发现|搬到|送到|位于|流落|露宿|待|呆|捡|守|现在|今天|昨天|昨晚|今晚|早上|晚上|下午|上午"
    r"|中午|刚才|前天|一直|地点|地址|老人|伢|爹爹|"
    r"婆婆|流浪汉|乞丐|男的|女的|人|反映|举报|联系|参加|通知|以后|上次|隔壁|父亲|母亲|爸爸|妈妈|一家"
    r"|自家|家里|屋里|娘家|丢|挂|修|占)(?=.{2,})"
)
_NO_VILLAGE = re.compile(
    r"(?:农|本|全|外|各|乡|该|同|进|出|新农|城中|自|驻|行政|自然|条|下|中心|隔壁|几|自己|咱|我们|外地|老家)$"
)
# Words in which 路, 街 is no road, or that name no road in particular.
_ROAD_NOT = re.compile(
    r"(?:^|.*)(?:半|迷|马|公|铁|网|思|带|线|过|同|绝|活|上|下|赶|电|逛|生|后|短|封|修|包|管|纹|投无"
    r"|山里|里面|下雨|下雪|大雪|雪|雨|年|流落|"
    r"认得|认识|块|条|发现|上班|一|两|走|盘|退|销|出|来|指|乱|财|门)(?:路|街)(?:上|边|里|口)?$"
)
_ROAD_AFTER = re.compile(r"^(?:费|不|远|窄|封|好走|难|况|途|程|遇|由|线|灯|子|上不|无)")
_TRIGGER = re.compile(r"(?:在|住|到|位于|地址是?|地点是?|从|往|去|，|,|：|:|^)$")
_GENERIC_ESTATE = re.compile(
    r"^(?:本|老旧?|智慧|全|各|一|住|乡镇|城市|农村|村|由|带|属于|归|新|旧|出院|精神病人|康养|家老年"
    r"|老年|养老|.*[镇乡]|.*街道|.*(?:社区|证明|办|养老|老年).*)?"
    r"(?:小区|社区|花园|公寓|家园)$"
)
# Inside an institution is a topic ("福利院里的孤儿"), not a spot.
_INSIDE = re.compile(
    r"^(?:救助站|福利院|敬老院|医院|学校|殡仪馆|工地|小学|中学|幼儿园|银行|派出所|祠堂|寺庙|庙|厂|市场"
    r"|超市|树)(?:里头|里面|里|上|下|那边|那里)$"
)
_TOWN_ITSELF = re.compile(
    r"^(?:汀泗|双溪|贺胜|横沟|官埠|马|高)桥(?:镇)?(?:那边|那里|附近|上|下|里|里头|里面)$"
)


def _trimmed(text: str, start: int, end: int) -> int:
    """Where the name begins, once the words that lead to it are cut off."""
    if lead := _LEAD.match(text[start:end]):
        start += lead.end()
    if text[start : start + 1] == "边" and text[max(0, start - 1) : start] in ("这", "那"):
        start += 1
    return start


def _counts(text: str, kind: str | None, start: int, end: int) -> bool:
    said = text[start:end]
    if len(said) < 3 or _TOWN_ITSELF.match(said) or _INSIDE.match(said):
        return False
    if kind == "village":
        name = re.split(_HAMLET, said)[0]
        return bool(name) and not _NO_VILLAGE.search(name)
    if kind == "road":
        if _ROAD_NOT.match(said) or _ROAD_AFTER.match(text[end:]):
            return False
        # A bare road name needs a word of place before it; with a number or a side it stands alone.
        return not re.search(r"(?:路|街|巷子?)$", said) or bool(_TRIGGER.search(text[:start]))
    if kind == "estate":
        return not _GENERIC_ESTATE.match(said) and not said.startswith(("社区", "小区"))
    return True


def find(text: str) -> list[Entity]:
    """Landmarks and addresses in `text`; the value is the place as said."""
    found = []
    for match in _PLACE.finditer(text):
        start = _trimmed(text, *match.span())
        if _counts(text, match.lastgroup, start, match.end()):
            found.append(entity("place", text, start, match.end(), text[start : match.end()]))
    return found
