// The form of a new order, and fresh clients for the guided stories.
import { post } from './api.js';
import { el } from './dom.js';
import { attempt, said } from './say.js';
import { digits, look, onChange, select, world } from './state.js';

const NAMES = ['Иван Петров', 'Айгуль Серикова', 'Дмитрий Ли', 'Мадина Ахметова', 'Сергей Волков', 'Асель Нурпеисова', 'Тимур Касымов', 'Елена Орлова', 'Нурсултан Жаксыбеков', 'Ольга Цой'];

export function startOrders() {
  const form = document.querySelector('.order-form');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit(form);
  });
  const menu = form.closest('details');
  menu.addEventListener('toggle', () => menu.open && suggest(form));
  onChange(() => fillBranches(form.elements.branch));
}

async function submit(form) {
  const wish = Object.fromEntries(new FormData(form));
  const done = await attempt(() => createOrder(wish));
  if (!done) return;
  form.reset();
  form.closest('details').open = false;
  form.closest('details').querySelector('summary').focus();
  said(`Заказ создан: ${wish.client}`);
}

/** Into the first stage, and into view; the new deal's id. */
export async function createOrder(wish) {
  const made = await post('/sandbox/deals', { deals: [wish] });
  await look();
  await select(made.deals[0].deal_id);
  return made.deals[0].deal_id;
}

function suggest(form) {
  const client = freshClient();
  if (!form.elements.client.value) form.elements.client.value = client.client;
  if (!form.elements.phone.value) form.elements.phone.value = client.phone;
  form.elements.client.select();
  form.elements.client.focus();
}

function fillBranches(select) {
  if (select.children.length) return;
  select.append(...world.company.branches.map((branch) => el('option', { value: branch.name }, branch.name)));
}

/** A client whom nobody here has seen: a new number, so that no earlier survey stands in the way. */
export function freshClient() {
  const taken = new Set(world.contacts.map((contact) => digits(contact.phone)));
  const used = new Set(world.contacts.map((contact) => contact.name));
  let phone;
  do phone = `7701${String(chance(10_000_000)).padStart(7, '0')}`;
  while (taken.has(phone));
  const names = NAMES.filter((name) => !used.has(name));
  const client = any(names.length ? names : NAMES);
  return { client, phone: `+${phone}`, branch: any(world.company.branches)?.name ?? '' };
}

function any(list) {
  return list[chance(list.length)];
}

function chance(below) {
  return Math.floor(Math.random() * below);
}
