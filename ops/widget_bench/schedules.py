"""``schedules``: tasks that come due within one minute: none lost, none run twice, how late they start."""

import re
import secrets
import sys
import time
from collections import Counter

from widget_bench.due_tasks import DueTasks, Found, code_of
from widget_bench.http_client import Connection, request_bytes
from widget_bench.machine import Machine
from widget_bench.report import Report
from widget_bench.samples import BenchError, Series, row
from widget_bench.site_client import SiteClient

#: 10,000 tasks are 500 widgets.
_OF_A_WIDGET = 20
_WITHIN_S = 60.0
#: From when the first is due to the end of the last run.
_DRAINED_S = 360.0
_GIVE_UP_S = 1200.0
#: What it takes to write them, at most.
_LEAD_S = 15.0
_QUIET_S = 5.0
#: What the site worker counts, run for run: one that was executed twice would count twice.
_RUNS = re.compile(r'^widgetry_runs_total\{outcome="(\w+)",trigger="schedule"\} ([0-9.e+]+)$', re.MULTILINE)


def schedules(machine: Machine) -> Report:
    """Let ``--due`` tasks come due and judge what became of them."""
    report = Report("schedules")
    if machine.options.url is not None:
        report.notes.append("not measured, it needs a site of our own (leave out --url)")
        return report
    many = machine.options.due
    token = secrets.token_urlsafe(16)
    machine.stop_site()
    with machine.own_stack({"WIDGETRY_METRICS_TOKEN": token}) as stack:
        site = SiteClient(stack.url)
        tasks = DueTasks(machine.options.data)
        slugs = [_task(site) for _ in range(max(1, many // _OF_A_WIDGET))]
        first_due_at = time.time() + _LEAD_S
        tasks.write(slugs, many, first_due_at, _WITHIN_S)
        # The scheduler sleeps until the next time that it knows of; a change over the API has it look again.
        _switch_off(site, slugs[0], every=2)
        if time.time() > first_due_at:
            raise BenchError(f"writing {many} tasks took longer than {_LEAD_S:g} s")
        _wait(tasks, many, first_due_at)
        time.sleep(_QUIET_S)
        executed = _executed(site, token)
        _judge(report, tasks.found(), many, executed, first_due_at)
    report.notes.append(
        f"{many} daily tasks of {len(slugs)} widgets, due evenly within {_WITHIN_S:g} s, each next one another's"
    )
    return report


def _task(site: SiteClient) -> str:
    """Make a scheduled widget whose own schedule is off."""
    slug = site.make_widget("scheduled", code_of(_OF_A_WIDGET))
    _switch_off(site, slug, every=1)
    return slug


def _switch_off(site: SiteClient, slug: str, every: int) -> None:
    site.api("PATCH", f"/widgets/{slug}", {"schedule": {"every": "day", "n": every, "paused": True}}, 200)


def _wait(tasks: DueTasks, many: int, first_due_at: float) -> None:
    told_at = 0.0
    while (done := tasks.done()) < many:
        passed_s = time.time() - first_due_at
        if passed_s > _GIVE_UP_S:
            raise BenchError(f"after {passed_s:.0f} s only {done} of {many} tasks were done")
        if sys.stderr.isatty() or passed_s - told_at > 30:
            told_at = passed_s
            print(f"schedules: {done} of {many} done, {passed_s:.0f} s after the first was due", file=sys.stderr)
        time.sleep(2)


def _executed(site: SiteClient, token: str) -> Counter[str]:
    """Return how many scheduled runs the runners say they executed, by outcome."""
    connection = Connection(site.address, site.port)
    answer = connection.request(
        request_bytes("GET", "/metrics", site.netloc, {"Authorization": f"Bearer {token}"}),
    )
    connection.close()
    if answer.status != 200:
        raise BenchError(f"GET /metrics answered {answer.status}")
    return Counter({outcome: int(float(count)) for outcome, count in _RUNS.findall(answer.body.decode())})


def _judge(report: Report, found: list[Found], many: int, executed: Counter[str], first_due_at: float) -> None:
    """Add the rows; BenchError when a task was lost, run twice, or did not end well."""
    of_schedule = Counter(one.schedule_id for one in found)
    lost = many - len(of_schedule)
    doubled = sum(count - 1 for count in of_schedule.values())
    unwell = Counter(f"{one.state} {one.outcome}" for one in found if (one.state, one.outcome) != ("done", "ok"))
    if lost or doubled or unwell:
        raise BenchError(f"{lost} tasks were lost, {doubled} came twice, others ended so: {dict(unwell)}")
    if executed != Counter(ok=many):
        raise BenchError(f"{many} tasks were due and runners executed {dict(executed)}")
    began = [one.started_at for one in found if one.started_at is not None]
    ended = [one.finished_at for one in found if one.finished_at is not None]
    if len(began) < many or len(ended) < many:
        raise BenchError(f"{many - len(began)} runs have no beginning, {many - len(ended)} no end")
    lag = Series("from its time to its first line", "s", [a - one.due_at for a, one in zip(began, found, strict=True)])
    drained = Series("from the first time to the last run's end", "s", [max(ended) - first_due_at])
    report.add(row(lag), lag)
    report.add(row(drained, most=_DRAINED_S), drained)
    caught_up = sum(one.reason != "due" for one in found)
    report.notes.append(
        f"none lost, none twice: each of {many} tasks has one tick with one run that ended well, and the runners' "
        f"records, counted one by one, are {executed['ok']}"
    )
    report.notes.append(f"claimed more than a minute late, and so marked as a catch-up: {caught_up}")
