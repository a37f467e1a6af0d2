"""Writes aws_arguments.json: the arguments of what ops/terraform uses of the AWS provider.

They are taken from the package cdktn-provider-aws, which is made of the provider's own schema: a
class for each resource, whose parameters are its arguments, and a class for each block. It is
not installed, only read.

Usage: pip download --no-deps cdktn-provider-aws
       python -m tools.infrastructure.aws_arguments cdktn_provider_aws-*.whl
"""

import ast
import json
import re
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.infrastructure import terraform, terraform_module
from tools.infrastructure.terraform_module import Module

FOLDER = Path("ops/terraform")
PLACE = "cdktn_provider_aws/{}/__init__.py"
META = "TerraformMetaArguments"
NAMED = re.compile(r":param (\w+):(?:(?!:param ).)*?#\w+ \w+#(\w+)\}", re.DOTALL)
CLASS = re.compile(r"'(\w+)'")


def main() -> None:
    """Write the arguments of all resources and data that are used."""
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        made = written(wheel, [terraform_module.read(path) for path in sorted(FOLDER.iterdir())])
    terraform.ARGUMENTS.write_text(json.dumps(made, indent=1, sort_keys=True) + "\n", "utf-8")


def written(wheel: zipfile.ZipFile, modules: list[Module]) -> dict[str, Any]:
    """The arguments by kind and type."""
    return {
        "resource": {
            kind: arguments(_text(wheel, kind.removeprefix("aws_")))
            for kind in sorted({kind for module in modules for kind, _ in module.resources})
        },
        "data": {
            kind: arguments(_text(wheel, f"data_{kind}"))
            for kind in sorted({kind for module in modules for kind, _ in module.data})
        },
    }


def arguments(text: str) -> dict[str, Any]:
    """The arguments of the one resource of a module, as JSON has them."""
    classes = {node.name: node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}
    (config,) = (
        node for node in classes.values() if any(META in ast.unparse(base) for base in node.bases)
    )
    return _of_class(config, classes)


def _of_class(node: ast.ClassDef, classes: Mapping[str, ast.ClassDef]) -> dict[str, Any]:
    (init,) = (
        each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"
    )
    names = dict(NAMED.findall(ast.get_docstring(init, clean=False) or ""))
    by_name: dict[str, Any] = {}
    for argument, default in zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True):
        if argument.arg not in names:  # one that every resource has
            continue
        facts: dict[str, Any] = {} if default is not None else {"required": True}
        kinds = CLASS.findall(ast.unparse(argument.annotation or ast.Constant(value="")))
        blocks = [classes[kind] for kind in kinds if kind in classes]
        if blocks:
            facts["of"] = _of_class(blocks[0], classes)
        by_name[names[argument.arg]] = facts
    return by_name


def _text(wheel: zipfile.ZipFile, name: str) -> str:
    return wheel.read(PLACE.format(name)).decode()


if __name__ == "__main__":
    main()
