"""Where raw data comes from: what a source must offer, and the source of any table.

`source.name` of params.yaml names the source: `table` is `truerun.sources.table.source`, any other
NAME is the project's own module `NAME.source`, in src/NAME. A source is a module. It must offer

- `Options`: what `source.options` of params.yaml may hold, a `truerun.base.settings.Section`;
- `partitions(raw) -> list[str]`: names of the partitions in the folder `raw`, in order;
- `prepare(raw, name, options) -> Prepared`: the labelled rows of one partition, sorted by the key
  of schema.yaml, and how many raw rows were dropped for which reason.

It may offer

- `pending(raw, name, options, now) -> DataFrame`: the rows of a partition whose outcome is not
  known at the moment `now`. They have the columns of `prepare`, but for the target, and their
  features hold only what is known at `now`. The newest partition may have begun and no more;
- `arrive(names, folder, recorded) -> Arrival`: what it accepts as new raw data, checked before
  anything is written;
- `first_data() -> Delivery`: where files come from that neither data/raw nor DVC's cache holds.

All of them raise `truerun.base.errors.SourceError` for raw data that is missing or not of the
expected shape; the message names the file and the place in it. None of them writes a file.
`protocol` has these as types.
"""
