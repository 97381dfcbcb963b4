// The bubbles of a chat, with a line where a new day begins.
import { el, linked, outside, setClass, setText } from './dom.js';
import { dayMonth, hourMinute, sameDay } from './time.js';

const STATUS = { accepted: 'в пути, не дошло', delivered: 'доставлено', read: 'прочитано', failed: 'не доставлено' };
const WHO = { us: 'Сервис', client: 'Клиент', operator: 'Оператор', system: 'Система' };
const KIND = { voice: 'Голосовое сообщение', photo: 'Фото', sticker: 'Стикер 👍' };

/** The messages with a day before the first of each day, each with its key. */
export function spaced(messages) {
  return messages.flatMap((message, place) => {
    const before = messages[place - 1];
    const row = { key: `m${message.key}`, message };
    const newDay = !before || !sameDay(before.at, message.at);
    return newDay ? [{ key: `d${message.key}`, day: message.at }, row] : [row];
  });
}

export function makeBubble({ day, message }) {
  if (day) return el('p', { class: 'day' }, dayMonth(day));
  const who = el('span', { class: message.from === 'operator' ? 'who' : 'visually-hidden' }, `${WHO[message.from] ?? message.from}: `);
  const words = el('p', { class: 'words' }, who, ...linked(message.text || KIND[message.kind] || ''));
  const file = message.file ? [el('p', { class: 'file' }, '📎 ', outside(message.file, nameOf(message.file)))] : [];
  return el('div', { class: `bubble ${side(message.from)}` }, words, ...file, el('p', { class: 'stamp' }));
}

function nameOf(address) {
  return decodeURIComponent(new URL(address).pathname.split('/').pop()) || address;
}

function side(from) {
  return from in WHO ? `from-${from}` : 'from-system';
}

export function updateBubble(node, { message }) {
  if (!message) return;
  // Only what goes to a client has a way to go, and not every messenger tells of it.
  const goes = ['us', 'operator'].includes(message.from) && message.status;
  const status = goes ? ` · ${STATUS[message.status] ?? message.status}` : '';
  setText(node.querySelector('.stamp'), `${hourMinute(message.at)}${status}`);
  setClass(node, 'failed', message.status === 'failed');
  setClass(node, 'on-its-way', goes && message.status === 'accepted');
}
