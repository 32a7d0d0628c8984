"""Which language a text is in, and what becomes of a collection its embedder cannot read."""

import threading

import pytest

from carrel.library.embedders import fake_source
from carrel.library.languages import NAMES, language_of, reads
from carrel.library.library import Library
from carrel.library.noticing import FOREIGN_MEANING
from carrel.library.stop_words import ARABIC, CYRILLIC, DEVANAGARI, LATIN
from carrel.reading.inline import InlineReader
from carrel.settings import Settings
from carrel.store import listing

TEXTS = {
    "en": "The lessor shall bear the cost of repair of the boiler, unless the failure is due to"
    " misuse by the lessee.",
    "de": "Der Vermieter trägt die Kosten der Reparatur des Kessels, es sei denn, der Schaden ist"
    " durch falschen Gebrauch entstanden.",
    "fr": "Le bailleur prend en charge les frais de réparation de la chaudière, sauf si la panne"
    " est due à une mauvaise utilisation.",
    "es": "El arrendador asume los gastos de reparación de la caldera, salvo que la avería se deba"
    " a un mal uso por parte del inquilino.",
    "it": "Il locatore sostiene le spese di riparazione della caldaia, a meno che il guasto non sia"
    " dovuto a un uso improprio.",
    "nl": "De verhuurder draagt de kosten van reparatie van de ketel, tenzij het defect door"
    " verkeerd gebruik van de huurder is ontstaan.",
    "pt": "O senhorio suporta os custos de reparação da caldeira, a não ser que a avaria resulte de"
    " uma má utilização pelo inquilino.",
    "pl": "Wynajmujący ponosi koszty naprawy kotła, chyba że awaria jest wynikiem niewłaściwego"
    " użycia przez najemcę, co nie jest częste.",
    "sv": "Hyresvärden står för kostnaden för att reparera pannan, om inte felet beror på att"
    " hyresgästen har använt den på fel sätt.",
    "da": "Udlejeren betaler for reparation af kedlen, hvis ikke fejlen skyldes, at lejeren har"
    " brugt den forkert, og det blev aftalt.",
    "no": "Utleieren betaler for reparasjon av kjelen, hvis ikke feilen skyldes at leietakeren har"
    " brukt den feil etter at det ble avtalt.",
    "ru": "Арендодатель несёт расходы по ремонту котла, если только поломка не вызвана тем, что"
    " арендатор пользовался им неправильно.",
    "uk": "Орендодавець несе витрати на ремонт котла, якщо тільки поломка не спричинена тим, що"
    " орендар користувався ним неправильно.",
    "el": "Ο εκμισθωτής επιβαρύνεται με το κόστος επισκευής του λέβητα.",
    "ar": "يتحمل المؤجر تكاليف إصلاح الغلاية، ما لم يكن العطل ناتجا عن سوء الاستعمال من قبل"
    " المستأجر في هذه الحالة.",
    "fa": "موجر هزینه تعمیر دیگ بخار را می پردازد، مگر این که خرابی از استفاده نادرست مستاجر باشد"
    " و این را نیز باید گفت.",
    "he": "המשכיר נושא בעלות תיקון הדוד, אלא אם התקלה נגרמה משימוש לא נכון.",
    "hi": "मकान मालिक बॉयलर की मरम्मत का खर्च उठाएगा, जब तक कि खराबी किरायेदार के गलत उपयोग से न हो और"
    " यह बताया गया है।",
    "th": "ผู้ให้เช่าเป็นผู้รับผิดชอบค่าซ่อมแซมหม้อต้มน้ำร้อน",
    "zh": "出租人承担锅炉维修或更换的费用，除非故障是由承租人使用不当造成的。",
    "ja": "賃貸人は、借主の誤用による故障でない限り、ボイラーの修理費用を負担します。",
    "ko": "임대인은 임차인의 오용으로 인한 고장이 아닌 한 보일러 수리 비용을 부담합니다.",
}
NAME = "Haus"


@pytest.mark.parametrize("code", TEXTS)
def test_a_sentence_is_enough(code):
    assert language_of(TEXTS[code]) == code
    assert code in NAMES


@pytest.mark.parametrize(
    "text",
    ["", "1, 2, 3", "Otto", "x = foo(bar); y = baz[qux]; return quux", "Москва", "Berlin Hamburg"],
)
def test_too_little_is_not_guessed(text):
    assert language_of(text) == ""


def test_every_language_has_a_name_and_forty_words_at_most():
    for words in (LATIN, CYRILLIC, ARABIC, DEVANAGARI):
        for code, listed in words.items():
            assert code in NAMES
            assert 15 <= len(set(listed.split())) <= 60


def test_what_an_embedder_reads():
    assert reads(["en"], "en")
    assert not reads(["en"], "de")
    assert reads(["deu", "nb"], "de")
    assert reads(["deu", "nb"], "no")
    for unknown in ([], ["multilingual"], ["en", "mul"]):
        assert reads(unknown, "de")
    assert reads(["en"], ""), "what is not known is not held against anybody"


class Shelf:
    """The hashing embedder, made for some languages."""

    def __init__(self, languages):
        self.made_for = languages

    def source(self, embedder_id):
        return fake_source()

    def languages(self, embedder_id):
        return self.made_for


@pytest.fixture
def shelf():
    return Shelf(["en"])


@pytest.fixture
def library(profile, shelf):
    settings = Settings(profile.settings)
    made = Library(profile, settings, InlineReader(), fake_source(), shelf=shelf)
    yield made
    made.close()


def write(folder, **texts):
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text)
    return str(folder)


def test_a_collection_in_a_foreign_language_is_noticed_and_told(library, tmp_path, shelf):
    added = library.add([write(tmp_path / "a", one=TEXTS["de"], two=TEXTS["de"] + " Ja.")], NAME)
    assert library.languages.note(added.collection) == (
        "Most of this collection is in German, which the embedder hash was not made for: search"
        " goes by words first. A multilingual embedder can be added: carrel embedders add DIR."
    )
    other = library.add([write(tmp_path / "b", one=TEXTS["en"])], "House")
    assert library.languages.note(other.collection) == ""
    assert library.languages.meaning_weight((NAME,)) == FOREIGN_MEANING
    assert library.languages.meaning_weight(("House",)) == 1.0
    rows = {row.name: row.note for row in listing.collections(library.database)}
    assert rows == {NAME: "", "House": ""}, "who does not ask is not told"
    rows = listing.collections(library.database, library.languages.note)
    assert {row.name: bool(row.note) for row in rows} == {NAME: True, "House": False}
    shelf.made_for = ["multilingual"]
    assert library.languages.note(NAME) == ""
    shelf.made_for = []
    assert library.languages.note(NAME) == "", "a card without languages promises nothing"


def test_most_of_it_decides_and_what_is_added_counts(library, tmp_path):
    folder = tmp_path / "a"
    library.add([write(folder, one=TEXTS["de"], two=TEXTS["en"])], NAME)
    assert library.languages.note(NAME) == "", "half is not most"
    write(folder, three=TEXTS["fr"], four=TEXTS["de"] + " Gut.")
    library.sync((), lambda progress: None, threading.Event())
    assert "is in German" in library.languages.note(NAME)
    long = "\n\n".join(f"{TEXTS['en']} That is number {i} of the list. " * 6 for i in range(40))
    write(folder, five=long)
    library.sync((), lambda progress: None, threading.Event())
    assert library.languages.note(NAME) == "", "passages count, not files"


def test_words_get_the_weight_where_the_embedder_cannot_read(library, tmp_path, monkeypatch):
    """The word that is asked for stands in one passage; the fake's vectors prefer the others."""
    near = "der die das und ist nicht ein eine auf mit für von im auch wird sind oder als bei nach"
    texts = {f"n{i}": f"{near} {near} Garten{i} Zaun{i}." for i in range(12)}
    wanted = "Die Wärmepumpe ist im Keller und wird mit dem Strom von der Sonne betrieben."
    library.add([write(tmp_path / "a", wanted=wanted, **texts)], NAME)
    question = f"{near} Wärmepumpe"
    monkeypatch.setattr(library._hasher, "of_query", lambda q: terms_of(library, "Wärmepumpe"))
    assert library.search(question, 1, [NAME])[0].text == wanted
    monkeypatch.setattr(library.languages, "meaning_weight", lambda collections: 20.0)
    assert library.search(question, 1, [NAME])[0].text != wanted, "the vectors would decide"


def terms_of(library, word):
    return library._hasher.of_passage("", word)
