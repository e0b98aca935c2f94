"""Help inside the product: a page for each role, and one of what all have in common. Source: S3-27."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.problems import not_found
from api.titles import ROLE
from domain.vocabulary import Role
from web.rendering import AnyShell

router = APIRouter(prefix="/help", include_in_schema=False)


@router.get("")
def show_all(page: AnyShell) -> Response:
    """What all roles have in common; one's own roles first."""
    mine = {role.code for role in page.me.roles}
    roles = sorted(Role, key=lambda role: role.value not in mine)
    shown = [(role.value, ROLE[role], role.value in mine) for role in roles]
    return page.show("help/common.html", roles=shown, act=page.act)


@router.get("/{role}")
def show(page: AnyShell, role: str) -> Response:
    """One role's sections and buttons."""
    if role not in set(Role):
        raise not_found()
    return page.show(f"help/{role}.html", role_title=ROLE[Role(role)], act=page.act)
