"""The command `truerun`: from a table of data to a model in production, a verb at a time."""

import difflib
import sys
from collections.abc import Sequence
from importlib.metadata import version

from truerun.base.errors import exit_with
from truerun.cli.verbs import GROUPS, VERBS

EXAMPLES = """\
examples:
  truerun adopt customers.csv --target churn --into ../churn    start with a table of your own
  truerun repro                                run the stages that changed
  truerun compare                              this branch with its changes, against main
  truerun report comparison.json               read what the change does
  truerun gate comparison.json --explain       see which rules it passes
  source <(truerun completion bash)            complete verbs and options

`truerun VERB --help` shows a verb's options and more examples."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the verb that the first argument names; without one, print the help."""
    name, *arguments = (sys.argv[1:] if argv is None else argv) or ["--help"]
    if name in VERBS:
        VERBS[name].run(arguments)
    elif name in ("-h", "--help"):
        exit_with(lambda: print(usage()))
    elif name == "--version":
        print(f"truerun {version('truerun')}")
    else:
        print(f"error: {mistake(name)}", file=sys.stderr)
        sys.exit(2)


def usage() -> str:
    """The help: verbs in their groups, and examples."""
    width = max(map(len, VERBS))
    lines = ["usage: truerun VERB [OPTION ...]", "       truerun --help | --version", ""]
    lines += ["From a table of data to a model in production.", ""]
    for group, verbs in GROUPS.items():
        lines += [f"{group}:", *(f"  {verb.name:{width}}  {verb.summary}" for verb in verbs), ""]
    return "\n".join([*lines, EXAMPLES])


def mistake(name: str) -> str:
    """What is wrong with a verb that is not one, and the nearest that is."""
    if name.startswith("-"):
        return f"truerun has no option {name}, or it belongs after a verb: see `truerun --help`"
    near = difflib.get_close_matches(name, VERBS, n=1)
    advice = f"did you mean `truerun {near[0]}`?" if near else f"its verbs are {', '.join(VERBS)}"
    return f"truerun has no verb {name!r}: {advice}"


if __name__ == "__main__":
    main()
