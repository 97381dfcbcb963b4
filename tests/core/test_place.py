"""Is a database at home where it is started?"""

import pytest

from qc_engine.core.place import ADDRESS, MACHINE, Place, differs, is_of_this_machine

HOME = "https://qc.example.kz"


@pytest.mark.parametrize(
    ("known", "here", "how"),
    [
        (Place(HOME, "m1"), Place(HOME, "m1"), ""),
        (Place(HOME, "m1"), Place("http://QC.example.kz/", "m1"), ""),  # TLS ends elsewhere now
        (Place(HOME), Place(HOME), ""),  # containers and servers of many machines
        (Place(HOME, "m1"), Place(HOME), ""),  # it has moved into a container
        (Place(HOME), Place(HOME, "m1"), ""),
        (Place(HOME, "m1"), Place(HOME, "m2"), MACHINE),
        (Place(HOME, "m1"), Place("https://staging.example.kz", "m1"), ADDRESS),
        (Place(HOME), Place(f"{HOME}:8443"), ADDRESS),
        (Place(HOME), Place(f"{HOME}/staging"), ADDRESS),
        (Place(HOME, "m1"), Place("http://127.0.0.1:8080", "m2"), ADDRESS),  # a developer's machine
        (Place("http://127.0.0.1:8080", "m1"), Place(HOME, "m2"), ""),  # it was tried out, and goes to work
        (Place("http://localhost:1"), Place("http://localhost:2"), ""),
    ],
)
def test_what_tells_another_place(known: Place, here: Place, how: str) -> None:
    assert differs(known, here) == how


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("http://127.0.0.1:9001/rest/1/x/", True),
        ("http://localhost:9002", True),
        ("http://[::1]:9002", True),
        ("https://portal.test", True),
        ("https://company.bitrix24.kz/rest/1/x/", False),
        ("http://10.0.0.5", False),  # a gateway in the company's own network sends real messages
        ("http://sms-gateway:8000", False),
        ("https://localhost.example.kz", False),
        ("https://portal.invalid", False),
        ("", False),
    ],
)
def test_what_leads_nowhere_outside(address: str, *, ours: bool) -> None:
    assert is_of_this_machine(address) is ours
