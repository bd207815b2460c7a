"""What only PowerShell can tell of Windows; each text is run as one ``-Command``, changes nothing, and prints JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

# Effective rules whatever set them (group policy, Intune, a person): identifier and action of each.
ATTACK_SURFACE_RULES = """
$ErrorActionPreference = 'Stop'
$preference = Get-MpPreference
$rules = @{}
$ids = @($preference.AttackSurfaceReductionRules_Ids)
$actions = @($preference.AttackSurfaceReductionRules_Actions)
for ($i = 0; $i -lt $ids.Count; $i++) { $rules[[string]$ids[$i]] = [int]$actions[$i] }
$rules | ConvertTo-Json -Compress
"""

# What Defender detected in files that are ours by their path.
DETECTIONS = """
$ErrorActionPreference = 'Stop'
$found = @(Get-MpThreatDetection | Where-Object { ($_.Resources -join ' ') -like '*xlalm*' })
$lines = @($found | ForEach-Object { [string]$_.InitialDetectionTime + ' ' + ($_.Resources -join ', ') })
ConvertTo-Json -Compress -InputObject $lines
"""

SCRIPTS = {"ATTACK_SURFACE_RULES": ATTACK_SURFACE_RULES, "DETECTIONS": DETECTIONS}


def ask(run: Callable[[Sequence[str]], tuple[int, str]], script: str) -> Any:
    """Run a text and return what its JSON says; None where PowerShell or the answer is not to be had."""
    command = ["powershell.exe", "-NoLogo", "-NoProfile", "-NonInteractive", "-Command", script.strip()]
    code, output = run(command)
    if code != 0:
        return None
    try:
        return json.loads(output.strip().splitlines()[-1])
    except (IndexError, ValueError):
        return None
