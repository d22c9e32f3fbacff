# ruff: noqa: E501 -- letters keep their own line breaks
"""Letters written for these tests: all payers' wordings are our own, all persons invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True)
class Sample:
    name: str
    text: str
    gold: Mapping[str, object]


def _s(name: str, text: str, **gold: object) -> Sample:
    return Sample(name, dedent(text).strip(), gold)


SAMPLES = (
    _s(
        "part_d_integrated",
        """
        Important: This notice explains your right to appeal our decision.

        Notice of Denial of Medicare Prescription Drug Coverage

        Date: 03/11/2026
        Name: Orla Fenwick                      Member Number: 8842019931

        Your request was denied
        Under your Medicare Part D benefit we have turned down this prescription: Rinvoq 15 mg
        tablets

        Why did we deny your request?
        We denied this request under Medicare Part D because: Rinvoq is not on our drug list. You
        must first try two drugs that are on the list, such as Humira and methotrexate. Our records do
        not show that you have tried them.

        Show this notice to your prescriber.

        What if I disagree?
        An appeal is open to you. Ask for it so that it reaches us within 65
        calendar days of this notice's date. An exception can be asked for as well, to a quantity
        limit or to a rule of prior authorization.

        There are two kinds of appeals: standard and fast. You can ask for a fast appeal (decided
        within 72 hours) if waiting could seriously harm your health.

        Send appeals to: SilverScript, Appeals Department, P.O. Box 52000, Phoenix AZ 85072
        """,
        document_kind="denial",
        level="initial",
        payer="SilverScript",
        plan_type="medicare_part_d",
        drug="Rinvoq",
        drug_generic="upadacitinib",
        service=None,
        denial_category="step_therapy",
        denial_categories={"step_therapy", "non_formulary"},
        expedited_offered=True,
    ),
    _s(
        "ma_medical",
        """
        Bright Harbor Medicare Advantage (HMO)
        Notice of Denial of Medical Coverage

        Date: January 22, 2026          Member number: BH0099182
        Name: Tobias Quill

        Your request was denied
        We've denied the medical services/items listed below requested by you or your doctor:
        inpatient rehabilitation facility admission

        Why did we deny your request?
        We denied the medical services/items listed above because: Your therapy notes show that you
        can walk 150 feet with a walker and need help with two activities only. You do not need
        three hours of therapy a day. Your care can be given safely in a skilled nursing facility.

        You have the right to appeal our decision
        You have the right to ask Bright Harbor Medicare Advantage (HMO) to review our decision by
        asking us for an appeal within 65 calendar days of the date of this notice.
        """,
        document_kind="denial",
        level="initial",
        payer="Bright Harbor Medicare Advantage (HMO)",
        plan_type="medicare_advantage",
        drug=None,
        service="inpatient rehabilitation facility admission",
        denial_category="site_of_care",
        expedited_offered=False,
    ),
    _s(
        "esi_quantity",
        """
        Express Scripts
        P.O. Box 66587, St. Louis, MO 63166

        April 2, 2026

        Marguerite Oduya
        18 Larch Lane
        Salem, OR 97301

        Re: Coverage review for Nurtec ODT 75 mg

        Dear Marguerite Oduya,

        On behalf of Cascade Peak Health Plan, Express Scripts reviewed your prescriber's request to
        cover more than the plan allows of Nurtec ODT. We cannot approve the amount that was asked
        for. Your plan pays for 8 tablets every 30 days; your prescriber asked for 16.

        If you have questions, call Express Scripts. To appeal, write within 180 days. If your
        situation is urgent, you may ask for an expedited review.

        Sincerely,
        Express Scripts Coverage Review Department
        """,
        document_kind="denial",
        level="initial",
        payer="Cascade Peak Health Plan",
        administrator="Express Scripts",
        drug="Nurtec ODT",
        drug_generic="rimegepant",
        denial_category="quantity_limit",
        denial_categories={"quantity_limit"},
        expedited_offered=True,
        plan_type="unknown",
    ),
    _s(
        "caremark_nonformulary",
        """
        CVS Caremark
        Prior Authorization Department

        Date: 05/19/2026
        Plan Member: Ephraim Stolz
        Member ID: 771209334
        Medication: Victoza 18 mg/3 mL pen

        Dear Ephraim Stolz:

        CVS Caremark received a request from your provider for coverage of Victoza. We are writing to
        let you know that the request has been denied. Victoza is excluded from your plan's
        formulary. The covered alternatives are Ozempic, Trulicity and generic liraglutide.

        This plan is offered by Tallgrass Mutual Insurance Company.

        You or your representative may appeal within 180 days of receiving this letter.
        """,
        document_kind="denial",
        payer="Tallgrass Mutual Insurance Company",
        administrator="CVS Caremark",
        drug="Victoza",
        drug_generic="liraglutide",
        denial_category="non_formulary",
        denial_categories={"non_formulary"},
        level="initial",
    ),
    _s(
        "noabd_medi_cal",
        """
        NOTICE OF ADVERSE BENEFIT DETERMINATION
        About Your Treatment Request

        July 7, 2026

        Ines Marroquin                          Dr. Wendell Achterberg
        45 Coral Way                            900 Mission Blvd

        RE: Continuous glucose monitor supplies

        Dr. Wendell Achterberg has asked Golden Valley Health Plan to approve continuous glucose
        monitor supplies. This request is denied. The reason for the denial is that you do not use
        insulin and your blood sugar records do not show low blood sugar events. Under Medi-Cal
        guideline DME-14, a monitor is approved for members who use insulin or who have had such
        events.

        If you find this decision wrong, appeal it. You have 60 days to ask for an
        appeal. You may also ask for a State Hearing. If you ask within 10 days your services may
        continue (Aid Paid Pending).

        The Medi-Cal Managed Care Ombudsman can help you.
        """,
        document_kind="denial",
        level="initial",
        payer="Golden Valley Health Plan",
        plan_type="medicaid",
        drug=None,
        service="continuous glucose monitor supplies",
        denial_category="medical_necessity",
    ),
    _s(
        "tricare",
        """
        TRICARE East Region
        Humana Military
        P.O. Box 740044, Louisville, KY 40201

        Sponsor: Kestrel Amory
        Beneficiary: Juniper Amory
        Date of initial determination: 02/17/2026

        The request for Xeljanz (tofacitinib) has been denied. TRICARE covers this drug only for
        adults. The beneficiary is 14 years old and the requested use has not been approved by the
        Food and Drug Administration for patients under 18.

        You may request a reconsideration within 90 days of the date of this notice.
        """,
        document_kind="denial",
        level="initial",
        payer_family="TRICARE",
        plan_type="tricare",
        drug="Xeljanz",
        drug_generic="tofacitinib",
        denial_category="indication_or_age",
        denial_categories={"indication_or_age"},
    ),
    _s(
        "fehb_upheld",
        """
        BlueCross BlueShield Federal Employee Program
        Reconsideration Unit

        August 4, 2026

        Re: Your request for reconsideration - Wegovy

        Dear Mr. Dunmore:

        You asked us to reconsider our decision to deny Wegovy. A physician who took no part in the
        first decision reviewed your records. We are upholding our denial. Drugs used for weight loss
        are excluded under Section 6 of the Service Benefit Plan brochure unless the member takes part
        in a covered program.

        You may ask the Office of Personnel Management to review this decision within 90 days.
        """,
        document_kind="denial",
        level="internal_appeal",
        plan_type="fehb",
        drug="Wegovy",
        drug_generic="semaglutide",
        denial_category="benefit_exclusion",
        payer_family="Blue Cross Blue Shield",
    ),
    _s(
        "self_funded_tpa",
        """
        UMR
        P.O. Box 30541, Salt Lake City, UT 84130

        Group: Pendleton Foundry Employee Benefit Plan
        Plan: Pendleton Foundry Employee Benefit Plan
        Date: June 30, 2026

        Dear Rosalind Thackeray,

        We have reviewed the claim for Botox injections given on June 2, 2026 for chronic migraine. The
        claim is denied because no prior authorization was on file for these services.

        Your employer pays the cost of your health benefits. UMR provides claims administration
        services only and does not insure the benefits.

        You have 180 days to appeal.
        """,
        document_kind="denial",
        payer="Pendleton Foundry Employee Benefit Plan",
        administrator="UMR",
        plan_type="self_funded",
        drug="Botox",
        drug_generic="onabotulinumtoxina",
        denial_category="prior_authorization",
        denial_categories={"prior_authorization"},
    ),
    _s(
        "approval",
        """
        Sandhill Health Insurance Company
        March 3, 2026

        Dear Dr. Vance:

        Good news! We have approved your request for Dupixent (dupilumab) for Silas Bramwell.

        Authorization number: A-5519920
        Approved from 03/03/2026 through 03/02/2027. Quantity limit: 2 pens every 28 days.

        If we had denied this request you would have had the right to appeal. This approval does not
        guarantee payment; the member must be eligible on the date of service.
        """,
        document_kind="approval",
        payer="Sandhill Health Insurance Company",
        drug="Dupixent",
        denial_category=None,
        level="initial",
        drug_generic="dupilumab",
    ),
    _s(
        "information_request",
        """
        Lakeshore Community Health Plan
        May 6, 2026
        Re: Request for additional information - Entyvio

        Dear Provider:

        We received your request for prior authorization of Entyvio (vedolizumab). We need more
        information before we can make a decision. Please send by May 20, 2026: the most recent
        colonoscopy report, chart notes, and a list of treatments tried and failed.

        This is not a denial. If we do not receive the information we will decide with what we have.
        """,
        document_kind="information_request",
        payer="Lakeshore Community Health Plan",
        drug="Entyvio",
        denial_category=None,
    ),
    _s(
        "unrelated_invoice",
        """
        Riverbend Family Dental
        INVOICE 20931
        Amount due: $184.00     Due date: 04/30/2026

        Thank you for your visit. Please pay online or mail a check with the stub below.
        """,
        document_kind="other",
        payer=None,
        denial_category=None,
        drug=None,
        level=None,
    ),
    _s(
        "appointment",
        """
        Dear Patient,
        This is a reminder that your appointment with Dr. Hollis is scheduled for Tuesday at 9:30.
        Please bring your insurance card and a list of your medications, such as metformin.
        """,
        document_kind="other",
        denial_category=None,
        level=None,
        payer=None,
        drug=None,
    ),
    _s(
        "car_t_blue",
        """
        BlueCross BlueShield of Montana
        Utilization Management

        Notice of Adverse Benefit Determination
        Date: 09/09/2026
        Member: Gideon Ashworth       ID: YDM882041993
        Requested service: Yescarta (axicabtagene ciloleucel), one infusion, Q2041

        After review we have determined that the request is not approved. CAR-T therapy is limited to
        one treatment per lifetime. Our claims show that a prior infusion was paid in 2024, so the
        requested infusion goes over what the plan allows.

        If you disagree you may request an internal appeal within 180 days.
        """,
        document_kind="denial",
        payer="BlueCross BlueShield of Montana",
        payer_family="Blue Cross Blue Shield",
        drug="Yescarta",
        drug_generic="axicabtagene ciloleucel",
        denial_category="quantity_limit",
    ),
    _s(
        "class_only",
        """
        Blue Cross Blue Shield of Kansas
        October 1, 2026
        RE: Pediatric targeted therapy

        Dear Parent of Member:

        We reviewed the request for pediatric targeted therapy. The records that we were sent do not
        establish that this treatment is medically necessary for your child. For that reason we are
        unable to cover it.

        You have 180 days to appeal this decision. A faster appeal is available if the child's health
        is at risk.
        """,
        document_kind="denial",
        drug="pediatric targeted therapy",
        drug_generic=None,
        denial_category="medical_necessity",
        denial_categories={"medical_necessity"},
        payer="Blue Cross Blue Shield of Kansas",
        expedited_offered=True,
    ),
    _s(
        "timely_eob",
        """
        NORTHSTAR EMPLOYEES HEALTH TRUST              EXPLANATION OF BENEFITS
        PO BOX 1180
        DULUTH, MN 55802

        Patient: Calla Wexford        Claim: 26114400912      Process date: 04/14/2026

        Service date   Procedure   Billed    Allowed   Paid    Code
        11/02/2024     96413       612.00    0.00      0.00    CO-29

        CO-29   The claim came in after the time limit for filing.
        CO-45   Charge is over the fee schedule.
        CO-50   Not deemed a medical necessity.
        """,
        document_kind="denial",
        denial_category="timely_filing",
        denial_categories={"timely_filing"},
        payer="Northstar Employees Health Trust",
    ),
    _s(
        "not_necessity_decision",
        """
        Harvest Ridge Health Plan
        Date: 12/01/2025
        Dear Ms. Pell,

        We cannot pay the claim for your infusion of Tysabri (natalizumab) on 10/20/2025. Your coverage
        ended on 09/30/2025. This was not a medical necessity decision.

        You may appeal within 180 days. The plan may require prior authorization, step therapy or
        quantity limits for some drugs.
        """,
        document_kind="denial",
        denial_category="eligibility",
        denial_categories={"eligibility"},
        drug="Tysabri",
        drug_generic="natalizumab",
        payer="Harvest Ridge Health Plan",
    ),
    _s(
        "implied_step",
        """
        Prairie Wind Insurance
        Denial of coverage

        We looked at the request for Cosentyx (secukinumab). Before we cover Cosentyx, you need to
        have used Enbrel or Humira for at least three months and it did not work for you. We did not
        find fills of either in our claims.

        You can appeal by writing to us in 180 days.
        """,
        document_kind="denial",
        denial_category="step_therapy",
        denial_categories={"step_therapy"},
        drug="Cosentyx",
        drug_generic="secukinumab",
        payer="Prairie Wind Insurance",
    ),
    _s(
        "experimental_gene",
        """
        Aetna
        Re: Coverage decision for Elevidys
        Dear Dr. Marchetti:
        We reviewed information about your request for coverage of Elevidys (delandistrogene
        moxeparvovec-rokl). Reliable studies have not yet shown that it improves outcomes, and it is
        considered unproven. Coverage is therefore denied.
        See Aetna Clinical Policy Bulletin 1056.
        """,
        document_kind="denial",
        denial_category="experimental",
        drug="Elevidys",
        payer="Aetna",
        drug_generic="delandistrogene moxeparvovec",
        payer_family="Aetna",
    ),
    _s(
        "out_of_network_pharmacy",
        """
        Summit Trail Health Plan
        Notice of denial
        Your prescription for Stelara was sent to Corner Drug. That pharmacy is not in our network.
        Specialty drugs must be filled at an in-network specialty pharmacy, so this claim was rejected.
        """,
        document_kind="denial",
        denial_category="out_of_network",
        drug="Stelara",
        drug_generic="ustekinumab",
    ),
    _s(
        "home_infusion",
        """
        Cigna Healthcare
        May 4, 2026
        Subject: Remicade infusions at Mercy Hospital outpatient department
        We approved the drug, but not at the place you asked for. Hospital outpatient infusion is
        not medically necessary for you. Remicade (infliximab) can be given at home or in an
        infusion center.
        You may appeal in 180 days.
        """,
        document_kind=("partial_denial", "denial"),
        denial_category="site_of_care",
        drug="Remicade",
        payer="Cigna Healthcare",
        drug_generic="infliximab",
    ),
    _s(
        "duplicate",
        """
        Molina Healthcare of Ohio
        Provider remittance notice
        Claim 88123 for J2350 (ocrelizumab) was denied. This service was already paid on claim 87990.
        """,
        document_kind="denial",
        denial_category="duplicate",
        payer="Molina Healthcare of Ohio",
        drug_generic="ocrelizumab",
        payer_family="Molina",
    ),
    _s(
        "modifier",
        """
        Humana
        Claim payment notice
        We denied the line for J9312. The units billed do not match the NDC quantity and the JZ modifier
        is missing. Please send a corrected claim.
        """,
        document_kind="denial",
        denial_category="coding_billing",
        denial_categories={"coding_billing"},
        payer="Humana",
    ),
    _s(
        "cob",
        """
        Meadowbrook Health Plan
        We could not process the claim for your MRI of the knee. Our records show that you have other
        insurance that should pay first. Please send the other plan's explanation of benefits.
        """,
        document_kind="denial",
        denial_category="eligibility",
        service="MRI of the knee",
    ),
    _s(
        "info_denial",
        """
        Ironwood Health Plan of Arizona
        Date: 2/2/2026
        Dear Member: The request for Tezspire (tezepelumab) is denied. We asked your doctor for lung
        function results and asthma history on January 12 and January 19. We did not receive them, so
        we could not tell whether the request meets our rules.
        """,
        document_kind="denial",
        denial_category="incomplete_information",
        denial_categories={"incomplete_information"},
        drug="Tezspire",
        drug_generic="tezepelumab",
        payer="Ironwood Health Plan of Arizona",
    ),
    _s(
        "maximus_external",
        """
        Independent Review Organization Decision

        Re: External review of Spinraza (nusinersen)
        Health plan: Keystone Valley Health Plan

        The independent reviewer has upheld the health plan's denial. The reviewer found that the
        drug was not medically necessary because motor function scores had fallen in spite of two
        years of treatment.

        This decision is final and binding.
        """,
        document_kind="denial",
        level="external_review",
        payer="Keystone Valley Health Plan",
        drug="Spinraza",
        drug_generic="nusinersen",
        denial_category="medical_necessity",
    ),
    _s(
        "overturned",
        """
        Kaiser Foundation Health Plan of Washington
        Appeal decision
        Dear Ms. Bexley: We reviewed your appeal about Kesimpta (ofatumumab). We have overturned our
        earlier denial and approved the drug for 12 months.
        """,
        document_kind="approval",
        level="internal_appeal",
        drug="Kesimpta",
        denial_category=None,
        payer="Kaiser Foundation Health Plan of Washington",
        payer_family="Kaiser Permanente",
    ),
    _s(
        "partial_units",
        """
        Wellpoint
        Notice of partial denial
        You asked for 40 hours a week of private duty nursing. We approved 28 hours a week and denied the
        remaining 12 hours because they exceed what your records support as medically necessary.
        You can ask for a State fair hearing.
        """,
        document_kind="partial_denial",
        plan_type="medicaid",
        service="private duty nursing",
        payer="Wellpoint",
    ),
    _s(
        "spanish",
        """
        Plan de Salud Costa Sol
        Aviso de denegación
        Estimada Sra. Quiroga: Su solicitud de Mounjaro (tirzepatida) ha sido denegada porque no se
        obtuvo autorización previa. Puede apelar dentro de 60 días.
        """,
        document_kind="denial",
        denial_category="prior_authorization",
        drug="Mounjaro",
        drug_generic="tirzepatide",
    ),
    _s(
        "ncpdp_reject",
        """
        PHARMACY CLAIM REJECTION
        Plan: Union Bay Health Plan      BIN 610000
        Drug: Jardiance 25 mg    Qty 30
        Reject code 75 - PA required
        The claim did not pay.
        """,
        document_kind="denial",
        denial_category="prior_authorization",
        drug="Jardiance",
        drug_generic="empagliflozin",
        payer="Union Bay Health Plan",
    ),
    _s(
        "insured_marketplace",
        """
        Ambetter from Sunshine Health
        Marketplace plan - fully insured
        RE: Adverse determination for Humira (adalimumab) 40 mg
        Your plan covers the biosimilar Hadlima in place of brand Humira. A preferred biosimilar is
        available, so brand Humira is not covered.
        """,
        document_kind="denial",
        plan_type="commercial",
        drug="Humira",
        drug_generic="adalimumab",
        denial_category="non_formulary",
        payer="Ambetter from Sunshine Health",
        payer_family="Centene",
    ),
    _s(
        "original_medicare",
        """
        Medicare Summary Notice for Part B (Medical Insurance)
        The Official Summary of Your Medicare Claims
        Noridian Healthcare Solutions
        Prolia injection (denosumab), J0897: Medicare does not pay for this item because it was
        denied as not reasonable and necessary.
        You may appeal (redetermination) by 07/30/2026.
        """,
        document_kind="denial",
        plan_type="original_medicare",
        drug="Prolia",
        denial_category="medical_necessity",
        drug_generic="denosumab",
        level="initial",
    ),
    _s(
        "evicore",
        """
        eviCore healthcare
        On behalf of Oak Hollow Health Insurance
        Request: PET scan of the whole body (CPT 78816)
        Decision: Not certified
        Your doctor has not sent results of a CT scan done first. Guideline ONC-1.4 asks for a CT scan
        before PET. We cannot confirm that this test is medically necessary.
        """,
        document_kind="denial",
        payer="Oak Hollow Health Insurance",
        administrator="eviCore healthcare",
        denial_category="medical_necessity",
        service="PET scan of the whole body",
    ),
    _s(
        "redetermination_upheld",
        """
        Notice of Redetermination
        Pinecrest Rx (PDP)
        We reviewed your appeal of our denial of Repatha. We agree with our first decision: the
        request stays denied. Repatha requires that you try atorvastatin or rosuvastatin at a high
        dose first, and our records do not show that.
        You may ask the Independent Review Entity (IRE) for a reconsideration within 65 days.
        """,
        document_kind="denial",
        level="internal_appeal",
        plan_type="medicare_part_d",
        drug="Repatha",
        drug_generic="evolocumab",
        denial_category="step_therapy",
    ),
    _s(
        "ma_pd_letter",
        """
        CarePlus Senior Choice Medicare Advantage Plan
        Coverage determination
        We denied coverage for Eliquis because the pharmacy asked for 120 tablets for 30 days. The plan
        limit is 60 tablets for 30 days on our formulary.
        """,
        plan_type="medicare_part_d",
        drug="Eliquis",
        denial_category="quantity_limit",
    ),
    _s(
        "alpha1",
        """
        Blue Cross of Idaho
        RE: Request for alpha-1 augmentation therapy
        Dear Dr. Lindqvist: coverage of alpha-1 augmentation therapy (Glassia) is not approved. Your
        patient's serum level is 12 micromolar. Our policy MP-5.01.09 covers augmentation below 11.
        The criteria are therefore not met.
        """,
        document_kind="denial",
        drug="Glassia",
        denial_category="medical_necessity",
        payer="Blue Cross of Idaho",
    ),
    _s(
        "refill",
        """
        Optum Rx
        Your plan: Hollyhock Health Plan
        The pharmacy tried to fill lisdexamfetamine 40 mg on 05/02/2026. It is too early to refill. The
        next fill date is 05/14/2026.
        """,
        drug="lisdexamfetamine",
        denial_category="quantity_limit",
        administrator="Optum Rx",
        payer="Hollyhock Health Plan",
    ),
    _s(
        "compounded",
        """
        Anthem Blue Cross and Blue Shield
        Member Services
        Request: compounded 17-OHP injections
        Compounded drugs are not a covered benefit under your plan.
        You may appeal within 180 days.
        """,
        drug="compounded 17-OHP",
        denial_category="benefit_exclusion",
        document_kind="denial",
        payer="Anthem Blue Cross and Blue Shield",
    ),
    _s(
        "prior_history",
        """
        Oscar Health
        We denied Skyrizi (risankizumab-rzaa). Your chart says that you took Humira, Stelara and
        methotrexate before. Those are listed as stopped with no reason, and the notes do not show
        that they failed. Our rules ask for a failed trial of two preferred drugs first.
        """,
        drug="Skyrizi",
        denial_category="step_therapy",
        payer="Oscar Health",
    ),
    _s(
        "pbm_for_plan",
        """
        OPTUM RX
        Prior Authorization Department
        P.O. Box 2975 Shawnee Mission KS 66201

        June 8, 2026

        Theo Brandvold
        77 Elm Court
        Fargo ND 58102

        RE: Prior authorization request for Zepbound 5 mg/0.5 mL
        Member ID: 99201837401
        Reference number: PA-F2299310

        Dear Theo Brandvold:

        Optum Rx manages the pharmacy benefit for Red River Valley Health Plan. We received a request from
        your prescriber, Dr. Ana Solis, for Zepbound. After reviewing the information we are unable to
        approve the request for the reason below:

        Zepbound is covered for obstructive sleep apnea only when a sleep study shows an apnea-hypopnea
        index of 15 or more. The study your prescriber sent shows an index of 9.

        This decision was based on the Red River Valley Health Plan Weight Management Policy WM-204.

        You may appeal within 180 days. If your health is in danger you can ask for an expedited appeal.
        """,
        document_kind="denial",
        payer="Red River Valley Health Plan",
        administrator="Optum Rx",
        drug="Zepbound",
        drug_generic="tirzepatide",
        denial_category="medical_necessity",
        expedited_offered=True,
        level="initial",
    ),
)
