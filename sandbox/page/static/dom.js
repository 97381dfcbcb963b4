// Small ways to build the page. Text always goes in as text: what clients write is never read as HTML.

/** el('p', {class: 'x', onclick: f}, 'text', node): attributes by name, `on...` as listeners. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, '');
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null && child !== ''));
  return node;
}

/** Writes only what differs, so that a screen reader and a selection are left in peace. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setClass(node, name, wanted) {
  if (node.classList.contains(name) !== wanted) node.classList.toggle(name, wanted);
}

/**
 * Makes the children of `parent` follow `items`. A child stays the same node as long as its key does, so
 * focus, open menus and half-written words survive; `make` builds one, `update` brings one up to date.
 */
export function follow(parent, items, key, make, update) {
  const old = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    const node = old.get(name) ?? fresh(make(item), name);
    old.delete(name);
    update?.(node, item);
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
  for (const gone of old.values()) gone.remove();
}

function fresh(node, name) {
  node.dataset.key = name;
  return node;
}

const LINK = /https?:\/\/[^\s<>"'«»]+/g;
const TAIL = /[.,;:!?)\]]+$/;

/** The text as nodes, with web addresses as links that open in a new tab. */
export function linked(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(LINK)) {
    const address = found[0].replace(TAIL, '');
    nodes.push(text.slice(from, found.index), outside(address));
    from = found.index + address.length;
  }
  return [...nodes, text.slice(from)].filter((part) => part !== '');
}

/** A link out of the page. */
export function outside(address, words = address, name = '') {
  const link = { href: address, target: '_blank', rel: 'noopener noreferrer' };
  return el('a', name ? { ...link, class: name } : link, words, el('span', { class: 'visually-hidden' }, ' (в новой вкладке)'));
}

/** The first web address of the text that matches, or ''. */
export function addressIn(text, like = /./) {
  const found = [...(text ?? '').matchAll(LINK)].map((one) => one[0].replace(TAIL, ''));
  return found.find((address) => like.test(address)) ?? '';
}

/** Brings a part of the page into view and shows for a moment which one is meant. */
export function pointAt(node) {
  if (!node) return;
  node.scrollIntoView({ block: 'center', behavior: calm() ? 'auto' : 'smooth' });
  node.classList.remove('pointed');
  requestAnimationFrame(() => node.classList.add('pointed'));
  setTimeout(() => node.classList.remove('pointed'), 2500);
}

function calm() {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
