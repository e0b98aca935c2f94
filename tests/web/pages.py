"""Every page there is, with whom it is shown to: add yours here, and it is checked like all others."""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.vocabulary import Role
from tests.product import Product


@dataclass(frozen=True)
class Shown:
    """A page. `path` may hold `{message}`, `{call}` or `{measure}`, made by `stage`. `who`: the login; None: anybody."""

    name: str
    who: str | None
    path: str
    stage: str = "submitted"
    status: int = 200


PAGES = (
    Shown("sign-in", None, "/sign-in"),
    Shown("track", None, "/track"),
    Shown("track-lost", None, "/track/code"),
    Shown("write", None, "/write"),
    Shown("write-emergency", None, "/write/emergency"),
    Shown("organisation", None, "/organisations/polyclinic"),
    Shown("not-found", None, "/nothing-here", status=404),
    Shown("list", "coordinator", "/work/in_unit"),
    Shown("list-filtered", "coordinator", "/work/in_unit?category=medicine&overdue=false&text=регистратура"),
    Shown("list-empty", "coordinator", "/work?text=гиппопотам"),
    Shown("list-all", "curator", "/work"),
    Shown("section-forbidden", "executor", "/work/new", status=403),
    Shown("me", "head", "/me"),
    Shown("card-coordinator", "coordinator", "/messages/{message}", stage="accepted"),
    Shown("card-danger", "coordinator", "/messages/{message}", stage="endangered"),
    Shown("form-danger", "coordinator", "/messages/{message}/decisions/confirm_danger", stage="endangered"),
    Shown("list-danger", "coordinator", "/work/new", stage="endangered"),
    Shown("card-withdrawn", "coordinator", "/messages/{message}", stage="withdrawing"),
    Shown("card-asked", "executor", "/messages/{message}", stage="asked"),
    Shown("form-answer-asked", "executor", "/messages/{message}/decisions/submit_answer", stage="asked"),
    Shown("form-ask-applicant", "executor", "/messages/{message}/decisions/ask_applicant", stage="asked"),
    Shown("form-co-executors", "executor", "/messages/{message}/decisions/ask_co_executors", stage="in_work"),
    Shown("card-co-executor", "executor2", "/messages/{message}", stage="asked"),
    Shown("form-contribute", "executor2", "/messages/{message}/decisions/contribute", stage="asked"),
    Shown("call-applicant", "operator", "/messages/{message}/call", stage="asked"),
    Shown("list-errands", "operator", "/work/errands", stage="asked"),
    Shown("card-executor", "executor", "/messages/{message}", stage="in_work"),
    Shown("card-head", "head", "/messages/{message}"),
    Shown("decide", "head", "/messages/{message}/decide"),
    Shown("queue-empty", "executor", "/queue"),
    Shown("card-curator", "curator", "/messages/{message}"),
    Shown("contacts", "executor", "/messages/{message}/contacts", stage="in_work"),
    Shown("form-assign", "coordinator", "/messages/{message}/decisions/assign", stage="accepted"),
    Shown("form-redirect", "coordinator", "/messages/{message}/decisions/propose_redirect", stage="accepted"),
    Shown("form-correct", "coordinator", "/messages/{message}/decisions/correct_card", stage="accepted"),
    Shown("form-answer", "executor", "/messages/{message}/decisions/submit_answer", stage="in_work"),
    Shown("form-edit-answer", "head", "/messages/{message}/decisions/edit_answer"),
    Shown("form-reject", "head", "/messages/{message}/decisions/reject"),
    Shown("form-delegate", "head", "/messages/{message}/decisions/delegate"),
    Shown("absences", "head", "/absences"),
    Shown("absences-kept", "administrator", "/absences"),
    Shown("absence-new", "head", "/absences/new"),
    Shown("acting-forbidden", "executor", "/messages/{message}/acting", status=403),
    Shown("absence-forbidden", "executor", "/absences/new?person=101", status=403),
    Shown("oversight", "curator", "/oversight"),
    Shown("access", "curator", "/access?everything=true"),
    Shown("round", "head", "/round", stage="accepted"),
    Shown("round-forbidden", "executor", "/round", status=403),
    Shown("rounds", "curator", "/rounds"),
    Shown("satisfaction", "curator", "/satisfaction"),
    Shown("satisfaction-forbidden", "head", "/satisfaction", status=403),
    Shown("rounds-forbidden", "head", "/rounds", status=403),
    Shown("admin-people", "administrator", "/admin/people"),
    Shown("admin-person-new", "administrator", "/admin/people/new"),
    Shown("admin-person", "administrator", "/admin/people/105"),
    Shown("admin-organisations", "administrator", "/admin/organisations"),
    Shown("admin-organisation-new", "administrator", "/admin/organisations/new"),
    Shown("admin-organisation", "administrator", "/admin/organisations/polyclinic"),
    Shown("admin-organisation-page", "administrator", "/admin/organisations/polyclinic/page"),
    Shown("admin-calendar", "administrator", "/admin/calendar?region=RU&year=2026"),
    Shown("admin-changes", "administrator", "/admin/changes"),
    Shown("admin-units", "administrator", "/admin/units"),
    Shown("admin-unit-new", "administrator", "/admin/units/new"),
    Shown("admin-categories", "administrator", "/admin/categories"),
    Shown("admin-category", "administrator", "/admin/categories/medicine.vaccination"),
    Shown("admin-rules", "administrator", "/admin/rules?organisation=polyclinic"),
    Shown("admin-rule-new", "administrator", "/admin/rules/new?organisation=polyclinic"),
    Shown("admin-rule", "administrator", "/admin/rules/{message}", stage="rule"),
    Shown("admin-dry-run", "administrator", "/admin/rules/dry-runs/{message}", stage="dry_run"),
    Shown("admin-templates", "administrator", "/admin/templates?organisation=polyclinic"),
    Shown("admin-template-new", "administrator", "/admin/templates/new?organisation=polyclinic"),
    Shown("admin-template", "administrator", "/admin/templates/{message}", stage="template"),
    Shown("admin-rules-forbidden", "coordinator", "/admin/rules", status=403),
    Shown("admin-annexes", "administrator", "/admin/orders"),
    Shown("admin-annex-new", "administrator", "/admin/orders/new?kind=categories&act=S0"),
    Shown("admin-annex", "administrator", "/admin/orders/3"),
    Shown("admin-annex-roles", "administrator", "/admin/orders/2"),
    Shown("admin-annex-regulation", "administrator", "/admin/orders/1"),
    Shown("admin-annex-draft", "administrator", "/admin/orders/{message}", stage="annex_drafted"),
    Shown(
        "admin-annex-line",
        "administrator",
        "/admin/orders/{message}/line?code=medicine.benefits",
        stage="annex_drafted",
    ),
    Shown(
        "admin-annex-answerer", "administrator", "/admin/orders/{message}/answerer?code=staff", stage="annex_drafted"
    ),
    Shown("admin-annex-content", "administrator", "/admin/orders/{message}/content", stage="annex_drafted"),
    Shown("admin-annex-data", "administrator", "/admin/orders/{message}/order", stage="annex_drafted"),
    Shown("admin-structure", "administrator", "/admin/orders/{message}", stage="structure_drafted"),
    Shown(
        "admin-structure-place", "administrator", "/admin/orders/{message}/place?code=branch", stage="structure_drafted"
    ),
    Shown("admin-structure-content", "administrator", "/admin/orders/{message}/content", stage="structure_drafted"),
    Shown("admin-annexes-forbidden", "curator", "/admin/orders", status=403),
    Shown("admin-forbidden", "executor", "/admin/people", status=403),
    Shown("admin-measures", "administrator", "/admin/measures?after={measure}", stage="measure"),
    Shown("admin-order-new", "administrator", "/admin/measures/new"),
    Shown("measure-kept", "administrator", "/measures/{measure}", stage="measure"),
    Shown("admin-order", "administrator", "/admin/measures/S2?after={measure}", stage="measure"),
    Shown("admin-measure-new", "administrator", "/admin/measures/S2/new?listed=0&after={measure}", stage="measure"),
    Shown("measures-to-read", "head", "/measures?after={measure}", stage="measure"),
    Shown("measures-to-do", "executor", "/measures?after={measure}", stage="measure"),
    Shown("measures-none", "operator", "/measures"),
    Shown("measures-controlled", "chief", "/measures/orders/S2?after={measure}", stage="measure"),
    Shown("orders", None, "/orders"),
    Shown("order", None, "/orders/S2"),
    Shown("order-annexes", None, "/orders/S0"),
    Shown("calls", "operator", "/calls"),
    Shown("call", "operator", "/calls/{call}", stage="talking"),
    Shown("call-over", "operator", "/calls/{call}", stage="talked"),
    Shown("calls-forbidden", "coordinator", "/calls", status=403),
    Shown("letter", "operator", "/letters"),
    Shown("letters-forbidden", "coordinator", "/letters", status=403),
    Shown("support", "executor", "/support?page=/work&number=2026-0000001&stage=execution&action=submit_answer"),
    Shown("help", "coordinator", "/help"),
    *(Shown(f"help-{role.value}", "coordinator", f"/help/{role.value}") for role in Role),
)


@dataclass
class Messages:
    """One message or call a stage, made when a page first needs it."""

    running: Product
    made: dict[str, str] = field(default_factory=dict)

    async def path_of(self, page: Shown) -> str:
        """The page's address, with a message in it where it needs one."""
        if "{" not in page.path:
            return page.path
        if page.stage not in self.made:
            self.made[page.stage] = await getattr(self.running, page.stage)()
        made = self.made[page.stage]
        return page.path.format(message=made, call=made, measure=made)
