"""Rasa without TensorFlow: 370 MB less in memory and seconds earlier ready (docs/understanding.md has the measurement).

Rasa 3.6 imports TensorFlow with every component it knows, DIET and TED among them; none of the components of config.yml
uses it. `leave_out` puts hollow modules in its place, on which Rasa's modules can be imported (they only name base classes
and decorators of it); whoever then tries to use one of them gets LeftOutError, which names this file.

`rasa train`, `rasa test` and `rasa shell`, called by hand, still import TensorFlow itself.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

LEFT_OUT = frozenset({"tensorflow", "tensorflow_addons", "tensorflow_hub", "tensorflow_text", "keras"})
# What imports all that Rasa knows: after these, nothing has a reason to ask for TensorFlow.
KNOWN = ("rasa.core.agent", "rasa.engine.recipes.default_components", "rasa.model_training")


class LeftOutError(RuntimeError):
    """Something of TensorFlow was used in a process that runs without it."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} was asked for, but this process runs without TensorFlow: a component of config.yml that needs it "
            "needs bot/nlu/lean.py to be taken out of bot/nlu/serving.py"
        )


class _Finder(MetaPathFinder, Loader):
    """Finds every module of LEFT_OUT, empty; `closed` once Rasa is imported."""

    closed = False

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in LEFT_OUT:
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _HollowModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run."""


class _Hollow(type):
    """Classes that have every attribute, can be inherited from, and hand back what they decorate."""

    def __getattr__(cls, name: str) -> Any:
        return _made(cls, f"{cls.__module__}.{cls.__qualname__}", name)

    def __call__(cls, *given: Any, **named: Any) -> Any:
        if _FINDER.closed:
            raise LeftOutError(cls.__qualname__)
        return super().__call__(*given, **named)


class _Decorator:
    def __init__(self, *given: Any, **named: Any) -> None:
        """Takes whatever TensorFlow's own would."""

    def __call__(self, decorated: Any) -> Any:
        return decorated


class _HollowModule(ModuleType):
    def __getattr__(self, name: str) -> Any:
        return _made(self, self.__name__, name)


def _made(owner: Any, owner_name: str, name: str) -> Any:
    # Python itself asks for these to learn what a thing is; having all of them would be a lie.
    if name.startswith("__"):
        raise AttributeError(name)
    if _FINDER.closed:
        raise LeftOutError(f"{owner_name}.{name}")
    made = _Hollow(name, (_Decorator,), {"__module__": owner_name})
    setattr(owner, name, made)
    return made


_FINDER = _Finder()


def leave_out() -> None:
    """Import Rasa, with hollow modules for TensorFlow. Does nothing where TensorFlow is there already."""
    if "tensorflow" in sys.modules:
        return
    sys.meta_path.insert(0, _FINDER)
    for name in KNOWN:
        importlib.import_module(name)
    _FINDER.closed = True
