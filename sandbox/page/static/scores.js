// The scores of a deal, as the engine wrote them into its fields.

const FIELDS = ['UF_CRM_QC_SCORE_1', 'UF_CRM_QC_SCORE_2', 'UF_CRM_QC_AVERAGE'];
export const ENOUGH = 8;

/** [first, second, average] as numbers, null where there is none. */
export function scoresOf(deal) {
  return FIELDS.map((name) => number(deal.fields?.[name]));
}

function number(value) {
  if (value === null || value === undefined || value === '') return null;
  const read = Number(String(value).replace(',', '.'));
  return Number.isNaN(read) ? null : read;
}

/** 9.5 -> '9,5'. */
export function shown(score) {
  return String(score).replace('.', ',');
}

export function hasBonus(contact) {
  return ['1', 'Y', 'true'].includes(String(contact?.fields?.UF_CRM_QC_BONUS));
}

export function optedOut(contact) {
  return ['1', 'Y', 'true'].includes(String(contact?.fields?.UF_CRM_QC_OPT_OUT));
}
