"""What persons do with a case: correct, choose, approve, send. Each call is one transaction that
checks the version the person saw, writes history, and decides the case again where facts changed.

Deciding reads the stored reading, never the received file: it is quick and happens here.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.document import Document, Page
from models.errors import DeskError, UsageError
from models.fields import FIELD_SPECS
from models.serial import case_out, fields_in, load
from models.vocabulary import Level, RouteName
from pipeline.deciding import decide_with
from pipeline.field_values import checked
from pipeline.store import corrections, reviews
from pipeline.store.corrections import Action
from pipeline.store.database import Database
from pipeline.store.entries import entries_of
from pipeline.store.review_tables import CorrectionRow, NoteRow, ResultRow, ReviewRow, SendingRow
from pipeline.store.reviews import Status, note_event, open_fields
from pipeline.store.schema import CaseRow, ReadingRow, now

Json = dict[str, Any]


class NoSuchCase(UsageError):
    kind = "no_such_case"


class StaleVersion(DeskError):
    """Someone changed the case after the caller read it."""

    kind = "stale"


class KeyFieldsOpen(DeskError):
    """Key fields that nobody has looked at; `keys` names them."""

    kind = "key_fields_open"

    def __init__(self, keys: Sequence[str]) -> None:
        labels = ", ".join(FIELD_SPECS[key].label for key in keys)
        super().__init__(f"Still open: {labels}", "Accept or correct each and approve again.")
        self.keys = tuple(keys)


@dataclass(frozen=True, slots=True)
class Change:
    """A person's value for a field; `evidence` are the words on the page it was picked from."""

    value: Any
    evidence: Sequence[Json] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A case as its reviewer sees it."""

    id: str
    sha256: str
    version: int
    body: Json
    machine: Json
    status: Status
    assignee: str | None
    holder: str | None
    route_set: Json | None
    same_as: str | None
    open: tuple[str, ...]
    words: Mapping[str, Sequence[CorrectionRow]] = field(default_factory=dict)
    """What persons said, by field, oldest first."""


@lru_cache(maxsize=24)
def _read_in(sha256: str, raw: bytes) -> Document:
    return load(Document, zlib.decompress(raw))


class ReviewDesk:
    """Persons' work on the cases of one store. `day` gives today."""

    def __init__(self, database: Database, day: Callable[[], date]) -> None:
        self.database = database
        self.day = day

    # --- looking -----------------------------------------------------------------------------

    def case(self, case_id: str) -> Seen:
        """A case as it stands. Raises NoSuchCase."""
        with self.database.reading() as session:
            return self._seen(session, *_rows(session, case_id, looking=True))

    def document(self, sha256: str) -> Document:
        """A document as read."""
        with self.database.reading() as session:
            return _document(session, sha256)

    def history(self, case_id: str | None = None, most: int = 200) -> list[reviews.Event]:
        with self.database.reading() as session:
            return reviews.events(session, case_id, most)

    def notes(self, case_id: str) -> list[NoteRow]:
        with self.database.reading() as session:
            rows = select(NoteRow).where(NoteRow.case_id == case_id).order_by(NoteRow.id)
            return list(session.scalars(rows))

    def sendings(self, case_id: str) -> list[SendingRow]:
        with self.database.reading() as session:
            rows = select(SendingRow).where(SendingRow.case_id == case_id).order_by(SendingRow.id)
            return list(session.scalars(rows))

    def results(self, case_id: str) -> list[ResultRow]:
        with self.database.reading() as session:
            rows = select(ResultRow).where(ResultRow.case_id == case_id).order_by(ResultRow.id)
            return list(session.scalars(rows))

    def fill_queue(self) -> int:
        """Give every decided case its row in the queue; returns how many lacked one."""
        filled = 0
        while True:
            with self.database.session() as session:
                found = reviews.missing_rows(session)
                for case_id in found:
                    reviews.keep_decided(session, case_id, session.get_one(CaseRow, case_id).body)
            filled += len(found)
            if not found:
                return filled

    # --- fields ------------------------------------------------------------------------------

    def set_fields(
        self, case_id: str, version: int | None, changes: Mapping[str, Change], who: str
    ) -> Seen:
        """Put a person's values over what stands. Raises NoSuchCase, StaleVersion, WrongValue."""
        made = {
            key: Change(checked(key, change.value), change.evidence)
            for key, change in changes.items()
        }
        with self.database.session() as session:
            case, review = _rows(session, case_id, version)
            for key, change in made.items():
                before = case.body["fields"][key]["value"]
                value = change.value
                if value is None and FIELD_SPECS[key].empty == ():
                    value = []
                action = Action.SET if before != value else Action.ACCEPTED
                _say(session, case, key, action, change, who)
            return self._decided_again(session, case, review, who)

    def accept(self, case_id: str, version: int | None, keys: Sequence[str], who: str) -> Seen:
        """Note that a person found fields right as they stand."""
        held = self.case(case_id).body["fields"]
        for key in keys:
            if key not in FIELD_SPECS:
                raise UsageError(f"There is no field {key[:40]!r}", "The contract lists them.")
        changes = {key: Change(held[key]["value"], held[key]["evidence"]) for key in keys}
        with self.database.session() as session:
            case, review = _rows(session, case_id, version)
            for key, change in changes.items():
                _say(session, case, key, Action.ACCEPTED, change, who)
            return self._decided_again(session, case, review, who)

    def undo(self, case_id: str, version: int | None, key: str, who: str) -> Seen:
        """Take back the last word on a field: the one before it holds again, else the machine's."""
        with self.database.session() as session:
            case, review = _rows(session, case_id, version)
            standing: list[CorrectionRow] = []
            for word in corrections.said(session, case_id, key):
                if word.action == Action.REVERTED:
                    standing = standing[:-1]
                elif word.action != Action.RESTORED:
                    standing.append(word)
            if not standing:
                raise UsageError("There is nothing to undo on this field", "")
            if len(standing) > 1:
                earlier = standing[-2]
                restored = Change(earlier.value, earlier.evidence)
                _say(session, case, key, Action.REVERTED, restored, who)
                _say(session, case, key, Action.RESTORED, restored, who)
            else:
                _say(session, case, key, Action.REVERTED, Change(None), who)
            return self._decided_again(session, case, review, who)

    # --- choices -----------------------------------------------------------------------------

    def choose_route(
        self, case_id: str, version: int | None, route: str | None, reason: str, who: str
    ) -> Seen:
        """Put a person's route over the rules', with the reason; None gives the rules their way."""
        if route is not None and (route not in tuple(RouteName) or not reason.strip()):
            raise UsageError("A route needs one of the contract's names and a reason", "")
        with self.database.session() as session:
            case, review = _rows(session, case_id, version)
            before = case.body["route"]["route"]
            review.route_set = (
                {"route": route, "reason": reason.strip()[:500], "who": who,
                 "at": now().isoformat(timespec="seconds")} if route else None
            )  # fmt: skip
            note_event(
                session, case_id, who, "route", before=before, now=route, reason=reason[:500]
            )
            return self._decided_again(session, case, review, who)

    def decide_again(self, case_id: str, who: str) -> Seen:
        """Decide a case again: something that is kept beside its fields has changed."""
        with self.database.session() as session:
            case, review = _rows(session, case_id)
            note_event(session, case_id, who, "entries")
            return self._decided_again(session, case, review, who, keep_status=True)

    # --- status ------------------------------------------------------------------------------

    def approve(self, case_id: str, version: int | None, who: str) -> Seen:
        """Approve a case: every key field is then someone's word. Raises KeyFieldsOpen, and
        UsageError where the route still asks for a person's decision."""
        with self.database.session() as session:
            case, review = _rows(session, case_id, version)
            if lacking := open_fields(case.body):
                raise KeyFieldsOpen(lacking)
            if case.body["route"]["route"] == RouteName.HUMAN_REVIEW:
                why = "; ".join(case.body["route"]["reasons"]) or case.body["route"]["rule"]
                raise UsageError(f"The route is undecided: {why}", "Choose a route first.")
            for key, spec in FIELD_SPECS.items():
                held = case.body["fields"][key]
                if spec.is_key and not held.get("set_by") and held["value"] not in (None, []):
                    _say(session, case, key, Action.ACCEPTED,
                         Change(held["value"], held["evidence"]), who, quiet=True)  # fmt: skip
            _move(session, review, Status.APPROVED, who)
            return self._decided_again(session, case, review, who, keep_status=True)

    def set_status(self, case_id: str, version: int | None, status: Status, who: str) -> Seen:
        """Reopen or close a case."""
        with self.database.session() as session:
            case, review = _rows(session, case_id, version)
            return self._moved(session, case, review, status, who)

    def _moved(
        self, session: Session, case: CaseRow, review: ReviewRow, status: Status, who: str
    ) -> Seen:
        _move(session, review, status, who)
        case.version += 1
        session.flush()
        return self._seen(session, case, review)

    def close_copy(self, case_id: str, version: int | None, other: str, who: str) -> Seen:
        """Close a case because its letter is that of another case. Raises NoSuchCase, StaleVersion,
        and UsageError for a case and itself."""
        if other == case_id:
            raise UsageError("A case is no copy of itself", "")
        with self.database.session() as session:
            _rows(session, other, looking=True)
            case, review = _rows(session, case_id, version)
            note_event(session, case_id, who, "duplicate", to=other)
            return self._moved(session, case, review, Status.CLOSED, who)

    def assign(self, case_ids: Sequence[str], assignee: str | None, who: str) -> int:
        """Give cases to someone; returns how many there were."""
        done = 0
        with self.database.session() as session:
            for case_id in case_ids:
                review = session.get(ReviewRow, case_id)
                if review is not None and review.assignee != assignee:
                    note_event(session, case_id, who, "assigned", to=assignee)
                    review.assignee = assignee
                    done += 1
        return done

    def note(self, case_id: str, said: str, who: str) -> None:
        """Add a remark; `@name` calls someone."""
        words = said.strip()[:4000]
        if not words:
            raise UsageError("An empty note was not kept", "")
        with self.database.session() as session:
            _rows(session, case_id)
            mentions = sorted(set(re.findall(r"@([\w.-]{2,64})", words)))
            session.add(NoteRow(case_id=case_id, who=who, text=words, mentions=mentions))
            note_event(session, case_id, who, "note", mentions=mentions)

    # --- one person a case at a time ---------------------------------------------------------

    def hold(self, case_id: str, who: str, take_over: bool = False) -> str:
        """Hold a case open for `who` unless someone else does; returns who holds it then."""
        with self.database.session() as session:
            _, review = _rows(session, case_id)
            held = reviews.holder(review)
            if held is not None and held != who:
                if not take_over:
                    return held
                note_event(session, case_id, who, "taken over", before=held)
            review.locked_by, review.locked_at = who, now()
            return who

    def let_go(self, case_id: str, who: str) -> None:
        with self.database.session() as session:
            review = session.get(ReviewRow, case_id)
            if review is not None and review.locked_by == who:
                review.locked_by = review.locked_at = None

    # --- after the letter --------------------------------------------------------------------

    def sent(
        self, case_id: str, version: int | None, how: str, day: date, who: str,
        proof: tuple[str, str] | None = None, plan_due: date | None = None,
    ) -> Seen:  # fmt: skip
        """Note that the letter went out; `proof` is (blob's SHA-256, its name)."""
        with self.database.session() as session:
            case, review = _rows(session, case_id, version)
            if review.status not in (Status.APPROVED, Status.SENT):
                raise UsageError("Only an approved case can be marked as sent", "Approve it first.")
            plan_due = plan_due or reviews.clock_of(case.body, "plan")
            session.add(
                SendingRow(case_id=case_id, who=who, how=how[:24], sent_on=day,
                           proof=proof[0] if proof else None,
                           proof_name=proof[1] if proof else None, plan_due=plan_due)
            )  # fmt: skip
            note_event(session, case_id, who, "sent", how=how[:24], day=day.isoformat(),
                       plan_due=plan_due.isoformat() if plan_due else None)  # fmt: skip
            _move(session, review, Status.SENT, who)
            case.version += 1
            session.flush()
            return self._seen(session, case, review)

    def outcome(
        self, case_id: str, version: int | None, outcome: str, day: date, who: str,
        next_level: bool = False,
    ) -> Seen:  # fmt: skip
        """Note what became of the appeal; with `next_level` the case goes on from that decision:
        its level and date become those of the new notice, and all is decided again."""
        if outcome not in OUTCOMES:
            raise UsageError(f"An outcome is one of {', '.join(OUTCOMES)}", "")
        with self.database.session() as session:
            case, review = _rows(session, case_id, version)
            level = case.body["fields"]["level"]["value"]
            session.add(
                ResultRow(case_id=case_id, who=who, outcome=outcome, decided_on=day, level=level,
                          payer=review.payer, category=review.category)
            )  # fmt: skip
            note_event(session, case_id, who, "outcome", outcome=outcome, day=day.isoformat())
            if not next_level:
                _move(session, review, Status.CLOSED, who)
                case.version += 1
                session.flush()
                return self._seen(session, case, review)
            further = _NEXT_LEVEL.get(level or Level.INITIAL)
            if further is None:
                raise UsageError("There is no level beyond an external review here", "")
            for key, value in (("level", further), ("letter_date", day.isoformat()),
                               ("appeal_window", None), ("appeal_deadline", None)):  # fmt: skip
                _say(session, case, key, Action.SET, Change(value), who)
            review.route_set = None
            _move(session, review, Status.IN_REVIEW, who)
            return self._decided_again(session, case, review, who)

    # --- the work ----------------------------------------------------------------------------

    def _decided_again(
        self, session: Session, case: CaseRow, review: ReviewRow, who: str,
        keep_status: bool = False,
    ) -> Seen:  # fmt: skip
        machine = corrections.machine_fields(session, case.id, case.body)
        session.flush()
        fields = corrections.laid_over(machine, corrections.said(session, case.id))
        by_number = {page.number: page for page in _document(session, case.sha256).pages}
        pages: tuple[Page, ...] = tuple(by_number[n] for n in case.body["pages"] if n in by_number)
        today = self.day()
        entered = entries_of(session, case.id).facts
        body = case_out(decide_with(pages, fields_in(fields), today, entered))
        reviews.keep_decided(session, case.id, body)
        case.version += 1
        if not keep_status and review.status in (Status.OPEN, Status.APPROVED):
            _move(session, review, Status.IN_REVIEW, who)
        session.flush()
        return self._seen(session, case, review)

    def _seen(self, session: Session, case: CaseRow, review: ReviewRow) -> Seen:
        from pipeline.store.review_tables import MachineRow

        kept = session.get(MachineRow, case.id)
        words: dict[str, list[CorrectionRow]] = {}
        for word in corrections.said(session, case.id):
            words.setdefault(word.key, []).append(word)
        return Seen(
            case.id, case.sha256, case.version, case.body,
            kept.fields if kept else case.body["fields"],
            Status(review.status), review.assignee, reviews.holder(review), review.route_set,
            case.same_as,
            tuple(open_fields(case.body)), words,
        )  # fmt: skip


OUTCOMES = ("overturned", "upheld", "partly")
_NEXT_LEVEL: Mapping[str, str] = {
    Level.INITIAL: Level.INTERNAL_APPEAL.value,
    Level.INTERNAL_APPEAL: Level.EXTERNAL_REVIEW.value,
}


def _rows(
    session: Session, case_id: str, version: int | None = None, looking: bool = False
) -> tuple[CaseRow, ReviewRow]:
    """A case's rows; unless only looked at, nobody else may change them until the end."""
    held = not looking
    case = session.get(CaseRow, case_id, with_for_update=held)
    review = session.get(ReviewRow, case_id, with_for_update=held)
    if case is None or review is None:
        raise NoSuchCase("There is no such case", "The queue shows all of them.")
    if version is not None and case.version != version:
        raise StaleVersion("Someone changed this case meanwhile", "Load it again and compare.")
    return case, review


def _document(session: Session, sha256: str) -> Document:
    return _read_in(sha256, session.get_one(ReadingRow, sha256).body)


def _say(
    session: Session, case: CaseRow, key: str, action: str, change: Change, who: str,
    quiet: bool = False,
) -> None:  # fmt: skip
    """Write a person's word down, and into the history."""
    corrections.machine_fields(session, case.id, case.body)
    before = case.body["fields"][key]["value"]
    session.add(
        CorrectionRow(case_id=case.id, key=key, action=action, value=change.value, before=before,
                      evidence=list(change.evidence), who=who)
    )  # fmt: skip
    if not quiet:
        note_event(session, case.id, who, str(action), field=key, before=before, now=change.value)


def _move(session: Session, review: ReviewRow, status: Status, who: str) -> None:
    if review.status != status:
        note_event(session, review.case_id, who, "status", before=review.status, now=status.value)
        review.status = status.value


def waiting(database: Database) -> dict[str, int]:
    """How many cases there are in each status."""
    with database.reading() as session:
        counted = select(ReviewRow.status, func.count()).group_by(ReviewRow.status)
        return {str(status): int(count) for status, count in session.execute(counted)}
