"""Reports of defects say where, and nothing of what the user was working on."""

from carrel.process.reports import keep, trace_without_content


def fail():
    try:
        raise KeyError("secret words of a document")
    except KeyError as error:
        raise ValueError("more secret words") from error


def test_a_report_has_places_and_types_and_no_content(tmp_path):
    try:
        fail()
    except ValueError as error:
        path = keep(tmp_path / "logs", error, "desk: Ask")
    text = path.read_text()
    assert text.startswith("desk: Ask\n")
    assert "test_reports.py" in text
    assert "builtins.ValueError" in text
    assert "builtins.KeyError" in text
    assert "more secret" not in text.replace('ValueError("more secret words")', "")


def test_old_reports_are_removed(tmp_path):
    for _ in range(25):
        keep(tmp_path, ValueError(), "x")
    assert len(list(tmp_path.iterdir())) == 20


def test_a_trace_without_a_traceback_still_names_the_type():
    assert trace_without_content(OSError("x")) == "builtins.OSError\n"
