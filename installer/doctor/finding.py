"""What the doctor says of one thing it looked at."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

Level = Literal["ok", "note", "problem"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at; ``cure`` is empty where nothing needs doing."""

    level: Level
    subject: str
    text: str
    cure: str = ""

    def __str__(self) -> str:
        line = f"{self.level:<8} {self.subject:<16} {self.text}"
        return f"{line}\n{'':<25} cure: {self.cure}" if self.cure else line

    def json(self) -> str:
        """Write the finding as one line of JSON."""
        return json.dumps(asdict(self))
