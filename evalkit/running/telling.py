"""What a run tells while it goes on."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

if TYPE_CHECKING:
    from evalkit.running.batch import Event
    from evalkit.running.ends import PeriodEnd


class _Teller:
    """A bar and lines for a person, or JSON objects, one a line, for a machine.

    The bar is for terminals only, and not for CI. It has no thread of its own: every fork would
    copy the locks that it holds.
    """

    def __init__(self, console: Console, what: str, total: int, *, as_json: bool) -> None:
        self._console, self._json = console, as_json
        watched = console.is_terminal and not as_json and not os.environ.get("CI")
        self.bar = Progress(
            TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            TextColumn("left"), TimeRemainingColumn(), TextColumn("{task.description}"),
            console=console, auto_refresh=False, disable=not watched,
        )  # fmt: skip
        self._task = self.bar.add_task("", total=total)

    def say(self, text: str, style: str = "") -> None:
        """Tell a person something, as it is."""
        if self._json:
            self._write({"kind": "said", "message": text})
        else:
            self._console.print(text, style=style, markup=False)

    def _write(self, told: dict) -> None:
        self._console.file.write(json.dumps(told, ensure_ascii=False) + "\n")
        self._console.file.flush()


class Told(_Teller):
    """What happens to the chapters and periods of one study.

    The lines about single chapters are for terminals only.
    """

    def __init__(self, console: Console, chapters: int, periods: int, *, as_json: bool) -> None:
        super().__init__(console, "Chapters", periods * chapters, as_json=as_json)
        self._chapters, self._running = chapters, list[str]()

    def event(self, event: "Event") -> None:
        """Tell what happened to a chapter or a period."""
        if self._json:
            self._write(asdict(event))
        elif event.kind == "started":
            self._running.append(event.chapter)
        else:
            self._line(event)
            self._advance(event)
        self.bar.update(self._task, description=", ".join(self._running))

    def _line(self, event: "Event") -> None:
        place = f"{event.period}/{event.chapter}" if event.chapter else event.period
        if event.kind == "failed" or not (event.chapter and self.bar.disable):
            self._console.print(f"{event.kind:9} {place:28} {event.seconds:5.1f} s")
        if event.message:
            style = "red" if event.kind == "failed" else "yellow"
            self._console.print(event.message, style=style, markup=False)

    def _advance(self, event: "Event") -> None:
        if event.chapter in self._running:
            self._running.remove(event.chapter)
        whole = self._chapters if event.kind == "unchanged" else 0
        self.bar.advance(self._task, 1 if event.chapter else whole)


class ToldOfStudies(_Teller):
    """What becomes of studies that run side by side."""

    def __init__(self, console: Console, studies: int, *, as_json: bool) -> None:
        super().__init__(console, "Studies", studies, as_json=as_json)

    def ended(self, ends: "Sequence[PeriodEnd]") -> None:
        """Tell what became of the periods of one study."""
        for end in ends:
            if self._json:
                told = asdict(end) | {"study": str(end.study), "report": str(end.report or "")}
                self._write(told)
            else:
                self._line(end)
        self.bar.advance(self._task)
        self.bar.refresh()

    def _line(self, end: "PeriodEnd") -> None:
        place = f"{end.study.parent.parent.name}/{end.period}".removesuffix("/")
        self._console.print(f"{end.kind:9} {place:28} {end.seconds:5.1f} s", markup=False)
        for message in end.messages:
            style = "red" if end.kind == "failed" else "yellow"
            self._console.print(message, style=style, markup=False)
