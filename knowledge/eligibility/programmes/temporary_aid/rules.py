"""Rules of 临时救助: something happened, it presses now, daily life is in serious trouble, it arose here.
Spending on illness or schooling is the second kind (支出型); its income line is local and not asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
from openfisca_core.indexed_enums import Enum
from openfisca_core.periods import DateUnit
from openfisca_core.variables import Variable

from knowledge.eligibility.declare import YesNo, choice
from knowledge.eligibility.entities import Household
from knowledge.eligibility.logic import UNKNOWN, all_of, any_of, at_best_window, opposite, says, verdict


class Event(Enum):
    """What happened (遇到什么事)."""

    not_told = "没有说"
    fire_accident = "火灾、车祸等意外"
    illness = "突发重病"
    tuition = "上学花费"
    stranded = "身无分文、困在外面"
    other = "别的事"


class When(Enum):
    """When it happened (什么时候)."""

    not_told = "没有说"
    now = "就是现在"
    recent = "最近"
    long_ago = "很久以前"


class Hardship(Enum):
    """How daily life stands (生活怎么样)."""

    not_told = "没有说"
    no_food_shelter = "没吃没住"
    hard = "很难维持"
    manageable = "还过得去"


class Place(Enum):
    """Where the need arose, whatever the household register says (急难发生地)."""

    not_told = "没有说"
    here = "在咸安"
    elsewhere = "不在咸安"


temporary_aid_event = choice("temporary_aid_event", Household, Event, "遇到什么事")
temporary_aid_when = choice("temporary_aid_when", Household, When, "什么时候")
temporary_aid_hardship = choice("temporary_aid_hardship", Household, Hardship, "眼下生活怎么样")
temporary_aid_insurance_done = choice("temporary_aid_insurance_done", Household, YesNo, "医保报销过了")
temporary_aid_place = choice("temporary_aid_place", Household, Place, "在哪里发生")


class temporary_aid_sudden(Variable):
    value_type = float
    entity = Household
    definition_period = DateUnit.DAY
    label = "突发、紧迫、灾难性的困难"
    reference = ["s01 第二十九条 2026-07-01", "s10 - 2018-01-23"]

    def formula(household: Any, period: Any) -> Any:
        event = household("temporary_aid_event", period)
        return verdict(event, met=(Event.fire_accident, Event.illness, Event.stranded))


class temporary_aid_pressing(Variable):
    value_type = float
    entity = Household
    definition_period = DateUnit.DAY
    label = "困难是眼下的、暂时的"
    reference = ["s01 第二十九条 2026-07-01", "s10 - 2018-01-23"]

    def formula(household: Any, period: Any) -> Any:
        # Spending may have piled up over a long time; an accident long past is no longer pressing.
        spending = says(household("temporary_aid_event", period), Event.illness, Event.tuition, Event.other)
        return any_of(
            says(household("temporary_aid_when", period), When.now, When.recent),
            at_best_window(spending),
        )


class temporary_aid_in_hardship(Variable):
    value_type = float
    entity = Household
    definition_period = DateUnit.DAY
    label = "基本生活出现严重困难"
    reference = ["s01 第二十九条 2026-07-01", "s10 - 2018-01-23"]

    def formula(household: Any, period: Any) -> Any:
        return says(household("temporary_aid_hardship", period), Hardship.no_food_shelter, Hardship.hard)


class temporary_aid_own_share_applies(Variable):
    value_type = float
    entity = Household
    definition_period = DateUnit.DAY
    label = "要不要看报销：生病的要看，没吃没住的先救，不等报销"
    reference = ["s01 第五十条 2026-07-01", "s10 - 2018-01-23"]

    def formula(household: Any, period: Any) -> Any:
        urgent = all_of(
            says(household("temporary_aid_hardship", period), Hardship.no_food_shelter),
            says(household("temporary_aid_when", period), When.now),
        )
        return all_of(says(household("temporary_aid_event", period), Event.illness), opposite(urgent))


class temporary_aid_own_share(Variable):
    value_type = float
    entity = Household
    definition_period = DateUnit.DAY
    label = "看病报销以后自己负担的部分已经算清"
    reference = ["s10 - 2018-01-23"]

    def formula(household: Any, period: Any) -> Any:
        return verdict(household("temporary_aid_insurance_done", period), met=(YesNo.yes,))


class temporary_aid_spending_applies(Variable):
    value_type = float
    entity = Household
    definition_period = DateUnit.DAY
    label = "属于支出型：上学花费，或者拖了很久的看病花费"
    reference = ["s10 - 2018-01-23"]

    def formula(household: Any, period: Any) -> Any:
        event = household("temporary_aid_event", period)
        long_illness = all_of(
            says(event, Event.illness), says(household("temporary_aid_when", period), When.long_ago)
        )
        return any_of(says(event, Event.tuition), long_illness)


class temporary_aid_spending(Variable):
    value_type = float
    entity = Household
    definition_period = DateUnit.DAY
    label = "支出型的收入和财产要求"
    reference = ["s10 - 2018-01-23"]

    def formula(household: Any, period: Any) -> Any:
        # Compared with last year's local disposable income, which is not published; the window's alone.
        return np.full(household.count, UNKNOWN)


class temporary_aid_arose_here(Variable):
    value_type = float
    entity = Household
    definition_period = DateUnit.DAY
    label = "急难发生在咸安，不看户籍"
    # s09 is a document of 2023; its day is not known, so the rule is used from the year after.
    reference = ["s01 第三十七条 2026-07-01", "s09 - 2024-01-01"]

    def formula(household: Any, period: Any) -> Any:
        return says(household("temporary_aid_place", period), Place.here)


class temporary_aid(Variable):
    value_type = float
    entity = Household
    definition_period = DateUnit.DAY
    label = "临时救助初步判断"
    reference = ["s01 第二十九条 2026-07-01", "s10 - 2018-01-23"]

    def formula(household: Any, period: Any) -> Any:
        return all_of(
            household("temporary_aid_sudden", period),
            household("temporary_aid_pressing", period),
            household("temporary_aid_in_hardship", period),
            any_of(
                opposite(household("temporary_aid_own_share_applies", period)),
                household("temporary_aid_own_share", period),
            ),
            any_of(
                opposite(household("temporary_aid_spending_applies", period)),
                household("temporary_aid_spending", period),
            ),
            household("temporary_aid_arose_here", period),
        )
