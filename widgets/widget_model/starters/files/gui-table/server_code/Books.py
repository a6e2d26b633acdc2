from datetime import datetime, timezone

import anvil.server
from anvil.tables import app_tables, order_by

# Whatever is callable can be called by everybody who opens the page, with anything: check it here.
# To let only some people do it, switch the Users service on and write @anvil.server.callable(require_user=True).


@anvil.server.callable
def list_books():
    books = app_tables.books.search(order_by("added", ascending=False))
    return [
        {
            "id": book.get_id(),
            "title": book["title"],
            "author": book["author"],
            "pages": book["pages"],
        }
        for book in books
    ]


@anvil.server.callable
def add_book(title, author, pages):
    title, author = str(title or "").strip(), str(author or "").strip()
    problem = problem_of(title, author, pages)
    if problem:
        return {"problem": problem, "books": []}
    now = datetime.now(timezone.utc)
    app_tables.books.add_row(title=title, author=author, pages=pages, added=now)
    return {"problem": "", "books": list_books()}


@anvil.server.callable
def delete_book(book_id):
    book = app_tables.books.get_by_id(book_id)
    # Somebody else may have deleted it a moment ago.
    if book is not None:
        book.delete()
    return list_books()


def problem_of(title, author, pages):
    if not title:
        return "A book has a title."
    if len(title) > 200 or len(author) > 200:
        return "That is longer than 200 characters."
    if pages is not None and not (
        isinstance(pages, (int, float)) and 0 < pages < 100_000
    ):
        return "Pages are a number above 0."
    return ""
