"""run and logs: what scripts say, as they say it."""

import argparse
import getpass
import json
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from widget_cli import changes, chosen, tree, working
from widget_cli.errors import ApiError, CliError
from widget_cli.folder import Folder
from widget_cli.said import note, plain, say, show_json
from widget_cli.site import AwayError, Site, slug_path

#: Seconds between two questions for more output: at first, and after nothing came for a while.
_SOON_S, _LATER_S = 0.1, 0.6
_LOGS_EVERY_S = 1.0
#: How long a site may be away, restarting, while a run is followed.
_PATIENCE_S = 60.0
_INTERRUPTED = 130
_CONFLICT = 409
#: Exit statuses of runs that did not end by themselves, as shells know them.
_STATUSES = {"ok": 0, "timeout": 124, "memory": 137, "stopped": _INTERRUPTED}


def run(arguments: argparse.Namespace) -> int:
    """Run the newest revision, print what it says, end as it ends."""
    picked = chosen.chosen(arguments)
    if picked.folder is not None:
        if arguments.push:
            revision, changed = working.push_folder(picked.folder, picked.site)
            note(f"Saved revision {revision}." if changed else f"Nothing to push; running revision {revision}.")
        else:
            _warn_of_changes(picked.folder)
    asked = {"args": arguments.after, "interactive": not arguments.json}
    started = picked.site.post(slug_path(picked.slug, "/runs"), asked)
    interrupted = _follow(picked.site, started["id"], silent=arguments.json)
    ended = picked.site.get(f"/runs/{quote(started['id'])}")
    if arguments.json:
        show_json({**ended, "events": list(_events(picked.site, started["id"]))})
    else:
        _tell_end(ended)
    return _INTERRUPTED if interrupted else exit_status(ended)


def logs(arguments: argparse.Namespace) -> int:
    """Print the last runs and what they said, oldest first; with -f also what comes."""
    picked = chosen.chosen(arguments)
    path = slug_path(picked.slug, "/runs")
    # At least one is asked for: what comes after it is new.
    last = picked.site.get(path, limit=max(1, arguments.n))["items"][::-1]
    shown = last if arguments.n else []
    if arguments.json and not arguments.follow:
        show_json([{**run, "events": list(_events(picked.site, run["id"]))} for run in shown])
        return 0
    tail = _Tail(picked.site, arguments.json)
    for run in shown:
        tail.show(run)
    if not arguments.follow:
        if not shown:
            note("It has not run yet.")
        return 0
    seen = {run["id"] for run in last}
    is_away = False
    while True:
        time.sleep(_LOGS_EVERY_S)
        try:
            for run in [run for run in picked.site.get(path, limit=100)["items"][::-1] if run["id"] not in seen]:
                seen.add(run["id"])
                tail.show(run)
            tail.go_on()
            is_away = False
        except AwayError as error:
            if not is_away:
                note(f"{error} Trying again …")
            is_away = True


def exit_status(run: dict[str, Any]) -> int:
    """Return what a script's own exit status would be here; for one that did not end by itself, what shells say."""
    outcome, code = run["outcome"], run.get("exit_code")
    if outcome in _STATUSES:
        return _STATUSES[outcome]
    return int(code) % 256 or 1 if code is not None else 1


class _Tail:
    """Prints runs under their headings; those that go on are asked again."""

    def __init__(self, site: Site, as_json: bool) -> None:
        self._site = site
        self._as_json = as_json
        #: The last event that was printed, of each run that goes on.
        self._open: dict[str, int] = {}
        self._heading: dict[str, str] = {}
        self._under = ""

    def show(self, run: dict[str, Any]) -> None:
        """Begin with a run."""
        self._open[run["id"]] = 0
        self._heading[run["id"]] = _heading(run)
        self._more(run["id"])

    def go_on(self) -> None:
        """Print what the open runs said since."""
        for run_id in list(self._open):
            self._more(run_id)

    def _more(self, run_id: str) -> None:
        page = self._site.get(f"/runs/{quote(run_id)}/events", after=self._open[run_id])
        if self._under != run_id and (page["events"] or run_id in self._heading):
            self._under = run_id
            if not self._as_json:
                say(self._heading[run_id])
        for event in page["events"]:
            self._open[run_id] = event["seq"]
            if self._as_json:
                say(json.dumps({"run": run_id, **event}))
            else:
                _print(event)
        sys.stdout.flush()
        if page["done"] and not page["events"]:
            del self._open[run_id]
        elif page["done"]:
            self._more(run_id)


def _follow(site: Site, run_id: str, *, silent: bool) -> bool:
    """Print a run's output until it is over; return whether Ctrl-C stopped it."""
    interrupted, after = False, 0
    while True:
        try:
            for event in _events(site, run_id, after):
                after = event["seq"]
                if event["kind"] == "ask" and not silent:
                    _answer(site, run_id, event["data"])
                elif event["kind"] != "input" and not silent:
                    # What was typed stands in the terminal already.
                    _print(event)
            return interrupted
        except KeyboardInterrupt:
            if interrupted:
                # Twice: whoever presses it wants to be gone.
                raise
            interrupted = True
            note("\nStopping …")
            site.post(f"/runs/{quote(run_id)}/stop")


def _answer(site: Site, run_id: str, question: dict[str, Any]) -> None:
    """Ask what input() asks; whoever answers first elsewhere, in the editor, is heard instead."""
    # The script has printed its prompt.
    sys.stdout.flush()
    if question.get("secret") and sys.stdin.isatty():
        text: str | None = getpass.getpass("")
    else:
        line = sys.stdin.readline()
        text = line.rstrip("\n") if line else None
    try:
        site.post(f"/runs/{quote(run_id)}/input", {"number": question["number"], "text": text})
    except ApiError as error:
        if error.http_status != _CONFLICT:
            raise


def _events(site: Site, run_id: str, after: int = 0) -> Iterator[dict[str, Any]]:
    """Yield a run's events as they come, until its end; a site that restarts meanwhile is waited for."""
    pause_s, away_since = _SOON_S, 0.0
    while True:
        try:
            page = site.get(f"/runs/{quote(run_id)}/events", after=after)
        except AwayError:
            now = time.monotonic()
            away_since = away_since or now
            if now - away_since > _PATIENCE_S:
                raise
            time.sleep(1)
            continue
        away_since = 0.0
        for event in page["events"]:
            after = event["seq"]
            yield event
        if page["done"]:
            return
        if page["events"]:
            sys.stdout.flush()
        pause_s = _SOON_S if page["events"] else min(_LATER_S, pause_s * 1.3)
        time.sleep(pause_s)


def _print(event: dict[str, Any]) -> None:
    kind, text = event["kind"], event["text"]
    if kind in ("stdout", "input"):
        sys.stdout.write(text)
    elif kind in ("stderr", "error"):
        sys.stdout.flush()
        sys.stderr.write(text if text.endswith("\n") or kind == "stderr" else f"{text}\n")
    elif kind == "display":
        shown = (event.get("data") or {}).get("text/plain") or text or "[a picture or a table: see it in the editor]"
        sys.stdout.write(f"{shown}\n")


def _tell_end(run: dict[str, Any]) -> None:
    if run["outcome"] in ("ok", "error"):
        # The traceback said it.
        return
    note(f"widgetry: {run['outcome'].replace('_', ' ')}: {plain(run['error'] or '')}".rstrip(": "))


def _heading(run: dict[str, Any]) -> str:
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(run["created_at"]))
    request = run.get("request")
    what = f"{request['method']} {request['path']} {request.get('status') or ''}".strip() if request else run["trigger"]
    took = f", {run['duration_ms']} ms" if run["duration_ms"] is not None else ""
    return f"── {when} {plain(what)}: {run['outcome'] or run['status']}{took}"


def _warn_of_changes(folder: Folder) -> None:
    try:
        here = changes.between(folder.link.files, tree.digests(tree.read(folder.root)))
    except CliError:
        return
    if here:
        note(f"Not pushed: {', '.join(here.paths[:5])}. The site runs its newest revision (widgetry run --push).")
