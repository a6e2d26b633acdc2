"""Which tests show which rows of the feature list: ``python -m tests.docs.feature_rows`` writes the page of it.

A test names its rows: ``test_w_07_d_23_a_second_account_...`` and ``test_h09_...`` alike. The page is
``site/widget_site/docs/tested-features.md``.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "site/widget_site/docs/tested-features.md"
_TEST = re.compile(r"^\s*(?:async )?def (test_\w+)\(", re.MULTILINE)
#: Rows are named between underscores: w_07, h09.
_ROW = re.compile(r"(?<=_)([wbhpdsexkmtu])_?(\d\d)(?=_)")
_LINE = re.compile(r"^\| ([A-Z]-\d\d) \| .* \| (.*) \|$", re.MULTILINE)

#: What has to be shown, by the feature list's own numbers, in our own words.
ROWS = {
    "W-02": "A script runs from top to bottom as a program of its own",
    "W-03": "Its output shows while it runs, in order",
    "W-04": "A script ends at its time limit, and says so",
    "W-05": "Its owner stops it",
    "W-06": "Only the owner runs it",
    "W-07": "Anybody forks it; the copy is theirs to change and run",
    "W-08": "Scripts are background tasks",
    "W-09": "… with arguments, Media among them",
    "W-10": "What a script returns is kept with its run",
    "W-11": "Scripts are launched by the editor and server code alone",
    "W-12": "A scheduled task runs at its times",
    "W-13": "Its runs never overlap",
    "W-14": "After downtime one run makes up for what was missed",
    "W-15": "An HTTP API has its address from the start",
    "W-16": "Each request is a fresh interpreter",
    "W-17": "A request ends at its time limit with 500",
    "W-21": "Server code runs on Python 3.10",
    "W-22": "Files of a run are gone in the next",
    "W-23": "A run sees nothing of others and of the machine",
    "W-24": "Code reaches the public network",
    "W-28": "What belongs to an owner is shown to nobody else",
    "W-29": "Code of public widgets can be read, secrets never",
    "W-30": "An exception is shown with its lines",
    "W-31": "Running out of memory is told as that",
    "W-32": "Ways to exit are told apart",
    "W-33": "One huge print is shortened",
    "W-34": "Clocks of runs are in UTC",
    "W-35": "The owner's list shows kind, name and last change",
    "H-01": "Routes at the root of the address",
    "H-03": "`route` can be imported by name",
    "H-04": "Options of routes and their defaults",
    "H-05": "Other methods get 405 and are told which are taken",
    "H-06": "HEAD only where it is listed",
    "H-07": "OPTIONS with and without CORS",
    "H-08": "Headers of CORS",
    "H-09": "Parameters in paths",
    "H-10": "Parameters are never converted",
    "H-11": "The first route that matches the whole path answers",
    "H-12": "A slash at the end is another path",
    "H-13": "No match is 404",
    "H-14": "A route at `/`",
    "H-15": "Paths of the platform are its own",
    "H-17": "Path before query before form",
    "H-18": "Parameters of the query",
    "H-19": "Parameters of forms",
    "H-20": "A missing or extra parameter is an error in the log",
    "H-22": "Percent signs and Unicode",
    "H-24": "Paths have capital and small letters",
    "H-30": "The request's method",
    "H-31": "… its path",
    "H-32": "… its query",
    "H-33": "… its form",
    "H-34": "… its headers, without cookies of the platform",
    "H-35": "… its caller's address",
    "H-36": "… its body",
    "H-37": "… its body as JSON",
    "H-39": "… its name and password",
    "H-40": "… and the user who is logged in",
    "H-41": "Outside a request there is none, and that is said",
    "H-42": "`request` can be imported by name",
    "H-50": "Text is answered as text",
    "H-51": "Dictionaries, lists and None are JSON",
    "H-52": "Numbers and truth values are JSON",
    "H-53": "Media has its own type and name",
    "H-54": "Status, body and headers can be set",
    "H-55": "Headers can be replaced, added and deleted",
    "H-56": "The content type can be set",
    "H-57": "Redirects",
    "H-60": "What can't be sent is 500 and says why",
    "H-61": "So are bytes",
    "H-62": "An exception is 500; its traceback is its owner's",
    "H-63": "Too many requests get 429",
    "H-65": "What a route prints is in its request's log",
    "H-70": "A route can ask for users, by name and password or by session",
    "H-72": "Pages of other sites have no session of their visitor's",
    "H-73": "… unless a route says so",
    "H-74": "Who may call a function is no option of routes",
    "H-79": "Code knows that it was called over HTTP",
    "H-80": "An unknown host gets a page that says so",
    "S-01": "Functions are registered for calls",
    "S-02": "… under another name",
    "S-03": "A call of nothing is refused",
    "S-04": "An unknown name is told",
    "S-05": "Of two functions of one name the later one answers",
    "S-06": "Functions for who is logged in",
    "S-07": "… and for whom the widget chooses",
    "S-08": "Server code calls its widget's functions",
    "S-09": "Calls within calls have an end",
    "S-10": "Clients call nothing that has a scope",
    "S-11": "An error of the import fails every call",
    "S-12": "A function ends at its time limit",
    "S-13": "Each call is a fresh interpreter",
    "S-14": "… or one process serves them all, and its globals last",
    "S-15": "… for a time without calls",
    "S-16": "What a function prints is in the log",
    "S-30": "Text, truth and None cross",
    "S-31": "Numbers of every size cross",
    "S-32": "Lists and tuples arrive as lists",
    "S-33": "Keys of dictionaries are text",
    "S-34": "Dates cross",
    "S-35": "Times cross, with their offset and microseconds",
    "S-36": "Media cross whole",
    "S-38": "Instances and classes of portable classes cross",
    "S-39": "What can't cross is told, with its place",
    "S-41": "Numbers and arrays of numpy arrive as numbers and lists",
    "S-42": "Figures of plotly arrive as figures",
    "S-43": "Circles are refused",
    "S-44": "Sets and the like are refused",
    "S-45": "The limit of what is not Media",
    "S-50": "The platform's exceptions keep their class",
    "S-51": "Other exceptions arrive with their message",
    "S-53": "The trace names the line",
    "H-82": "`anvil.http.request` reaches what code may reach, with its errors",
    "H-83": "Texts are encoded for addresses and decoded",
    "E-01": "`anvil.email.send` sends, and returns a report",
    "E-02": "Addresses in every form; what is none is told",
    "E-03": "Without `to` it goes to the owner",
    "E-04": "Mail comes from the widget's own host",
    "E-05": "Text and HTML are alternatives",
    "E-06": "Attachments keep their names",
    "E-07": "Pictures within the HTML",
    "E-08": "An argument of another type is told",
    "E-09": "Client code sends nothing",
    "E-10": "Test mode, and recipients of a month",
    "E-11": "A mail server of the owner's",
    "E-12": "Mail to any address of a widget runs one function",
    "E-13": "The function sees all of a message",
    "E-14": "`reply` answers in the thread",
    "E-15": "Code refuses mail, with a code of its own",
    "E-16": "Without a function mail is refused, and the log names it",
    "E-17": "A slow function puts mail off",
    "E-18": "Mail for an unknown address is refused",
    "S-60": "Code knows where it runs",
    "S-61": "… who began it",
    "S-62": "… from which address",
    "S-63": "… and who calls it, trusted or not",
    "S-65": "A session of each visitor",
    "S-66": "… its id",
    "S-67": "… its end",
    "S-69": "Cookies",
    "S-70": "… for all widgets of an owner",
    "S-71": "… are encrypted and small",
    "S-72": "… are nothing to code without a browser",
    "S-73": "… with a time for each value",
    "M-01": "Media are read and sought like files",
    "M-02": "… and say what they are",
    "M-04": "Media that are fetched when they are read",
    "M-05": "Media of files",
    "M-06": "Files of Media, for a while",
    "M-11": "Libraries that take a file take a Media",
    "M-12": "A hundred megabytes cross",
    "M-16": "Data files are uploaded, read and changed",
    "M-17": "Addresses of Media are for their visitor, for a while",
    "B-01": "Functions are registered as background tasks",
    "B-02": "Launching one, with every kind of argument",
    "B-03": "Clients launch none",
    "B-04": "An unknown one fails, and says so",
    "B-05": "The state of a task, and what it can't hold",
    "B-06": "What a task's object tells",
    "B-07": "How it ended",
    "B-08": "Whether it ended well, else its error",
    "B-09": "Its error",
    "B-10": "What it returned",
    "B-11": "Its state while it runs",
    "B-12": "Killing it keeps its state",
    "B-13": "Finding a task by its id",
    "B-14": "Listing a widget's tasks",
    "B-15": "A task has a session of its own",
    "B-16": "A lost task is missing",
    "B-17": "So many at once",
    "B-19": "The list of tasks, with Kill",
    "X-02": "A route answers 202 and where to look",
    "X-04": "Values last from run to run",
    "U-01": "Users are rows of a Data Table",
    "U-02": "Settings of the Users service, with Anvil's defaults",
    "U-05": "Forms are for browsers, and that is said",
    "U-06": "Code knows who is logged in",
    "U-07": "Logging out",
    "U-08": "Logging in; who knows no password learns nothing",
    "U-09": "Too many wrong passwords lock out",
    "U-10": "Signing up",
    "U-11": "Passwords that are quickly guessed are refused",
    "U-12": "Addresses are confirmed by mail",
    "U-13": "Passwords are set anew by mail",
    "U-14": "A mail logs in",
    "U-15": "Changing the password ends other logins",
    "U-16": "Code logs somebody in",
    "U-18": "Browsers remember who logged in",
    "U-19": "Errors are the classes that code catches",
    "U-21": "Codes of authenticator apps as a second factor",
    "U-22": "A widget without the service is told so",
    "U-23": "Texts of the mails are the owner's",
    "U-24": "The owner sees and disables users",
    "S-46": "Media that stall are given up",
    "K-01": "Keys of uplinks are made, shown once and revoked",
    "K-02": "The real client connects, on every Python",
    "K-03": "… and says so",
    "K-04": "A wrong key is told",
    "K-05": "An old client is told",
    "K-06": "Functions of uplinks come before the widget's own",
    "K-07": "Client keys call and register nothing",
    "K-09": "The client connects again",
    "K-10": "Its keep-alive is answered",
    "K-11": "Calls of an uplink that went are told",
    "K-12": "An uplink calls what server code may call",
    "K-16": "Routes and endpoints of uplinks answer at the public address",
    "K-17": "The limits of what is passed hold for uplinks",
    "B-20": "Every n minutes, hours, days, weeks, months",
    "B-21": "The place within them",
    "B-22": "A minute that was left empty is spread",
    "B-23": "A changed schedule counts anew, an unchanged one goes on",
    "B-24": "The next time, and the last runs with their output",
    "B-25": "Pausing and removing a schedule",
    "B-26": "A run that can't begin is recorded",
    "P-01": "A widget's own packages",
    "P-02": "Its list of requirements",
    "P-03": "The limit of what is downloaded",
    "P-04": "The limit of time",
    "P-05": "The log of an install, and conflicts in words",
    "P-06": "The same list is installed once",
    "P-07": "A fork has the list, and runs at once",
    "P-08": "No package replaces the `anvil` library",
    "P-09": "A new widget begins with a list of packages",
    "P-10": "Changing and removing packages",
    "P-11": "Installs reach nothing of the machine",
    "P-12": "A missing package is offered",
    "D-11": "The editor of code",
    "D-12": "Completion",
    "D-13": "Mistakes are marked",
    "D-17": "Logs of runs",
    "D-18": "Nothing that was typed is lost",
    "D-21": "Sharing by address, and in frames of other sites where the owner allows it",
    "D-25": "Secrets, and keys to encrypt with",
    "D-23": "Forking from the page of a widget",
    "D-26": "Finding public widgets",
    "D-27": "The page of an account",
    "D-28": "What a new widget starts with runs",
    "D-29": "The public address is shown and copied; requests are tried",
    "T-01": "Tables by their names in Python",
    "T-02": "Columns of every type",
    "T-03": "Any cell may be empty",
    "T-04": "Whole numbers and decimal ones come back as what they were",
    "T-05": "Moments are kept in UTC",
    "T-06": "Simple objects",
    "T-07": "A value of another type is told",
    "T-08": "Links to a row and to rows",
    "T-09": "Media in cells",
    "T-10": "Columns are made by using them",
    "T-11": "Columns are listed",
    "T-12": "A table is searched, not iterated over",
    "T-13": "A title changes without the name",
    "T-15": "Columns that clients never see",
    "T-16": "Tables that widgets share",
    "T-20": "A row is added",
    "T-21": "Many rows in one call",
    "T-22": "The one row that matches",
    "T-23": "A row by its id",
    "T-24": "The id of a row",
    "T-25": "Cells are read and written",
    "T-26": "A row that was deleted",
    "T-27": "Rows are equal when they are the same",
    "T-28": "Rows are like dictionaries",
    "T-29": "Rows keep nothing but their cells",
    "T-30": "Searches",
    "T-31": "Slices of searches",
    "T-32": "Pages of searches",
    "T-33": "Order by several columns",
    "T-34": "Search for values",
    "T-35": "Search for smaller and larger",
    "T-36": "Search between two values",
    "T-37": "Search for patterns",
    "T-38": "Full text search",
    "T-39": "Conditions joined",
    "T-40": "Nothing joined",
    "T-41": "A search for a column that is not there",
    "T-42": "Only some columns are loaded",
    "T-43": "Views of some columns",
    "T-44": "Rows are deleted together",
    "T-45": "Whether a row is in a table",
    "T-46": "Tables as CSV",
    "T-47": "A search is looked through anew",
    "T-48": "A row is read again",
    "T-49": "Rows hold what they held when they were read",
    "T-50": "Writes in one go",
    "T-51": "Classes for rows",
    "T-52": "Rows that keep changes until they are saved",
    "T-53": "A table by its id",
    "T-60": "A function in a transaction",
    "T-61": "A block in a transaction",
    "T-62": "Clients have no transactions",
    "T-63": "One transaction at a time",
    "T-64": "An idle transaction ends",
    "T-65": "Permissions of tables",
    "T-66": "Rows that clients are given",
    "T-67": "Views that clients read",
    "T-68": "Views that clients write to",
    "T-69": "… with what their rows link to",
    "T-70": "Views that fix columns",
    "T-71": "Views of views",
    "T-72": "What was forged is refused",
    "T-74": "Quotas",
    "T-80": "Tables are made, renamed and deleted in the browser",
    "T-81": "Columns are added, changed, moved and deleted there",
    "T-82": "Cells are edited like a spreadsheet, each type in its way",
    "T-83": "A row is made by typing in the empty last one",
    "T-84": "Rows are deleted, sorted, filtered and found",
    "T-85": "What clients and server code may do with a table is chosen",
    "T-86": "CSV comes in and goes out",
    "D-36": "The server of a widget is kept running by a setting",
}

_HEAD = """# What is tested

Each promise below has a test that performs it on the real thing. `{command}` writes this table
from the names of the tests; a test fails when a promise has none, or when the table names one that is gone. Where
there are more than three tests of a row, three are listed.

| Row | What | Tests |
|---|---|---|
"""
_MOST = 3


@dataclass(frozen=True)
class Test:
    """A test and where it is."""

    __test__ = False

    file: str
    name: str

    def shown(self) -> str:
        """Return it as the page shows it."""
        return f"`{self.file}::{self.name}`"


def shown_by() -> dict[str, list[Test]]:
    """Return the tests of each row that is named by any, those that name the fewest rows first."""
    found: defaultdict[str, list[tuple[int, Test]]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for name in _TEST.findall(path.read_text()):
            rows = _ROW.findall(name)
            for letter, number in rows:
                test = Test(str(path.relative_to(ROOT / "tests")), name)
                found[f"{letter.upper()}-{number}"].append((len(rows), test))
    return {row: [test for _, test in sorted(tests, key=lambda one: one[0])] for row, tests in found.items()}


def listed() -> dict[str, list[str]]:
    """Return what the page lists: the tests of each row."""
    return {row: re.findall(r"`([^`]+)`", tests) for row, tests in _LINE.findall(PAGE.read_text())}


def page() -> str:
    """Return the page."""
    found = shown_by()
    lines = [
        f"| {row} | {what} | {'<br>'.join(test.shown() for test in found.get(row, [])[:_MOST])} |"
        for row, what in ROWS.items()
    ]
    return _HEAD.format(command="python -m tests.docs.feature_rows") + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
