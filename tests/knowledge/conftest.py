"""A small knowledge that does not change while the real cards are edited, and a copy one may break."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

import knowledge
from knowledge import Knowledge

SMALL = Path(__file__).parent / "fixtures" / "small"
DAY = date(2026, 11, 1)


@pytest.fixture(scope="session")
def small() -> Knowledge:
    return knowledge.load(SMALL)


@pytest.fixture(scope="session")
def demo() -> Knowledge:
    return knowledge.load(SMALL, demo=True)


@pytest.fixture(scope="session")
def real() -> Knowledge:
    return knowledge.load()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    root = tmp_path / "small"
    shutil.copytree(SMALL, root)
    return root


@pytest.fixture
def edit(copy: Path) -> Callable[[str, str, str], Path]:
    """Replace a piece of one file of the copy; fails when the piece is not there."""

    def replace(name: str, old: str, new: str) -> Path:
        path = copy / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return path

    return replace
