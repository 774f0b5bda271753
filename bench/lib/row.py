"""A row: one piece of work, the systems that do it, and the goals."""
from dataclasses import dataclass, field
from typing import Callable, Sequence

VOLUME, FAST, DATASET = "A volume", "The fast path", "Data sets"


class Skip(Exception):
    """This machine or this version cannot do it."""


@dataclass(frozen=True)
class Goal:
    """What a system is to reach: a multiple of another one's figure, or a figure by itself."""
    value: float
    against: str = ""  # a system, or 'best peer'; empty for an absolute goal
    system: str = "leat"

    def text(self, row):
        sign = "≥" if row.higher else "≤"
        who = "" if self.system == "leat" else self.system + " "
        return who + (f"{sign} {self.value:g} × {self.against}" if self.against else f"{sign} {self.value:g} {row.unit}")


PEERS = ("juicefs", "s3fs", "rclone", "mount-s3", "juicefs:writeback", "juicefs:default", "s3fs:default", "rclone:default")


@dataclass(frozen=True)
class Row:
    name: str
    title: str
    unit: str
    state: str
    setup: Callable  # (context, system's name) → a callable that takes one sample, or (that, a check of the bytes)
    systems: Sequence[str]
    goals: Sequence[Goal] = ()
    group: str = FAST
    higher: bool = True
    quick: bool = False
    published: Sequence[str] = field(default=())  # keys of published.py
    curve: bool = False  # a sample is a list, one figure for each epoch

    def best_peer(self, medians):
        peers = {name: value for name, value in medians.items() if name in PEERS}
        if not peers:
            return None
        return (max if self.higher else min)(peers, key=peers.get)

    def judge(self, medians):
        return [self._judge(goal, medians) for goal in self.goals]

    def _judge(self, goal, medians):
        told = {"goal": goal.text(self), "system": goal.system}
        if goal.system not in medians:
            return {**told, "reached": "–", "verdict": f"no {goal.system}"}
        value = medians[goal.system]
        if goal.against:
            against = self.best_peer(medians) if goal.against == "best peer" else goal.against
            if not medians.get(against):
                return {**told, "reached": "–", "verdict": f"no {goal.against}"}
            value /= medians[against]
        passed = value >= goal.value if self.higher else value <= goal.value
        reached = f"{value:.2f} ×" if goal.against else f"{value:.3g} {self.unit}"
        return {**told, "ratio": value, "reached": reached, "verdict": "pass" if passed else "falls short"}
