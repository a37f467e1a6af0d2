"""The DVC stages, a program each: `python -m truerun.stages.NAME`."""

import gc

# Imported modules stay: searching them for garbage takes a tenth of a stage's start-up.
gc.set_threshold(50_000)
