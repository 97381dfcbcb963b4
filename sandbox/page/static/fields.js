// One field of a deal in a form, by its kind: what is shown, what was changed, what is sent.
import { el } from './dom.js';

const NUMBERS = new Set(['integer', 'double']);
const HOURS_EAST = 5; // the company's own time, as the rest of the page
let last = 0;

/** {name, node, changed(), value()} of {name, label, kind, many, value, options}. */
export function makeField(field) {
  const id = `field-${(last += 1)}`;
  const { input, read } = inputOf(field, id);
  const before = JSON.stringify(read());
  const label = el('label', { for: id }, field.label);
  const node = field.kind === 'boolean' ? el('p', { class: 'desk-field tick-field' }, input, label) : el('p', { class: 'desk-field' }, label, input);
  return { name: field.name, node, changed: () => JSON.stringify(read()) !== before, value: read };
}

function inputOf(field, id) {
  if (field.options.length) return choice(field, id);
  if (field.kind === 'boolean') return tick(field, id);
  if (field.many) return lines(field, id);
  if (field.kind === 'date') return written(field, id, { type: 'date' }, day(field.value));
  if (field.kind === 'datetime') return written(field, id, { type: 'datetime-local' }, minute(field.value));
  const kind = NUMBERS.has(field.kind) ? { inputmode: 'decimal' } : {};
  return written(field, id, { maxlength: '1000', ...kind }, field.value ?? '');
}

function written(field, id, kind, value) {
  const input = el('input', { id, name: field.name, autocomplete: 'off', ...kind });
  input.value = String(value);
  const read = () => (NUMBERS.has(field.kind) ? input.value.trim().replace(',', '.') : input.value);
  return { input, read };
}

function choice(field, id) {
  const now = (field.many ? field.value ?? [] : [field.value]).filter((one) => one !== null && one !== '').map(String);
  const known = new Set(field.options.map((option) => String(option.value)));
  const gone = now.filter((value) => !known.has(value)).map((value) => ({ value, text: `${value} (нет в списке)` }));
  const options = [...(field.many ? [] : [{ value: '', text: '—' }]), ...field.options, ...gone];
  const rows = options.map(({ value, text }) => el('option', { value, selected: now.includes(String(value)) }, text));
  const input = el('select', { id, name: field.name, multiple: Boolean(field.many) }, ...rows);
  const read = () => (field.many ? [...input.selectedOptions].map((option) => option.value) : input.value);
  return { input, read };
}

function tick(field, id) {
  const input = el('input', { id, name: field.name, type: 'checkbox' });
  input.checked = ['Y', '1', 'true'].includes(String(field.value));
  return { input, read: () => (input.checked ? 'Y' : 'N') };
}

function lines(field, id) {
  const input = el('textarea', { id, name: field.name, rows: '3' });
  input.value = (field.value ?? []).join('\n');
  return { input, read: () => input.value.split('\n').map((line) => line.trim()).filter(Boolean) };
}

const day = (value) => (value ? value.slice(0, 10) : '');

function minute(value) {
  if (!value) return '';
  return new Date(Date.parse(value) + HOURS_EAST * 3_600_000).toISOString().slice(0, 16);
}
