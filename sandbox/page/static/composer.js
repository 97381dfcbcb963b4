// What the client writes: own words, a sticker, a voice message, a stop; or the door of a bot that is shut.
import { post } from './api.js';
import { el, setClass } from './dom.js';
import { attempt, said } from './say.js';
import { chatOpened, look, rowOf, wayOpened } from './state.js';
import { blockBot, BOTS, WAYS, write } from './talks.js';

const AS = { messages: 'Ответить своими словами', operator: 'Написать как оператор' };

export function makeComposer() {
  const text = el('input', { name: 'text', autocomplete: 'off', maxlength: '2000', 'aria-label': 'Сообщение', placeholder: AS.messages });
  const form = el('form', { class: 'composer' }, whoWrites(text), quick(), el('div', { class: 'composer-line' }, text, el('button', { class: 'primary send', 'aria-label': 'Отправить' }, '➤')));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send(form, text);
  });
  return form;
}

/** Operators answer in WhatsApp alone, and only a bot can be blocked. */
export function showComposer(form, way) {
  form.querySelector('fieldset').hidden = way !== 'whatsapp';
  form.querySelector('.block').hidden = !BOTS.includes(way);
  if (way !== 'whatsapp' && form.elements.who.value !== 'messages') form.querySelector('[value=messages]').click();
  setClass(form, 'by-operator', form.elements.who.value === 'operator');
}

function whoWrites(text) {
  const choice = (value, words, checked) => {
    const radio = el('input', { type: 'radio', name: 'who', value, checked, onchange: () => chosen(radio, text) });
    return el('label', {}, radio, el('span', {}, words));
  };
  return el('fieldset', {}, el('legend', {}, 'Пишет'), choice('messages', 'клиент', true), choice('operator', 'оператор', false));
}

function chosen(radio, text) {
  text.placeholder = AS[radio.value];
  setClass(radio.form, 'by-operator', radio.value === 'operator');
}

function quick() {
  const chip = (words, act, name = '') => el('button', { type: 'button', class: `chip ${name}`, onclick: () => attempt(act) }, words);
  return el(
    'div',
    { class: 'quick', role: 'group', 'aria-label': 'Клиент одним нажатием' },
    chip('«стоп»', () => says('стоп')),
    chip('стикер', () => says('', 'sticker')),
    chip('голосовое', () => says('', 'voice')),
    chip('заблокировать бота', block, 'block'),
  );
}

async function says(text, kind) {
  await write(rowOf(chatOpened()), wayOpened(), text, kind);
  await look();
}

async function block() {
  const way = wayOpened();
  await blockBot(rowOf(chatOpened()), way);
  await look();
  said(`Клиент заблокировал бота в ${WAYS[way]}`);
  document.querySelector('.invitation button').focus();
}

async function send(form, input) {
  const text = input.value.trim();
  if (!text) return input.focus();
  const asOperator = form.elements.who.value === 'operator';
  const done = await attempt(async () => {
    if (asOperator) await post(`/sandbox/phones/${chatOpened()}/operator`, { text });
    else await write(rowOf(chatOpened()), wayOpened(), text);
    await look();
  });
  if (done) input.value = '';
  input.focus();
}
