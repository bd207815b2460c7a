"""A stop after so many solves, and how many were begun after it was answered."""

import attrs


@attrs.define
class Counter:
    """Counts solves; stops from ``limit`` of them on, and counts those begun after the stop was answered."""

    limit: float
    solves: int = 0
    after: int = 0
    told: bool = False

    def stop(self) -> bool:
        self.told = self.told or self.solves >= self.limit
        return self.told

    def count(self) -> None:
        self.solves += 1
        self.after += self.told
