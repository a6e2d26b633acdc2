"""Places are handed out fairly and within bounds."""

from widget_runner.admission import Admission, Caps, Verdict, queue_of


def admission(places: int = 32, **caps: int) -> Admission[str]:
    return Admission(Caps(places=places, **caps))


def test_a_run_starts_at_once_while_there_is_a_place() -> None:
    places = admission(places=2)

    assert [places.offer("a", "a1"), places.offer("b", "b1")] == [Verdict.START, Verdict.START]
    assert places.offer("c", "c1") is Verdict.WAIT


def test_one_widget_runs_eight_at_once_and_thirty_two_more_wait() -> None:
    places = admission()

    verdicts = [places.offer("hog", f"h{number}") for number in range(1000)]

    assert verdicts.count(Verdict.START) == 8
    assert verdicts.count(Verdict.WAIT) == 32
    assert verdicts.count(Verdict.FULL) == 960


def test_a_widget_with_a_thousand_runs_delays_nobody_elses() -> None:
    places = admission()
    for number in range(1000):
        places.offer("hog", f"h{number}")

    assert places.offer("other", "o1") is Verdict.START


def test_one_widget_never_holds_every_place_of_a_small_runner() -> None:
    places = admission(places=4)
    for number in range(10):
        places.offer("hog", f"h{number}")

    assert places.running == 3
    assert places.offer("other", "o1") is Verdict.START


def test_a_runner_with_a_single_place_gives_it() -> None:
    assert admission(places=1).offer("a", "a1") is Verdict.START


def test_widgets_that_wait_take_turns() -> None:
    places = admission(places=4)
    for widget in "wxyz":
        places.offer(widget, f"{widget}0")
    for number in range(1, 4):
        places.offer("w", f"w{number}")
    places.offer("x", "x1")
    places.offer("y", "y1")

    freed = [places.release(widget) for widget in ("z", "w", "x", "y")]

    assert freed == [["w1"], ["x1"], ["y1"], ["w2"]]


def test_a_widget_at_its_own_cap_is_passed_over_and_keeps_its_turn() -> None:
    places = admission(places=8, widget_running=1)
    places.offer("a", "a1")
    places.offer("b", "b1")
    places.offer("a", "a2")
    places.offer("b", "b2")

    assert places.release("b") == ["b2"]
    assert places.release("a") == ["a2"]


def test_a_newcomer_does_not_overtake_the_waiting_runs_of_its_own_widget() -> None:
    places = admission(places=8, widget_running=1)
    places.offer("a", "a1")
    places.offer("a", "a2")

    assert places.offer("a", "a3") is Verdict.WAIT
    assert places.release("a") == ["a2"]


def test_a_withdrawn_run_is_never_started() -> None:
    places = admission(places=8, widget_running=1)
    places.offer("a", "a1")
    places.offer("a", "a2")

    assert places.withdraw("a", "a2")
    assert not places.withdraw("a", "a2")
    assert places.release("a") == []
    assert (places.running, places.waiting) == (0, 0)


def test_everything_that_waits_can_be_handed_back() -> None:
    places = admission(places=1)
    for item in ("a1", "b1", "c1"):
        places.offer(item[0], item)

    assert places.withdraw_all() == ["b1", "c1"]
    assert places.waiting == 0
    assert places.release("a") == []


def test_calls_of_a_widgets_own_runs_have_places_beside_theirs() -> None:
    places = admission(places=4, widget_nested=2)
    for number in range(3):
        places.offer("a", f"a{number}")

    assert [places.offer_nested("a") for _ in range(3)] == [Verdict.START, Verdict.START, Verdict.FULL]
    assert places.offer("b", "b1") is Verdict.START
    assert places.release("a", nested=True) == []
    assert places.offer_nested("a") is Verdict.START


def test_calls_of_all_widgets_runs_are_bounded_together() -> None:
    places = admission(places=1)

    verdicts = [places.offer_nested(f"w{number}") for number in range(10)]

    assert verdicts.count(Verdict.START) == 4
    for number in range(4):
        places.release(f"w{number}", nested=True)
    assert places.nested == 0


def test_background_tasks_leave_places_to_what_people_wait_for() -> None:
    places = admission(places=8)
    tasks = queue_of("busy", is_background=True)

    verdicts = [places.offer(tasks, f"t{number}") for number in range(8)]

    assert verdicts.count(Verdict.START) == 3
    assert places.offer("busy", "a request") is Verdict.START
    assert places.release(tasks) == ["t3"]


def test_background_tasks_of_all_widgets_leave_a_quarter_of_the_places() -> None:
    places = admission(places=8)
    for number in range(8):
        places.offer(queue_of(f"w{number}", is_background=True), f"t{number}")

    assert (places.running, places.tasks, places.waiting) == (6, 6, 2)
    assert places.offer("other", "a request") is Verdict.START
    assert places.release(queue_of("w0", is_background=True)) == ["t6"]
