"""``call``: a JSON route through the whole stack, HTTP in and out, in an interpreter that is proven to be fresh."""

import json
import time
from collections import deque

from widget_bench.http_client import Connection
from widget_bench.machine import Machine
from widget_bench.report import Report
from widget_bench.samples import BenchError, Contender, interleave, row
from widget_bench.sandbox_part import sandbox_part
from widget_bench.site_client import SiteClient

#: The route reports when its module was loaded, in which pid namespace, and whether it met anything of a run before.
ROUTE = """
import builtins, json, os, time
LOADED_NS = time.time_ns()
import anvil.server

@anvil.server.route("/json")
def answer(**query):
    met = hasattr(builtins, "was_here") or os.path.exists("/tmp/was_here")
    builtins.was_here = True
    open("/tmp/was_here", "w").close()
    pid_ns = os.readlink("/proc/self/ns/pid")
    return {"hello": query.get("name", "world"), "loaded_ns": LOADED_NS, "pid_ns": pid_ns, "met": met}
"""
#: Code that a call has to have, though it executes only its definitions.
_UNUSED = '''
def unused_{number}(a, b=1, **more):
    """Return what is odd."""
    odd = [x * {number} for x in range(a) if x % 2]
    if odd and b:
        more["found"] = {{"sum": sum(odd), "name": f"{{a}} and {{b}}"}}
    return sorted(more.items(), key=lambda item: item[0])
'''
LINES = 500
LONG_ROUTE = ROUTE + "".join(_UNUSED.format(number=number) for number in range(LINES // _UNUSED.count("\n")))
GAP_S = 0.02
BLOCK = 10


class RouteCall:
    """Calls the route over a kept connection and checks each answer."""

    def __init__(self, site: SiteClient, slug: str) -> None:
        self._connection = Connection(site.address, site.port)
        self._sent = site.public_request(slug, "/json?name=bench")
        self._before: deque[str] = deque(maxlen=1)
        self.namespaces: set[str] = set()
        self.calls = 0

    def __call__(self) -> float:
        """Return the ms of one call; BenchError unless the answer is right and its interpreter was fresh."""
        sent_ns = time.time_ns()
        began = time.perf_counter()
        answer = self._connection.request(self._sent)
        took_ms = (time.perf_counter() - began) * 1e3
        if answer.status != 200:
            raise BenchError(f"the route answered {answer.status}: {answer.body[:500].decode(errors='replace')}")
        said = json.loads(answer.body)
        if said["hello"] != "bench":
            raise BenchError(f"the route answered {said}")
        if said["loaded_ns"] <= sent_ns:
            raise BenchError("the route's module was loaded before its request was sent: the interpreter is not fresh")
        if said["met"]:
            raise BenchError("the route met something that an earlier call left")
        if said["pid_ns"] in self._before:
            raise BenchError(f"two calls in a row ran in the same pid namespace {said['pid_ns']}")
        self._before.append(said["pid_ns"])
        self.namespaces.add(said["pid_ns"])
        self.calls += 1
        return took_ms


def call(machine: Machine) -> Report:
    """Measure with 20 ms between requests and back to back."""
    report = Report("call")
    slug = machine.site.make_widget("api", ROUTE)
    ours = RouteCall(machine.site, slug)
    rounds = machine.options.rounds
    spaced = _measure(machine, report, ours, f"{GAP_S * 1e3:.0f} ms apart", rounds, GAP_S, 1, (0.45, True))
    _measure(machine, report, ours, "back to back", max(3, rounds // BLOCK), 0.0, BLOCK, (0.65, False))
    _measure_long(machine, report, rounds)
    report.notes.append(
        f"fresh interpreter: in each of {ours.calls} calls the module was loaded after the request was sent, met "
        "nothing of an earlier call, and ran in another pid namespace than the call before "
        f"({len(ours.namespaces)} inodes seen; the kernel uses freed ones again)"
    )
    report.notes.append(f"baseline: {machine.baseline.python}")
    report.notes.append("CGI: lighttpd, the same interpreter with -I; 'equal' reads the query and answers JSON")
    report.notes.append(machine.docker_note())
    sandbox_part(machine, report, spaced)
    return report


def _measure_long(machine: Machine, report: Report, rounds: int) -> None:
    """Add the rows of a route whose file is longer."""
    ours = RouteCall(machine.site, machine.site.make_widget("api", LONG_ROUTE))
    route = Contender(f"route of {LINES} lines", ours)
    bare = Contender("bare python3.10 -I -c pass, beside it", machine.baseline.measure)
    interleave([route, bare], rounds, GAP_S, warm_up=5)
    report.add(row(route.series, bare.series), route.series)
    report.add(row(bare.series), bare.series)


def _measure(
    machine: Machine,
    report: Report,
    ours: RouteCall,
    how: str,
    rounds: int,
    gap_s: float,
    block: int,
    promise: tuple[float, bool],
) -> Contender:
    """Add the rows of one rhythm and return its yardstick."""
    most, with_docker = promise
    route = Contender(f"route, {how}", ours, block=block)
    bare = Contender(f"bare python3.10 -I -c pass, {how}", machine.baseline.measure, block=block)
    minimal = Contender(f"CGI minimal, {how}", machine.cgi.measurer("minimal"), block=block)
    equal = Contender(f"CGI equal work, {how}", machine.cgi.measurer("equal"), block=block)
    contenders = [route, bare, minimal, equal]
    if with_docker and (docker := machine.docker_run(every=max(1, rounds // 10))) is not None:
        contenders.append(docker)
    # The first call of a widget binds a sandbox: thrown away with the rest of the warm-up.
    interleave(contenders, rounds, gap_s, warm_up=5)
    report.add(row(route.series, bare.series, most=most), route.series)
    report.add(row(bare.series), bare.series)
    for contender in contenders[2:]:
        report.add(row(contender.series, bare.series), contender.series)
    for rival in (minimal, equal):
        versus = row(route.series, rival.series, most=1.0)
        report.rows.append(versus)
    return bare
