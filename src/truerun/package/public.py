"""What a project's own code may import: it changes only as CONTRIBUTING.md says of versions.

Of a module that is named here, public are the classes and functions without a leading underscore.
docs/api.md shows them, beside the commands, which are public too but for `truerun ci`.
"""

PUBLIC = (
    "truerun.base.errors.SourceError",
    "truerun.base.settings.Section",
    "truerun.contract.contract.Column",
    "truerun.contract.contract.Contract",
    "truerun.contract.contract.RowCheck",
    "truerun.contract.contract.load",
    "truerun.explore.drift",
    "truerun.explore.errors",
    "truerun.explore.experiments",
    "truerun.explore.last_run.LastRun",
    "truerun.explore.slices",
    "truerun.explore.target",
    "truerun.sources.protocol",
    "truerun.testing.data",
    "truerun.testing.leaks",
    "truerun.testing.model",
    "truerun.testing.project.Project",
    "truerun.testing.readme",
)
