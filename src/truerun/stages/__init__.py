"""The DVC stages, a program each: `python -m truerun.stages.NAME`."""

import gc

# What a stage imports stays: looking for garbage in it, again and again, is a tenth of its start.
gc.set_threshold(50_000)
