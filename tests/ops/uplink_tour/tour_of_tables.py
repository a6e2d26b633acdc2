"""The tour's chapter about Data Tables: types of columns, rows, views, every operator of queries, searches."""

import datetime
import math

import anvil
import anvil.server
import anvil.tables
import anvil.tables.query as q
from anvil.tables import app_tables, order_by
from checks import UTC, raises

CALL = anvil.server.call


def tables():
    people = app_tables.people
    kinds = {column["name"]: column["type"] for column in people.list_columns()}
    assert kinds == {
        "name": "string", "age": "number", "member": "bool", "born": "date", "seen": "datetime", "pic": "media",
        "data": "simpleObject", "friend": "link_single", "friends": "link_multiple",
    }  # fmt: skip
    with raises(AttributeError, "nothing"):
        app_tables.nothing  # noqa: B018
    with raises(TypeError, "You can't iterate on a table"):
        list(people)

    # Every type of a column, there and back.
    seen = datetime.datetime(2026, 1, 2, 3, 4, 5, 6, UTC)
    picture = anvil.BlobMedia("image/png", b"PNG" * 50_000, name="ann.png")
    ann = people.add_row(name="Ann", age=31, member=True, born=datetime.date(1995, 1, 2), seen=seen, pic=picture,
                         data={"likes": ["tea", {"cats": 2}]})  # fmt: skip
    bob = people.add_row(name="bob_b", age=2.5, member=False, born=datetime.date(2000, 2, 29), friend=ann)
    row = people.get(name="Ann")
    assert row == ann
    assert row.get_id() == ann.get_id()
    assert {key: row[key] for key in ("name", "age", "member", "born", "seen", "data")} == {
        "name": "Ann", "age": 31, "member": True, "born": datetime.date(1995, 1, 2), "seen": seen,
        "data": {"likes": ["tea", {"cats": 2}]},
    }  # fmt: skip
    assert (type(row["age"]), type(bob["age"]), row["seen"].utcoffset()) == (int, float, datetime.timedelta(0))
    pic = row["pic"]
    assert (pic.name, pic.content_type, pic.get_bytes()) == ("ann.png", "image/png", picture.get_bytes())
    assert (people.get(name="bob_b")["friend"]["name"], row["friend"], row["friends"]) == ("Ann", None, None)

    # Rows are mappings, and lie where they are deleted.
    ann["friends"] = [ann, bob]
    ann.update(age=32, member=None)
    assert [friend["name"] for friend in people.get_by_id(ann.get_id())["friends"]] == ["Ann", "bob_b"]
    assert ("name" in ann, ann.get("nothing", 7), dict(ann)["age"], len({ann, row})) == (True, 7, 32, 1)
    with raises(AttributeError, "Rows cannot have local state"):
        ann.age = 5
    with raises(anvil.tables.NoSuchColumnError, "No such column 'nothing'"):
        ann["nothing"]
    with raises(anvil.tables.TableError, "Column 'age' is a number - cannot set it to a string"):
        people.add_row(age="five")
    with raises(anvil.tables.TableError, "NaN"):
        people.add_row(age=math.nan)
    gone = people.add_row(name="gone")
    gone_id = gone.get_id()
    gone.delete()
    with raises(anvil.tables.RowDeleted, "This row has been deleted"):
        gone["name"] = "back"
    assert people.get_by_id(gone_id) is None
    with raises(anvil.tables.TableError, "More than one row matched this query"):
        people.get()

    # They cross as what they are: the widget reads and changes the rows of this program.
    assert CALL("names_in", [ann, bob]) == ["Ann", "bob_b"]
    assert CALL("names_in", people.search(order_by("name"))) == ["Ann", "bob_b"]
    assert (CALL("grown", ann)["age"], people.get(name="Ann")["age"]) == (33, 33)
    view = CALL("readable", member=False)
    assert [row["name"] for row in view.search()] == ["bob_b"]
    with raises(anvil.server.PermissionDenied, ""):
        view.add_row(name="not here")
    writable = people.client_writable(member=True)
    with raises(anvil.tables.NoSuchColumnError, "No such column 'member'"):
        writable.add_row(name="viewed")["member"]
    assert (people.get(name="viewed")["member"], ann in writable, bob in people) == (True, False, True)
    writable.search().delete_all_rows()
    many = people.add_rows([{"name": f"p{number:03}", "age": number, "data": number} for number in range(250)])
    assert len(many) == 250

    queries(people, ann, bob)
    searches(people)

    csv = people.search(name="Ann").to_csv().get_bytes().decode().splitlines()
    assert (len(csv), csv[0].split(",")[:3], "Ann" in csv[1]) == (2, ["ID", "name", "age"], True)
    people.search(name=q.like("p%")).delete_all_rows()
    with anvil.tables.batch_update:
        ann["age"], bob["age"] = 1, 2
    assert sorted(row["age"] for row in people.search()) == [1, 2]
    people.delete_all_rows()
    assert len(people.search()) == 0


def queries(people, ann, bob):
    """Every operator of ``anvil.tables.query``."""
    bob.update(seen=datetime.datetime(2026, 5, 1, tzinfo=UTC), data=["walking the dog", 5])
    few = {"name": q.any_of("Ann", "bob_b")}

    def found(*args, **kwargs):
        return [row["name"] for row in people.search(order_by("name"), *args, **kwargs)]

    def ages(query):
        return [row["age"] for row in people.search(order_by("age"), name=q.like("p%"), age=query)]

    assert ages(q.greater_than(247)) == [248, 249]
    assert ages(q.greater_than_or_equal_to(248)) == [248, 249]
    assert ages(q.less_than(2)) == [0, 1]
    assert ages(q.less_than_or_equal_to(1)) == [0, 1]
    assert ages(q.between(3, 5)) == [3, 4]
    assert ages(q.between(3, 5, min_inclusive=False, max_inclusive=True)) == [4, 5]
    assert ages(q.any_of(7, q.greater_than(248))) == [7, 249]
    assert ages(q.all_of(q.greater_than(5), q.less_than(7))) == [6]
    assert ages(q.none_of(q.less_than(100), q.greater_than(101))) == [100, 101]
    assert ages(q.all_of(q.less_than(4), q.not_(0, 2))) == [1, 3]

    assert found(name="Ann") == ["Ann"]
    assert found(name=q.like("%_b")) == ["bob_b"]
    assert found(name=q.like("ann")) == []
    assert found(name=q.ilike("aNN")) == ["Ann"]
    assert found(name=q.like(r"%\_%")) == ["bob_b"]
    assert found(name=q.greater_than("bob"), age=q.not_(q.greater_than_or_equal_to(0), 2.5)) == []
    assert found(born=q.less_than(datetime.date(2000, 1, 1))) == ["Ann"]
    assert found(seen=q.between(datetime.datetime(2026, 4, 1), datetime.date(2026, 6, 1))) == ["bob_b"]
    assert found(member=False) == ["bob_b"]
    assert found(q.not_(born=None)) == ["Ann", "bob_b"]
    assert found(pic=None, **few) == ["bob_b"]
    assert found(friend=ann) == ["bob_b"]
    assert found(friends=[bob]) == ["Ann"]
    assert found(friend=q.any_of(ann, bob)) == ["bob_b"]
    assert found(data={"likes": ["tea"]}) == ["Ann"]
    assert found(data=q.any_of(7, [5])) == ["bob_b", "p007"]
    assert found(data=q.full_text_match("dogs walk")) == ["bob_b"]
    assert found(name=q.full_text_match("ann | nobody", raw=True)) == ["Ann"]
    # As expressions: of several columns, within each other, empty ones.
    assert found(q.any_of(name="Ann", member=False)) == ["Ann", "bob_b"]
    assert found(q.all_of(name=q.ilike("%b%"), member=False)) == ["bob_b"]
    assert found(q.any_of(q.all_of(name="Ann", age=33), q.all_of(name="bob_b", age=33))) == ["Ann"]
    assert found(q.none_of(q.all_of(name="Ann"), name=q.like("p%"))) == ["bob_b"]
    assert found(q.any_of()) == []
    assert len(found(q.all_of())) == 252
    assert found(q.page_size(1), q.fetch_only("name", friend=q.fetch_only("age")), **few) == ["Ann", "bob_b"]
    few_columns = people.client_readable(q.only_cols("name"), **few)
    with raises(anvil.tables.NoSuchColumnError, "No such column 'age'"):
        few_columns.search()[0]["age"]

    for wrong, text in [
        ({"nothing": 1}, "No such column 'nothing'"),
        ({"data": q.greater_than(1)}, "Cannot use inequality operators to query column 'data'"),
        ({"age": q.less_than("x")}, "Cannot query number column 'age' with a value of type"),
        ({"pic": picture_of(ann)}, "Media columns can only be searched for None"),
        ({"age": q.any_of(1, name="x")}, "Cannot specify keyword arguments when limiting column values with any_of()"),
    ]:
        with raises(Exception, text):
            people.search(**wrong)[:1]


def searches(people):
    """Order, pages and slices."""
    by_age = people.search(order_by("age", ascending=False), name=q.like("p%"))
    assert (len(by_age), by_age[0]["age"], by_age[249]["age"]) == (250, 249, 0)
    assert bool(people.search(name="nobody"))
    assert [row["age"] for row in by_age[100:106:2]] == [149, 147, 145]
    assert [row["age"] for row in by_age] == [row["age"] for row in by_age] == list(range(249, -1, -1))
    assert len(list(people.search(q.page_size(7), name=q.like("p%")))) == 250
    two_keys = people.search(order_by("member", ascending=False), order_by("name", ascending=False))
    assert [row["name"] for row in two_keys[:3]] == ["p249", "p248", "p247"]
    with raises(IndexError, "search index out of range"):
        by_age[250]
    with raises(Exception, 'Cannot sort by nonexistent column "nothing"'):
        len(people.search(order_by("nothing")))
    with raises(Exception, "Page size must be a positive number."):
        len(people.search(q.page_size(0)))


def picture_of(row):
    return anvil.BlobMedia("image/png", b"other", name=row["name"])
