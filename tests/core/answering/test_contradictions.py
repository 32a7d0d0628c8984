"""Sentences that say a quote's words and mean something else, beside ones that say the same."""

import pytest

from carrel.answering import contradictions, figures, swaps
from carrel.answering.facts import facts

ZOO = "They came from zoos, not from the wild."
PUMP = "The new pump was bought from Halden & Sons for 640 euros."
NETWORK = "The network is to be disconnected first, before any machine is switched off."
PRICES = "It costs 17.99 euros a month, 12.99 in the first six."
CALLS = "Calls within the EU are free, calls to Switzerland cost 19 cents a minute."
BACKUPS = "Servers are backed up every night at 02:00; laptops once a week."


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("The animals came from the wild.", True),
        ("They came from zoos.", False),
        ("They did not come from the wild.", False),
    ],
)
def test_what_is_denied_is_not_said(text, wrong):
    assert contradictions.denied(text, ZOO) == wrong


@pytest.mark.parametrize(
    ("text", "quote", "wrong"),
    [
        ("All visitors come in free.", "Children under twelve come in free.", True),
        ("All visitors come in free.", "Everyone comes in free.", False),
        ("They hunt only roe deer.", "They hunt roe deer above all.", True),
        ("It needs only half of that.", "It needs half of that.", False),
        ("It is not only cheap but quick.", "It is cheap and quick.", False),
        ("Restoring is tested every three months.", "It is tested each quarter.", False),
        ("Alle Gäste zahlen nichts.", "Kinder zahlen nichts.", True),
        ("No difference was seen at all.", "There was no difference.", False),
    ],
)
def test_all_and_only_must_be_said(text, quote, wrong):
    assert contradictions.overstated(text, [quote]) == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Anyone may do the work on the gas pipe.", True),
        ("A qualified firm does the work on the gas pipe.", False),
        ("Only somebody qualified may do the work.", False),
    ],
)
def test_what_is_reserved_is_not_for_others(text, wrong):
    quote = "Work on the gas pipe may be done only by a qualified firm."
    assert contradictions.reserved(text, quote) == wrong


@pytest.mark.parametrize(
    ("text", "quote", "wrong"),
    [
        ("Halden & Sons bought the new pump for 640 euros.", PUMP, True),
        ("Halden & Sons sold the pump.", PUMP, False),
        ("Halden & Sons bought the pump.", PUMP.replace("from", "by"), False),
        ("Halden & Sons was where the pump was bought.", PUMP, False),
        ("Corbeau replaced Merle.", "Merle replaced its predecessor Corbeau.", True),
        ("Merle replaced Corbeau.", "Merle replaced its predecessor Corbeau.", False),
    ],
)
def test_the_doer_stays_the_doer(text, quote, wrong):
    assert contradictions.roles_changed(text, quote) == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Switch all machines off first, before you disconnect the network.", True),
        ("Disconnect the network before you switch off the machines.", False),
        ("Machines are switched off after the network was disconnected.", False),
        ("The network is disconnected after the machines were switched off.", True),
        ("The network is to be disconnected.", False),
    ],
)
def test_what_comes_first_comes_first(text, wrong):
    assert contradictions.turned_round(text, NETWORK) == wrong


@pytest.mark.parametrize(
    ("text", "quote", "wrong"),
    [
        ("Calls to Switzerland are free.", CALLS, True),
        ("Calls within the EU are free.", CALLS, False),
        ("Laptops are backed up every night at 02:00.", BACKUPS, True),
        ("Laptops are backed up once a week.", BACKUPS, False),
        ("Most of the 320 workers were women.", "It had 320 workers, most of them women.", False),
    ],
)
def test_a_clause_keeps_its_subject(text, quote, wrong):
    assert contradictions.mixed_clauses(text, quote) == wrong


@pytest.mark.parametrize(
    ("text", "quote", "wrong"),
    [
        ("The lamp turns from green to red.", "The lamp turns from red to green.", True),
        (
            "Piet Jansen will retire in June and be followed by Ana Kovac.",
            "Chief executive Ana Kovac will retire in June and be followed by Piet Jansen.",
            True,
        ),
        ("It sells pears and apples.", "It sells apples and pears.", False),
        (
            "Jan Nowak contributed the Finnish and Polish translations.",
            "Translations into Finnish and Polish were contributed by Jan Nowak.",
            False,
        ),
    ],
)
def test_two_things_do_not_take_each_others_place(text, quote, wrong):
    assert swaps.exchanged(text, quote) == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Profit fell because the bakery was closed.", True),
        ("Profit fell because flour became dearer.", False),
        ("Profit fell.", False),
    ],
)
def test_a_reason_is_the_one_that_is_given(text, wrong):
    quotes = ["Profit fell because flour had become dearer.", "The bakery was closed."]
    assert contradictions.other_reason(text, quotes) == wrong


def test_each_thing_of_a_denied_list_is_denied():
    quote = "Do not use ice, butter or toothpaste."
    assert contradictions.denied("Put toothpaste on the burn.", quote)
    assert contradictions.denied("Put butter on it.", quote)
    assert not contradictions.denied("Put water on it.", quote)


def test_an_item_that_no_passage_knows_is_noticed():
    known = frozenset(contradictions.content_stems("She lived on dried fish and potatoes."))
    assert contradictions.added_item("She lived on dried fish, potatoes and seal meat.", known)
    assert not contradictions.added_item("She lived on potatoes and fish.", known)
    assert not contradictions.added_item("Seal meat kept her alive.", known)


@pytest.mark.parametrize(
    ("text", "quote", "wrong"),
    [
        ("It costs 12.99 euros a month, 17.99 in the first six.", PRICES, True),
        ("In the first six months you pay 12.99 euros.", PRICES, False),
        ("Students pay 9 euros.", "A ticket costs 9 euros, for students 6.", True),
        ("Students pay 6 euros.", "A ticket costs 9 euros, for students 6.", False),
        (
            "Between 2000 and 2006, 24 lynxes were set free.",
            "Lynxes were released from 2000 to 2006, 24 animals in all.",
            False,
        ),
        (
            "Revenue was 91.7 million, up from 84.2 million.",
            "Revenue rose from 84.2 million in 2022 to 91.7 million in 2023.",
            False,
        ),
    ],
)
def test_a_number_stays_with_its_words(text, quote, wrong):
    assert figures.numbers_moved(text, quote) == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("It resolves three centimetres.", True),
        ("It resolves 3 m.", False),
        ("It resolves three.", False),
        ("It weighs 4 kg.", False),
    ],
)
def test_a_number_keeps_its_unit(text, wrong):
    assert figures.units_changed(text, "Its radar resolves objects of three metres.") == wrong


@pytest.mark.parametrize(
    ("text", "quote", "wrong"),
    [
        ("It ran for an hour.", "The pump ran for a minute.", True),
        ("It ran for one hour.", "The pump ran for a minute.", True),
        ("It ran for 60 minutes.", "The pump ran for an hour.", False),  # another number is no unit
        ("It ran for 1 minute.", "The pump ran for a minute.", False),
        ("It costs nine euros a month.", "It costs nine euros a year.", True),
        ("It costs one euro a day.", "It costs one euro and is valid for a day.", False),
        ("Er lief eine Stunde.", "Die Pumpe lief eine Minute.", True),
    ],
)
def test_one_of_a_time_keeps_its_unit(text, quote, wrong):
    assert figures.units_changed(text, quote) == wrong


def test_numbers_are_read_in_other_languages():
    def read(text):
        return [fact.key for fact in facts(text) if fact.kind == "number"]

    assert read("Der Filter ist alle acht Monate zu wechseln.") == ["8"]
    assert read("Cubre cinco meses, once in all.") == ["5"]
