"""Names of the files and folders of a workspace."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Workspace:
    """A folder with migration.toml, exports/, decisions/, state/, archive/ and the generated run/."""

    root: Path

    @property
    def plan(self) -> Path:
        """The plan."""
        return self.root / "migration.toml"

    @property
    def exports(self) -> Path:
        """The exports; never written to."""
        return self.root / "exports"

    @property
    def decisions(self) -> Path:
        """Reviewers' answers, as text; belongs in git."""
        return self.root / "decisions"

    @property
    def state(self) -> Path:
        """Journals, crosswalk, learned weights, history; never regenerated."""
        return self.root / "state"

    @property
    def weights(self) -> Path:
        """What `dedupe --learn` keeps, so that more rows do not change how the others are weighed."""
        return self.state / "weights.json"

    @property
    def archive(self) -> Path:
        """Stale and dropped records with the reason, ready to be restored."""
        return self.root / "archive"

    @property
    def run(self) -> Path:
        """All that is generated; may be deleted at any time."""
        return self.root / "run"

    @property
    def previous(self) -> Path:
        """What the run before the last one generated."""
        return self.root / "run.previous"

    @property
    def report(self) -> Path:
        """What people and CI jobs read after a run."""
        return self.run / "report"

    @property
    def review(self) -> Path:
        """What waits for a person."""
        return self.run / "review"

    @property
    def manifest(self) -> Path:
        """Input hashes, plan hash, versions, seed, as_of, rows in and out."""
        return self.run / "manifest.json"

    @property
    def rehearsal(self) -> Path:
        """The embedded CRM, the default destination."""
        return self.root / "rehearsal.sqlite"

    @property
    def kept(self) -> Path:
        """What `crmclean purge` leaves, masked."""
        return self.root / "kept"

    @property
    def purged(self) -> Path:
        """The note that `crmclean purge` leaves: what it removed, and when."""
        return self.kept / "README.txt"

    @property
    def in_repository(self) -> str:
        """Path of the workspace from the root of the repository that it is in, with `/`; empty where it is in none."""
        root = self.root.resolve()
        found = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)
        return "" if root == found else root.relative_to(found).as_posix()

    def phase(self, name: str) -> Path:
        """Return the folder of a phase."""
        return self.run / name

    def table(self, phase: str, object_: str) -> Path:
        """Return the Parquet file of an object after a phase."""
        return self.run / phase / f"{object_}.parquet"

    def journal(self, destination: str) -> Path:
        """Return the journal of a destination."""
        return self.state / destination / "journal.sqlite"
