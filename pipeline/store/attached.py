"""Files whose pages persons added to documents."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from pipeline.store.review_tables import AttachedRow


def attached_to(session: Session, sha256: str) -> list[AttachedRow]:
    """The files whose pages were added to a document, in the order of their pages."""
    wanted = select(AttachedRow).where(AttachedRow.sha256 == sha256)
    return list(session.scalars(wanted.order_by(AttachedRow.first_page)))
