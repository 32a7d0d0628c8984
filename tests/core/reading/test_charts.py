"""A chart's values are a table: series are columns, categories are rows."""

from .office_files import pptx, rels, shape, slide

C = "http://schemas.openxmlformats.org/drawingml/2006/chart"


def points(*values):
    return "".join(f"<c:pt><c:v>{value}</c:v></c:pt>" for value in values)


def series(name, *values):
    categories = points("2024", "2025")
    return (
        f"<c:ser><c:tx>{points(name)}</c:tx><c:cat>{categories}</c:cat>"
        f"<c:val>{points(*values)}</c:val></c:ser>"
    )


def test_a_chart_on_a_slide_is_read(inline):
    title = '<c:title><a:p xmlns:a="a"><a:t>Harvest</a:t></a:p></c:title>'
    body = f'<c:chart xmlns:c="{C}">{title}{series("Apples", 3, 4)}{series("Pears", 7)}</c:chart>'
    more = {
        "ppt/slides/_rels/slide0.xml.rels": rels(c=("chart", "../charts/chart1.xml")),
        "ppt/charts/chart1.xml": body,
    }
    document = inline(pptx([slide(shape("title", "Fruit"))], more), "fruit.pptx")
    words = [document.text[b.start : b.end] for b in document.blocks]
    assert words == ["Fruit", "Chart: Harvest", "| Apples | Pears\n2024 | 3 | 7\n2025 | 4"]
