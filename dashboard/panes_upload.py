"""A viewer's own table: dropped on the page, its columns mapped, then given to who asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import panel as pn
import param

from dashboard.held import once_held
from dashboard.words import Words, answer
from slamcore.columns import BY_NAME
from slamcore.io.uploaded_tables import UploadedTable

__all__ = ["TableUpload"]

_UNUSED = "—"
_MOST = "50MB"

Use = Callable[[UploadedTable, dict[str, str]], str]


class TableUpload:
    """Takes a table of the viewer's own.

    Parameters
    ----------
    wanted : tuple of str
        What its columns may be taken for, keys of `slamcore.columns.BY_NAME`.
    verb : str
        On the button.
    use : callable
        Gets the table and our name -> its column, and returns what to say; a `ValueError` is told
        as one sentence. It runs in a thread and must not touch the page.
    done : callable
        Called afterwards, where the page may be touched.

    Attributes
    ----------
    view : panel.Column
    """

    def __init__(self, wanted: tuple[str, ...], verb: str, use: Use, done: Callable[[], None]):
        self._use, self._done = use, done
        self._table: UploadedTable | None = None
        self.file = pn.widgets.FileDropper(
            label="",
            multiple=False,
            max_file_size=_MOST,
            layout="compact",
            height=70,
            sizing_mode="stretch_width",
            css_classes=["own-table"],
        )
        self.columns = {
            name: pn.widgets.Select(
                label=BY_NAME[name].label,
                options=[_UNUSED],
                width=132,
                css_classes=[f"column-{name}"],
            )
            for name in wanted
        }
        self.button = pn.widgets.Button(label=verb, css_classes=["use-table"])
        self.said = Words("", sizing_mode="stretch_width", css_classes=["upload-said"])
        self._mapping = pn.Column(
            pn.FlexBox(*self.columns.values(), sizing_mode="stretch_width"),
            self.button,
            visible=False,
            sizing_mode="stretch_width",
        )
        self.file.param.watch(self._look, "value")
        self.button.on_click(self._read)
        self.view = pn.Column(
            self.file,
            self._mapping,
            self.said,
            sizing_mode="stretch_width",
            css_classes=["upload"],
        )

    async def _look(self, event) -> None:
        """A file came (or went): offer its columns."""
        self._table = None
        self._mapping.visible = False
        if not event.new:
            self._say("")
            return
        name, content = list(event.new.items())[-1]
        # Not kept twice; and the same name may come again.
        with param.parameterized.discard_events(self.file):
            self.file.value = {}
        content = content.encode() if isinstance(content, str) else content
        try:
            self._table = await asyncio.to_thread(UploadedTable.of, name, content)
        except ValueError as error:
            self._say(str(error), failed=True)
            return
        for ours, select in self.columns.items():
            select.options = [_UNUSED, *self._table.columns]
            select.value = self._table.guessed.get(ours, _UNUSED)
        self._mapping.visible = True
        self._say(f"{self._table.name}: {len(self._table.columns)} columns. Check what they are.")

    async def _read(self, _event) -> None:
        if self._table is None:
            return
        columns = {
            ours: select.value for ours, select in self.columns.items() if select.value != _UNUSED
        }
        self.button.loading = True
        try:
            self._say(await asyncio.to_thread(self._use, self._table, columns))
        except ValueError as error:
            self._say(str(error), failed=True)
        finally:
            self.button.loading = False
        once_held(self._done)

    def _say(self, text: str, failed: bool = False) -> None:
        self.said.object = answer(text, failed)
