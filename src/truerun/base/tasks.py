"""The names of the tasks, where every room can take them; `model.tasks` knows what they are.

They stand on the lowest floor, so that a source need not read schema.yaml's types to have them.
"""

from typing import Literal

Task = Literal["binary", "multiclass", "regression", "counts"]
