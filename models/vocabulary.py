"""Closed vocabularies of the contract (sections 3 to 5)."""

from __future__ import annotations

from enum import StrEnum


class DocumentKind(StrEnum):
    """What the document does. An upheld denial after an appeal is a denial."""

    DENIAL = "denial"
    PARTIAL_DENIAL = "partial_denial"
    APPROVAL = "approval"
    INFORMATION_REQUEST = "information_request"
    OTHER = "other"

    @property
    def denies(self) -> bool:
        return self in (DocumentKind.DENIAL, DocumentKind.PARTIAL_DENIAL)


class Level(StrEnum):
    """Which decision this is."""

    INITIAL = "initial"
    INTERNAL_APPEAL = "internal_appeal"
    EXTERNAL_REVIEW = "external_review"


class PlanType(StrEnum):
    """Kind of coverage, as far as the letter tells."""

    COMMERCIAL = "commercial"
    SELF_FUNDED = "self_funded"
    MEDICARE_ADVANTAGE = "medicare_advantage"
    MEDICARE_PART_D = "medicare_part_d"
    ORIGINAL_MEDICARE = "original_medicare"
    MEDICAID = "medicaid"
    TRICARE = "tricare"
    FEHB = "fehb"
    UNKNOWN = "unknown"


class DenialCategory(StrEnum):
    """Why coverage was denied, apart from the kind of service."""

    MEDICAL_NECESSITY = "medical_necessity"
    QUANTITY_LIMIT = "quantity_limit"
    STEP_THERAPY = "step_therapy"
    PRIOR_AUTHORIZATION = "prior_authorization"
    NON_FORMULARY = "non_formulary"
    EXPERIMENTAL = "experimental"
    INDICATION_OR_AGE = "indication_or_age"
    BENEFIT_EXCLUSION = "benefit_exclusion"
    OUT_OF_NETWORK = "out_of_network"
    SITE_OF_CARE = "site_of_care"
    DUPLICATE = "duplicate"
    CODING_BILLING = "coding_billing"
    TIMELY_FILING = "timely_filing"
    ELIGIBILITY = "eligibility"
    INCOMPLETE_INFORMATION = "incomplete_information"
    OTHER = "other"


class RouteName(StrEnum):
    """What is done with a case."""

    APPEAL = "appeal"
    EXCEPTION_REQUEST = "exception_request"
    BILLING_CORRECTION = "billing_correction"
    INFORMATION_RESPONSE = "information_response"
    EXTERNAL_REVIEW = "external_review"
    HUMAN_REVIEW = "human_review"
    NONE = "none"
