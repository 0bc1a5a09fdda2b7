"""The file of prices that the settings name."""

import pytest

from homing.core.pricing.table import shipped
from homing.runtime.settings import PricingSettings, SettingsProblem, read_settings
from homing.runtime.tables import read_prices


def test_without_a_file_the_shipped_prices_count():
    assert read_prices(PricingSettings()) is shipped()


def test_the_file_is_beside_the_settings_file(tmp_path):
    (tmp_path / "prices.csv").write_text("country,network,price\nGB,,0.04\n")
    config = tmp_path / "homing.toml"
    config.write_text('[pricing]\nfile = "prices.csv"\n[webhooks]\ncheck_new_urls = false\n')
    settings = read_settings(config)
    assert read_prices(settings.pricing).price_in("GB") == 4_000_000
    assert settings.webhooks.check_new_urls is False


def test_a_fault_in_it_is_one_of_the_settings(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text("country,network,price\nGB,,cheap\n")
    with pytest.raises(SettingsProblem, match=r"prices\.csv, line 2: price: must be an amount"):
        read_prices(PricingSettings(file=str(path)))


@pytest.mark.parametrize("octets", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, octets):
    path = tmp_path / "prices.csv"
    if octets is not None:
        path.write_bytes(octets)
    with pytest.raises(SettingsProblem, match=r"prices\.csv: (cannot be read|is not UTF-8)"):
        read_prices(PricingSettings(file=str(path)))
