"""What no service reads goes out of an image; what it loads works as before."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from truerun.release import trimming

READ = (
    "numpy/__init__.py",
    "numpy/core.so",
    "pyarrow/libarrow.so.2600",
    "pyarrow/lib.cpython-313.so",
)
UNREAD = (
    *("bin/f2py", "numpy/tests/test_a.py", "numpy/ma/tests/test_b.py", "numpy/a.pyi"),
    *("pyarrow/libarrow.so", "pyarrow/libarrow.so.2600.1.0", "pyarrow/libarrow_flight.so.2600"),
)


def test_what_is_not_read_goes_and_the_rest_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (*READ, *UNREAD):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * 100_000)
    trimming.main([str(tmp_path)])
    assert capsys.readouterr().out.endswith(": 1 MB, of which a service reads 0 MB\n")
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == set(READ)


def test_a_library_without_symbols_is_smaller() -> None:
    (source,) = Path(pa.__file__).parent.glob("libarrow_acero.so.*")
    whole = source.read_bytes()
    trimmed = trimming.without_symbols(whole)
    assert len(trimmed) < 0.9 * len(whole)
    assert trimming.without_symbols(trimmed) == trimmed
    assert trimming.without_symbols(b"no library") == b"no library"


@pytest.mark.slow
def test_arrow_answers_as_before_without_its_symbols(tmp_path: Path) -> None:
    installed = Path(pa.__file__).parent
    for path in installed.rglob("*"):
        if path.is_file() and "tests" not in path.parts and path.suffix != ".pyc":
            place = tmp_path / "pyarrow" / path.relative_to(installed)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(path)
    for place in (tmp_path / "pyarrow").glob("lib*.so*"):
        source = place.resolve()
        place.unlink()
        place.write_bytes(source.read_bytes())
    trimming.trim(tmp_path)
    code = (
        "import pyarrow as pa, pyarrow.compute as pc, pyarrow.parquet as pq, pyarrow.csv, sys\n"
        "assert pa.__file__.startswith(sys.argv[1])\n"
        "table = pa.table({'a': pa.array(['1', ' 2', None])})\n"
        "pq.write_table(table, sys.argv[1] + '/a.parquet')\n"
        "read = pq.read_table(sys.argv[1] + '/a.parquet')['a']\n"
        "print(pc.cast(pc.utf8_trim_whitespace(read), pa.int64()).to_pylist())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "[1, 2, None]\n", done.stderr
