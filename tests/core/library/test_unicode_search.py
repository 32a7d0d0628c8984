"""Search by words in many scripts, from the file to the offsets: what is found stands in the text
at the place that is named."""

import unicodedata

import pytest

from ..fake_core import FakeCore

# Per language: a text of two paragraphs, and questions with the words that must be in what is
# found. The second paragraph is about something else.
CASES = {
    "german": (
        "Die Größe des Grundstücks beträgt 812 m². Für die Straßenreinigung ist der Mieter"
        " zuständig.\n\nÄhren und Äpfel werden im Spätsommer geerntet.",
        {
            "Straßenreinigung": "Straßenreinigung",
            "STRASSENREINIGUNG": "Straßenreinigung",
            "Ahren Apfel": "Äpfel",
            "Grösse Grundstück": "Größe",
            "Grundstücks": "Grundstücks",
        },
    ),
    "french": (
        "L'élève a reçu une réponse à la fin de l'été. Le cœur de l'œuvre est français.\n\n"
        "Les bâtiments ont été dégagés après la grêle.",
        {
            "eleve": "élève",
            "ÉLÈVE": "élève",
            "l’élève": "élève",
            "francais": "français",
            "coeur": "cœur",
            "Œuvre": "œuvre",
            "grele": "grêle",
            "ete": "été",
        },
    ),
    "italian": (
        "L'affitto dell'abitazione è di 900 euro.\n\nUn'altra regola vale per il giardino.",
        {"affitto": "affitto", "abitazione": "abitazione", "altra": "altra"},
    ),
    "danish": (
        "Lejeren betaler for kælderen på øen.\n\nSmørrebrød serveres om søndagen.",
        {"kaelderen": "kælderen", "oen": "øen", "SMORREBROD": "Smørrebrød"},
    ),
    "turkish": (
        "Kiracı İstanbul'da ısıtma masrafını öder.\n\nGemi sabah limana vardı.",
        {"kiraci": "Kiracı", "isitma": "ısıtma", "Isıtma": "ısıtma", "vardi": "vardı"},
    ),
    "polish": (
        "Zażółć gęślą jaźń, powiedział stary nauczyciel.\n\nŹródło rzeki leży w górach.",
        {"gęślą": "gęślą", "gesla jazn": "jaźń", "ZRODLO": "Źródło", "gorach": "górach"},
    ),
    "russian": (
        "Арендодатель несёт расходы по ремонту котла.\n\nЁлка стояла у окна до января.",
        {"расходы ремонту": "расходы", "КОТЛА": "котла", "елка": "Ёлка", "несет": "несёт"},
    ),
    "greek": (
        "Ο εκμισθωτής πληρώνει την επισκευή του λέβητα.\n\nΗ θάλασσα ήταν ήσυχη όλους τους μήνες.",
        {"επισκευη": "επισκευή", "ΛΈΒΗΤΑ": "λέβητα", "ΜΗΝΕΣ": "μήνες", "ησυχη": "ήσυχη"},
    ),
    "arabic": (
        "يَتَحَمَّلُ المؤجر تكاليف إصلاح الغلاية.\n\nوصلت السفينة إلى الميناء في الصباح.",
        {"يتحمل": "يَتَحَمَّلُ", "الغلاية": "الغلاية", "الميناء": "الميناء"},
    ),
    "hebrew": (
        "הַמַּשְׂכִּיר נושא בעלות תיקון הדוד.\n\nהאונייה הגיעה לנמל בבוקר.",
        {"המשכיר": "הַמַּשְׂכִּיר", "הדוד": "הדוד", "לנמל": "לנמל"},
    ),
    "hindi": (
        "मकान मालिक बॉयलर की मरम्मत का खर्च उठाएगा।\n\nजहाज़ सुबह बंदरगाह पर पहुँचा।",
        {"मरम्मत खर्च": "मरम्मत", "बंदरगाह": "बंदरगाह", "पहुँचा": "पहुँचा"},
    ),
    "thai": (
        "ผู้ให้เช่าเป็นผู้รับผิดชอบค่าซ่อมแซมหม้อต้มน้ำร้อน\n\nเรือมาถึงท่าเรือในตอนเช้า",
        {"ค่าซ่อมแซม": "ค่าซ่อมแซม", "หม้อต้มน้ำ": "หม้อต้มน้ำ", "ท่าเรือ": "ท่าเรือ"},
    ),
    "chinese": (
        "出租人承担锅炉维修或更换的费用。故障由承租人造成的除外。\n\n船在早上到达港口。",
        {"锅炉维修": "锅炉维修", "费用": "费用", "港口": "港口"},
    ),
    "japanese": (
        "賃貸人はボイラーの修理費用を負担します。ﾎﾞｲﾗｰ以外は別です。\n\n船は朝に港へ着きました。",
        {"修理費用": "修理費用", "ボイラー": "ボイラー", "ﾎﾞｲﾗｰ": "ボイラー", "港へ": "港へ"},
    ),
    "korean": (
        "임대인은 보일러 수리 비용을 부담합니다.\n\n배는 아침에 항구에 도착했습니다.",
        {"보일러": "보일러", "수리 비용": "비용", "항구": "항구"},
    ),
    "vietnamese": (
        "Chủ nhà chịu chi phí sửa chữa nồi hơi.\n\nCon tàu đến cảng vào buổi sáng.",
        {"sửa chữa": "sửa chữa", "cảng buổi": "cảng", "noi hoi": "nồi hơi"},
    ),
    "emoji": (
        "A note 🚢 with 𝒎𝒂𝒕𝒉 letters and 👩‍👩‍👧 before the harbour.\n\n𠮷野家 is a name beyond the"
        " first plane.",
        {"math letters": "𝒎𝒂𝒕𝒉", "harbour": "harbour", "𠮷野": "𠮷野"},
    ),
}
FORMS = ("NFC", "NFD")


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """Every text in both normal forms, a file each, between texts in other languages."""
    from carrel.profile import Profile

    folder = tmp_path_factory.mktemp("texts")
    for name, (text, _) in CASES.items():
        for form in FORMS:
            (folder / f"{name}-{form}.txt").write_text(
                unicodedata.normalize(form, text), encoding="utf-8"
            )
    profile = Profile.at(tmp_path_factory.mktemp("profile"))
    profile.create()
    core = FakeCore(profile)
    core.library.add([str(folder)], "Languages")
    yield core.library
    core.close()


def asked():
    for name, (_, questions) in CASES.items():
        for question, word in questions.items():
            yield pytest.param(name, question, word, id=f"{name}-{question}")


@pytest.mark.parametrize(("name", "question", "word"), list(asked()))
def test_a_passage_is_found_by_its_words_at_its_place(library, name, question, word):
    found = {}
    for typed in {unicodedata.normalize(form, question) for form in FORMS}:
        for hit in library.search(typed, 10):
            text, _ = library.catalogue.text(hit.document)
            assert hit.text == text[hit.start : hit.end]
            if hit.signals.keyword_rank is not None and hit.signals.keyword_rank <= 2:
                found.setdefault(typed, []).append(hit)
        right = [
            hit
            for hit in found.get(typed, [])
            if unicodedata.normalize("NFC", word) in unicodedata.normalize("NFC", hit.text)
        ]
        assert right, f"{typed} was not found by words"
        assert all(f"{name}-" in hit.document for hit in right)


def test_both_normal_forms_of_a_file_are_found(library):
    hits = library.search("Straßenreinigung", 10)
    assert len({hit.document for hit in hits if hit.signals.keyword_rank}) >= 1
    terms = library._hasher.of_query("Größe")
    assert terms == library._hasher.of_query(unicodedata.normalize("NFD", "Größe"))
