"""What every module of tables is written with: the metadata, and the types that several share."""

from typing import Any

from sqlalchemy import Dialect, LargeBinary, MetaData, String, Text, TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ID = String(26)
DIGEST = String(64)


class Words(TypeDecorator[tuple[str, ...]]):
    """A few words without blanks, in their order, as one text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> Any:
        """Join on the way in."""
        return None if value is None else " ".join(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...] | None:
        """Split on the way out."""
        return None if value is None else tuple(value.split())


class ExactText(TypeDecorator[str]):
    """Text as its bytes: what user code printed may hold NUL and half characters, which Postgres's text refuses."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        """Encode on the way in."""
        return None if value is None else value.encode("utf-8", "surrogatepass")

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """Decode on the way out."""
        return None if value is None else bytes(value).decode("utf-8", "surrogatepass")
