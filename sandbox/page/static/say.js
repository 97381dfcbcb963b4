// Small messages: troubles for the eye, progress for a screen reader.
import { el } from './dom.js';

const SHOWN_MS = 8000;
let timer = 0;

export function trouble(problem) {
  const box = document.getElementById('trouble');
  const close = el('button', { type: 'button', 'aria-label': 'Закрыть сообщение', onclick: hide }, '×');
  box.replaceChildren(el('span', {}, words(problem)), close);
  box.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(hide, SHOWN_MS);
}

function hide() {
  document.getElementById('trouble').hidden = true;
}

function words(problem) {
  if (problem instanceof TypeError) return 'Имитация не отвечает. Она ещё запущена?';
  return `Не получилось: ${problem.message}`;
}

export function said(text) {
  document.getElementById('said').textContent = text;
}

/** Runs an action of the visitor; what goes wrong is told, not thrown. True when it went well. */
export async function attempt(action) {
  try {
    await action();
    return true;
  } catch (problem) {
    trouble(problem);
    return false;
  }
}
