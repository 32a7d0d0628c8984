"""Words that a rich text or an OpenDocument switches off are not read."""

from tests.core.reading.office_files import odf, zipped
from tests.core.reading.test_rtf import rtf


def test_hidden_words_of_rich_text(inline):
    body = rb"\pard Pay {\v obey }today.\v no\par no\v0  Really.\v\'41\u66B\plain  End.\par"
    assert inline(rtf(body), "a.rtf").text == "Pay today.\n\nReally. End."


def test_hidden_sections_styles_and_fields_of_a_text(inline):
    body = (
        '<text:p>Pay <text:span text:style-name="T1">obey</text:span>today'
        '<text:hidden-text text:string-value="obey">obey</text:hidden-text>.</text:p>'
        '<text:section text:display="none"><text:p>obey</text:p></text:section>'
        "<text:section><text:p>Shown.</text:p></text:section>"
    )
    whole = odf("text", body)
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(whole)) as file:
        content = file.read("content.xml").decode()
    style = (
        '<office:automatic-styles><style:style style:name="T1"><style:text-properties'
        ' text:display="none"/></style:style></office:automatic-styles>'
    )
    space = ' xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"'
    at = content.index("<office:body")
    content = (
        content[:at]
        + style.replace("<office:automatic-styles", "<office:automatic-styles" + space, 1)
        + content[at:]
    )
    assert inline(zipped({"content.xml": content}), "a.odt").text == "Pay today.\n\nShown."
