"""Limits of drift have moved to limits.yaml, and `train` has a section for `blend`."""

import yaml

from truerun.base.yaml_edit import with_key, without_key

TO = "0.2.0"
MEMBERS = ("hist_gradient_boosting", "lightgbm")


def params(text: str) -> str:
    """params.yaml without fixed limits of drift, and with a blend of the trees as they are."""
    text = without_key(text, "validate.drift")
    train = (yaml.safe_load(text) or {}).get("train")
    if not isinstance(train, dict) or not train.keys() >= set(MEMBERS):
        return text
    blend = {name: train[name] for name in MEMBERS}
    line = yaml.safe_dump(blend, default_flow_style=True, sort_keys=False, width=10_000)
    return with_key(text, "train.blend", line.strip())
