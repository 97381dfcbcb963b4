"""Where in the console somebody works on a complaint."""

from qc_engine.core.case import Case

ANSWERS, COMPLAINTS = "/a/", "/console/dissatisfied/"  # pages behind the installation's own address


def complaint_link(case: Case) -> str:
    """The page of this case's complaint; '' of a case that knows no address of the installation."""
    base, page, _ = case.answer_url.partition("#")[0].rpartition(ANSWERS)
    return f"{base}{COMPLAINTS}{case.id}" if page else ""
