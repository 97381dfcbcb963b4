// The client's phone: the list of conversations, and one open chat with its composer.
import { makeBubble, spaced, updateBubble } from './bubbles.js';
import { post } from './api.js';
import { el, follow, setText } from './dom.js';
import { attempt } from './say.js';
import { chatOpened, digits, look, onChange, openChat, select, virtualNow, world } from './state.js';
import { dayTime, hourMinute, sameDay } from './time.js';

const parts = {};

export function startPhone() {
  Object.assign(parts, build());
  document.querySelector('.handset').append(parts.list, parts.chat);
  onChange(show);
  show();
}

function show() {
  const phone = chatOpened();
  parts.list.hidden = Boolean(phone);
  parts.chat.hidden = !phone;
  phone ? showChat(phone) : showList();
}

// --- the list ---

function showList() {
  const rows = world.phones.length ? world.phones : [{ phone: 'none' }];
  follow(parts.list, rows, (row) => row.phone, makeRow, updateRow);
}

function makeRow(row) {
  if (row.phone === 'none') return nobody();
  const open = () => attempt(() => openClient(row.phone));
  const name = el('span', { class: 'row-name' });
  const text = el('span', { class: 'row-text' });
  const side = el('span', { class: 'row-side' }, el('span', { class: 'row-time' }), el('span', { class: 'row-new' }));
  return el('button', { type: 'button', class: 'row', onclick: open }, avatar(row.name || row.phone), el('span', { class: 'row-main' }, name, text), side);
}

function nobody() {
  return el('p', { class: 'empty-note' }, 'Здесь появятся переписки клиентов с сервисом. Начните показ слева или создайте заказ: телефон клиента найдётся здесь.');
}

function updateRow(node, row) {
  if (row.phone === 'none') return;
  setText(node.querySelector('.row-name'), row.name || pretty(row.phone));
  setText(node.querySelector('.row-text'), row.last_text || 'пока пусто');
  setText(node.querySelector('.row-time'), row.last_at ? when(row.last_at) : '');
  setText(node.querySelector('.row-new'), row.unread ? `${row.unread} нов.` : '');
}

function when(moment) {
  return sameDay(moment, virtualNow()) ? hourMinute(moment) : dayTime(moment);
}

/** The chat, and the newest order of this client with it. */
function openClient(phone) {
  const deal = world.deals.filter((one) => digits(one.phone) === phone && !one.origin).at(-1);
  return deal ? select(deal.id) : openChat(phone);
}

// --- one chat ---

function showChat(phone) {
  const row = world.phones.find((one) => one.phone === phone);
  const name = row?.name || pretty(phone);
  setText(parts.name, name);
  setText(parts.number, pretty(phone));
  const messages = world.chats[phone] ?? [];
  const atEnd = parts.bubbles.scrollHeight - parts.bubbles.scrollTop - parts.bubbles.clientHeight < 60;
  follow(parts.bubbles, spaced(messages), (one) => one.key, makeBubble, updateBubble);
  const last = `${phone}/${messages.at(-1)?.id ?? ''}`;
  if (parts.last !== last) {
    if (atEnd || !parts.last?.startsWith(phone) || messages.at(-1)?.from === 'client') parts.bubbles.scrollTop = parts.bubbles.scrollHeight;
    parts.last = last;
  }
}

function build() {
  const name = el('strong', {});
  const number = el('span', { class: 'number' });
  const back = el('button', { type: 'button', class: 'back', onclick: () => attempt(() => toList()) }, '‹ Чаты');
  const bubbles = el('div', { class: 'bubbles', role: 'log', 'aria-label': 'Переписка', tabindex: '0' });
  const chat = el('div', { class: 'chat' }, el('div', { class: 'chat-head' }, back, el('p', {}, name, number)), bubbles, composer());
  return { list: el('div', { class: 'rows' }), chat, name, number, bubbles };
}

async function toList() {
  await openChat('');
  parts.list.querySelector('button')?.focus();
}

function composer() {
  const text = el('input', { name: 'text', autocomplete: 'off', maxlength: '2000', 'aria-label': 'Сообщение', placeholder: 'Ответить своими словами' });
  const form = el('form', { class: 'composer' }, whoWrites(text), el('div', { class: 'composer-line' }, text, el('button', { class: 'primary send', 'aria-label': 'Отправить' }, '➤')));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    write(form.elements.who.value, text);
  });
  return form;
}

function whoWrites(text) {
  const choice = (value, words, hint, checked) => {
    const radio = el('input', { type: 'radio', name: 'who', value, checked, onchange: () => (text.placeholder = hint) });
    return el('label', {}, radio, el('span', {}, words));
  };
  return el(
    'fieldset',
    {},
    el('legend', {}, 'Пишет'),
    choice('messages', 'клиент', 'Ответить своими словами', true),
    choice('operator', 'оператор', 'Написать как оператор', false),
  );
}

async function write(who, input) {
  const text = input.value.trim();
  if (!text) return input.focus();
  const done = await attempt(async () => {
    await post(`/sandbox/phones/${chatOpened()}/${who}`, { text });
    await look();
  });
  if (done) input.value = '';
  input.focus();
}

/** 77011234567 -> '+7 701 123 45 67'. */
export function pretty(phone) {
  return phone.replace(/^7(\d{3})(\d{3})(\d{2})(\d{2})$/, '+7 $1 $2 $3 $4');
}

export function avatar(name) {
  const letters = name.trim().split(/\s+/).slice(0, 2).map((word) => word[0] ?? '').join('').toUpperCase();
  return el('span', { class: 'avatar', 'aria-hidden': 'true' }, letters);
}
