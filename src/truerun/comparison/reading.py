"""JSON files that a program of ours wrote, read strictly by their types."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from truerun.base.errors import TruerunError

Model = TypeVar("Model", bound=BaseModel)


def read(model: type[Model], path: Path, what: str, error_type: type[TruerunError]) -> Model:
    """The content of a file.

    Parameters
    ----------
    what : what the file should be, such as "a comparison".
    error_type : raised with the name of the file and of the first wrong key.
    """
    try:
        return model.model_validate_json(path.read_bytes())
    except OSError as error:
        raise error_type(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise error_type(f"{path} is not {what}: {where}: {first['msg']}") from error
