"""The overview: what came in, how it goes, what became of it. pandas does the sums; each chart is
an SVG drawn here, and each has its table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import func, select

from models.fields import FIELD_SPECS
from pipeline.store.people import Role
from pipeline.store.review_tables import CorrectionRow, ResultRow, ReviewRow
from pipeline.store.schema import DocumentRow
from pipeline.store.states import State
from review.access import Desk, Who
from review.inboxes import fares
from review.services import Services
from review.shown import render, words

if TYPE_CHECKING:
    import pandas as pd

router = APIRouter(include_in_schema=False)
_MOST_BARS = 12


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar chart and its table: `rows` are (label, number, what is printed)."""

    id: str
    title: str
    unit: str
    rows: tuple[tuple[str, float, str], ...]

    @property
    def most(self) -> float:
        return max((number for _, number, _ in self.rows), default=0) or 1


@router.get("/overview")
def overview(request: Request, desk: Desk, who: Who) -> Response:
    frame = _reviews(desk)
    return render(
        request, "overview.html", figures=_figures(frame, desk.settings.day()),
        charts=_charts(desk, frame),
        failed=_failed(desk), inboxes=fares(desk),
        may_change=who.role.rank >= Role.REVIEWER.rank,
    )  # fmt: skip


@router.get("/activity")
def activity(request: Request, desk: Desk) -> Response:
    return render(request, "activity.html", events=desk.review.history(most=300))


def _reviews(desk: Services) -> pd.DataFrame:
    import pandas as pd

    names = ("case_id", "received_at", "due", "payer", "drug", "category", "route", "status",
             "doubtful", "urgent", "confidence")  # fmt: skip
    with desk.database.reading() as session:
        rows = session.execute(select(*(getattr(ReviewRow, name) for name in names))).all()
    return pd.DataFrame([tuple(row) for row in rows], columns=list(names))


def _figures(frame: pd.DataFrame, today: date) -> list[tuple[str, str]]:
    waiting = frame[frame["status"].isin(["open", "in_review"])]
    week = date.fromordinal(today.toordinal() + 7)
    due = waiting["due"].dropna()
    clear = (frame["doubtful"] == 0) & (frame["route"] != "human_review")
    share = f"{clear.mean():.0%}" if len(frame) else "–"
    oldest = waiting["received_at"].min() if len(waiting) else None
    age = str(max((today - oldest.date()).days, 0)) if oldest is not None else "–"
    return [
        ("Cases", str(len(frame))),
        ("Waiting for review", str(len(waiting))),
        ("Due within 7 days", str(int(sum(today <= d <= week for d in due)))),
        ("Past their safe day", str(int(sum(d < today for d in due)))),
        ("Read without an open key field", share),
        ("Age of the oldest waiting case, in days", age),
    ]


def _charts(desk: Services, frame: pd.DataFrame) -> list[Chart]:
    import pandas as pd

    moments = pd.to_datetime(frame["received_at"], utc=True)
    numbers = moments.dt.year * 100 + moments.dt.month
    months = numbers.map({n: f"{n // 100}-{n % 100:02d}" for n in numbers.unique()})
    made = [
        _counted("came_in", "What came in, by month", months, ordered=True),
        _counted("payers", "By payer", frame["payer"]),
        _counted("drugs", "By drug or service", frame["drug"]),
        _counted("reasons", "By reason", frame["category"].map(words, na_action="ignore")),
        _counted("status", "By status", frame["status"].map(words)),
    ]  # fmt: skip
    return [*made, _corrections(desk), *_outcomes(desk)]


def _counted(name: str, title: str, values: pd.Series, ordered: bool = False) -> Chart:
    counted = values.dropna().value_counts()
    counted = counted.sort_index().tail(_MOST_BARS) if ordered else counted.head(_MOST_BARS)
    rows = tuple((str(label), float(n), str(int(n))) for label, n in counted.items())
    return Chart(name, title, "cases", rows)


def _corrections(desk: Services) -> Chart:
    counted = (
        select(CorrectionRow.key, func.count(func.distinct(CorrectionRow.case_id)))
        .where(CorrectionRow.action == "set")
        .group_by(CorrectionRow.key)
        .order_by(func.count(func.distinct(CorrectionRow.case_id)).desc())
        .limit(_MOST_BARS)
    )
    with desk.database.reading() as session:
        rows = tuple(
            (FIELD_SPECS[key].label, float(n), str(n)) for key, n in session.execute(counted)
        )
    return Chart("corrections", "Fields that persons corrected", "cases", rows)


def _outcomes(desk: Services) -> list[Chart]:
    import pandas as pd

    with desk.database.reading() as session:
        rows = session.execute(select(ResultRow.outcome, ResultRow.payer, ResultRow.category)).all()
    frame = pd.DataFrame([tuple(r) for r in rows], columns=["outcome", "payer", "category"])
    frame["won"] = frame["outcome"].map({"overturned": 1.0, "partly": 0.5, "upheld": 0.0})
    made = []
    for by, title in (("payer", "Overturned, by payer"), ("category", "Overturned, by reason")):
        grouped: Any = frame.groupby(by)["won"].agg(["mean", "count"]).sort_values("count")
        bars = tuple(
            (words(label) if by == "category" else str(label), float(row["mean"]) * 100,
             f"{row['mean']:.0%} of {int(row['count'])}")
            for label, row in grouped[::-1].head(_MOST_BARS).iterrows()
        )  # fmt: skip
        made.append(Chart(f"outcome_{by}", title, "%", bars))
    return made


def _failed(desk: Services) -> list[DocumentRow]:
    wanted = (
        select(DocumentRow)
        .where(DocumentRow.state == State.QUARANTINED)
        .order_by(DocumentRow.changed_at.desc())
        .limit(50)
    )
    with desk.database.reading() as session:
        return list(session.scalars(wanted))
