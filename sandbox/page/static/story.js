// What the engine did with the chosen deal, and why: its own words, as a timeline.
import { get } from './api.js';
import { el, follow, setClass, setText } from './dom.js';
import { makeEntry, updateEntry } from './entry.js';
import { parentOf } from './card.js';
import { changed, dealById, digits, onChange, world } from './state.js';
import { shown } from './scores.js';

const EVERY_MS = 2000;
const SOON_MS = 700; // while the engine is about to notice the deal
const EMPTY = {
  none: 'Выберите сделку на доске, и движок расскажет, что он с ней сделал и почему.',
  waiting: 'Спрашиваем движок…',
  unknown: 'Об этой сделке движок пока ничего не знает: дело заводится, когда сделка приходит в «Закрыть заказ/наряд».',
  down: 'Движок сейчас не отвечает. Как только он вернётся, история появится здесь.',
  off: 'Имитация запущена без движка. Чтобы увидеть его в деле, запустите ./qc demo.',
  refused: 'Движок не узнал ключ этой страницы: проверьте QC_SANDBOX_ENGINE_TOKEN.',
};

const toldOf = new Set();
let asked = { deal: null, version: null };
let told = { deal: null, story: null, why: 'none' };

export function startStory() {
  const place = document.querySelector('.story');
  place.append(el('p', { class: 'empty-note' }), el('header', { class: 'case' }), el('ol', { class: 'timeline' }));
  onChange(() => refresh(place));
  beat(place);
}

async function beat(place) {
  await refresh(place, true);
  setTimeout(() => beat(place), told.why === 'unknown' ? SOON_MS : EVERY_MS);
}

/** Whether the engine has ever told a story about this deal. */
export function engineKnows(dealId) {
  return toldOf.has(dealId);
}

/** The link with which the client of the chosen deal opens our bot; '' as long as the engine has named none. */
export function invitation(phone, way) {
  const deal = dealById(told.deal);
  return (deal && digits(deal.phone) === phone && told.story?.invitations?.[way]) || '';
}

/** Nothing can be expected of it now. */
export function engineIsAway() {
  return ['down', 'off', 'refused'].includes(told.why);
}

async function refresh(place, again = false) {
  const deal = dealById(world.selected);
  const about = deal ? parentOf(deal, world).id : null;
  if (!again && asked.deal === about && asked.version === world.version) return;
  asked = { deal: about, version: world.version };
  if (about !== told.deal) told = { deal: about, story: null, why: about ? 'waiting' : 'none' };
  show(place);
  if (about && !document.hidden) await ask(place, about);
}

async function ask(place, deal) {
  try {
    const answer = await get(`/sandbox/story?deal=${deal}`);
    if (told.deal === deal) told = { deal, ...answer };
    if (answer.story && !toldOf.has(deal)) {
      toldOf.add(deal);
      changed();
    }
  } catch {
    if (told.deal === deal) told = { deal, story: told.story, why: 'down' };
  }
  show(place);
}

function show(place) {
  const [note, head, timeline] = place.children;
  note.hidden = Boolean(told.story);
  setText(note, told.story ? '' : EMPTY[told.why] ?? EMPTY.down);
  head.hidden = timeline.hidden = !told.story;
  if (!told.story) return timeline.replaceChildren();
  showHead(head, told.story);
  // The newest on top: that is what the visitor has just caused.
  const entries = told.story.entries.map((entry, place) => ({ ...entry, key: `${told.deal}/${place}/${entry.happened_at}` }));
  follow(timeline, entries.reverse(), (entry) => entry.key, makeEntry, updateEntry);
}

function showHead(head, story) {
  const facts = [...headFacts(story.case), ...(story.summary ?? []).map((text) => ({ name: `s:${text}`, text, important: true }))];
  follow(head, facts, (fact) => fact.name, () => el('p', {}), (node, fact) => {
    setText(node, fact.text);
    setClass(node, 'important', Boolean(fact.important));
  });
}

function headFacts(told) {
  const who = [told.client, told.branch].filter(Boolean).join(' · ');
  const scores = Object.values(told.scores ?? {}).map(shown).join(' и ');
  const standing = [told.state_text, told.outcome_text, told.ended_why].filter(Boolean).join(' · ');
  return [
    { name: 'title', text: `Дело ${told.case_id}, сделка № ${told.deal_id}`, important: true },
    { name: 'who', text: who },
    { name: 'standing', text: standing && `Сейчас: ${standing}` },
    { name: 'scores', text: scores && `Оценки: ${scores}${told.average ? `, средняя ${shown(told.average)}` : ''}` },
    { name: 'wake', text: told.wake_time && `Дальше движок сам посмотрит ${told.wake_time}` },
  ].filter((fact) => fact.text);
}
