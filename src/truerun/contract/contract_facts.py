"""What of schema.yaml a row without its target is held against, as JSON has it."""

from typing import Any

from truerun.contract.contract import Contract

TOLD = ("type", "nullable", "min", "max", "categories", "pattern", "personal", "words")


def without_target(contract: Contract) -> Contract:
    """The contract of rows whose outcome is not known yet."""
    columns = {name: each for name, each in contract.columns.items() if name != contract.target}
    checks = tuple(
        each for each in contract.checks if contract.target not in (each.left, each.right)
    )
    return contract.model_copy(update={"columns": columns, "checks": checks})


def of(contract: Contract) -> dict[str, Any]:
    """Columns and checks of rows without the target, for `row_contract.RowContract`."""
    asked = without_target(contract)
    return {
        "columns": {
            name: column.model_dump(mode="json", include=set(TOLD), exclude_defaults=True)
            for name, column in asked.columns.items()
        },
        "checks": [check.model_dump(mode="json") for check in asked.checks],
    }
