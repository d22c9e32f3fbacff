"""The look of the DOCX letters: a template with our styles, made once in a process."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from typing import Any

from docx import Document
from docx.document import Document as Docx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Emu, Inches, Pt, RGBColor

FONT = "Cambria"
TEXT_WIDTH = Inches(6.5)
INK = RGBColor(0x1D, 0x24, 0x30)
SOFT = RGBColor(0x5A, 0x63, 0x72)
TINT = "F3F5F8"
FILL = "FDF6DC"


@dataclass(frozen=True, slots=True)
class _Style:
    """One paragraph style: size in points, spaces around it in points, indents in inches."""

    size: float = 10.5
    before: float = 0
    after: float = 6
    bold: bool = False
    italic: bool = False
    soft: bool = False
    left: float = 0
    hanging: float = 0
    tab: float | None = None
    bar: str | None = None
    shade: str | None = None
    rule: bool = False
    keep: bool = False
    base: str = "Normal"


STYLES: dict[str, _Style] = {
    "Normal": _Style(),
    "Title": _Style(size=15, after=4, bold=True),
    "Sheet Date": _Style(after=10, soft=True),
    "Heading 1": _Style(size=11.5, before=12, after=4, bold=True, keep=True),
    "Heading 2": _Style(before=8, after=3, bold=True, italic=True, keep=True),
    "Address": _Style(after=9),
    "Quote": _Style(left=0.2, bar="C3C9D2"),
    "Notice": _Style(before=4, after=8, left=0.12, bar="1D2430", shade=TINT),
    "Reference": _Style(left=1.65, hanging=1.45, after=2, tab=1.65, bar="1D2430"),
    "Reference Last": _Style(left=1.65, hanging=1.45, after=10, tab=1.65, bar="1D2430"),
    "List Bullet": _Style(after=3, left=0.25, hanging=0.25),
    "List Number": _Style(after=3, left=0.25, hanging=0.25),
    "Tick List": _Style(after=3, left=0.28, hanging=0.28, tab=0.28),
    "Caption": _Style(size=9.5, before=6, after=3, italic=True, soft=True, keep=True),
    "Table Head": _Style(size=9, after=0, bold=True),
    "Table Text": _Style(size=9.5, after=0),
    "Attestation": _Style(before=8, keep=True),
    "Closing": _Style(before=12, after=30, keep=True),
    "Signature": _Style(size=9, after=6, soft=True, tab=4.9, rule=True, keep=True),
    "Header": _Style(size=8.5, soft=True),
    "Footer": _Style(size=8.5, after=0, soft=True),
}


@cache
def template() -> bytes:
    """An empty DOCX with the page and the styles of our letters."""
    doc: Docx = Document()
    section = doc.sections[0]
    section.page_width, section.page_height = Inches(8.5), Inches(11)
    section.left_margin = section.right_margin = Inches(1)
    section.top_margin = section.bottom_margin = Inches(0.85)
    for name, look in STYLES.items():
        _set_style(doc, name, look)
    _table_style(doc)
    for name, fill in (("Blank", FILL), ("Faint", None)):
        _character_style(doc, name, fill)
    footer: Any = doc.styles["Footer"]
    footer.paragraph_format.tab_stops.add_tab_stop(Emu(TEXT_WIDTH), WD_TAB_ALIGNMENT.RIGHT)
    _leave_out_unused(doc)
    raw = io.BytesIO()
    doc.save(raw)
    return raw.getvalue()


# Parts of python-docx's own template that no letter uses: a picture of it, styles for Word 2010.
_UNUSED_PARTS = ("/stylesWithEffects", "/customXml", "/thumbnail")


def _leave_out_unused(doc: Docx) -> None:
    """Without the hundred table styles and the parts that our letters do not use: they would make
    nine tenths of each file, parsed and packed anew every time."""
    styles = doc.styles.element
    for style in list(styles.style_lst):
        is_default = style.get(qn("w:default")) is not None
        name = style.find(qn("w:name")).get(qn("w:val"))
        if style.get(qn("w:type")) == "table" and not is_default and name != "Desk Table":
            styles.remove(style)
    for held in (doc.part.rels, doc.part.package.rels):
        for key in [k for k, rel in held.items() if rel.reltype.endswith(_UNUSED_PARTS)]:
            del held[key]


@cache
def style_ids() -> dict[str, str]:
    """Names of the template's styles and the ids by which a document refers to them."""
    return {str(style.name): style.style_id for style in Document(io.BytesIO(template())).styles}


def _set_style(doc: Docx, name: str, look: _Style) -> None:
    held = {style.name for style in doc.styles}
    style: Any = (
        doc.styles[name] if name in held else doc.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    )
    if name not in held:
        style.base_style = doc.styles["Normal"]
    font, shape = style.font, style.paragraph_format
    _font(style)
    font.size, font.bold, font.italic = Pt(look.size), look.bold, look.italic
    font.color.rgb = SOFT if look.soft else INK
    shape.space_before, shape.space_after = Pt(look.before), Pt(look.after)
    shape.line_spacing = 1.12
    shape.left_indent = Inches(look.left) if look.left else None
    shape.first_line_indent = Inches(-look.hanging) if look.hanging else None
    shape.keep_with_next = look.keep
    if name in ("Header", "Footer"):
        _clear_tabs(style)
    if look.tab is not None:
        shape.tab_stops.add_tab_stop(Inches(look.tab))
    _edges(style, look)


def _font(style: Any) -> None:
    """One font for every script, in place of the theme's."""
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for key in list(fonts.attrib):
        del fonts.attrib[key]
    for key in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{key}"), FONT)


def _clear_tabs(style: Any) -> None:
    for tabs in style.element.pPr.findall(qn("w:tabs")):
        style.element.pPr.remove(tabs)


def _edges(style: Any, look: _Style) -> None:
    shape = style.element.get_or_add_pPr()
    for old in (*shape.findall(qn("w:pBdr")), *shape.findall(qn("w:shd"))):
        shape.remove(old)
    lines = []
    if look.rule:
        lines.append('<w:top w:val="single" w:sz="6" w:space="3" w:color="1D2430"/>')
    if look.bar:
        lines.append(f'<w:left w:val="single" w:sz="16" w:space="8" w:color="{look.bar}"/>')
    if lines:
        shape.insert_element_before(
            parse_xml(f"<w:pBdr {nsdecls('w')}>{''.join(lines)}</w:pBdr>"), *_AFTER_BORDER
        )
    if look.shade:
        shade = parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:fill="{look.shade}"/>')
        shape.insert_element_before(shade, *_AFTER_BORDER[1:])


# The schema wants the children of w:pPr in this order.
_AFTER_BORDER = (
    "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:wordWrap", "w:overflowPunct",
    "w:topLinePunct", "w:autoSpaceDE", "w:autoSpaceDN", "w:bidi", "w:adjustRightInd",
    "w:snapToGrid", "w:spacing", "w:ind", "w:contextualSpacing", "w:mirrorIndents",
    "w:suppressOverlap", "w:jc", "w:textDirection", "w:textAlignment", "w:textboxTightWrap",
    "w:outlineLvl", "w:divId", "w:cnfStyle", "w:rPr", "w:sectPr", "w:pPrChange",
)  # fmt: skip


def _character_style(doc: Docx, name: str, fill: str | None) -> None:
    style: Any = doc.styles.add_style(name, WD_STYLE_TYPE.CHARACTER)
    style.font.color.rgb = SOFT
    if fill is not None:
        style.font.italic = True
        shade = OxmlElement("w:shd")
        shade.set(qn("w:val"), "clear")
        shade.set(qn("w:fill"), fill)
        style.element.get_or_add_rPr().append(shade)


def _table_style(doc: Docx) -> None:
    """Hairlines between rows, ink above and below, a tinted head."""
    doc.styles.element.append(
        parse_xml(
            f"""<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="DeskTable">
  <w:name w:val="Desk Table"/><w:basedOn w:val="TableNormal"/><w:uiPriority w:val="59"/>
  <w:tblPr><w:tblBorders>
    <w:top w:val="single" w:sz="8" w:space="0" w:color="1D2430"/>
    <w:bottom w:val="single" w:sz="8" w:space="0" w:color="1D2430"/>
    <w:insideH w:val="single" w:sz="4" w:space="0" w:color="C3C9D2"/>
    <w:insideV w:val="single" w:sz="4" w:space="0" w:color="C3C9D2"/>
  </w:tblBorders>
  <w:tblCellMar>
    <w:top w:w="60" w:type="dxa"/><w:left w:w="90" w:type="dxa"/>
    <w:bottom w:w="60" w:type="dxa"/><w:right w:w="90" w:type="dxa"/>
  </w:tblCellMar></w:tblPr>
  <w:tblStylePr w:type="firstRow"><w:tcPr>
    <w:tcBorders><w:bottom w:val="single" w:sz="8" w:space="0" w:color="1D2430"/></w:tcBorders>
    <w:shd w:val="clear" w:color="auto" w:fill="{TINT}"/>
  </w:tcPr></w:tblStylePr>
</w:style>"""
        )
    )
