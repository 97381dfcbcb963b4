// Every way to one client's phone, told in one shape: WhatsApp, two bots, and SMS.
import { get, post } from './api.js';

export const WAYS = { whatsapp: 'WhatsApp', telegram: 'Telegram', max: 'MAX', sms: 'СМС' };
export const BOTS = ['telegram', 'max'];
const CHATS = 60;

// --- looking ---

/** The clients, the one that was written to last first: {phone, name, last_text, last_at, unread: {way: n}, bots: {way: chat}}. */
export async function readPhones() {
  const [whatsapp, telegram, max, sms] = await Promise.all([
    get(`/sandbox/phones?limit=${CHATS}`),
    get('/sandbox/telegram/chats'),
    get('/sandbox/max/chats'),
    get('/sandbox/sms/phones'),
  ]);
  const rows = new Map();
  for (const one of whatsapp.phones) note(rows, 'whatsapp', one);
  for (const one of telegram.chats) note(rows, 'telegram', one).bots.telegram ??= one;
  for (const one of max.chats) note(rows, 'max', one).bots.max ??= one;
  for (const one of sms.phones) note(rows, 'sms', one);
  rows.delete(''); // bots that somebody opened without a phone
  return [...rows.values()].sort((one, other) => (other.last_at ?? '').localeCompare(one.last_at ?? ''));
}

function note(rows, way, one) {
  const row = rows.get(one.phone) ?? { phone: one.phone, name: '', last_text: '', last_at: null, unread: {}, bots: {} };
  rows.set(one.phone, row);
  row.name ||= one.name ?? '';
  row.unread[way] = (row.unread[way] ?? 0) + one.unread;
  if ((one.last_at ?? '') > (row.last_at ?? '')) Object.assign(row, { last_at: one.last_at, last_text: shown(one.last_text), last_way: way });
  return row;
}

/** By way, all messages of this client, oldest first; those of `opened` are read by looking. */
export async function readTalks(row, opened) {
  const talks = await Promise.all(Object.keys(WAYS).map((way) => readTalk(row, way, way === opened)));
  return Object.fromEntries(Object.keys(WAYS).map((way, place) => [way, talks[place]]));
}

async function readTalk(row, way, opened) {
  const path = pathOf(row, way);
  if (!path) return [];
  const query = [way === 'sms' && 'arrived=1', !opened && 'peek=1'].filter(Boolean).join('&');
  const { messages } = await get(`${path}?${query}`);
  return messages.map((one) => told(way, one));
}

function pathOf(row, way) {
  if (way === 'whatsapp') return `/sandbox/phones/${row.phone}`;
  if (way === 'sms') return `/sandbox/sms/phones/${row.phone}`;
  return row.bots[way] ? `/sandbox/${way}/chats/${row.bots[way].chat}` : '';
}

/** A bot gets no receipts; what stands on a phone's screen of SMS has arrived. */
function told(way, one) {
  const status = way === 'sms' ? 'delivered' : (one.status ?? '');
  return { ...one, key: `${way}${one.id}`, way, from: one.from ?? 'us', text: shown(one.text), status };
}

/** Telegram sends the token of a link with the command, and shows the command alone. */
function shown(text) {
  return text.replace(/^\/start \S+$/, '/start');
}

// --- acting ---

/** The client writes; `kind` is text, voice, sticker ... */
export function write(row, way, text, kind = 'text') {
  return post(`${pathOf(row, way)}/messages`, { text, kind });
}

/** By the link of an invitation, or without one by somebody who was there before. */
export function openBot(row, way, link = '') {
  const known = row.bots[way];
  const by = known ? { chat: known.chat } : { phone: row.phone, name: row.name };
  return post(`/sandbox/${way}/chats/open`, { ...by, ...(link ? { link } : {}) });
}

export function blockBot(row, way) {
  return post(`${pathOf(row, way)}/block`, {});
}

/** works, refuses, silent or down: WhatsApp of all clients. */
export function setMessenger(state) {
  return post('/sandbox/switches', { messenger: state });
}
