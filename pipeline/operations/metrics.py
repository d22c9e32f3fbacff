"""Metrics in Prometheus' text form, read from the store at each call: any number of workers and
restarts later they are right. Only the times of steps are this process's own. Labels are states,
routes and inboxes' names; no patient data."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import func, select

from pipeline import stages
from pipeline.queue import waiting
from pipeline.store.database import Database
from pipeline.store.inbox_tables import InboxRunRow, MessageRow, SourceRow
from pipeline.store.schema import CaseRow, DocumentRow

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_Sample = tuple[dict[str, str], float]


def metrics(database: Database) -> str:
    """All metrics, as /metrics answers."""
    with database.reading() as session:
        queue = waiting(session)
        states = session.execute(
            select(DocumentRow.state, func.count()).group_by(DocumentRow.state)
        ).all()
        reasons = session.execute(
            select(DocumentRow.error_kind, func.count())
            .where(DocumentRow.error_kind.is_not(None))
            .group_by(DocumentRow.error_kind)
        ).all()
        routes = session.execute(
            select(CaseRow.route, func.count())
            .where(CaseRow.route.is_not(None))
            .group_by(CaseRow.route)
        ).all()
        messages = session.execute(
            select(SourceRow.name, MessageRow.state, func.count())
            .join(SourceRow, MessageRow.source_id == SourceRow.id)
            .group_by(SourceRow.name, MessageRow.state)
        ).all()
        sources = session.execute(
            select(SourceRow.name, SourceRow.failures, SourceRow.checked_at)
        ).all()
        runs = session.execute(
            select(SourceRow.name, InboxRunRow.state, func.count())
            .join(SourceRow, InboxRunRow.source_id == SourceRow.id)
            .group_by(SourceRow.name, InboxRunRow.state)
        ).all()
    now = datetime.now(UTC)
    oldest = (now - queue.oldest).total_seconds() if queue.oldest else 0.0
    return "".join(
        (
            _family("queue_letters", "Letters that workers have still to bring to their end.",
                    [({"place": "ready"}, queue.ready), ({"place": "in_hand"}, queue.in_hand),
                     ({"place": "put_off"}, queue.put_off)]),
            _family("queue_oldest_seconds", "How long the letter at the head has waited.",
                    [({}, oldest)]),
            _family("documents", "Files received, by state.",
                    [({"state": state}, count) for state, count in states]),
            _family("quarantined", "Files set aside, by reason.",
                    [({"reason": str(kind)}, count) for kind, count in reasons]),
            _family("cases", "Cases, by route.",
                    [({"route": str(route)}, count) for route, count in routes]),
            _family("inbox_messages", "What was seen in inboxes, by state.",
                    [({"inbox": name, "state": state}, n) for name, state, n in messages]),
            _family("inbox_runs", "Runs of inboxes, by state.",
                    [({"inbox": name, "state": state}, n) for name, state, n in runs]),
            _family("inbox_failures", "Runs in a row that could not use the inbox.",
                    [({"inbox": name}, failures) for name, failures, _ in sources]),
            _family("inbox_checked_seconds", "How long ago an inbox was last looked through.",
                    [({"inbox": name}, (now - at).total_seconds())
                     for name, _, at in sources if at]),
            stages.told(),
        )
    )  # fmt: skip


def _family(name: str, words: str, samples: Iterable[_Sample]) -> str:
    full = f"denialdesk_{name}"
    lines = [f"# HELP {full} {words}", f"# TYPE {full} gauge"]
    for labels, value in samples:
        told = ",".join(f'{key}="{_escaped(label)}"' for key, label in labels.items())
        lines.append(f"{full}{{{told}}} {value:g}" if told else f"{full} {value:g}")
    return "\n".join(lines) + "\n"


def _escaped(label: str) -> str:
    return str(label).replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
