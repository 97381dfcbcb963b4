// The card of a deal, as a person in the CRM has it: fields by their kind, history, comments.
import { get, patch, post } from './api.js';
import { el, linked } from './dom.js';
import { makeField } from './fields.js';
import { said } from './say.js';
import { look, userName, world } from './state.js';
import { dayTime } from './time.js';

/** Shows the deal as it is at this moment. */
export async function openCard(dealId) {
  const card = await get(`/sandbox/deals/${dealId}`);
  const desk = document.getElementById('desk');
  desk.replaceChildren(head(desk, card), form(desk, card), comments(desk, card), history(card));
  if (!desk.open) desk.showModal();
}

function head(desk, card) {
  const close = el('button', { type: 'button', class: 'quiet', 'aria-label': 'Закрыть карточку', onclick: () => desk.close() }, '×');
  return el('header', { class: 'desk-head' }, el('h2', { id: 'desk-title' }, `Сделка № ${card.id}`), close);
}

// --- the fields ---

function form(desk, card) {
  const fields = [
    makeField({ name: 'title', label: 'Название', kind: 'string', value: card.title, options: [] }),
    makeField({ name: 'assigned_to', label: 'Ответственный', kind: 'employee', value: card.assigned_to, options: people(card.assigned_to) }),
    ...card.fields.map(makeField),
  ];
  const trouble = el('p', { class: 'desk-trouble', role: 'alert' });
  const made = el('form', { class: 'desk-form' }, ...fields.map((field) => field.node), trouble, el('button', { class: 'primary' }, 'Сохранить'));
  made.addEventListener('submit', (event) => {
    event.preventDefault();
    told(trouble, () => save(desk, card.id, fields));
  });
  return made;
}

function people(now) {
  return world.users.filter((user) => user.active || user.id === now).map((user) => ({ value: user.id, text: user.name }));
}

/** Only what was changed by hand: the engine may have written the rest meanwhile. */
async function save(desk, dealId, fields) {
  const changed = Object.fromEntries(fields.filter((field) => field.changed()).map((field) => [field.name, field.value()]));
  const { title, assigned_to, ...own } = changed;
  const wish = { ...(title !== undefined && { title }), ...(assigned_to !== undefined && { assigned_to }), fields: own };
  await patch(`/sandbox/deals/${dealId}`, wish);
  await look();
  desk.close();
  said(`Сделка ${dealId} сохранена`);
}

async function told(trouble, action) {
  trouble.textContent = '';
  try {
    await action();
  } catch (problem) {
    trouble.textContent = problem instanceof TypeError ? 'Имитация не отвечает. Она ещё запущена?' : `Не получилось: ${problem.message}`;
  }
}

// --- what happened ---

function comments(desk, card) {
  const rows = card.comments.map((one) => el('li', {}, moment(one.at, userName(one.author)), el('p', { class: 'desk-words' }, ...linked(one.text))));
  const text = el('input', { name: 'text', required: true, maxlength: '1000', autocomplete: 'off', 'aria-label': 'Новый комментарий', placeholder: 'Комментарий' });
  const trouble = el('p', { class: 'desk-trouble', role: 'alert' });
  const write = el('form', { class: 'completion' }, text, el('button', {}, 'Добавить'));
  write.addEventListener('submit', (event) => {
    event.preventDefault();
    told(trouble, async () => {
      await post(`/sandbox/deals/${card.id}/comments`, { text: text.value });
      await look();
      await openCard(card.id);
      desk.querySelector('.desk-comments input').focus();
    });
  });
  return section('desk-comments', 'Комментарии', rows, 'Комментариев нет.', write, trouble);
}

function history(card) {
  const rows = card.history.map((one) => el('li', {}, moment(one.at, stageName(one))));
  return section('desk-history', 'История стадий', rows.reverse(), 'Сделка ещё не двигалась.');
}

function stageName(entry) {
  const pipeline = world.pipelines.find((one) => one.id === entry.pipeline);
  const stage = pipeline?.stages.find((one) => one.id === entry.stage)?.name ?? entry.stage;
  return entry.kind === 'pipeline' ? `${pipeline?.name ?? entry.pipeline} / ${stage}` : stage;
}

function moment(at, words) {
  return el('p', { class: 'desk-line' }, el('span', { class: 'moment' }, dayTime(at)), ` ${words}`);
}

function section(name, title, rows, empty, ...more) {
  const list = rows.length ? el('ol', {}, ...rows) : el('p', { class: 'empty-note' }, empty);
  return el('section', { class: `desk-part ${name}` }, el('h3', {}, title), list, ...more);
}
