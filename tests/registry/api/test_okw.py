"""A facility goes out as Open Know-Where, to those who may see it."""

from decimal import Decimal

from designs.okw import read_okw
from tests.registry.harness import Person, Registry

LAB = {"name": "The lab", "slug": "lab", "address": "12 Mill Lane", "latitude": 53.79, "longitude": -1.54}


async def test_a_facility_goes_out_as_json_and_yaml(registry: Registry, ada: Person) -> None:
    assert (await ada.client.post("/facilities", json=LAB)).status_code == 201
    for form in ("json", "yaml"):
        answer = await registry.visitor.get("/facilities/lab/okw", params={"format": form})
        assert answer.headers["content-type"].split(";")[0] == f"application/{form}"
        lab = read_okw(answer.text, file=f"okw.{form}")
        assert (lab.name, lab.latitude, lab.access) == ("The lab", Decimal("53.79"), "public")


async def test_a_private_one_is_not_even_said_to_exist(registry: Registry, ada: Person) -> None:
    assert (await ada.client.post("/facilities", json={**LAB, "access": "private"})).status_code == 201
    assert (await registry.visitor.get("/facilities/lab/okw")).status_code == 404
    assert (await ada.client.get("/facilities/lab/okw")).status_code == 200
