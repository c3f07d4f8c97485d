"""`knowledge check`: each rule catches its fault and only it; coverage names gaps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge.checking import check, coverage
from tests.knowledge.conftest import SMALL

Edit = Callable[[str, str, str], Path]
ALPHA = "services/alpha.yml"
DOCUMENTS = "documents/documents.yml"
IN_FORCE = "in_force, effective_from: 2026"
READ = "{document: s01, article: 第三条}"
NEW = "新规定以后不看户口。"


def test_the_small_knowledge_is_sound() -> None:
    assert check(SMALL) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "entry", "said"),
    [
        (ALPHA, "document: s01, article: 第一条", "document: s00", "alpha.overview.what", "draft"),
        ("standards/standards.yml", "document: s13", "document: s00", "alpha_ratio", "draft"),
        (DOCUMENTS, IN_FORCE, IN_FORCE.replace("in_force", "repealed"), "alpha_days", "repealed"),
        (ALPHA, "按规定一般还要体检表", "还要体检表", "alpha.materials.report", "A-"),
        (ALPHA, "要等区民政局公布。", "以后再说。", "alpha.amount.local", "pending"),
        (ALPHA, NEW, "新规定请找王某女士。", "alpha.conditions.new", "王某女士"),
        (ALPHA, NEW, "联系人：张三丰。", "alpha.conditions.new", "联系人"),
        (ALPHA, NEW, "新规定见www.example.cn网站。", "alpha.conditions.new", "link"),
        (ALPHA, NEW, "新规定三十日内办。", "alpha", "三十日"),
        (ALPHA, "audience: 收入低的家庭", "audience: 收入低于500元的家庭", "alpha", "audience"),
        ("departments.yml", "归交通部门管，", "归交通部门管，打07150000，", "jiaotong", "number"),
        (ALPHA, READ, "{document: b_practice}", "alpha.conditions.car", "unverified"),
        ("offices/offices.yml", "services: [alpha]", "services: [alfa]", "window", "alfa"),
        ("services.csv", "beta,", "delta,", "delta", "no card"),
        ("demo/standards.yml", "alpha_amount", "alpha_days", "alpha_days", "pending"),
    ],
)  # fmt: skip
def test_each_rule_catches_its_fault(
    copy: Path, edit: Edit, file: str, old: str, new: str, entry: str, said: str
) -> None:
    edit(file, old, new)
    found = [fault for fault in check(copy) if fault.id == entry and said in fault.message]
    assert found, [str(fault) for fault in check(copy)]


def test_an_emergency_number_needs_no_document_that_was_read(copy: Path, edit: Edit) -> None:
    edit(
        ALPHA,
        "text: 新规定以后不看户口。, citations: [{document: s02, article: 第四条}]",
        'text: "有危险打{hotline:110}。", citations: [{document: b_hotlines}]',
    )
    assert check(copy) == []


def test_coverage_tells_stated_from_pending_and_names_gaps(copy: Path) -> None:
    table = coverage(copy)
    assert table.cells["alpha"]["conditions"] == "stated"
    assert table.cells["alpha"]["amount"] == "pending"
    assert "appeal" not in table.cells["alpha"]
    assert ("alpha", "appeal") in table.gaps and ("alpha", "phone") in table.gaps
    # A plain policy code need not speak of appeals.
    assert ("beta", "appeal") not in table.gaps and ("beta", "where") in table.gaps
