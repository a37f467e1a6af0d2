"""The transformer that makes features of a row of the contract, fitted on training rows only.

Numbers pass through; categories of few values are one-hot encoded; those of many values are
target-encoded (cross-fitted on the training rows); free text becomes the TF-IDF of its commonest
words.
"""

import itertools
from collections import Counter

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, TargetEncoder

from truerun.contract.contract import Contract
from truerun.model import targets
from truerun.params.featurize import Featurize

FOLDS = 5
WORDS = "words"  # begins the name of the transformer of each column of free text
DIGITS = 6  # of the weight of a word


def text_columns(features: list[str], contract: Contract) -> list[str]:
    """Those of the columns that hold text."""
    return [name for name in features if contract.columns[name].type == "text"]


def build(
    features: list[str], train: pd.DataFrame, contract: Contract, chosen: Featurize
) -> Pipeline:
    """The featurizer for these columns, not fitted: a row of the contract to float32 features.

    Parameters
    ----------
    features : names of all columns.
    train : the training rows of those columns that hold text.
    """
    text = text_columns(features, contract)
    categories = [name for name in text if not contract.columns[name].words]
    few = [name for name in categories if train[name].nunique() <= chosen.max_one_hot]
    many = [name for name in categories if name not in few]
    words = {
        name: commonest_words(train[name], chosen.max_words)
        for name in text
        if contract.columns[name].words
    }
    numbers = [name for name in features if name not in text]
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32)
    divide = StratifiedKFold if contract.task == "binary" else KFold  # which rare classes suit
    encode = TargetEncoder(
        target_type=contract.task if contract.classes else "continuous",
        cv=divide(FOLDS, shuffle=True, random_state=chosen.seed),
    )
    columns = ColumnTransformer(
        [
            ("number", "passthrough", numbers),
            ("few", one_hot, few),
            ("many", encode, many),
            *(
                (f"{WORDS} {place}", weights(vocabulary), [name])
                for place, (name, vocabulary) in enumerate(words.items())
                if vocabulary
            ),
        ],
        sparse_threshold=0,
        verbose_feature_names_out=False,
    )
    single = FunctionTransformer(
        np.asarray, kw_args={"dtype": "float32"}, feature_names_out="one-to-one"
    )
    return Pipeline([("columns", columns), ("float32", single)])


def commonest_words(documents: pd.Series, most: int) -> list[str]:
    """The words that occur most often in free text, in the order of the alphabet."""
    words = CountVectorizer().build_analyzer()
    counts: Counter[str] = Counter()
    for document in documents.dropna():
        counts.update(words(document))
    return sorted(sorted(counts, key=lambda word: (-counts[word], word))[:most])


def weights(words: list[str]) -> Pipeline:
    """From free text, which may be missing, to the TF-IDF of some words."""
    return Pipeline(
        [
            ("filled", SimpleImputer(strategy="constant", fill_value="", keep_empty_features=True)),
            ("flat", FunctionTransformer(np.ravel)),
            ("weighed", TfidfVectorizer(vocabulary=words, dtype=np.float32)),
        ]
    )


def fit(
    featurizer: Pipeline, features: list[str], train: pd.DataFrame, contract: Contract
) -> np.ndarray:
    """Fit in place, as `featurizer.fit_transform` would, but with text and target alone in memory.

    Nothing of a number is learned but its name. So all is fitted on a few made-up rows that hold
    every category and every class, and then the encoders again, on the text of all training rows.

    Parameters
    ----------
    train : the training rows of the target, and of the columns that hold text.

    Returns
    -------
    The cross-fitted encodings of the training rows, of the columns that are target-encoded.
    """
    _, (_, _, few), (_, _, many), *_ = featurizer["columns"].transformers
    free = free_text(featurizer)
    values = {name: train[name].drop_duplicates().to_numpy() for name in [*few, *many]}
    values |= {column: np.array([""], dtype=object) for column in free.values()}
    classes = range(max(2, len(contract.classes)))
    rows = max(2 * FOLDS, len(classes), *map(len, values.values()))
    outline = pd.DataFrame(0, index=range(rows), columns=features)
    for name, distinct in values.items():
        outline[name] = np.resize(distinct, rows)
    featurizer.fit(outline, np.resize(classes, rows))
    fitted = featurizer["columns"].named_transformers_
    if few:
        fitted["few"].fit(train[few])
    for name, column in free.items():
        fitted[name].fit(train[[column]])
        steady(featurizer, name)
    if not many:
        return np.empty((len(train), 0))
    target = targets.numbers(train[contract.target], contract)
    return np.asarray(fitted["many"].fit_transform(train[many], target))


def free_text(featurizer: Pipeline) -> dict[str, str]:
    """The columns of free text that hold a word, by the name of their transformer."""
    return {
        name: columns[0]
        for name, _, columns in featurizer["columns"].transformers
        if name.startswith(WORDS)
    }


def steady(featurizer: Pipeline, name: str) -> None:
    """Round the weights of words: the last digits of a logarithm depend on the processor."""
    weighed = featurizer["columns"].named_transformers_[name]["weighed"]
    weighed.idf_ = weighed.idf_.round(DIGITS)


def feature_columns(featurizer: Pipeline) -> list[str]:
    """The column of which each feature is made."""
    free = free_text(featurizer)
    made: list[str] = []
    for kind, fitted, columns in featurizer["columns"].transformers_:
        if kind == "number":
            made += columns
        elif kind == "few" and columns:
            made += np.repeat(columns, list(map(len, fitted.categories_))).tolist()
        elif kind == "many" and columns:
            made += np.repeat(columns, len(fitted.encodings_) // len(columns)).tolist()
        elif kind in free:
            made += columns * len(fitted["weighed"].vocabulary_)
    return made


def feature_names(featurizer: Pipeline, contract: Contract) -> list[str]:
    """A name for each feature, of numbers their own; none occurs twice, nor is it the target's.

    A category makes the name `COLUMN_CATEGORY`, which may be that of another column or category.
    """
    free = free_text(featurizer)
    own_names: list[str] = []
    for kind, fitted, columns in featurizer["columns"].transformers_:
        if kind == "number":
            own_names += columns
        elif kind in ("few", "many") and columns:
            own_names += map(str, fitted.get_feature_names_out())
        elif kind in free:
            vocabulary = fitted["weighed"].get_feature_names_out()
            own_names += (f"{free[kind]}_{word}" for word in vocabulary)
    names: list[str] = []
    taken = {contract.target}
    for name in own_names:
        numbered = (f"{name} {number}" for number in itertools.count(2))
        names.append(next(one for one in itertools.chain([name], numbered) if one not in taken))
        taken.add(names[-1])
    return names
