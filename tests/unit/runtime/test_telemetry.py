"""What is counted stands in one table; counting costs nothing until somebody scrapes."""

from prometheus_client import generate_latest

from homing.runtime.telemetry import COUNTERS, GAUGES, Telemetry


def scrape(telemetry: Telemetry) -> str:
    return generate_latest(telemetry.registry).decode()


def test_a_counter_is_kept_for_each_value_of_its_labels() -> None:
    telemetry = Telemetry()
    telemetry.add("parts_submitted", "north")
    telemetry.add("parts_submitted", "north", count=2)
    telemetry.counter("parts_submitted", "south").count += 1
    assert telemetry.count("parts_submitted", "north") == 3
    shown = scrape(telemetry)
    assert 'homing_parts_submitted_total{carrier="north"} 3.0' in shown
    assert 'homing_parts_submitted_total{carrier="south"} 1.0' in shown


def test_gauges_are_asked_for_at_each_scrape_and_not_before() -> None:
    telemetry, asked = Telemetry(), []

    def gauges() -> list[tuple[str, tuple[str, ...], float]]:
        asked.append(1)
        return [("open_parts", (), 7), ("carrier_binds", ("north",), 2)]

    telemetry.gauges = gauges
    assert asked == []
    shown = scrape(telemetry)
    assert "homing_open_parts 7.0" in shown
    assert 'homing_carrier_binds{carrier="north"} 2.0' in shown
    scrape(telemetry)
    assert len(asked) == 2


def test_every_metric_of_the_table_is_shown_with_its_text() -> None:
    shown = scrape(Telemetry())
    for table in (COUNTERS, GAUGES):
        for name, (text, _) in table.items():
            assert f"homing_{name}" in shown
            assert text in shown
