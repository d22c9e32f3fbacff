"""The words by which payers, programmes and departments are told: patterns and lists only."""

from __future__ import annotations

import re

LABELS = frozenset(
    ["called", "phoned", "payer", "payor", "insurer", "insurance", "carrier", "plan", "company"]
)  # words of a label whose value names the payer
NOT_LABELS = frozenset(
    [
        "type",
        "id",
        "number",
        "sponsor",
        "employer",
        "network",
        "product",
        "line",
        "lob",
        "coverage",
        "group",
        "code",
        "phone",
        "participant",
        "member",
        "enrollee",
        "holder",
        "year",
        "document",
        "brochure",
        "date",
        "effective",
        "administrator",
        "fax",
        "address",
        "contact",
        "case",
        "reference",
        "client",
    ]
)
SPONSOR_LABEL = re.compile(
    r"(?:(?:plan|benefits?|health|welfare|program|coverage)[ /]*)*"
    r"(?:sponsor|employer|client|account|policyholder|group|employer group|union)"
    r"(?: name)?(?: ?[ /] ?(?:plan|group|client|sponsor|employer)(?: name)?)?|group plan(?: name)?|"
    r"(?:benefit|health|welfare) (?:plan|fund) sponsor",
    re.I,
)
"""Labels whose value is the employer or fund for whose plan someone else writes."""
SCRAP = 2
"""Letters at most in a word that a logo leaves before a name on a scanned page."""
SCRAP_WORD = re.compile(rf"^(?!(?:St|Mt|El|La|Co|US|UP)\b)\W*\w{{1,{SCRAP}}}\W+(?=[A-Z])")
DAMAGED = "in the letterhead, damaged"
CONFUSED = str.maketrans("015|", "olsl")
SAME = 86
"""Likeness (0 to 100) from which a damaged name is taken for one of the lexicon."""
PROGRAMMES = frozenset({"government_programme", "medicaid_programme"})
"""Kinds of lexicon entries that stand behind a plan: every letter of theirs names them."""
ORG_WORD = (
    r"(?:Health ?[Pp]lans?|HEALTH ?PLANS?|Health ?[Cc]are|HEALTH ?CARE|Insurance|INSURANCE|Health|"
    r"HEALTH|Advantage|ADVANTAGE|Benefits?|BENEFITS?|Benefit Plan|Medicaid|MEDICAID|Assurance|"
    r"ASSURANCE|Mutual|MUTUAL|HMO|PPO|Plan|PLAN|Plans|Trust|TRUST|Medicare|MEDICARE|Welfare Fund|"
    r"Cross|CROSS|Shield|SHIELD|Care|CARE|Partners|Alliance|Assist|Medical Plan|Fund|FUND|"
    r"Insurers|Indemnity|Casualty|Administrators)"
)
_WORD = r"(?:[A-Z0-9][\w&'’.-]*|of|and|the|&|for)"
NAME = r"[A-Z][\w&'’.-]+(?:[ \n](?:[A-Z&][\w&'’.-]*|\d{1,4}|of|and|the|for)){0,7}"
SPONSORS: tuple[tuple[re.Pattern[str], float], ...] = tuple(
    (re.compile(pattern), weight)
    for pattern, weight in (
        (
            rf"\b(?:[Mm]embers|[Ee]mployees|[Pp]articipants|[Ee]nrollees|[Rr]etirees)"
            rf"(?: and (?:their )?\w+)? of\s+(?:the\s+)?(?P<who>{NAME})",
            0.72,
        ),
        (
            rf"\b(?:sponsored|self-(?:funded|insured|financed)|funded|maintained|provided) by\s+"
            rf"(?:your employer, )?(?:the\s+)?(?P<who>{NAME})",
            0.74,
        ),
        (
            rf"(?:^|[.;,\n*†] ?|[Tt]he )(?P<who>{NAME}),?[ \n](?:self-(?:funds|insures|finances)|"
            r"sponsors|(?:itself )?pays (?:all |the |for )*(?:claims|benefits)|"
            r"is (?:a |the )?(?:self-(?:funded|insured)|plan sponsor|sponsor of))\b",
            0.8,
        ),
        (
            rf"\b(?:plan|benefits?|coverage|fund) (?:of|administered (?:by|for)|for (?:the )?"
            rf"employees of|through)\s+(?:your employer, |the\s+)?(?P<who>{NAME})",
            0.7,
        ),
        (
            rf"\b(?:manages?|administers?|administering|processes)\s[^.;]{{3,70}}?\b(?:for|of)\s+"
            rf"(?:(?:members|employees|participants) of\s+)?(?:the\s+)?(?P<who>{NAME})",
            0.72,
        ),
        (
            rf"\b[Yy]our (?:employer|union|plan sponsor|group|former employer),?\s+(?P<who>{NAME})",
            0.72,
        ),
    )
)
"""Where a letter names the employer, union or fund whose plan it is: told only where someone
writes who acts for plans, and below an insurer of a letterhead."""
SELF: tuple[tuple[re.Pattern[str], float], ...] = (
    (
        re.compile(
            r"\b(?:[Oo]n behalf of|administered for|acting for|delegated by)\s+(?:the\s+)?(?"
            r"P<who>[A-Z][^.,;:\n(]{2,70})"
        ),
        0.92,
    ),
    (
        re.compile(
            r"\b(?:a )?(?:valued )?(?:member|enrollee|customer|beneficiary) of\s+(?:the\s+)?"
            r"(?P<who>[A-Z][^.,;:\n(]{2,60}?)(?=[.,;:\n(]| plan\b| we\b|$)"
        ),
        0.85,
    ),
    (
        re.compile(
            r"\b(?:ask|asked|asks|requested|asking)\s+(?:the\s+)?(?P<who>[A-Z][^.,;:()\n]{2,60}?)\s+to\s+(?"
            r":approve|cover|pay|authorize|review)\b"
        ),
        0.85,
    ),
    (
        re.compile(
            r"\b(?:choosing|being with|enrolled in|covered by|coverage (?:with|through|under"
            r")|insured by|underwritten by|offered by|under the)\s+(?:the\s+|your\s+)?(?P<wh"
            r"o>[A-Z][^.,;:()]{2,60}?)(?= (?:for|as|program|plan\b|was|is|are|will|does|do|pays?|"
            r"covers?|became|has|have|\()|"
            r"[.,;:(\n]|$)"
        ),
        0.72,
    ),
    (
        re.compile(
            r"(?:^|[.\n] ?)(?P<who>[A-Z][\w&'’-]+(?:[ \n][A-Z&][\w&'’-]*|[ \n](?:of|and|the)"
            r"){0,7})[ \n](?:has|have|had|is unable|cannot|will not|did not|does not|receive"
            r"d|reviewed|denied|determined|completed|uses|requires|covers|recently)\b"
        ),
        0.82,
    ),
)
SELF = (
    (
        re.compile(
            r"(?m)^\W{0,3}(?:[Ff]or|FOR)[ ](?:the |THE )?(?P<who>[A-Z][\w&'’.-]*"
            rf"(?:[ ][A-Z&][\w&'’.,-]*|[ ](?:of|and|for|the)){{0,8}}[ ]{ORG_WORD})\W*$"
        ),
        0.9,
    ),
    (
        re.compile(
            r"\b(?:administrator for|acts? for|manages (?:the )?[a-z ]{0,20}benefits? for|"
            r"administers (?:this|the) [a-z ]{0,20}(?:for|of))\s+(?:the\s+)?"
            rf"(?P<who>[A-Z][\w&'’-]+(?:[ \n](?:[A-Z][\w&'’-]+|&|of|and|the)){{0,7}}"
            rf"[ \n]{ORG_WORD})"
        ),
        0.9,
    ),
    (
        re.compile(
            rf"\b(?:that|because|and|while|[Dd]ear [^\n]{{3,40}}[,:]\s*\n\s*)[ \n]?"
            rf"(?P<who>{NAME})[ \n](?:has|have|is unable|cannot|will not|did not|does not|"
            r"received|reviewed|denied|determined|completed|requires)\b"
        ),
        0.82,
    ),
    (
        re.compile(
            rf"(?:^|[.\n] ?)(?P<who>{NAME})[ \n](?:works with|uses|contracts with|"
            r"(?:has )?(?:partner(?:s|ed)|contracted|delegated|arranged) (?:with|to)|"
            r"denies|regrets|is (?:denying|your|the))\b"
        ),
        0.82,
    ),
    *SELF,
)
DEPARTMENT = re.compile(
    r"\s*(?:[-–—|,:]\s*)?\b(?:(?:Prior Authorization|Utilization|Claims?|Appeals?|Me"
    r"dical|Clinical|Member|"
    r"Customer|Pharmacy|Care|Case|Coverage|Health Services|Grievances?|Provider|National|Quality|"
    r"Benefit|Benefits|Adverse|Notice|Explanation|Review|Medical Necessity|Health Ca"
    r"re) ?(?:and |& )?)+"
    r"(?:Management|Review|Department|Dept|Services|Unit|Team|Adjudication|Adjustment|Operations|"
    r"Determinations?|Appeals|Grievances|Center|Necessity|Denial|Administration|Affa"
    r"irs|Notice|Office|"
    r"Information|Director)\b.*$",
    re.I | re.S,
)
NO_NAME = re.compile(
    r"\b(?:notice|denial|determination|decision|dear|re:|date|member id|patient|claim|letter|"
    r"explanation|benefits of|prior auth\w*|request|appeal|street|avenue|suite|p\.? ?o\.? ?box|"
    r"dr\.?|md|do|np|rn|phone|fax|www|page|confidential|department of|your|our|this|that|these|"
    r"you|we|physician|clinic|hospital|associates|medical center|medical group|pharmacy|"
    r"information|review organization|approved|form|omb|drug coverage|summary|batch|denied|"
    r"adverse|coverage|redetermination|organization|authorization|eob|statement|remittance|"
    r"number|audit|important|documents?|rights?|fair hearing|independent|external|evidence|"
    r"plan documents?|"
    r"health services|policy|guidelines?|criteria|glossary|manual|handbook|watermark|scanned|"
    r"medical records?|section|act|usc|cfr|code|law|formulary|benefit category|medical benefits?|"
    r"contractor|sample|fictional|synthetic|logo|home health|surgery center|facility|office of|"
    r"advocates?|ombuds\w+|commission(?:er)?|attorneys?|law (?:firm|office|group)|legal (?:aid|"
    r"services)|"
    r"bureau|agency on|court|hi|hello|good (?:morning|afternoon)|no|id|nbr)\b|"
    r"[<>\[\]@#{}]|\b\d|\d\d",
    re.I,
)
PLAIN_PLAN = re.compile(r"^[A-Z][a-z]+ (?:Health ?Plans?|Health|Healthcare|Insurance|Advantage)\b")
CAPITALS = re.compile(r"(?:(?<![.:;,] )\b[A-Z][a-z]+ ){1,3}$")
NO_LEAD = frozenset(
    """
    The Your Our This A An Call Contact Dear By For From And At In On To If Please
    Member Plan Payer Insurer Company Per Under Is About With Of As Health Since
    Because When Thank We You Write
    """.split()  # noqa: SIM905
)
SMALL = frozenset(
    [
        "of",
        "and",
        "the",
        "for",
        "an",
        "a",
        "by",
        "in",
        "at",
        "to",
        "&",
        "dba",
        "d/b/a",
        "healthcare",
        "health",
        "plan",
    ]
)
GENERAL = re.compile(
    r"^(?:(?:the|your|our|a|an|my|state|health|medical|insurance|insurer|plan|plans|"
    r"company|carrier|"
    r"payer|payor|medicare|medicaid|advantage|managed|care|coverage|benefits?|letterhead|hmo|ppo|"
    r"name|of|and|prescription|drug|program|part|medical plan|standard|services|healthcare)\W*)+$",
    re.I,
)
"""Words that name no company by themselves."""
PROGRAMME_USE = re.compile(
    r"^\W{0,2}(?:advantage|part [a-d]|prescription|drug|health|hmo|ppo|plan|"
    r"coverage|beneficiar|services|number|rule|law|guideline|covers|enrol|&|and)",
    re.I,
)
ADDRESS = re.compile(r"\d{5}|\bP\.? ?O\.? ?B", re.I)
PRODUCT = re.compile(
    r"\b(?:choice plus|open access|ppo|hmo|epo|pos|hdhp|hsa|plus|gold|silver|bronze|platinum|"
    r"navigate|select|value|premier|vip|complete|snp|d-snp)\b",
    re.I,
)
ONLY_PRODUCT = re.compile(
    r"^(?:(?:choice|plus|open|access|ppo|hmo|epo|pos|hdhp|hsa|gold|silver|bronze|platinum|basic|"
    r"navigate|select|value|premier|standard|complete|saver|rx|high|low|deductible|network|\d+)\W*)+$",
    re.I,
)
"""Names of a plan's product without its insurer: HMO Select, Gold 80."""
TRICARE = re.compile(r"\bTRICARE\b", re.I)
MEDICARE_FOR = re.compile(
    r"\b(?:contractor|carrier|intermediary|administers|processes claims)[^.\n]{0,20}? (?:for|of) "
    r"(?P<who>Medicare)\b",
    re.I,
)
BEFORE_NAME = re.compile(
    r"^(?:(?:(?:insurer|payor|carrier|insurance|company|from|to|sender|de):|"
    r"(?:document |letter |notice |body )?(?:text|body|content|message|raw)\s*:|on behalf of|"
    r"for the|"
    r"a (?:member|service) of|administered (?:by|for)|your plan:?|offered by|"
    r"underwritten by|the|health plan:?|plan:?|payer:?)\s+)+",
    re.I,
)
_NO_REST = (
    r"(?! of| [a-z]|\s*[:#.]{1,3}\s*\S|\s+(?:ID|No|Number|Name|Type|Sponsor|Participant|"
    r"Member|Year)\b"
)
REST = re.compile(
    rf"(?: |\n(?=[A-Z][\w ]{{3,20}}$|\w+\n|\w+[ ]?[,.(]))(?:(?:Health|Benefit|Medical) )?"
    rf"(?:Plan|Fund|Trust|Company)\b{_NO_REST})",
    re.M,
)
"""The last word of a plan's name beyond what was found, on its line or alone on the next."""
