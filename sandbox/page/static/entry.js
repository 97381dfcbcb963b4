// One entry of the engine's story: the event, the checked conditions, what was done and whether it arrived.
import { el, follow, linked, setClass, setText } from './dom.js';

const BAD = new Set(['failed', 'review', 'unknown']);

export function makeEntry(entry) {
  const why = el('details', { class: 'checked' }, el('summary', {}), el('ul', {}));
  const words = el('p', { class: 'happened' }, ...linked(entry.text));
  return el('li', { class: 'entry' }, el('p', { class: 'moment' }, entry.time), words, el('ul', { class: 'notes' }), el('ul', { class: 'effects' }), why, el('p', { class: 'next' }));
}

export function updateEntry(node, entry) {
  setClass(node, 'machine', entry.grade === 'machine');
  follow(node.querySelector('.notes'), numbered(notesOf(entry)), key, () => el('li', {}), (row, note) => setText(row, note.text));
  follow(node.querySelector('.effects'), numbered(entry.effects), key, makeEffect, updateEffect);
  showChecked(node.querySelector('.checked'), entry.checked ?? []);
  setText(node.querySelector('.next'), entry.wake_time ?? '');
}

function notesOf(entry) {
  return entry.notes ?? (entry.reason ? [{ text: entry.reason }] : []);
}

const numbered = (rows = []) => rows.map((row, place) => ({ ...row, place }));
const key = (row) => row.place;

function showChecked(box, checked) {
  box.hidden = !checked.length;
  setText(box.firstChild, `Почему: проверено условий ${checked.length}`);
  follow(box.lastChild, numbered(checked), key, makeCheck);
}

function makeCheck(one) {
  const sign = el('span', { class: 'sign', 'aria-hidden': 'true' }, one.passed ? '✓' : '✗');
  const spoken = el('span', { class: 'visually-hidden' }, one.passed ? 'выполнено: ' : 'не выполнено: ');
  const rule = el('span', { class: 'rule' }, one.rule, one.line ? `, строка ${one.line}` : '');
  return el('li', { class: one.passed ? 'passed' : 'failed' }, sign, spoken, one.why, rule);
}

function makeEffect() {
  return el('li', { class: 'effect' }, el('span', { class: 'sign', 'aria-hidden': 'true' }, '→'), el('span', { class: 'deed' }), el('span', { class: 'delivery' }));
}

function updateEffect(node, effect) {
  setText(node.querySelector('.deed'), effect.text);
  setText(node.querySelector('.delivery'), effect.delivery);
  setClass(node, 'bad', BAD.has(effect.state));
  setClass(node, 'waiting', effect.state !== 'done' && !BAD.has(effect.state));
}
