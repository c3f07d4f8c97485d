"""The two entities of the rules: a person (个人) and the household living together (共同生活的家庭).
In a screening every row is one person in one household."""

from __future__ import annotations

from openfisca_core.entities import build_entity

Person = build_entity(key="person", plural="persons", label="个人", is_person=True)
Household = build_entity(
    key="household",
    plural="households",
    label="共同生活的家庭",
    roles=[{"key": "member", "plural": "members", "label": "家庭成员"}],
)
