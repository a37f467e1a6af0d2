"""One call that judges a change by main's code, on a laptop as in CI: compare, report, gate."""
