from stele.cli.exits import Exit, of_code, worst


def test_nothing_wrong_is_ok() -> None:
    assert worst([]) is Exit.OK


def test_the_highest_number_is_the_worst() -> None:
    assert worst([Exit.INPUT, Exit.ENGINE, Exit.LIMIT]) is Exit.ENGINE


def test_a_fault_of_stele_is_worse_than_any_other() -> None:
    assert worst([Exit.UNAVAILABLE, Exit.INTERNAL]) is Exit.INTERNAL


def test_a_code_that_nobody_knows_is_a_fault_of_stele() -> None:
    assert of_code("nonsense") is Exit.INTERNAL
