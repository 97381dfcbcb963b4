"""A language that a scenario speaks in one text and not in another: such clients read the scenario's own."""

from collections.abc import Iterator

from qc_engine.scenario_files.reading import ForClient, Reading
from qc_engine.scenario_files.yaml.source import Problem, problem_at


def untranslated(reading: Reading) -> list[Problem]:
    """Warnings, no faults: everybody is written to, only not in their language."""
    spoken = {language for one in reading.for_clients for language in one.text.languages}
    found = [problem for one in reading.for_clients for problem in _missing(one, spoken, reading)]
    return sorted(set(found))


def _missing(one: ForClient, spoken: set[str], reading: Reading) -> Iterator[Problem]:
    own = one.places[reading.language]
    if lacking := sorted(spoken - set(one.text.languages)):
        languages = ", ".join(lacking)
        why = f"no words in {languages} here, though elsewhere: such clients read this in {reading.language}"
        yield problem_at(reading.file, own, why)
    for language, text in one.text.languages.items():
        if one.text.template and not text.template:
            why = (
                f"no template for {language}: outside the messenger's 24 hours such clients read this in "
                f"{reading.language}"
            )
            yield problem_at(reading.file, one.places[language], why)
