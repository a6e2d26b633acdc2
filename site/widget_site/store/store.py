"""The store of one process: its database, its blobs and the gate to what is served."""

from dataclasses import dataclass, field

from widget_model.quotas import NO_QUOTAS, Quotas
from widget_site.settings import SiteSettings
from widget_site.store.blobs import Blobs, FolderBlobs, NoBlobs
from widget_site.store.data.data_store import DataStore
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
    #: Bytes of files of runs, apart: they come and go by the day.
    run_blobs: Blobs = field(default_factory=NoBlobs)
    #: How many of them are kept for one account.
    run_files_bytes: int = 500_000_000
    #: Data Tables of widgets; None for tests that have none.
    data: DataStore | None = None

    @classmethod
    def open(cls, settings: SiteSettings, gate: ServingGate) -> "Store":
        """Open what the settings name; connections are made when first needed."""
        blobs, run_blobs = FolderBlobs(settings.blob_folder), FolderBlobs(settings.run_blob_folder)
        most_bytes = int(settings.run_files_account_mb * 1_000_000)
        database = Database(settings.database_address)
        data = DataStore.open(settings, database)
        return cls(database, blobs, gate, settings.quotas, run_blobs, most_bytes, data)

    async def close(self) -> None:
        """Close every connection."""
        await self.database.close()
        if self.data is not None:
            await self.data.close()
