"""The functions of a form's server module that check what was typed, by name, as they are written there."""

CHECK_CODE = {
    "a_text": """\
def a_text(value, key):
    if value is not None and not (isinstance(value, str) and len(value) <= 10_000):
        raise ValueError("This is a text of at most 10,000 characters.")
    return value
""",
    "a_number": """\
def a_number(value, key):
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if value is not None and not is_number:
        raise ValueError("This is a number.")
    return value
""",
    "an_object": """\
def an_object(value, key):
    if not value:
        return None
    try:
        return json.loads(value)
    except (TypeError, ValueError):
        raise ValueError("This is JSON, like [1, 2] or a text in quotes.")
""",
    "a_flag": """\
def a_flag(value, key):
    if value is not None and not isinstance(value, bool):
        raise ValueError("This is yes or no.")
    return value
""",
    "a_date": """\
def a_date(value, key):
    if value is not None and not isinstance(value, date):
        raise ValueError("This is a date.")
    return value
""",
    "a_moment": """\
def a_moment(value, key):
    if value is not None and not isinstance(value, datetime):
        raise ValueError("This is a date with a time.")
    return value
""",
    "a_link": """\
def a_link(value, key):
    if value is None:
        return None
    target, _ = LINKS[key]
    row = getattr(app_tables, target).get_by_id(value)
    if row is None:
        raise ValueError("That is no longer there.")
    return row
""",
    "some_links": """\
def some_links(value, key):
    target, _ = LINKS[key]
    rows = [getattr(app_tables, target).get_by_id(one) for one in value or []]
    return [row for row in rows if row is not None]
""",
    "a_file": """\
def a_file(value, key):
    if value is not None and not isinstance(value, anvil.Media):
        raise ValueError("This is a file.")
    return value
""",
}
