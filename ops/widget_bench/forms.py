"""The same small form of everybody: painted, answering for the first time, and from a click to what it shows."""

from collections.abc import Mapping
from typing import Any

from widget_bench.browser import Tab
from widget_bench.report import Report
from widget_bench.samples import Contender, Series, interleave, row

_SETTLE_MS = 1500


class Form:
    """One of them, in a tab of its own."""

    def __init__(self, name: str, address: str, context: Any) -> None:
        self._address = f"{address}#use"
        self._tab = Tab(context.new_page())
        self.painted = Series(f"{name}: form painted", "ms")
        self.used = Contender(f"{name}: first answer", self._use)
        self.clicked = Series(f"{name}: click to answer", "ms")

    def _use(self) -> float:
        self._tab.page.bring_to_front()
        used = self._tab.load(self._address, "used")
        self.painted.values.append(self._tab.painted())
        return used

    def settle(self) -> None:
        """Let what was pressed before the first answer be answered, too."""
        self._tab.page.wait_for_timeout(_SETTLE_MS)

    def click(self, times: int, *, counts: bool = True) -> None:
        """Press the button."""
        self._tab.page.bring_to_front()
        taken = [self._tab.click() for _ in range(times)]
        if counts:
            self.clicked.values += taken

    def close(self) -> None:
        """Leave it."""
        self._tab.page.close()


def forms(
    report: Report, context: Any, addresses: Mapping[str, str], loads: tuple[int, int, float], rounds: int
) -> None:
    """Measure the forms at these addresses, one load or some clicks after the other; ``loads``: how often, how often
    before that counts, and seconds between.
    """
    count, warm_up, gap_s = loads
    all_of_them = [Form(name, address, context) for name, address in addresses.items()]
    interleave([form.used for form in all_of_them], count, gap_s, warm_up)
    for form in all_of_them:
        del form.painted.values[:warm_up]
        form.settle()
        form.click(warm_up, counts=False)
    for _ in range(4):
        for form in all_of_them:
            form.click(max(rounds // 4, 1))
    for form in all_of_them:
        form.close()
    for series in [
        *(form.painted for form in all_of_them),
        *(form.used.series for form in all_of_them),
        *(form.clicked for form in all_of_them),
    ]:
        report.add(row(series), series)
