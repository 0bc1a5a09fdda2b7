"""Countries with the networks that number prefixes lead to."""

import pytest

from homing.core.numbering.country import country_of
from homing.core.numbering.network import network_name, network_of
from homing.core.pricing.places import countries, countries_of


def test_a_country_has_its_name_code_and_networks():
    found = countries()["GB"]
    assert (found.name, found.calling_code) == ("United Kingdom", "44")
    networks = {one.code: one for one in found.networks}
    assert networks["23410"].name == "O2 (UK)"
    assert 44771 in networks["23410"].ranges


def test_each_network_is_listed_where_its_prefixes_are():
    for country in countries().values():
        codes = [one.code for one in country.networks]
        assert codes == sorted(set(codes))
        for network in country.networks:
            assert network.ranges
            assert network.name == network_name(network.code)
            for prefix in network.ranges[:3]:
                assert country_of(str(prefix)) == country.code
                assert network_of(str(prefix)) == network.code


@pytest.mark.parametrize(
    ("prefix", "codes"),
    [
        ("44", ["GB", "GG", "IM", "JE"]),
        ("447710", ["GB"]),
        ("33", ["FR"]),
        ("7", ["KZ", "RU"]),
        ("999", []),
    ],
)
def test_a_prefix_has_the_countries_that_it_can_belong_to(prefix, codes):
    assert [one.code for one in countries_of(prefix)] == codes
