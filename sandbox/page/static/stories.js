// The two guided stories: what each step does, how one sees that it happened, and what the engine did meanwhile.
import { post } from './api.js';
import { jumpTo } from './clock.js';
import { addressIn, pointAt } from './dom.js';
import { createOrder, freshClient } from './order.js';
import { ENOUGH, hasBonus, scoresOf } from './scores.js';
import { contactOf, dealById, digits, look, virtualNow, world } from './state.js';
import { engineIsAway, engineKnows } from './story.js';
import { complete, isClosed } from './tasks.js';
import { dayLater } from './time.js';

const COMPLAINTS = 7;
const WORK_MS = 40 * 60_000;
const ARRIVED = new Set(['delivered', 'read']);
const ANSWER_PAGE = /\/a\/\w+/;
const REVIEW_LINK = /\/r\/\w+/;

/** What one run of a story can see of the world now. */
export function seen(run) {
  const deal = dealById(run.dealId);
  const messages = (world.chats[run.phone] ?? []).filter((one) => one.from === 'us' && ARRIVED.has(one.status));
  const complaint = deal && world.deals.find((one) => one.pipeline === COMPLAINTS && one.contact_id === deal.contact_id);
  const own = [run.dealId, complaint?.id];
  const task = world.tasks.filter((one) => own.includes(one.deal_id)).at(-1);
  const [first, second, average] = deal ? scoresOf(deal) : [null, null, null];
  return { deal, messages, complaint, task, first, second, average, bonus: Boolean(deal) && hasBonus(contactOf(deal)) };
}

const close = {
  title: 'Заказ клиента закрыт',
  before: 'Возьмём нового клиента и перенесём его заказ в «Закрыть заказ/наряд».',
  button: 'Закрыть заказ',
  act: closeOrder,
  happened: ({ deal }) => deal && !['NEW', 'EXECUTING'].includes(deal.stage) && (engineKnows(deal.id) || engineIsAway()),
  after: 'Движок узнал о закрытом заказе и завёл дело. Сразу не спрашивает: клиент должен успеть поездить.',
};

const day = {
  title: 'Прошёл день',
  before: 'Переведём часы имитации на сутки вперёд, а если у клиента ночь, то до 10 утра.',
  button: 'Перевести часы на день',
  act: () => jumpTo(dayLater(virtualNow())),
  happened: ({ messages, deal }) => messages.length >= 1 && deal?.stage !== 'FINAL_INVOICE',
  after: 'Сутки прошли и у клиента не ночь, поэтому сделка в «Оценке качества», а первый вопрос на телефоне.',
};

const answer = (title, text, before, happened, after) => ({
  title,
  before,
  button: `Ответить «${text}»`,
  act: (run) => write(run, text),
  happened,
  after,
});

const happy = {
  name: 'Довольный клиент',
  lead: 'Высокие оценки превращаются в отзыв на картах, а менеджер подтверждает бонус.',
  steps: [
    close,
    day,
    answer(
      'Первая оценка: 9', '9', 'Ответим за клиента. В телефоне можно ответить и своими словами.',
      ({ first, messages }) => first !== null && messages.length >= 2,
      'Оценка записана в сделку, и сразу ушёл второй вопрос, пока клиент в чате.',
    ),
    answer(
      'Вторая оценка словами', 'десять из десяти', 'Люди редко пишут одну цифру. Проверим, поймёт ли движок слова.',
      ({ average, messages }) => average !== null && messages.length >= 3,
      `Слова прочитаны как 10, в сделке обе оценки и средняя. Она не ниже ${ENOUGH}, поэтому клиента просят об отзыве.`,
    ),
    {
      title: 'Клиент открывает ссылку',
      before: 'Короткая ссылка из сообщения ведёт на страницу отзывов именно этого филиала.',
      button: 'Открыть ссылку на отзыв',
      link: ({ messages }) => addressIn(messages.map((one) => one.text).join('\n'), REVIEW_LINK),
      happened: ({ deal, task }) => Boolean(task) && ['UC_REVIEW', 'WON'].includes(deal?.stage),
      after: 'Открыл человек, а не предпросмотр мессенджера: переход засчитан, у менеджера задача проверить отзыв.',
    },
    {
      title: 'Менеджер находит отзыв',
      before: 'Площадки не сообщают об отзывах, смотрит человек. На его странице нажмите «Отзыв найден» и вернитесь.',
      button: 'Открыть страницу менеджера',
      link: ({ task }) => addressIn(task?.description, ANSWER_PAGE),
      happened: ({ deal }) => deal?.stage === 'WON',
      after: 'Ответ менеджера закрыл задачу и сделку, клиенту ушла благодарность.',
    },
    {
      title: 'Бонус у клиента',
      before: 'Движок отмечает бонус в карточке клиента.',
      button: 'Показать сделку',
      act: ({ dealId }) => showDeal(dealId),
      happened: ({ deal, bonus }) => bonus && deal?.stage === 'WON',
      after: 'Бонус подтверждён в карточке клиента, заказ закрыт. Никто ничего не вписывал руками.',
      again: true,
    },
  ],
};

const unhappy = {
  name: 'Недовольный клиент',
  lead: 'Низкая оценка не уходит в отзывы: её за минуту получает руководитель филиала.',
  steps: [
    close,
    day,
    answer(
      'Первая оценка: 3', '3', 'Ответим за клиента, который остался недоволен.',
      ({ first, messages }) => first !== null && messages.length >= 2,
      'Оценка записана в сделку. Движок спрашивает и про обслуживание: причину поймёт руководитель.',
    ),
    answer(
      'Вторая: «ужасно, 4»', 'ужасно, 4', 'Оценка вместе со словами, как это бывает в жизни.',
      ({ average, messages }) => average !== null && messages.length >= 3,
      `Из слов взята оценка 4, сами слова сохранены. Средняя ниже ${ENOUGH}: отзыв не просим, благодарим за честность.`,
    ),
    {
      title: 'Сделка у руководителя',
      before: 'Движок заводит отдельную сделку в воронке «Недовольные клиенты».',
      button: 'Показать сделку',
      act: (run) => showDeal(seen(run).complaint?.id),
      happened: ({ complaint }) => Boolean(complaint),
      after: 'Заказ закрыт, а в «Недовольных клиентах» новая сделка с оценками и словами: работа над ошибкой отдельно.',
      again: true,
    },
    {
      title: 'Задача руководителю',
      before: 'Руководитель филиала узнаёт причину и записывает итог. Завершим задачу за него.',
      button: 'Завершить задачу с итогом',
      act: (run) => solve(seen(run).task),
      happened: ({ task }) => Boolean(task) && isClosed(task),
      after: 'Задача с оценками и словами пришла руководителю сразу, со сроком. Итог остался в CRM.',
    },
  ],
};

export const STORIES = { happy, unhappy };

// --- what the buttons do ---

async function closeOrder(run) {
  const client = freshClient();
  const dealId = await createOrder({ ...client, stage: 'EXECUTING' });
  run.begin(dealId, client.client, digits(client.phone));
  // Nobody changes four tyres in the same second: the order is in work for a while before it is closed.
  await jumpTo(new Date(virtualNow().getTime() + WORK_MS));
  await post(`/sandbox/deals/${dealId}/stage`, { stage: 'FINAL_INVOICE' });
  await look();
}

async function write(run, text) {
  await post(`/sandbox/phones/${run.phone}/messages`, { text });
  await look();
}

async function solve(task) {
  if (!task) throw new Error('задача ещё не появилась');
  pointAt(document.querySelector(`[data-task="${task.id}"]`));
  await complete(task.id, 'Позвонил клиенту, извинились, переделали балансировку бесплатно.');
}

function showDeal(dealId) {
  const card = document.querySelector(`.card[data-deal="${dealId}"]`);
  if (!card) throw new Error('такой сделки на досках пока нет');
  pointAt(card);
  card.querySelector('button').focus({ preventScroll: true });
}
