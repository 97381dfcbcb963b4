// One open chat: who it is, a tab for each messenger, what was said there, and what the client can do now.
import { makeBubble, spaced, updateBubble } from './bubbles.js';
import { makeComposer, showComposer } from './composer.js';
import { el, follow, setClass, setText } from './dom.js';
import { makeInvitation, showInvitation } from './invitation.js';
import { pretty } from './phone.js';
import { attempt } from './say.js';
import { chatOpened, onChange, openChat, rowOf, wayOpened, world } from './state.js';
import { BOTS, WAYS } from './talks.js';

const TROUBLES = {
  refuses: 'WhatsApp отказывает: на этих номерах его нет. Движок пойдёт другим путём сразу.',
  silent: 'WhatsApp принимает сообщения, но не доставляет. Через 6 часов движок пойдёт другим путём.',
  down: 'WhatsApp недоступен. Движок подождёт 6 часов и пойдёт другим путём.',
};
const ONLY_READ = 'На СМС не отвечают: клиент открывает страницу по ссылке и ставит оценки там.';
const parts = {};

/** The node; `leave` goes back to the list. */
export function startChat(leave) {
  const back = el('button', { type: 'button', class: 'back', onclick: () => attempt(leave) }, '‹ Чаты');
  parts.name = el('strong', {});
  parts.number = el('span', { class: 'number' });
  parts.ways = el('div', { class: 'ways', role: 'group', 'aria-label': 'Мессенджер клиента' });
  parts.bubbles = el('div', { class: 'bubbles', role: 'log', 'aria-label': 'Переписка', tabindex: '0' });
  parts.note = el('p', { class: 'chat-note' });
  parts.invitation = makeInvitation();
  parts.composer = makeComposer();
  const head = el('div', { class: 'chat-head' }, back, el('p', {}, parts.name, parts.number));
  parts.chat = el('div', { class: 'chat' }, head, parts.ways, parts.bubbles, parts.note, parts.invitation, parts.composer);
  onChange(show);
  return parts.chat;
}

function show() {
  const phone = chatOpened();
  if (!phone) return;
  const row = rowOf(phone);
  const way = wayOpened();
  const bot = row.bots[way];
  const isClosed = BOTS.includes(way) && (!bot?.open || bot.blocked);
  parts.chat.dataset.way = way;
  setText(parts.name, row.name || pretty(phone));
  setText(parts.number, pretty(phone));
  follow(parts.ways, Object.keys(WAYS), (one) => one, makeWay, (node, one) => updateWay(node, one, row, way));
  showBubbles(phone, way);
  showNote(way);
  parts.invitation.hidden = !isClosed;
  parts.composer.hidden = isClosed || way === 'sms';
  showInvitation(parts.invitation, row, way);
  showComposer(parts.composer, way);
}

// --- the messengers ---

function makeWay(way) {
  const open = () => attempt(() => openChat(chatOpened(), way));
  return el('button', { type: 'button', class: 'way', 'data-way': way, onclick: open }, WAYS[way], el('span', { class: 'news' }));
}

function updateWay(node, way, row, opened) {
  const unread = row.unread[way] ?? 0;
  const news = node.querySelector('.news');
  node.setAttribute('aria-pressed', String(way === opened));
  setClass(node, 'broken', way === 'whatsapp' && world.messenger !== 'works');
  if (news.dataset.unread === String(unread)) return;
  news.dataset.unread = unread;
  news.replaceChildren(...(unread ? [String(unread), el('span', { class: 'visually-hidden' }, ' непрочитанных')] : []));
}

// --- what was said ---

function showBubbles(phone, way) {
  const messages = world.talks[phone]?.[way] ?? [];
  const atEnd = parts.bubbles.scrollHeight - parts.bubbles.scrollTop - parts.bubbles.clientHeight < 60;
  follow(parts.bubbles, spaced(messages), (one) => one.key, makeBubble, updateBubble);
  const last = `${phone}/${way}/${messages.at(-1)?.id ?? ''}`;
  if (parts.last !== last) {
    if (atEnd || !parts.last?.startsWith(`${phone}/${way}/`) || messages.at(-1)?.from === 'client') parts.bubbles.scrollTop = parts.bubbles.scrollHeight;
    parts.last = last;
  }
}

function showNote(way) {
  const text = { whatsapp: TROUBLES[world.messenger] ?? '', sms: ONLY_READ }[way] ?? '';
  parts.note.hidden = !text;
  setText(parts.note, text);
  setClass(parts.note, 'warm', way === 'whatsapp');
}
