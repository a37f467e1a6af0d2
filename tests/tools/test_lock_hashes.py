"""The hashes that a lock keeps: of files that a supported machine installs, and of no others."""

import pytest
from tools import lock_hashes

NEEDED, OTHER, SOURCE = ("a" * 64, "b" * 64, "c" * 64)
UNTOLD = "d" * 64  # of a file that the pylock does not name
PYLOCK = {
    "packages": [
        {
            "wheels": [
                {"url": f"https://x.org/y/{name}", "hashes": {"sha256": digest}}
                for name, digest in (
                    ("p-1.0-cp312-cp312-manylinux_2_28_aarch64.whl", NEEDED),
                    ("p-1.0-cp312-cp312-win_amd64.whl", OTHER),
                )
            ]
        },
        {"sdist": {"url": "https://x.org/y/q-1.0.tar.gz", "hashes": {"sha256": SOURCE}}},
    ]
}


@pytest.mark.parametrize(
    ("tags", "kept"),
    [
        ("py3-none-any", True),
        ("py2.py3-none-any", True),
        ("cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64", True),
        ("cp313-cp313-macosx_11_0_arm64", True),
        ("cp38-abi3-musllinux_1_2_x86_64", True),
        ("py3-none-macosx_10_13_universal2", True),
        ("cp311-cp311-win_amd64", False),
        ("cp310-cp310-manylinux_2_17_x86_64", False),
        ("cp314-abi3-manylinux_2_17_x86_64", False),
        ("cp313-cp313t-manylinux_2_17_x86_64", False),
        ("pp311-pypy311_pp73-manylinux_2_17_x86_64", False),
        ("cp312-cp312-manylinux_2_17_s390x", False),
        ("py2-none-any", False),
    ],
)
def test_a_wheel_is_kept_for_supported_machines_alone(tags: str, kept: bool) -> None:
    assert lock_hashes.is_for_us(f"package-1.0-{tags}.whl") == kept


def test_other_hashes_are_left_out_and_no_package_loses_its_last() -> None:
    text = (
        f"p==1.0 \\\n    --hash=sha256:{OTHER} \\\n    --hash=sha256:{NEEDED} \\\n"
        f"    --hash=sha256:{UNTOLD}\n    # via us\n"
        f"q==1.0 \\\n    --hash=sha256:{SOURCE}\n"
        f"r==1.0 \\\n    --hash=sha256:{UNTOLD}\n"
    )
    left = lock_hashes.only(text, lock_hashes.of_ours(PYLOCK))
    assert left == (
        f"p==1.0 \\\n    --hash=sha256:{NEEDED}\n    # via us\n"
        f"q==1.0 \\\n    --hash=sha256:{SOURCE}\n"
        f"r==1.0 \\\n    --hash=sha256:{UNTOLD}\n"
    )
