"""Which adopted rule sets reach an organisation through the tree."""

from __future__ import annotations

from sqlalchemy import insert

from storage.rule_sets import RuleSets
from storage.tables import organisations
from storage.unit import Unit
from tests.handlers.turns import MONDAY, seed_people


def test_only_ancestors_and_the_office_itself_reach_a_school(unit: Unit) -> None:
    seed_people(unit)
    # a path that begins with the same signs but is no branch of it
    unit.add(
        insert(organisations),
        {"parent_id": 1, "name": "城南小学", "kind": "school", "path": "/1/20/", "aliases": []},
    )
    sets = RuleSets(unit)
    for organisation, version in ((None, "office"), (1, "county"), (2, "district"), (4, "other")):
        assert sets.adopt(organisation, version, "text", MONDAY)
    reaching = [item.version for item in sets.reaching(3)]
    assert reaching == ["office", "county", "district"]
    assert [item.version for item in sets.reaching(6)] == ["office", "county"]
    depths = {item.version: item.depth for item in sets.reaching(3)}
    assert depths["office"] < depths["county"] < depths["district"]


def test_a_version_is_adopted_once_for_a_branch_and_once_for_the_office(unit: Unit) -> None:
    seed_people(unit)
    sets = RuleSets(unit)
    assert sets.adopt(1, "1", "a", MONDAY)
    assert not sets.adopt(1, "1", "b", MONDAY)
    assert sets.adopt(None, "1", "a", MONDAY)
    assert not sets.adopt(None, "1", "b", MONDAY)
    assert [item.body for item in sets.reaching(1)] == ["a", "a"]
