"""Tables built after well-known ones, with all that is recorded later in them at once."""

from collections.abc import Callable

import numpy as np
import pandas as pd

Random = np.random.Generator


def some(random, size, where, words):
    """Words in some rows."""
    return np.where(where, random.choice(words, size), None)


def days(random, first, most, size):
    """Days after a first one."""
    return pd.Series(
        pd.Timestamp(first) + pd.to_timedelta(random.integers(0, most, size), unit="D")
    )


def ship(random: Random) -> pd.DataFrame:
    n = 1309
    woman = random.random(n) < 0.36
    saved = random.random(n) < np.where(woman, 0.73, 0.19)
    in_boat = np.where(saved, random.random(n) < 0.954, random.random(n) < 0.011)
    found = ~saved & (random.random(n) < 0.15)
    return pd.DataFrame({
        "class": random.choice([1, 2, 3], n, p=[0.25, 0.2, 0.55]),
        "sex": np.where(woman, "female", "male"),
        "age": np.where(random.random(n) < 0.2, np.nan, random.normal(30, 14, n).clip(1).round()),
        "fare": random.lognormal(3, 1, n).round(4),
        "cabin": some(random, n, random.random(n) < 0.22, ["C23", "B5", "E12"]),
        "boat": some(random, n, in_boat, ["1", "2", "A", "13 15", "C"]),
        "body": np.where(found, random.integers(1, 330, n), np.nan),
        "survived": saved.astype(int),
    })  # fmt: skip


def loans(random: Random) -> pd.DataFrame:
    n = 4000
    lent, rate = random.integers(20, 700, n) * 50.0, random.uniform(6, 25, n).round(2)
    bad, term = random.random(n) < (rate - 4) / 90 + 0.02, random.choice([36, 60], n)
    part = np.where(bad, random.beta(2, 2.5, n), 1.0)
    monthly = (lent * (rate / 1200) / (1 - (1 + rate / 1200) ** -term)).round(2)
    principal = np.where(bad, lent * part * 0.9, lent).round(2)
    share = np.where(bad, part * 0.8, random.uniform(0.3, 1.3, n))
    interest = (lent * rate / 100 * share).round(2)
    late = np.where(random.random(n) < np.where(bad, 0.15, 0.02), 15.0, 0.0)
    won = np.where(bad & (random.random(n) < 0.6), ((lent - principal) * 0.1).round(2), 0.0)
    issued = days(random, "2014-01-01", 1000, n)
    months = np.where(bad, part * term * 0.8, random.uniform(5, term, n))
    last = np.where(bad | (random.random(n) < 0.4), monthly, lent * random.uniform(0.1, 0.8, n))
    return pd.DataFrame({
        "loan_amnt": lent,
        "term": [f"{each} months" for each in term],
        "int_rate": rate,
        "installment": monthly,
        "annual_inc": random.lognormal(11, 0.5, n).round(),
        "dti": random.uniform(0, 35, n).round(2),
        "issue_d": issued,
        "total_pymnt": (principal + interest + late + won).round(2),
        "total_rec_prncp": principal,
        "total_rec_int": interest,
        "total_rec_late_fee": late,
        "recoveries": won,
        "collection_fee": (won * 0.18).round(2),
        "last_pymnt_d": issued + pd.to_timedelta((months * 30).round(), unit="D"),
        "last_pymnt_amnt": last.round(2),
        "loan_status": np.where(bad, "Charged Off", "Fully Paid"),
    })  # fmt: skip


def calls(random: Random) -> pd.DataFrame:
    n = 5000
    yes = random.random(n) < 0.117
    seconds = np.where(yes, random.gamma(2.3, 240, n), random.gamma(1.3, 175, n)).round()
    yes &= seconds > 60
    won = np.where(yes & (random.random(n) < 0.5), "success", "failure")
    return pd.DataFrame({
        "age": random.integers(18, 90, n),
        "job": random.choice(["admin", "worker", "technician", "manager"], n),
        "balance": random.normal(1300, 3000, n).round(),
        "duration": seconds,
        "campaign": random.poisson(2, n) + 1,
        "pdays": np.where(random.random(n) < 0.8, -1, random.integers(1, 400, n)),
        "previous": np.where(random.random(n) < 0.8, "none", won),
        "y": np.where(yes, "yes", "no"),
    })  # fmt: skip


def staff(random: Random) -> pd.DataFrame:
    n = 1500
    left = random.random(n) < 0.2
    hired = days(random, "2010-01-01", 3000, n)
    stay = pd.to_timedelta(random.integers(100, 2000, n), unit="D")
    return pd.DataFrame({
        "salary": random.integers(40, 120, n) * 1000,
        "department": random.choice(["IT", "Sales", "HR"], n),
        "date_of_hire": hired,
        "date_of_termination": (hired + stay).where(left),
        "term_reason": np.where(left, random.choice(["unhappy", "career"], n), "still employed"),
        "status_id": np.where(left, random.choice([4, 5], n), random.choice([1, 2, 3], n)),
        "engagement": random.uniform(1, 5, n).round(2),
        "termd": left.astype(int),
    })  # fmt: skip


def sales(random: Random) -> pd.DataFrame:
    n = 2000
    sold, price = random.integers(1, 9999, n), random.uniform(9, 670, n).round(2)
    cost = (price * random.uniform(0.3, 0.9, n)).round(2)
    return pd.DataFrame({
        "region": random.choice(list("abcde"), n),
        "units_sold": sold,
        "unit_price": price,
        "unit_cost": cost,
        "total_revenue": (sold * price).round(2),
        "total_cost": (sold * cost).round(2),
        "total_profit": (sold * price - sold * cost).round(2),
    })  # fmt: skip


def taxis(random: Random) -> pd.DataFrame:
    n = 2000
    fare = (2.5 + random.gamma(2, 6, n)).round(2)
    tip = np.where(random.random(n) < 0.6, (fare * 0.2).round(2), 0)
    toll = np.where(random.random(n) < 0.05, 5.76, 0)
    extra = random.choice([0, 0.5, 1], n)
    return pd.DataFrame({
        "distance": ((fare - 2.5) / 2.2 * random.normal(1, 0.2, n)).round(2),
        "passengers": random.integers(1, 6, n),
        "fare_amount": fare,
        "extra": extra,
        "tip_amount": tip,
        "tolls_amount": toll,
        "total_amount": (fare + extra + 0.5 + tip + toll).round(2),
    })  # fmt: skip


def parcels(random: Random) -> pd.DataFrame:
    n = 2000
    bought = days(random, "2017-01-01", 600, n)
    promised = bought + pd.to_timedelta(random.integers(10, 30, n), unit="D")
    came = bought + pd.to_timedelta(random.gamma(4, 4, n).round(), unit="D")
    return pd.DataFrame({
        "bought": bought,
        "promised": promised,
        "came": came,
        "grams": random.lognormal(6, 1, n).round(),
        "freight": random.gamma(2, 10, n).round(2),
        "late": np.where(came > promised, "yes", "no"),
    })  # fmt: skip


def claims(random: Random) -> pd.DataFrame:
    n = 3000
    count = random.poisson(0.1, n)
    return pd.DataFrame({
        "age": random.integers(18, 80, n),
        "power": random.integers(4, 15, n),
        "exposure": random.uniform(0.1, 1, n).round(3),
        "claim_amount": np.where(count > 0, random.gamma(2, 800, n).round(2), 0),
        "claims": count,
    })  # fmt: skip


def exams(random: Random) -> pd.DataFrame:
    marks = {name: random.normal(66, 14, 800).round() for name in ("maths", "reading", "writing")}
    return pd.DataFrame({
        "sex": random.choice(list("mf"), 800),
        "lunch": random.choice(["paid", "free"], 800),
        **marks,
        "average": (sum(marks.values()) / 3).round(2),
    })  # fmt: skip


def tickets(random: Random) -> pd.DataFrame:
    n = 2000
    kind = random.choice(["low", "medium", "high"], n, p=[0.5, 0.3, 0.2])
    return pd.DataFrame({
        "channel": random.choice(["mail", "web"], n),
        "length": random.integers(10, 900, n),
        "escalated_to": some(random, n, kind == "high", ["L2", "L3"]),
        "agreed_hours": np.select([kind == "high", kind == "medium"], [4, 24], 72),
        "priority": kind,
    })  # fmt: skip


def margins(random: Random) -> pd.DataFrame:
    revenue = random.gamma(2, 5000, 1000).round(2)
    cost = (revenue * random.uniform(0.4, 0.95, 1000)).round(2)
    return pd.DataFrame({
        "staff": random.integers(1, 50, 1000),
        "revenue": revenue,
        "cost": cost,
        "margin": ((revenue - cost) / revenue * 100).round(2),
    })  # fmt: skip


LATER_OF_LOANS = (
    "total_pymnt total_rec_prncp total_rec_int total_rec_late_fee recoveries collection_fee"
    " last_pymnt_d last_pymnt_amnt"
)
SCENES: list[tuple[Callable[[Random], pd.DataFrame], str, str]] = [
    (ship, "survived", "boat body"),
    (loans, "loan_status", LATER_OF_LOANS),
    (calls, "y", "duration"),
    (staff, "termd", "date_of_termination term_reason status_id"),
    (sales, "total_profit", "total_revenue total_cost"),
    (taxis, "total_amount", "fare_amount extra tip_amount tolls_amount"),
    (parcels, "late", "came promised"),
    (claims, "claims", "claim_amount"),
    (exams, "average", "maths reading writing"),
    (tickets, "priority", "escalated_to agreed_hours"),
    (margins, "margin", "revenue cost"),
]  # fmt: skip
