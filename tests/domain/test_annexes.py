"""What one revision of annex 2 says otherwise than another."""

from __future__ import annotations

from domain.annexes import AnnexCategory, CategoriesAnnex, Responsible, Subcategory, gone


def annex(*named: str) -> CategoriesAnnex:
    """One line; staff and law are always among those who answer."""
    answerers = tuple(Responsible(code, code, code) for code in ("staff", "law"))
    return CategoriesAnnex(answerers, (AnnexCategory("m", "М", (Subcategory("m.one", "Один", named),)),))


def test_who_is_gone_was_named_in_a_line_and_is_no_more() -> None:
    assert gone(annex("staff", "law"), annex("law")) == ("staff",)
    assert gone(annex("law"), annex("law")) == (), "who is only among those who answer has nothing to leave"
