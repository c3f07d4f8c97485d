"""Rules of 低保: those living together earn less per head than the local line, and their property complies.
The severely disabled or gravely ill of a household just above the line may be admitted alone (单人保)."""

from __future__ import annotations

from typing import Any

import numpy as np
from openfisca_core.indexed_enums import Enum
from openfisca_core.periods import DateUnit
from openfisca_core.variables import Variable

from knowledge.eligibility.declare import choice, number
from knowledge.eligibility.entities import Household
from knowledge.eligibility.logic import (
    MET,
    NOT_MET,
    UNKNOWN,
    all_of,
    any_of,
    at_best_window,
    below,
    money_below,
    opposite,
    says,
    verdict,
)


class Residence(Enum):
    """Which of the two local lines applies (城乡)."""

    not_told = "没有说"
    urban = "城镇"
    rural = "农村"


class Assets(Enum):
    """Property of the household (家庭财产), as a resident can say it."""

    not_told = "没有说"
    none = "没有像样的财产"
    small = "有一点"
    large = "有车、第二套房、公司或大额存款"
    unknown = "说不清"


class Special(Enum):
    """What opens the single-person route (单人保)."""

    not_told = "没有说"
    severe_disability = "重度残疾"
    serious_illness = "重特大疾病"
    none = "都没有"


class Supporters(Enum):
    """Working children or others with a duty of support who live elsewhere (不同住的赡养人)."""

    not_told = "没有说"
    yes = "有"
    no = "没有"
    unknown = "说不清"


dibao_residence = choice("dibao_residence", Household, Residence, "按城镇还是农村标准")
dibao_household_size = number("dibao_household_size", Household, "共同生活的人数")
dibao_monthly_income = number("dibao_monthly_income", Household, "全家每月收入（元）")
dibao_assets = choice("dibao_assets", Household, Assets, "家庭财产")
dibao_special = choice("dibao_special", Household, Special, "重残或重病")
dibao_supporters = choice("dibao_supporters", Household, Supporters, "不同住的赡养人")


class dibao_line(Variable):
    value_type = float
    entity = Household
    definition_period = DateUnit.DAY
    unit = "元/人/月"
    label = "这一家适用的低保标准"
    reference = ["s01 第十九条 2026-07-01"]

    def formula(household: Any, period: Any) -> Any:
        residence = household("dibao_residence", period)
        urban, rural = household("dibao_standard_urban", period), household("dibao_standard_rural", period)
        return np.select(
            [residence == Residence.urban, residence == Residence.rural], [urban, rural], UNKNOWN
        )


class dibao_line_pending(Variable):
    value_type = bool
    entity = Household
    definition_period = DateUnit.DAY
    label = "适用的低保标准还没有公布到系统"

    def formula(household: Any, period: Any) -> Any:
        return np.isnan(household("dibao_line", period))


class dibao_property_pending(Variable):
    value_type = bool
    entity = Household
    definition_period = DateUnit.DAY
    label = "财产上限还没有公布到系统"

    def formula(household: Any, period: Any) -> Any:
        return np.isnan(household("dibao_property_limit", period))


class low_income_line(Variable):
    value_type = float
    entity = Household
    definition_period = DateUnit.DAY
    unit = "元/人/月"
    label = "这一家适用的低保边缘收入线：公布的金额优先，其次按比例算"
    reference = ["s01 第二十一条 2026-07-01", "s05 第八条 2021-07-01"]

    def formula(household: Any, period: Any) -> Any:
        published = household("low_income_standard", period)
        by_ratio = household("dibao_line", period) * household("low_income_ratio_hubei", period)
        return np.where(np.isnan(published), by_ratio, published)


class low_income_line_pending(Variable):
    value_type = bool
    entity = Household
    definition_period = DateUnit.DAY
    label = "低保边缘收入线还没有公布到系统"

    def formula(household: Any, period: Any) -> Any:
        return np.isnan(household("low_income_line", period))


class dibao_income_below_line(Variable):
    value_type = float
    entity = Household
    definition_period = DateUnit.DAY
    label = "人均收入低于当地低保标准"
    reference = ["s01 第十八条 2026-07-01", "s05 第十三条 2021-07-01"]

    def formula(household: Any, period: Any) -> Any:
        income = household("dibao_monthly_income", period)
        allowed = household("dibao_line", period) * household("dibao_household_size", period)
        # No income at all is below any line, published or not.
        return any_of(opposite(below(0, income)), money_below(income, allowed))


class dibao_property(Variable):
    value_type = float
    entity = Household
    definition_period = DateUnit.DAY
    label = "财产状况符合规定"
    reference = ["s01 第十八条 2026-07-01", "s05 第十四条 2021-07-01"]

    def formula(household: Any, period: Any) -> Any:
        settled = verdict(household("dibao_assets", period), met=(Assets.none,), not_met=(Assets.large,))
        # Where the red lines are is local: until they are published even a car is the window's to judge.
        pending = household("dibao_property_pending", period)
        return np.where(pending & (settled == NOT_MET), UNKNOWN, settled)


class dibao_single_person_applies(Variable):
    value_type = float
    entity = Household
    definition_period = DateUnit.DAY
    label = "要不要看单人保：收入过线或没法比，家里又有重残或重病的人"

    def formula(household: Any, period: Any) -> Any:
        special = household("dibao_special", period)
        income = household("dibao_income_below_line", period)
        return all_of(says(special, Special.severe_disability, Special.serious_illness), income != MET)


class dibao_single_person(Variable):
    value_type = float
    entity = Household
    definition_period = DateUnit.DAY
    label = "单人保：低保边缘家庭里的重残、重病人员"
    reference = ["s01 第二十一条 2026-07-01", "s05 第八条 2021-07-01"]

    def formula_2021_07(household: Any, period: Any) -> Any:
        special = household("dibao_special", period)
        allowed = household("low_income_line", period) * household("dibao_household_size", period)
        within = money_below(household("dibao_monthly_income", period), allowed)
        return all_of(says(special, Special.severe_disability, Special.serious_illness), within)

    def formula_2022_10_20(household: Any, period: Any) -> Any:
        special = household("dibao_special", period)
        allowed = household("low_income_line", period) * household("dibao_household_size", period)
        within = money_below(household("dibao_monthly_income", period), allowed)
        # s08: a severely disabled adult without work may count as a household of one, above the line too.
        by_notice = at_best_window(says(special, Special.severe_disability))
        ill_or_disabled = says(special, Special.severe_disability, Special.serious_illness)
        return any_of(all_of(ill_or_disabled, within), by_notice)


class dibao_support_payments(Variable):
    value_type = float
    entity = Household
    definition_period = DateUnit.DAY
    label = "不同住的赡养人该给的赡养费已经算清"
    reference = ["s05 第十三条 2021-07-01"]

    def formula(household: Any, period: Any) -> Any:
        return verdict(household("dibao_supporters", period), met=(Supporters.no,))


class dibao(Variable):
    value_type = float
    entity = Household
    definition_period = DateUnit.DAY
    label = "低保初步判断"
    reference = ["s01 第十八条 2026-07-01", "s05 第十三条 2021-07-01"]

    def formula(household: Any, period: Any) -> Any:
        return all_of(
            any_of(household("dibao_income_below_line", period), household("dibao_single_person", period)),
            household("dibao_property", period),
            household("dibao_support_payments", period),
        )
