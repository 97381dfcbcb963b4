// What the sandbox knows, looked at twice a second; parts of the page listen to it.
import { get } from './api.js';
import { readPhones, readTalks } from './talks.js';

const EVERY_MS = 500;
const NEWEST = 200; // rows of each kind

const listeners = new Set();
let openPhone = '';
let openWay = 'whatsapp';
let watchedPhone = '';
let turn = Promise.resolve();

/** The last look; `at` is when it was taken, on the browser's own clock. */
export const world = {
  version: null,
  at: 0,
  online: true,
  clock: { now: new Date().toISOString(), rate: 1 },
  pipelines: [],
  deals: [],
  tasks: [],
  notifications: [],
  comments: [],
  users: [],
  contacts: [],
  phones: [],
  talks: {}, // phone -> way -> messages
  messenger: 'works', // WhatsApp of all clients
  company: { branches: [] },
  selected: null, // a deal's id
};

/** Calls back after every change. */
export function onChange(listener) {
  listeners.add(listener);
}

export function changed() {
  for (const listener of listeners) listener(world);
}

export async function start() {
  try {
    await look();
    online(true);
  } catch {
    online(false);
  }
  setTimeout(start, EVERY_MS);
}

function online(now) {
  if (world.online === now) return;
  world.online = now;
  changed();
}

/** Looks now: after an action nobody wants to wait half a second. One look at a time, so that none is overtaken. */
export function look() {
  turn = turn.catch(() => {}).then(lookOnce);
  return turn;
}

async function lookOnce() {
  const since = world.version === null ? '' : `&since=${world.version}`;
  const fresh = await get(`/sandbox/state?limit=${NEWEST}${since}`);
  if (!fresh) return;
  if (!world.company.branches.length) world.company = await get('/sandbox/company');
  Object.assign(world, fresh, { at: performance.now() });
  await lookAtPhones();
  world.selected = known(world.selected) ? world.selected : null;
  changed();
}

async function lookAtPhones() {
  world.phones = await readPhones();
  for (const phone of new Set([openPhone, watchedPhone])) if (phone) await readChat(phone);
}

/** This chat is kept fresh even while it is not open. */
export function watchChat(phone) {
  watchedPhone = phone;
}

async function readChat(phone) {
  // An open chat on a visible page is read by the client; behind another tab it only arrives.
  const isRead = phone === openPhone && !document.hidden;
  world.talks[phone] = await readTalks(rowOf(phone), isRead ? openWay : '');
}

/** '' shows the list of conversations; without `way` it is the one with news. */
export async function openChat(phone, way = '') {
  [openPhone, openWay] = [phone, way || wayWithNews(phone)];
  if (phone) await readChat(phone);
  changed();
}

function wayWithNews(phone) {
  const { unread, last_way: last } = rowOf(phone);
  return Object.keys(unread).find((way) => unread[way]) ?? last ?? 'whatsapp';
}

export function chatOpened() {
  return openPhone;
}

export function wayOpened() {
  return openWay;
}

/** What is known of this client's phone. */
export function rowOf(phone) {
  return world.phones.find((row) => row.phone === phone) ?? { phone, name: '', unread: {}, bots: {} };
}

/** Everything about one client comes into view: the deal, its story and the chat. */
export async function select(dealId) {
  world.selected = dealId;
  const deal = dealById(dealId);
  await openChat(deal ? digits(deal.phone) : '');
}

function known(dealId) {
  return dealId !== null && dealById(dealId) !== undefined;
}

export function dealById(id) {
  return world.deals.find((deal) => deal.id === id);
}

export function userName(id) {
  return world.users.find((user) => user.id === Number(id))?.name ?? `сотрудник ${id}`;
}

export function userPosition(id) {
  return world.users.find((user) => user.id === Number(id))?.position ?? '';
}

export function contactOf(deal) {
  return world.contacts.find((contact) => contact.id === deal.contact_id);
}

/** The sandbox's own time at this moment. */
export function virtualNow() {
  const passed = (performance.now() - world.at) * world.clock.rate;
  return new Date(Date.parse(world.clock.now) + (world.at ? passed : 0));
}

/** As the phones are named: 77011234567 for +7 701 and for 8 701. */
export function digits(phone) {
  const only = (phone ?? '').replace(/\D/g, '');
  return only.length === 11 && only.startsWith('8') ? `7${only.slice(1)}` : only;
}
