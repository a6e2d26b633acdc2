"""What a form is made of; frozen values, bounded in number and size."""

from dataclasses import dataclass
from typing import Literal

#: What is typed: ``flag`` is on or off, ``choice`` one of ``choices``, date and datetime ISO texts.
FieldType = Literal["text", "integer", "number", "flag", "choice", "date", "datetime"]
#: What becomes of an option of argparse. ``given``: the flag alone when it is on (store_true and the like).
#: ``boolean``: --x or --no-x. ``count``: the flag as often as the number says. ``append``: flag and value for each.
FieldAction = Literal["store", "given", "boolean", "count", "append"]
Plain = str | int | float | bool | None

MAX_FIELDS = 60
MAX_CHOICES = 200
MAX_TEXT_CHARS = 1000


@dataclass(frozen=True)
class Field:
    """One thing to type."""

    #: The parameter's name, or argparse's ``dest``.
    name: str
    type: FieldType = "text"
    #: What it is for, as the code says.
    help: str = ""
    required: bool = False
    #: In words, what it is when nothing is typed; "" when the code does not tell.
    default: str = ""
    #: Whether it may be left out without passing anything for it.
    has_default: bool = True
    #: For ``flag``: how it stands at first.
    is_on: bool = False
    choices: tuple[str, ...] = ()
    #: Several values, at least ``least`` and at most ``most`` (None: any number).
    many: bool = False
    least: int = 0
    most: int | None = None
    #: argparse: the option to write ("--times"), "" for a positional argument; and what becomes of it.
    flag: str = ""
    action: FieldAction = "store"
    #: Signature: what the choices stand for, in their order; the enumeration that they are members of, or "".
    members: tuple[Plain, ...] = ()
    enumeration: str = ""


@dataclass(frozen=True)
class Form:
    """A script's form."""

    kind: Literal["argparse", "signature"]
    fields: tuple[Field, ...]
    description: str = ""
    #: Whether every argument could be read from the code.
    complete: bool = True


def shortened(text: str, most: int = MAX_TEXT_CHARS) -> str:
    """Return a text from code as it is shown: without half characters, at most so long."""
    clean = text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}").strip()
    return clean if len(clean) <= most else clean[:most] + "…"
