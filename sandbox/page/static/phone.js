// The client's phone: the list of conversations, one open chat, and whether WhatsApp works at all.
import { startChat } from './chat.js';
import { el, follow, setClass, setText } from './dom.js';
import { attempt, said } from './say.js';
import { chatOpened, digits, look, onChange, openChat, select, virtualNow, world } from './state.js';
import { setMessenger } from './talks.js';
import { dayTime, hourMinute, sameDay } from './time.js';

const parts = {};

export function startPhone() {
  parts.list = el('div', { class: 'rows' });
  parts.chat = startChat(toList);
  parts.weather = document.querySelector('.weather select');
  parts.weather.addEventListener('change', () => attempt(change));
  document.querySelector('.handset').append(parts.list, parts.chat);
  onChange(show);
  show();
}

async function change() {
  await setMessenger(parts.weather.value);
  await look();
  said(parts.weather.selectedOptions[0].textContent);
}

function show() {
  const isOpen = Boolean(chatOpened());
  parts.list.hidden = isOpen;
  parts.chat.hidden = !isOpen;
  if (!isOpen) showList();
  if (document.activeElement !== parts.weather) parts.weather.value = world.messenger;
  setClass(parts.weather, 'bad-weather', world.messenger !== 'works');
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
  const unread = Object.values(row.unread).reduce((sum, one) => sum + one, 0);
  setText(node.querySelector('.row-name'), row.name || pretty(row.phone));
  setText(node.querySelector('.row-text'), row.last_text || 'пока пусто');
  setText(node.querySelector('.row-time'), row.last_at ? when(row.last_at) : '');
  setText(node.querySelector('.row-new'), unread ? `${unread} нов.` : '');
}

function when(moment) {
  return sameDay(moment, virtualNow()) ? hourMinute(moment) : dayTime(moment);
}

/** The chat, and the newest order of this client with it. */
function openClient(phone) {
  const deal = world.deals.filter((one) => digits(one.phone) === phone && !one.origin).at(-1);
  return deal ? select(deal.id) : openChat(phone);
}

async function toList() {
  await openChat('');
  parts.list.querySelector('button')?.focus();
}

/** 77011234567 -> '+7 701 123 45 67'. */
export function pretty(phone) {
  return phone.replace(/^7(\d{3})(\d{3})(\d{2})(\d{2})$/, '+7 $1 $2 $3 $4');
}

export function avatar(name) {
  const letters = name.trim().split(/\s+/).slice(0, 2).map((word) => word[0] ?? '').join('').toUpperCase();
  return el('span', { class: 'avatar', 'aria-hidden': 'true' }, letters);
}
