// The kanban boards of the CRM: one for each pipeline, a column for each stage.
import { makeCard, updateCard } from './card.js';
import { el, follow, setClass, setText } from './dom.js';
import { onChange } from './state.js';

const MOST_CARDS = 25; // of one column
const COLOUR = /^#[0-9a-f]{6}$/i;

export function startBoards() {
  const place = document.querySelector('.boards');
  onChange((world) => {
    if (!world.pipelines.length) return;
    follow(place, world.pipelines, (pipeline) => pipeline.id, makeBoard, (board, pipeline) => updateBoard(board, pipeline, world));
  });
}

function makeBoard(pipeline) {
  const title = el('h3', { id: `board-${pipeline.id}` }, pipeline.name);
  const columns = el('div', { class: 'columns', role: 'region', tabindex: '0', 'aria-labelledby': `board-${pipeline.id}` });
  return el('section', { class: 'board' }, title, columns);
}

function updateBoard(board, pipeline, world) {
  const deals = world.deals.filter((deal) => deal.pipeline === pipeline.id);
  follow(board.querySelector('.columns'), pipeline.stages, (stage) => stage.id, makeColumn, (column, stage) => {
    updateColumn(column, deals.filter((deal) => deal.stage === stage.id), world);
  });
}

function makeColumn(stage) {
  const count = el('span', { class: 'count' });
  const head = el('h4', {}, el('span', { class: 'stage-name' }, stage.name), count);
  const column = el('section', { class: 'column' }, head, el('div', { class: 'cards' }), el('p', { class: 'more' }));
  column.style.setProperty('--stage', COLOUR.test(stage.color) ? stage.color : '#888888');
  return column;
}

function updateColumn(column, deals, world) {
  // The deal that moved last stands on top.
  const sorted = [...deals].sort((a, b) => b.moved_time.localeCompare(a.moved_time) || b.id - a.id);
  follow(column.querySelector('.cards'), sorted.slice(0, MOST_CARDS), (deal) => deal.id, makeCard, (card, deal) => updateCard(card, deal, world));
  setText(column.querySelector('.count'), deals.length ? String(deals.length) : '');
  const hidden = deals.length - MOST_CARDS;
  setText(column.querySelector('.more'), hidden > 0 ? `и ещё ${hidden}` : '');
  setClass(column, 'empty', !deals.length);
}
