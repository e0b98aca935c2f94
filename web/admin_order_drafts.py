"""Drafts of annexes as administrators write them: line by line, or the whole as a table, a workbook, TOML."""

from __future__ import annotations

from base64 import b64encode
from typing import Annotated, Any

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field, ValidationError

from api.annex_shapes import AnnexContent, AnnexOrder, AnnexWhole, AnswererShown, LineShown, LineTold, OrderFields
from api.annexes import change_annex, write_annex
from api.problems import Problem
from regulations.grids import LONGEST_TITLE, cell_of, facts_of
from regulations.orders import MOST_FACTS
from web.admin_orders import Code, annex_of, attempt, saved, shown, valid
from web.admin_people import Admin
from web.forms import Option
from web.posted import Form, Posted, number_of
from web.record_forms import Sheet, key_of, with_status
from web.rendering import Page
from web.uploaded import stored

router = APIRouter(prefix="/admin/orders", include_in_schema=False)

_LONGEST_FACT = len(cell_of("а" * LONGEST_TITLE, "а" * LONGEST_TITLE)) + len("\r\n")


class LineForm(LineShown):
    """A line of the list as a form has it: facts are written as in a cell of the table."""

    facts: Annotated[str, Field(max_length=MOST_FACTS * _LONGEST_FACT)] = Field(  # type: ignore[assignment]  # a text here
        default="",
        title="Факты",
        description="о чём бывают такие сообщения, каждый с новой строки; "
        "переименованный — с прежним: «Гудки (прежнее наименование: «Занято»)»",
    )


ORDER = Sheet(OrderFields, only=("order_number", "signed_on", "issuer", "title"))
ANSWERER = Sheet(AnswererShown)


@router.get("/{annex_id}/order")
def ask_order(page: Admin, annex_id: int) -> Response:
    """The form of the order's number, date and title."""
    found = annex_of(page, annex_id)
    known = found.model_dump(include=set(ORDER.only), mode="json")
    return page.show("admin/order_form.html", annex=found, sheet=ORDER.shown(known=known), to="order")


@router.post("/{annex_id}/order")
def save_order(page: Admin, form: Form, annex_id: int) -> Response:
    """The draft carries this order."""
    found = annex_of(page, annex_id)
    try:
        fields = ORDER.body(form, page).model_dump() | {"version": number_of(form.get("version"))}
        change_annex(page.visit.shared, page.visit.person, key_of(form), annex_id, valid(AnnexOrder, fields))
    except Problem as problem:
        sheet = ORDER.shown(form, problem)
        return with_status(page, "admin/order_form.html", problem, annex=found, sheet=sheet, to="order")
    return saved(annex_id)


@router.post("/{annex_id}/scan")
async def save_scan(page: Admin, form: Form, annex_id: int) -> Response:
    """The order's scan is kept with the draft."""

    def doing() -> None:
        fields = {"version": number_of(form.get("version")), "scan": kept[0].value if kept else ""}
        change_annex(page.visit.shared, page.visit.person, key_of(form), annex_id, valid(AnnexOrder, fields))

    try:
        kept = (await stored(page, form, key_of(form))).get("scan", [])
    except Problem as problem:
        return await run_in_threadpool(shown, page, annex_id, problem)
    return await run_in_threadpool(attempt, page, annex_id, doing)


@router.get("/{annex_id}/line")
def ask_line(page: Admin, annex_id: int, code: Code = "") -> Response:
    """The form of a line, or of a new one."""
    found = annex_of(page, annex_id)
    line = next((one for one in found.lines if one.code == code), None)
    first = found.lines[0].category if found.lines else ""
    known = {"category": first, "title": "", "formerly": "", "category_formerly": ""}
    known |= line.model_dump(include=set(known)) if line else {}
    known["facts"] = "\n".join(cell_of(fact.title, fact.formerly) for fact in (line.facts if line else ()))
    sheet = _line(found).shown(known=known, lists={"responsible": line.responsible if line else []})
    return page.show("admin/order_form.html", annex=found, sheet=sheet, to="line", code=code)


@router.post("/{annex_id}/line")
def save_line(page: Admin, form: Form, annex_id: int) -> Response:
    """The line is as the form has it; a new one is the last of its category. «Ещё место» brings the form back."""
    found, code = annex_of(page, annex_id), form.get("line")
    sheet = _line(found)
    if form.get("_more"):
        return page.show("admin/order_form.html", annex=found, sheet=sheet.shown(form), to="line", code=code)
    try:
        line = _told(sheet.body(form, page))
        lines: list[LineShown] = [line if one.code == code else _plain(one) for one in found.lines]
        write(page, form, annex_id, lines=lines if code else [*lines, line])
    except Problem as problem:
        typed = sheet.shown(form, problem)
        return with_status(page, "admin/order_form.html", problem, annex=found, sheet=typed, to="line", code=code)
    return saved(annex_id)


@router.post("/{annex_id}/line/remove")
def remove_line(page: Admin, form: Form, annex_id: int) -> Response:
    """The draft lists the subcategory no more."""
    found = annex_of(page, annex_id)
    lines = [_plain(one) for one in found.lines if one.code != form.get("code")]
    return attempt(page, annex_id, lambda: write(page, form, annex_id, lines=lines))


@router.get("/{annex_id}/answerer")
def ask_answerer(page: Admin, annex_id: int, code: Code = "") -> Response:
    """The form of one who answers, or of a new one."""
    found = annex_of(page, annex_id)
    known = next((one.model_dump() for one in found.answerers if one.code == code), None)
    return page.show("admin/order_form.html", annex=found, sheet=ANSWERER.shown(known=known), to="answerer", code=code)


@router.post("/{annex_id}/answerer")
def save_answerer(page: Admin, form: Form, annex_id: int) -> Response:
    """He is named so from now on."""
    found = annex_of(page, annex_id)
    try:
        body = ANSWERER.body(form, page)
        others = [one for one in found.answerers if one.code != body.code]
        place = next((at for at, one in enumerate(found.answerers) if one.code == body.code), len(others))
        write(page, form, annex_id, answerers=[*others[:place], body, *others[place:]])
    except Problem as problem:
        sheet, code = ANSWERER.shown(form, problem), form.get("code")
        return with_status(page, "admin/order_form.html", problem, annex=found, sheet=sheet, to="answerer", code=code)
    return saved(annex_id)


@router.post("/{annex_id}/answerer/remove")
def remove_answerer(page: Admin, form: Form, annex_id: int) -> Response:
    """He is not in the list any more; no line may name him."""
    found = annex_of(page, annex_id)
    others = [one for one in found.answerers if one.code != form.get("code")]
    return attempt(page, annex_id, lambda: write(page, form, annex_id, answerers=others))


@router.get("/{annex_id}/content")
def ask_content(page: Admin, annex_id: int) -> Response:
    """The form of the whole: a table pasted from Word, a workbook, TOML."""
    return _content(page, annex_id, Posted())


@router.post("/{annex_id}/content")
def save_content(page: Admin, form: Form, annex_id: int) -> Response:
    """The draft says what was pasted or sent; else the form comes back with every fault."""
    book = next((file for name, file in form.files if name == "workbook"), None)
    try:
        if book is not None:
            book.file.seek(0)
            write(page, form, annex_id, workbook=b64encode(book.file.read()))
        else:
            how = "toml" if form.get("how") == "toml" else "table"
            write(page, form, annex_id, **{how: form.get(how)})
    except Problem as problem:
        return _content(page, annex_id, form, problem)
    return saved(annex_id)


def _content(page: Page, annex_id: int, form: Posted, problem: Problem | None = None) -> Response:
    found = annex_of(page, annex_id)
    return with_status(
        page,
        "admin/order_content.html",
        problem,
        annex=found,
        key=key_of(Posted()),
        problem=problem.details if problem else None,
        table=form.get("table"),
        toml=form.get("toml", found.toml),
    )


def write(page: Page, form: Posted, annex_id: int, **content: Any) -> None:
    """The draft has this content. A Problem tells every fault."""
    body = valid(AnnexContent, {"version": number_of(form.get("version"))} | content)
    write_annex(page.visit.shared, page.visit.person, key_of(form), annex_id, body)


def _line(found: AnnexWhole) -> Sheet[LineForm]:
    return Sheet(LineForm, {"responsible": [Option(one.code, one.title) for one in found.answerers]})


def _told(line: LineForm) -> LineShown:
    """The line as the API takes it. A Problem names the field that does not fit."""
    facts = [one._asdict() for one in facts_of(line.facts)]
    try:
        return LineShown.model_validate(line.model_dump() | {"facts": facts})
    except ValidationError:
        long = "Не больше 100 фактов, каждый в своей строке и не длиннее 300 знаков."
        raise Problem(422, "invalid_request", long, field="facts") from None


def _plain(line: LineTold) -> LineShown:
    return LineShown.model_validate(line.model_dump(include=set(LineShown.model_fields)))
