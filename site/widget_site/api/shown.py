"""Values of the store as the API shows them."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from widget_model.changes import FileChange
from widget_model.diffs import FileDiff
from widget_model.files import FileContent
from widget_model.reasons import reason_of
from widget_model.requirements import lines_of
from widget_site.api import models, package_models, revision_models, run_models, schedule_models
from widget_site.settings import SiteSettings
from widget_site.store.packages import FAILED, READY
from widget_site.store.values import PackageSet, Revision, Run, ScheduleTick, Widget
from widget_wire.installs import InstallProgress
from widget_wire.runs import RunEvent

_SIGNS = {"both": " ", "old": "-", "new": "+"}
_OVERLAID = ("status", "outcome", "error", "started_at", "finished_at", "cpu_s", "rss_kb", "exit_code", "returned")


def widget(value: Widget, settings: SiteSettings) -> models.WidgetShown:
    """Show a widget in a list."""
    return models.WidgetShown(**_widget_fields(value, settings))


def widget_full(
    value: Widget,
    files: Mapping[str, FileContent],
    packages: PackageSet | None,
    schedule: dict[str, Any] | None,
    settings: SiteSettings,
) -> models.WidgetFull:
    """Show a widget with its files."""
    return models.WidgetFull(
        **_widget_fields(value, settings),
        files=dict(files),
        requirements=lines_of(files),
        schedule=schedule,
        environment=environment(packages, value.environment),
    )


def environment(packages: PackageSet | None, served: str | None) -> models.Environment:
    """Show how the packages are; they are ready once runs see them (``served``: the widget's environment)."""
    if packages is None or (packages.status == READY and packages.environment == served):
        return models.Environment(status="ready", message="")
    if packages.status == FAILED:
        return models.Environment(status="failed", message=packages.message)
    return models.Environment(status="installing", message="Its packages are being installed.")


def environment_full(
    lines: list[str], packages: PackageSet | None, served: str | None, progress: InstallProgress | None
) -> package_models.EnvironmentFull:
    """Show the packages with their log."""
    short = environment(packages, served)
    installing = short.status == "installing"
    return package_models.EnvironmentFull(
        status=short.status,
        message=short.message,
        requirements=lines,
        packages=list(packages.packages) if packages else [],
        reason=packages.reason if packages else "",
        phase=(progress.phase if progress else "queued") if installing else "",
        downloaded_bytes=progress.downloaded_bytes if progress else (packages.downloaded_bytes if packages else 0),
        limit_bytes=progress.limit_bytes if progress else 0,
        size_bytes=packages.size_bytes if packages else 0,
        seconds=packages.seconds if packages else 0.0,
        log=progress.log if progress else (packages.log if packages else ""),
    )


def revision(value: Revision) -> revision_models.RevisionShown:
    """Show a revision in the history."""
    return revision_models.RevisionShown(**_revision_fields(value))


def revision_full(value: Revision, files: Mapping[str, FileContent]) -> revision_models.RevisionFull:
    """Show a revision with its files."""
    return revision_models.RevisionFull(**_revision_fields(value), files=dict(files))


def run(value: Run, newer: Mapping[str, Any] | None = None) -> run_models.RunShown:
    """Show a run; ``newer`` is what dispatch knows of one whose row is not finished."""
    fields: dict[str, Any] = {
        name: getattr(value, name) for name in ("id", "trigger", "revision", "created_at", "request", *_OVERLAID)
    }
    if newer:
        fields |= {name: newer[name] for name in _OVERLAID if newer.get(name) is not None}
    fields["error"] = fields["error"] or None
    started, finished = fields["started_at"], fields["finished_at"]
    took_ms = None if started is None or finished is None else max(0, round((finished - started) * 1000))
    more = {"widget": value.slug, "args": list(value.args), "duration_ms": took_ms, "output_bytes": value.output_bytes}
    more["values"] = value.form_values
    return run_models.RunShown(**fields, **more, tick=_tick(value), reason=_reason(fields, took_ms))


def _reason(fields: Mapping[str, Any], took_ms: int | None) -> run_models.ReasonShown | None:
    found = reason_of(
        fields["outcome"],
        trigger=fields["trigger"],
        error=fields["error"] or "",
        exit_code=fields["exit_code"],
        rss_kb=fields["rss_kb"],
        seconds=None if took_ms is None else took_ms / 1000,
    )
    return None if found is None else run_models.ReasonShown(what=found.what, advice=found.advice)


def _tick(value: Run) -> run_models.TickReason | None:
    if value.tick_at is None:
        return None
    names = run_models.TickReason.model_fields
    return run_models.TickReason(**{name: getattr(value, name) for name in names})


def tick(value: ScheduleTick) -> schedule_models.TickShown:
    """Show a time at which a schedule was due."""
    return schedule_models.TickShown(**{name: getattr(value, name) for name in schedule_models.TickShown.model_fields})


def event(value: RunEvent) -> run_models.EventShown:
    """Show an event."""
    return run_models.EventShown(**value.as_dict())


def _widget_fields(value: Widget, settings: SiteSettings) -> dict[str, Any]:
    names = models.WidgetShown.model_fields.keys() - {"url"}
    return {"url": settings.widget_origin(value.slug), **{name: getattr(value, name) for name in names}}


def _revision_fields(value: Revision) -> dict[str, Any]:
    named = {"revision": value.number, "author": value.author}
    changes = None if value.changes is None else revision_models.ChangesShown.model_validate(value.changes.as_dict())
    return {**named, "message": value.message, "created_at": value.created_at, "changes": changes}


def file_change(value: FileChange) -> revision_models.FileChangeShown:
    """Show a file that differs."""
    return revision_models.FileChangeShown(**asdict(value))


def diff(values: Iterable[FileDiff]) -> revision_models.Diff:
    """Show what differs."""
    return revision_models.Diff(files=[_file_diff(value) for value in values])


def _file_diff(value: FileDiff) -> revision_models.FileDiffShown:
    hunks = [
        revision_models.HunkShown(
            old_start=hunk.old_start,
            old_count=hunk.old_count,
            new_start=hunk.new_start,
            new_count=hunk.new_count,
            lines=[_SIGNS[line.kind] + line.text for line in hunk.lines],
        )
        for hunk in value.hunks
    ]
    return revision_models.FileDiffShown(**asdict(value.change), hunks=hunks, is_cut=value.is_cut)
