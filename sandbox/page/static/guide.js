// The guided path: one story at a time, one button per step, and a tick when the state shows that it happened.
import { el, follow, setClass, setText } from './dom.js';
import { attempt, said } from './say.js';
import { look, onChange, openChat, select, watchChat, world } from './state.js';
import { seen, STORIES, weather } from './stories.js';
import { engineIsAway } from './story.js';

const KEPT = 'qc-guide';
const SLOW_MS = 12_000;

const parts = {};
let run = restored();
let pressedAt = 0; // when the visitor pressed the current step's button

export function startGuide() {
  for (const name of ['tabs', 'lead', 'steps', 'finish']) parts[name] = document.querySelector(`.guide .${name}`);
  parts.tabs.append(...Object.entries(STORIES).map(([name, story]) => tab(name, story)));
  watchChat(run.phone);
  onChange(progress);
  setInterval(show, 1000);
  show();
}

function tab(name, story) {
  const choose = () => name !== run.story && begin(name);
  return el('button', { type: 'button', 'data-story': name, onclick: choose }, story.name);
}

// --- one run ---

function blank(story) {
  return { story, dealId: null, phone: '', client: '', done: 0 };
}

function begin(story) {
  if (world.messenger !== 'works') attempt(() => weather('works'));
  run = blank(story);
  keep();
  watchChat('');
  pressedAt = 0;
  show();
  parts.tabs.querySelector(`[data-story="${story}"]`).focus();
}

function restored() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT));
    return kept && STORIES[kept.story] ? kept : blank('happy');
  } catch {
    return blank('happy');
  }
}

function keep() {
  sessionStorage.setItem(KEPT, JSON.stringify(run));
}

/** Ticks off whatever the state shows by now; a step stays done, whatever happens later. */
function progress() {
  if (run.dealId && world.version && !world.deals.some((deal) => deal.id === run.dealId)) return begin(run.story);
  const { steps } = STORIES[run.story];
  const before = run.done;
  const now = run.dealId && seen(run);
  while (now && run.done < steps.length && steps[run.done].happened(now)) run.done += 1;
  if (run.done > before) tick(steps);
  show();
  if (run.done > before) keepInView();
}

function tick(steps) {
  const last = steps[run.done - 1];
  pressedAt = 0;
  keep();
  said(`Готово: ${last.title}. ${last.after}`);
  if (last.shows) attempt(() => openChat(run.phone, last.shows));
}

/** Pressing twice would do it twice; but nobody is locked out when the engine is slow. */
function busy() {
  return pressedAt > 0 && performance.now() - pressedAt < SLOW_MS;
}

async function press(step) {
  if (step.again) return void attempt(async () => step.act(run)); // only shows something
  if (busy()) return;
  pressedAt = performance.now();
  show();
  const done = await attempt(() => step.act({ ...run, begin: adopt }));
  if (!done) pressedAt = 0;
  progress();
}

/** Scrolls inside the panel only: the page itself stays where the visitor looks. */
function keepInView() {
  const box = parts.steps.closest('.guide');
  const target = parts.steps.querySelector('.current') ?? parts.finish;
  const below = target.getBoundingClientRect().bottom - box.getBoundingClientRect().bottom;
  if (below > 0) box.scrollTop += below + 12;
}

function adopt(dealId, client, phone) {
  run = { ...run, dealId, client, phone };
  keep();
  watchChat(phone);
}

// --- how it looks ---

function show() {
  const { lead, steps } = STORIES[run.story];
  for (const button of parts.tabs.children) button.setAttribute('aria-pressed', String(button.dataset.story === run.story));
  setText(parts.lead, run.client ? `${lead} Клиент этого показа: ${run.client}.` : lead);
  const hadFocus = parts.steps.contains(document.activeElement) && document.activeElement;
  const rows = steps.map((step, place) => ({ step, place }));
  follow(parts.steps, rows, (row) => row.place + run.story, makeStep, updateStep);
  follow(parts.finish, run.done === steps.length ? [run.story] : [], (story) => story, makeFinish);
  if (hadFocus && !hadFocus.offsetParent) nextButton()?.focus({ preventScroll: true });
}

function nextButton() {
  return parts.steps.querySelector('.current .do:not([hidden])') ?? parts.finish.querySelector('button');
}

function makeStep({ step, place }) {
  const title = el('p', { class: 'step-title' }, el('span', { class: 'visually-hidden' }), el('span', {}, step.title));
  const knob = step.link ? door(step) : el('button', { type: 'button', class: 'do primary', onclick: () => press(step) }, step.button);
  return el('li', { class: 'step' }, el('span', { class: 'tick', 'aria-hidden': 'true' }, String(place + 1)), el('div', {}, title, el('p', { class: 'step-words' }), knob, el('p', { class: 'step-wait' })));
}

/** A real link, so that the browser opens it as any visitor would. */
function door(step) {
  const opened = () => {
    pressedAt = performance.now();
    setTimeout(look, 300);
    show();
  };
  return el('a', { class: 'do button primary', target: '_blank', rel: 'noopener noreferrer', onclick: opened }, step.button, el('span', { 'aria-hidden': 'true' }, ' ↗'), el('span', { class: 'visually-hidden' }, ' (в новой вкладке)'));
}

function updateStep(node, { step, place }) {
  const done = place < run.done;
  const current = place === run.done;
  setClass(node, 'done', done);
  setClass(node, 'current', current);
  current ? node.setAttribute('aria-current', 'step') : node.removeAttribute('aria-current');
  setText(node.querySelector('.tick'), done ? '✓' : String(place + 1));
  setText(node.querySelector('.step-title > :first-child'), done ? 'Сделано: ' : '');
  setText(node.querySelector('.step-words'), done ? step.after : current ? step.before : '');
  updateKnob(node.querySelector('.do'), step, done, current);
  setText(node.querySelector('.step-wait'), current ? patience(step) : '');
}

function updateKnob(knob, step, done, current) {
  knob.hidden = !(current || (done && step.again));
  setClass(knob, 'primary', current);
  if (step.link) {
    const address = current ? step.link(seen(run)) : '';
    address ? knob.setAttribute('href', address) : knob.removeAttribute('href');
    knob.setAttribute('aria-disabled', String(!address));
  } else {
    knob.setAttribute('aria-disabled', String(current && busy()));
  }
}

function patience(step) {
  if (step.link && !step.link(seen(run))) return 'Ссылка вот-вот появится…';
  if (!pressedAt) return '';
  if (engineIsAway()) return 'Движок сейчас не отвечает, без него дальше не пойдёт.';
  if (step.link) return 'Ждём, что Вы сделаете на открытой странице…';
  if (busy()) return 'Движок работает…';
  return 'Дольше обычного. Что движок думает об этой сделке, видно рядом в «Что сделал движок и почему».';
}

function makeFinish() {
  const again = el('button', { type: 'button', onclick: () => begin(run.story) }, 'Ещё раз с новым клиентом');
  const names = Object.keys(STORIES);
  const other = names[(names.indexOf(run.story) + 1) % names.length];
  const next = el('button', { type: 'button', class: 'primary', onclick: () => begin(other) }, `Дальше: «${STORIES[other].name}»`);
  return el('div', { class: 'finish-box' }, el('p', {}, 'Готово. Весь путь клиента пройден, каждое решение объяснено рядом.'), el('p', { class: 'finish-knobs' }, next, again));
}

/** Opens the client of a run that a reload interrupted. */
export async function resume() {
  if (run.dealId && world.deals.some((deal) => deal.id === run.dealId)) await select(run.dealId);
}
