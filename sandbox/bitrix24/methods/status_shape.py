"""How stages and values of dictionaries look in answers (crm.status.list, crm.status.entity.types pages)."""

from sandbox.bitrix24.items import Row
from sandbox.bitrix24.parts import SEMANTIC_WORDS, Pipeline, Stage, Word

STAGES = "DEAL_STAGE"


def is_system(stage: Stage) -> bool:
    """The portal's own: it cannot be deleted without force."""
    return stage.semantics == "S" or stage.id.rpartition(":")[2] in ("NEW", "LOSE")


def stage_row(stage: Stage) -> Row:
    system = is_system(stage)
    extra = {"SEMANTICS": SEMANTIC_WORDS[stage.semantics], "COLOR": stage.color}
    if stage.id.endswith("APOLOGY"):
        extra["SEMANTICS"] = "apology"
    return {
        "ID": str(stage.number),
        "ENTITY_ID": f"{STAGES}_{stage.pipeline}" if stage.pipeline else STAGES,
        "STATUS_ID": stage.id,
        "NAME": stage.name,
        "NAME_INIT": stage.name if system else "",
        "SORT": str(stage.sort),
        "SYSTEM": "Y" if system else "N",
        "CATEGORY_ID": str(stage.pipeline) if stage.pipeline else None,
        "COLOR": stage.color,
        "SEMANTICS": stage.semantics,
        "EXTRA": extra,
    }


def word_row(word: Word) -> Row:
    return {
        "ID": str(word.number),
        "ENTITY_ID": word.dictionary,
        "STATUS_ID": word.id,
        "NAME": word.name,
        "NAME_INIT": "",
        "SORT": str(word.sort),
        "SYSTEM": "N",
        "CATEGORY_ID": None,
        "COLOR": None,
        "SEMANTICS": None,
    }


def stage_dictionary(pipeline: Pipeline) -> Row:
    final = {stage.semantics: stage.id for stage in reversed(pipeline.stages)}
    info = {
        "START_FIELD": pipeline.stages[0].id if pipeline.stages else "",
        "FINAL_SUCCESS_FIELD": final.get("S", ""),
        "FINAL_UNSUCCESS_FIELD": final.get("F", ""),
        "FINAL_SORT": 0,
    }
    row: Row = {"ID": STAGES, "NAME": f"Стадии сделки {pipeline.name}", "SEMANTIC_INFO": info}
    if not pipeline.id:
        return {**row, "FIELD_ATTRIBUTE_SCOPE": "", "ENTITY_TYPE_ID": 2, "CATEGORY_ID": 0}
    return {
        **row,
        "ID": f"{STAGES}_{pipeline.id}",
        "PARENT_ID": STAGES,
        "PREFIX": f"C{pipeline.id}",
        "FIELD_ATTRIBUTE_SCOPE": f"category_{pipeline.id}",
        "ENTITY_TYPE_ID": 2,
        "CATEGORY_ID": str(pipeline.id),
    }
