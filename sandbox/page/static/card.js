// One deal on a board: who, where, the scores, and what a person may do with it.
import { post } from './api.js';
import { openCard } from './desk.js';
import { el, follow, setClass, setText } from './dom.js';
import { attempt, said } from './say.js';
import { ENOUGH, hasBonus, optedOut, scoresOf, shown } from './scores.js';
import { contactOf, dealById, look, select, userName } from './state.js';
import { dayTime } from './time.js';

export function makeCard(deal) {
  const choose = el('button', { type: 'button', class: 'card-name', onclick: () => attempt(() => select(deal.id)) });
  return el(
    'article',
    { class: 'card', 'data-deal': deal.id },
    choose,
    el('p', { class: 'card-branch' }),
    el('p', { class: 'card-marks' }),
    el('p', { class: 'card-words' }),
    el('p', { class: 'card-foot' }),
    el('div', { class: 'card-tools' }, opener(deal.id), menu(deal.id)),
  );
}

export function updateCard(card, deal, world) {
  const chosen = world.selected === deal.id;
  const name = card.querySelector('.card-name');
  setText(name, deal.client || deal.title);
  name.setAttribute('aria-pressed', String(chosen));
  setClass(card, 'chosen', chosen);
  setText(card.querySelector('.card-branch'), whereOf(deal, world));
  setText(card.querySelector('.card-words'), wordsOf(deal, world));
  setText(card.querySelector('.card-foot'), `№ ${deal.id} · ${dayTime(deal.moved_time)}`);
  follow(card.querySelector('.card-marks'), marks(deal, world), (mark) => mark.name, makeMark, updateMark);
  updateMenu(card, deal, world);
}

function makeMark(mark) {
  return el('span', { class: `mark ${mark.name}` });
}

function updateMark(node, mark) {
  setText(node, mark.text);
}

function marks(deal, world) {
  const [first, second, average] = scoresOf(parentOf(deal, world));
  const contact = contactOf(deal);
  const mood = average === null ? 'asked' : average >= ENOUGH ? 'good' : 'bad';
  const told = [first, second].filter((score) => score !== null).map(shown);
  return [
    told.length && { name: 'scores', text: `${told.length > 1 ? 'оценки' : 'оценка'} ${told.join(' и ')}` },
    average !== null && { name: mood, text: `средняя ${shown(average)}` },
    deal.pipeline === 0 && hasBonus(contact) && { name: 'bonus', text: 'есть бонус' },
    optedOut(contact) && { name: 'silent', text: 'не писать' },
  ].filter(Boolean);
}

/** A complaint carries the scores of the visit that it is about. */
export function parentOf(deal, world) {
  if (scoresOf(deal).some((score) => score !== null) || !deal.origin) return deal;
  const orders = world.deals.filter((one) => one.contact_id === deal.contact_id && !one.origin);
  return orders.at(-1) ?? deal;
}

/** The branch, and for a complaint the head who has it. */
function whereOf(deal, world) {
  const branch = shortBranch(parentOf(deal, world).branch, world);
  return deal.origin ? `${branch} · ${userName(deal.assigned_to)}` : branch;
}

/** 'на Абая' where every branch is called 'Шинный центр ...'. */
function shortBranch(name, world) {
  const first = name.split(' ').slice(0, 2).join(' ');
  const names = world.company.branches.map((branch) => branch.name);
  return names.length > 1 && names.every((one) => one.startsWith(`${first} `)) ? name.slice(first.length + 1) : name;
}

/** What the deal's own note says, or the last words of the client about this visit. */
function wordsOf(deal, world) {
  if (deal.comments) return deal.comments;
  const visit = parentOf(deal, world);
  const said = world.comments.filter((comment) => Number(comment.deal_id) === visit.id).at(-1);
  return (said?.text ?? '').replace(/\s*\[[^\]]*\]\s*$/, '');
}

// --- the card of the deal, and the menu ---

function opener(dealId) {
  const name = el('span', { class: 'visually-hidden' }, ` сделки ${dealId}`);
  return el('button', { type: 'button', class: 'quiet open-card', onclick: () => attempt(() => openCard(dealId)) }, 'Карточка', name);
}

function menu(dealId) {
  const stage = el('select', { 'aria-label': `Стадия сделки ${dealId}` });
  const form = el('form', { class: 'move' }, stage, el('button', {}, 'Перенести'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    move(dealId, stage);
  });
  const summary = el('summary', {}, 'Перенести…', el('span', { class: 'visually-hidden' }, ` сделку ${dealId}`));
  return el('details', { class: 'menu' }, summary, form);
}

function updateMenu(card, deal, world) {
  const select = card.querySelector('select');
  if (!select.children.length) select.append(...world.pipelines.map(group));
  // An open menu keeps what the visitor has chosen in it.
  if (!card.querySelector('details').open && select.value !== deal.stage) select.value = deal.stage;
}

function group(pipeline) {
  const stages = pipeline.stages.map((stage) => el('option', { value: stage.id }, stage.name));
  return el('optgroup', { label: pipeline.name }, ...stages);
}

async function move(dealId, stage) {
  const done = await attempt(async () => {
    await post(`/sandbox/deals/${dealId}/stage`, { stage: stage.value });
    stage.closest('details').open = false;
    await look();
  });
  if (!done) return;
  said(`Сделка ${dealId} перенесена: ${stage.selectedOptions[0]?.textContent ?? ''}`);
  document.querySelector(`.card[data-deal="${dealById(dealId)?.id}"] summary`)?.focus();
}
