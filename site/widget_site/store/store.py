"""The store of one process: its database, its blobs and the gate to what is served."""

from dataclasses import dataclass
from pathlib import Path

from widget_site.settings import SiteSettings
from widget_site.store.blobs import Blobs, FolderBlobs
from widget_site.store.database import Database
from widget_site.store.gate import ServingGate


@dataclass
class Store:
    """What the functions of this package work on."""

    database: Database
    blobs: Blobs
    gate: ServingGate

    @classmethod
    def open(cls, settings: SiteSettings, gate: ServingGate) -> "Store":
        """Open what the settings name; connections are made when first needed."""
        return cls(Database(settings.database_address), FolderBlobs(Path(settings.blob_folder)), gate)

    async def close(self) -> None:
        """Close every connection."""
        await self.database.close()
