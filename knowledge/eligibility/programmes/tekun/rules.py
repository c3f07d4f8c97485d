"""Rules of 特困: three conditions at once (三无), judged for one person.
Disability is told as a certificate; a kind or level left out stays an interval, never a guess."""

from __future__ import annotations

from typing import Any

import numpy as np
from openfisca_core.indexed_enums import Enum
from openfisca_core.periods import DateUnit
from openfisca_core.variables import Variable

from knowledge.eligibility.declare import YesNo, choice, number
from knowledge.eligibility.entities import Person
from knowledge.eligibility.logic import (
    MET,
    NOT_MET,
    UNKNOWN,
    all_of,
    any_of,
    at_best_window,
    at_least,
    below,
    says,
    verdict,
)


class DisabilityKind(Enum):
    """Kinds on the certificate (残疾类别); ``unsaid``: kind not known; 多重 does not show its parts."""

    not_told = "没有说"
    none = "没有残疾证"
    unsaid = "没说类别"
    visual = "视力"
    hearing = "听力"
    speech = "言语"
    physical = "肢体"
    intellectual = "智力"
    mental = "精神"
    multiple = "多重"


class Labour(Enum):
    """Whether the person can work, as the person says (自己说能不能干活)."""

    not_told = "没有说"
    yes = "能"
    no = "不能"


class IncomeSource(Enum):
    """Source of living, not counting what article 6 leaves out (生活来源)."""

    not_told = "没有说"
    none = "没有"
    some = "有一点，不够用"
    enough = "够生活"


class TekunSupporters(Enum):
    """Who owes support, and whether they can (法定义务人)."""

    not_told = "没有说"
    unable = "有，但没有能力"
    able = "有，也有能力"
    none = "没有"


tekun_age = number("tekun_age", Person, "周岁年龄")
tekun_disability_kind = choice("tekun_disability_kind", Person, DisabilityKind, "残疾类别")
tekun_disability_level_from = number("tekun_disability_level_from", Person, "残疾等级，最重可能是几级")
tekun_disability_level_to = number("tekun_disability_level_to", Person, "残疾等级，最轻可能是几级")
tekun_in_school = choice("tekun_in_school", Person, YesNo, "还在读义务教育、高中或中职")
tekun_labour = choice("tekun_labour", Person, Labour, "能不能干活")
tekun_income_source = choice("tekun_income_source", Person, IncomeSource, "生活来源")
tekun_supporters = choice("tekun_supporters", Person, TekunSupporters, "赡养、抚养、扶养人")


class tekun_is_minor(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.DAY
    label = "未成年"
    reference = ["s01 第十六条 2026-07-01", "s06 第二十四条 2021-07-01"]

    def formula(person: Any, period: Any, parameters: Any) -> Any:
        return person("tekun_age", period) < parameters(period).tekun.minor_until


class tekun_disability_counts(Variable):
    value_type = float
    entity = Person
    definition_period = DateUnit.DAY
    label = "残疾类别和等级在没有劳动能力的名单里"
    reference = ["s06 第五条 2021-07-01"]

    def formula(person: Any, period: Any, parameters: Any) -> Any:
        listed = parameters(period).tekun.disability
        limits = {kind: listed[kind.name] for kind in DisabilityKind if kind.name in listed}
        kind = person("tekun_disability_kind", period)
        cases = [kind == member for member in limits]
        # Kind unknown or 多重: anything from "not listed" to the widest entry.
        surely = np.select(cases, list(limits.values()), 0)
        possibly = np.select(cases, list(limits.values()), max(limits.values()))
        heaviest = person("tekun_disability_level_from", period)
        mildest = person("tekun_disability_level_to", period)
        counted = np.select(
            [mildest <= surely, (heaviest > possibly) | (possibly == 0)], [MET, NOT_MET], UNKNOWN
        )
        return np.select(
            [kind == DisabilityKind.not_told, kind == DisabilityKind.none], [UNKNOWN, NOT_MET], counted
        )


class tekun_studying(Variable):
    value_type = float
    entity = Person
    definition_period = DateUnit.DAY
    label = "过了儿童年龄、还在读书：原来就是特困的可以继续"
    reference = ["s01 第十六条 2026-07-01", "s06 第二十四条 2021-07-01"]

    def formula(person: Any, period: Any, parameters: Any) -> Any:
        ages = parameters(period).tekun
        age = person("tekun_age", period)
        in_band = all_of(at_least(age, ages.minor_age), below(age, ages.minor_until + 1))
        return all_of(in_band, says(person("tekun_in_school", period), YesNo.yes))


class tekun_no_labour(Variable):
    value_type = float
    entity = Person
    definition_period = DateUnit.DAY
    label = "没有劳动能力"
    reference = ["s06 第五条 2021-07-01"]

    def formula_2021_07(person: Any, period: Any, parameters: Any) -> Any:
        ages = parameters(period).tekun
        age = person("tekun_age", period)
        return any_of(
            at_least(age, ages.old_age),
            below(age, ages.minor_age),
            person("tekun_disability_counts", period),
            at_best_window(person("tekun_studying", period)),
            # s06 leaves other cases to the province: who says he cannot work is not refused here.
            at_best_window(says(person("tekun_labour", period), Labour.no)),
        )

    def formula_2026_07(person: Any, period: Any, parameters: Any) -> Any:
        ages = parameters(period).tekun
        age = person("tekun_age", period)
        # s01 article 16 writes 未成年人, s06 未满十六周岁: sixteen and seventeen are the window's to judge.
        teenager = all_of(at_least(age, ages.minor_age), below(age, ages.minor_until))
        return any_of(
            at_least(age, ages.old_age),
            below(age, ages.minor_age),
            person("tekun_disability_counts", period),
            at_best_window(teenager),
            at_best_window(person("tekun_studying", period)),
            at_best_window(says(person("tekun_labour", period), Labour.no)),
        )


class tekun_teenager(Variable):
    value_type = bool
    entity = Person
    definition_period = DateUnit.DAY
    label = "过了儿童年龄、还没成年，社会救助法施行以后"
    reference = ["s01 第十六条 2026-07-01"]

    def formula_2026_07(person: Any, period: Any, parameters: Any) -> Any:
        return person("tekun_is_minor", period) * (
            person("tekun_age", period) >= parameters(period).tekun.minor_age
        )


class tekun_no_income(Variable):
    value_type = float
    entity = Person
    definition_period = DateUnit.DAY
    label = "没有生活来源"
    reference = ["s01 第十六条 2026-07-01", "s06 第六条 2021-07-01"]

    def formula(person: Any, period: Any) -> Any:
        source = person("tekun_income_source", period)
        return verdict(source, met=(IncomeSource.none,), not_met=(IncomeSource.enough,))


class tekun_no_supporter(Variable):
    value_type = float
    entity = Person
    definition_period = DateUnit.DAY
    label = "没有法定义务人，或者义务人没有能力"
    reference = ["s06 第八条 2021-07-01"]

    def formula(person: Any, period: Any) -> Any:
        # "Unable" is a closed list in article 8 that only the window can check.
        supporters = person("tekun_supporters", period)
        return verdict(supporters, met=(TekunSupporters.none,), not_met=(TekunSupporters.able,))


class tekun(Variable):
    value_type = float
    entity = Person
    definition_period = DateUnit.DAY
    label = "特困初步判断"
    reference = ["s01 第十六条 2026-07-01", "s06 第四条 2021-07-01"]

    def formula(person: Any, period: Any) -> Any:
        return all_of(
            person("tekun_no_labour", period),
            person("tekun_no_income", period),
            person("tekun_no_supporter", period),
        )
