"""Schema 4: a survey's rows go with their documents."""

from carrel.desk.library_requests import SurveyRow
from carrel.store.catalogue import Catalogue
from carrel.store.database import Database
from carrel.store.rows import FileState
from carrel.store.surveys import Surveys


def settled(catalogue, path):
    home = catalogue.ensure_collection("docs", ["/docs"])
    return catalogue.settle(
        path, home, FileState(1, 1), status="empty", code="empty", reason="The file is empty."
    )


def test_a_row_is_found_under_the_new_path_and_goes_with_its_document(tmp_path):
    database = Database(tmp_path / "carrel.db")
    catalogue, surveys = Catalogue(database), Surveys(database)
    number = settled(catalogue, "/docs/a.txt")
    survey = surveys.begin("Who?", ["docs"], answers=True)
    assert surveys.wish(survey) == ("Who?", ["docs"], True)
    row = SurveyRow(survey_id=survey, document="/docs/a.txt", title="a", verdict="no text")
    surveys.keep(survey, number, row)
    catalogue.move(number, "/docs/b.txt", FileState(1, 1), None)
    assert [one.document for one in surveys.done(survey).values()] == ["/docs/b.txt"]
    catalogue.delete([number])
    assert surveys.done(survey) == {}
    surveys.remove(survey)
    assert surveys.ids() == []
    database.close()
