"""The Data Tables of all widgets: rows in their homes, and the content of media cells beside them."""

import asyncio
import shutil
from pathlib import Path

from widget_site.settings import SiteSettings
from widget_site.store.blobs import FolderBlobs
from widget_site.store.data import catalog
from widget_site.store.data.homes import Homes, open_homes
from widget_site.store.data.usage import Usage
from widget_site.store.database import Database

MEDIA = "media"


class DataStore:
    """What the Data Tables service works on."""

    def __init__(self, homes: Homes, folder: Path) -> None:
        self.homes = homes
        self.folder = folder
        #: What accounts hold and may hold; None where nobody counts.
        self.usage: Usage | None = None

    @classmethod
    def open(cls, settings: SiteSettings, database: Database) -> "DataStore":
        """Open what the settings name; connections are made when first needed."""
        made = cls(open_homes(settings), settings.tables_folder)
        rows, size = settings.quota_table_rows, settings.quota_table_mb * 1_000_000
        made.usage = Usage(database, made.homes, most_rows=rows, most_bytes=size)
        return made

    def media(self, widget_id: str) -> FolderBlobs:
        """Return the content of a widget's media cells, by digest."""
        return FolderBlobs(self.folder / widget_id / MEDIA)

    async def copy_schema(self, source_id: str, widget_id: str) -> None:
        """Give a new widget the tables of another one, empty; nothing is made when that one has none."""
        if not await self.homes.having([source_id]):
            return
        schema = await self.homes.read(source_id, lambda db: catalog.read(db, source_id))
        if schema.tables:
            await self.homes.write(widget_id, lambda db: catalog.copy_schema(schema, db, widget_id))

    async def remove(self, widget_id: str) -> None:
        """Delete everything of a widget that is gone for good."""
        await self.homes.remove(widget_id)
        await asyncio.to_thread(shutil.rmtree, self.folder / widget_id, ignore_errors=True)

    async def close(self) -> None:
        """Close every connection."""
        await self.homes.close()
