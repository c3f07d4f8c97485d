"""Loading names file, line and entry of every fault; demo never covers real values; reload keeps going."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import knowledge
from knowledge import KnowledgeError, Library
from knowledge.loading import FileCache

Edit = Callable[[str, str, str], Path]


def test_services_come_in_the_order_of_the_code_table(small: knowledge.Knowledge) -> None:
    assert small.services == ["alpha", "beta", "human_handoff"]
    assert small.service_name("alpha") == "甲项补贴"
    assert small.choice_label("alpha") == "甲项补贴（按月领）"
    assert small.department_codes == ["renshe", "jiaotong", "none"]


@pytest.mark.parametrize(
    ("file", "old", "new", "entry", "said"),
    [
        (
            "services/alpha.yml",
            "document: s01, article: 第一条",
            "document: s99",
            "alpha.overview.what",
            "s99",
        ),
        ("services/alpha.yml", "{alpha_days}", "{alpha_dayz}", "alpha.time_limit.total", "{alpha_dayz}"),
        ("services/alpha.yml", "{hotline:110}", "{hotline:112}", "alpha.where.window", "{hotline:112}"),
        (
            "services/alpha.yml",
            "department: renshe",
            "department: nobody",
            "alpha.boundary.pension",
            "nobody",
        ),
        ("services/alpha.yml", "人均收入低于", "人均收入500元低于", "alpha", "5"),
        ("departments.yml", '"12333"', '"12399"', "renshe", "12399"),
        ("standards/standards.yml", "document: s13", "document: s77", "alpha_ratio", "s77"),
        ("standards/standards.yml", "kind: ratio", "kind: guess", "alpha_ratio", "kind"),
    ],
)
def test_a_fault_names_file_entry_and_line(
    copy: Path, edit: Edit, file: str, old: str, new: str, entry: str, said: str
) -> None:
    edit(file, old, new)
    with pytest.raises(KnowledgeError) as raised:
        knowledge.load(copy)
    faults = [fault for fault in raised.value.problems if fault.id == entry]
    assert faults and faults[0].file.endswith(file) and said in faults[0].message
    # The place is given for entries on their own line; flow-style statements have theirs too.
    assert (
        faults[0].line is None or entry in Path(faults[0].file).read_text().splitlines()[faults[0].line - 1]
    )


def test_broken_yaml_names_the_line_and_other_faults_are_still_found(copy: Path, edit: Edit) -> None:
    edit("services/beta.yml", "owner: 民政", "owner: [民政")
    edit("services/alpha.yml", "document: s01, article: 第一条", "document: s99")
    with pytest.raises(KnowledgeError) as raised:
        knowledge.load(copy)
    by_file = {Path(fault.file).name: fault for fault in raised.value.problems}
    assert by_file["beta.yml"].line is not None and by_file["beta.yml"].line > 1
    assert "s99" in by_file["alpha.yml"].message


def test_every_bad_entry_of_a_file_is_found(copy: Path, edit: Edit) -> None:
    edit("standards/standards.yml", "kind: ratio", "kind: guess")
    edit("standards/standards.yml", "kind: count", "kind: guess")
    with pytest.raises(KnowledgeError) as raised:
        knowledge.load(copy)
    assert {"alpha_ratio", "alpha_photo"} <= {fault.id for fault in raised.value.problems}


def test_an_id_used_twice_is_refused(copy: Path) -> None:
    (copy / "standards" / "again.yml").write_text((copy / "standards" / "standards.yml").read_text())
    with pytest.raises(KnowledgeError, match="duplicate id"):
        knowledge.load(copy)


def test_a_demo_value_may_not_cover_a_real_one(copy: Path, edit: Edit) -> None:
    edit("demo/standards.yml", "id: alpha_amount", "id: alpha_days")
    knowledge.load(copy)  # without demo the file is not read
    with pytest.raises(KnowledgeError) as raised:
        knowledge.load(copy, demo=True)
    assert raised.value.problems[0].id == "alpha_days"


def test_demo_does_not_leak_into_a_later_load_that_shares_the_cache(copy: Path) -> None:
    cache = FileCache()
    assert knowledge.load(copy, demo=True, cache=cache).data.standards["alpha_amount"].values
    assert knowledge.load(copy, cache=cache).data.standards["alpha_amount"].values == []


def test_misspelt_wording_stops_loading(copy: Path) -> None:
    (copy / "wording.yml").write_text("uncoverd: x\n")
    with pytest.raises(KnowledgeError) as raised:
        knowledge.load(copy)
    assert "uncoverd" in {fault.id for fault in raised.value.problems}


def test_an_edit_is_in_the_next_answers(copy: Path, edit: Edit) -> None:
    library = Library(copy, check_every=0)
    before = library.current()
    assert library.current() is before  # nothing changed, nothing reloaded
    edit("services/alpha.yml", "带身份证和申请书", "带身份证就行")
    assert library.current().statement("alpha.materials.list").text == "带身份证就行。"
    assert before.statement("alpha.materials.list").text == "带身份证和申请书。"


def test_a_broken_edit_keeps_the_old_knowledge_and_says_why(copy: Path, edit: Edit) -> None:
    library = Library(copy, check_every=0)
    path = edit("services/alpha.yml", "document: s01, article: 第一条", "document: s99")
    assert library.current().statement("alpha.overview.what").citations[0].document == "s01"
    assert library.problem is not None and "s99" in library.problem
    path.write_text(path.read_text().replace("s99", "s02"))
    assert library.current().statement("alpha.overview.what").citations[0].document == "s02"
    assert library.problem is None


def test_files_are_not_looked_at_more_often_than_asked(copy: Path, edit: Edit) -> None:
    library = Library(copy, check_every=3600)
    edit("services/alpha.yml", "带身份证和申请书", "带身份证就行")
    assert library.current().statement("alpha.materials.list").text == "带身份证和申请书。"
