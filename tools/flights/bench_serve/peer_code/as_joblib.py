"""Writes a model of a skops file as joblib has it, to `model.joblib`; runs beside MLServer."""

import sys

import joblib
import skops.io

path = sys.argv[1]
joblib.dump(skops.io.load(path, trusted=skops.io.get_untrusted_types(file=path)), "model.joblib")
