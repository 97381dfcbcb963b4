// A bot cannot write first: the client opens it by the link of an invitation, or lets it in again.
import { el, setText } from './dom.js';
import { attempt, said } from './say.js';
import { chatOpened, look, openChat, rowOf, wayOpened } from './state.js';
import { invitation } from './story.js';
import { openBot, WAYS } from './talks.js';

const FIRST = 'Бот не пишет первым: клиент открывает его сам. Ссылка-приглашение есть у каждого дела, её можно дать в чеке, QR-кодом или в сообщении.';
const BLOCKED = 'Клиент заблокировал бота: сюда писать нельзя, и движок об этом знает.';
const NO_LINK = 'Приглашение появится, как только движок заведёт дело об этом клиенте.';

export function makeInvitation() {
  const button = el('button', { type: 'button', class: 'primary', onclick: () => attempt(press) });
  return el('div', { class: 'invitation' }, el('p', { class: 'why-shut' }), button, el('p', { class: 'invitation-link' }));
}

export function showInvitation(node, row, way) {
  if (node.hidden) return;
  const isBlocked = Boolean(row.bots[way]?.blocked);
  const link = invitation(row.phone, way);
  const [why, button, under] = node.children;
  setText(why, isBlocked ? BLOCKED : FIRST);
  setText(button, isBlocked ? 'Разблокировать бота' : `Открыть бота в ${WAYS[way]}`);
  button.setAttribute('aria-disabled', String(!isBlocked && !link));
  setText(under, isBlocked ? '' : link || NO_LINK);
}

async function press() {
  const row = rowOf(chatOpened());
  const way = wayOpened();
  if (!row.bots[way]?.blocked && !invitation(row.phone, way)) return;
  await enter(row.phone, way);
  said(`Клиент открыл бота в ${WAYS[way]}`);
  document.querySelector('.composer [name=text]').focus();
}

/** The client of the chosen deal opens our bot, by the invitation if that is the first time. */
export async function enter(phone, way) {
  const row = rowOf(phone);
  const link = row.bots[way] ? '' : invitation(phone, way);
  if (!row.bots[way] && !link) throw new Error('приглашения ещё нет: движок не завёл дело');
  await openBot(row, way, link);
  await look();
  await openChat(phone, way);
}
