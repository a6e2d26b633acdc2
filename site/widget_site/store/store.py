"""The store of one process: its database, its blobs and the gate to what is served."""

from dataclasses import dataclass
from pathlib import Path

from widget_model.quotas import NO_QUOTAS, Quotas
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
    #: What an account may use that no admin gave anything else.
    quotas: Quotas = NO_QUOTAS

    @classmethod
    def open(cls, settings: SiteSettings, gate: ServingGate) -> "Store":
        """Open what the settings name; connections are made when first needed."""
        blobs = FolderBlobs(Path(settings.blob_folder))
        return cls(Database(settings.database_address), blobs, gate, settings.quotas)

    async def close(self) -> None:
        """Close every connection."""
        await self.database.close()
