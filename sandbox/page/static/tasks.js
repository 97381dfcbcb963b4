// Tasks and notifications of managers and heads.
import { post } from './api.js';
import { el, follow, linked, setText } from './dom.js';
import { avatar } from './phone.js';
import { attempt, said } from './say.js';
import { dealById, look, onChange, select, userName, userPosition } from './state.js';
import { dayTime } from './time.js';

const CLOSED = new Set(['4', '5']); // waits for control, completed
const MOST = 30;
const NONE_YET = 'Задач пока нет. Когда клиент откроет ссылку на отзыв, задача появится у менеджера; когда он недоволен, у руководителя филиала.';
const ALL_DONE = 'Все задачи выполнены.';
const OUR_MARKER = /\n?\[[\w:.-]+\]\s*$/; // by which the engine finds its own task again

export const isClosed = (task) => CLOSED.has(String(task.status));

export function startTasks() {
  const place = document.querySelector('.task-list');
  const open = el('div', { class: 'open-tasks' });
  const empty = el('p', { class: 'empty-note' });
  const closed = el('details', { class: 'closed-tasks' }, el('summary', {}), el('div', {}));
  place.append(empty, open, closed);
  onChange((world) => {
    const newest = [...world.tasks].reverse();
    const done = newest.filter(isClosed).slice(0, MOST);
    const waiting = newest.filter((task) => !isClosed(task)).slice(0, MOST);
    empty.hidden = waiting.length > 0;
    setText(empty, done.length ? ALL_DONE : NONE_YET);
    follow(open, waiting, (task) => task.id, makeTask);
    closed.hidden = !done.length;
    setText(closed.firstChild, `Выполненные: ${done.length}`);
    follow(closed.lastChild, done, (task) => task.id, makeClosedTask);
    showNotices(world);
  });
}

function makeTask(task) {
  return el('article', { class: 'task', 'data-task': task.id }, ...taskHead(task), text(task), foot(task), completion(task));
}

function makeClosedTask(task) {
  const result = task.result ? el('p', { class: 'result' }, 'Результат: ', ...linked(task.result)) : null;
  return el('article', { class: 'task done', 'data-task': task.id }, ...taskHead(task), text(task), result, foot(task), reopening(task));
}

function taskHead(task) {
  const name = userName(task.responsible);
  const who = el('p', { class: 'task-who' }, avatar(name), el('span', {}, name, el('span', { class: 'position' }, userPosition(task.responsible))));
  return [who, el('h4', {}, task.title)];
}

function text(task) {
  return el('p', { class: 'task-text' }, ...linked((task.description ?? '').replace(OUR_MARKER, '')));
}

function foot(task) {
  const deadline = task.deadline ? `Срок: ${dayTime(task.deadline)}` : 'Без срока';
  const deal = task.deal_id && dealById(task.deal_id);
  const open = deal && el('button', { type: 'button', class: 'quiet', onclick: () => attempt(() => select(deal.id)) }, `Сделка № ${deal.id}`);
  return el('p', { class: 'task-foot' }, deadline, open);
}

function completion(task) {
  const result = el('input', { name: 'result', maxlength: '1000', autocomplete: 'off', 'aria-label': `Результат задачи: ${task.title}`, placeholder: 'Чем закончилось' });
  const form = el('form', { class: 'completion' }, result, el('button', {}, 'Завершить'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    attempt(() => complete(task.id, result.value.trim()));
  });
  return form;
}

export async function complete(taskId, result) {
  await post(`/sandbox/tasks/${taskId}/complete`, { result });
  await look();
  said('Задача завершена');
}

function reopening(task) {
  const name = el('span', { class: 'visually-hidden' }, ` задачу: ${task.title}`);
  return el('button', { type: 'button', class: 'quiet reopen', onclick: () => attempt(() => reopen(task.id)) }, 'Вернуть в работу', name);
}

async function reopen(taskId) {
  await post(`/sandbox/tasks/${taskId}/reopen`, {});
  await look();
  said('Задача снова в работе');
  document.querySelector(`.open-tasks [data-task="${taskId}"] input`)?.focus();
}

// --- notifications ---

function showNotices(world) {
  const place = document.querySelector('.notice-list');
  const newest = [...world.notifications].reverse().slice(0, MOST);
  const rows = newest.length ? newest : [{ id: 'none' }];
  follow(place, rows, (notice) => notice.id, makeNotice);
}

function makeNotice(notice) {
  if (notice.id === 'none') return el('p', { class: 'empty-note' }, 'Здесь видно, о чём движок сообщил сотрудникам.');
  const head = el('p', { class: 'notice-head' }, el('strong', {}, userName(notice.user)), el('span', {}, dayTime(notice.at)));
  return el('article', { class: 'notice' }, head, el('p', {}, ...linked(notice.text)));
}
