"""What runs said, safe to put into pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from widget_site.pages.ansi import plain
from widget_site.pages.code import linked_traceback
from widget_site.pages.displays import shown_markup
from widget_site.parts import parts
from widget_site.store import revisions, trees
from widget_site.store.values import Run
from widget_wire.runs import RunEvent


@dataclass(frozen=True)
class ShownEvent:
    """A piece of output."""

    seq: int
    kind: str
    text: Markup


def shown_events(events: Iterable[RunEvent], run: Run, paths: Sequence[str] = ()) -> tuple[ShownEvent, ...]:
    """Return what a run said without its status events; tracebacks link to those of ``paths`` that are its files."""
    address = f"/w/{run.slug}/revisions/{run.revision}"
    shown: list[ShownEvent] = []
    for event in events:
        if event.kind == "status":
            continue
        if event.kind == "display":
            # In lists its data is left out.
            look = shown_markup(event.data, run.id) if event.data else escape("[shown on the page of this run]\n")
            shown.append(ShownEvent(event.seq, event.kind, look))
            continue
        text = plain(event.text)
        is_error = event.kind == "error" and paths
        markup = linked_traceback(text, list(paths), address) if is_error else escape(text)
        shown.append(ShownEvent(event.seq, event.kind, markup))
    return tuple(shown)


async def paths_of(run: Run, viewer: str, events: Iterable[RunEvent]) -> list[str]:
    """Return the names of the run's own files, for links of its tracebacks; nothing where there are none."""
    if not any(event.kind == "error" for event in events):
        return []
    store = parts().store
    revision = await revisions.get(store, run.slug, viewer, run.revision)
    return list(await trees.files_of(store, revision.code))
