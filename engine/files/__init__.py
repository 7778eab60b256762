"""Files: streamed to staging, taken in by a verb, kept write-once, looked after by a job."""

from engine.files.models import File
from engine.files.service import StagedFile, open_bytes, refer, release, stage, staged_bytes, take_in
from engine.files.sweep import Swept, sweep_orphans

__all__ = [
    "File",
    "StagedFile",
    "Swept",
    "open_bytes",
    "refer",
    "release",
    "stage",
    "staged_bytes",
    "sweep_orphans",
    "take_in",
]
