"""The sizes of the window in pixels; the only module in which a size is written."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Metrics:
    """Lengths in logical pixels at zoom 1, on a 4-point grid."""

    font: int = 15
    font_answer: int = 16
    font_small: int = 14
    font_secondary: int = 12
    font_chip: int = 11
    font_rail: int = 11
    answer_line: int = 26
    quote_line: int = 21
    small_line: int = 18
    gap_hair: int = 2
    gap_tiny: int = 4
    gap_small: int = 8
    gap: int = 12
    gap_wide: int = 16
    gap_page: int = 24
    gap_thread: int = 32
    radius_pill: int = 5
    radius_small: int = 8
    radius: int = 9
    radius_card: int = 12
    radius_bubble: int = 14
    radius_round: int = 13
    header: int = 52
    rail: int = 64
    rail_button: int = 48
    rail_width: int = 52
    icon: int = 20
    icon_small: int = 16
    control: int = 32
    chip: int = 26
    list_width: int = 232
    list_min: int = 180
    list_row: int = 36
    list_header: int = 34
    list_snippet: int = 18
    source_width: int = 452
    source_min: int = 380
    thread_min: int = 380
    thread_max: int = 860
    drawer_below: int = 900
    list_below: int = 720
    window_width: int = 1440
    window_height: int = 900
    window_min_width: int = 640
    window_min_height: int = 480
    bar: int = 6
    meter: int = 72
    model_chip: int = 170
    filter_width: int = 300
    table_row: int = 36
    status_width: int = 132
    pill_width: int = 72
    field_width: int = 200
    drop_height: int = 84
    composer_lines_max: int = 160
    dialog_width: int = 560
    dialog_height: int = 420
    passages_height: int = 168
    slider: int = 108
    scale_value: int = 36
    adapter_name: int = 110
    adapter_state: int = 156
    model_chip_least: int = 64
    card_min: int = 400
    details_width: int = 400
    fact_title: int = 112
    text_height: int = 96
    dialog_wide: int = 760
    dialog_high: int = 740
    focus_ring: int = 2
    underline: int = 2
    shadow: int = 6

    def scaled(self, zoom: float) -> Metrics:
        """Return the metrics with every length multiplied by `zoom`, at least 1 pixel."""
        fixed = {"window_width", "window_height", "window_min_width", "window_min_height"}
        return Metrics(
            **{
                field.name: value if field.name in fixed else max(1, round(value * zoom))
                for field in fields(self)
                for value in (getattr(self, field.name),)
            }
        )


ZOOMS = (0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)
