// The guided stories: what each step does, how one sees that it happened, and what the engine did meanwhile.
import { post } from './api.js';
import { jumpTo } from './clock.js';
import { addressIn, pointAt } from './dom.js';
import { createOrder, freshClient } from './order.js';
import { ENOUGH, hasBonus, scoresOf } from './scores.js';
import { enter } from './invitation.js';
import { contactOf, dealById, digits, look, openChat, rowOf, virtualNow, world } from './state.js';
import { engineIsAway, engineKnows } from './story.js';
import { setMessenger, write } from './talks.js';
import { complete, isClosed } from './tasks.js';
import { dayLater } from './time.js';

const COMPLAINTS = 7;
const WORK_MS = 40 * 60_000;
const ANSWER_PAGE = /\/a\/\w+/;
const REVIEW_LINK = /\/r\/\w+/;
const SURVEY_PAGE = /\/s\/\w+/;
const ARRIVED = new Set(['delivered', 'read', '']); // a bot is never told

/** What one run of a story can see of the world now. */
export function seen(run) {
  const deal = dealById(run.dealId);
  const arrived = (way) => (world.talks[run.phone]?.[way] ?? []).filter((one) => one.from === 'us' && ARRIVED.has(one.status));
  const complaint = deal && world.deals.find((one) => one.pipeline === COMPLAINTS && one.contact_id === deal.contact_id);
  const own = [run.dealId, complaint?.id];
  const task = world.tasks.filter((one) => own.includes(one.deal_id)).at(-1);
  const [first, second, average] = deal ? scoresOf(deal) : [null, null, null];
  const bonus = Boolean(deal) && hasBonus(contactOf(deal));
  const talks = { messages: arrived('whatsapp'), telegram: arrived('telegram'), sms: arrived('sms') };
  return { deal, ...talks, complaint, task, first, second, average, bonus, bot: rowOf(run.phone).bots.telegram };
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

const answer = (title, text, before, happened, after, way = 'whatsapp') => ({
  title,
  before,
  button: `Ответить «${text}»`,
  act: (run) => say(run, way, text),
  happened,
  after,
});

const off = {
  title: 'WhatsApp отказывает',
  before: 'У части клиентов WhatsApp нет, а бывает, что он не работает ни у кого. Выключим его.',
  button: 'Выключить WhatsApp',
  act: () => weather('refuses'),
  happened: () => world.messenger !== 'works',
  after: 'Теперь WhatsApp отказывается доставлять. Переключатель над телефоном: там есть и другие беды.',
};

const on = {
  title: 'WhatsApp снова работает',
  before: 'Вернём как было, чтобы следующий клиент получил вопрос в WhatsApp.',
  button: 'Включить WhatsApp',
  act: () => weather('works'),
  happened: () => world.messenger === 'works',
  after: 'Этот разговор останется там, где клиент: второй раз его не спросят.',
};

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
      before: 'Площадки не сообщают об отзывах, смотрит человек. На его странице подтвердите «отзыв найден» и вернитесь.',
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

const telegram = {
  name: 'Нет WhatsApp: Telegram',
  lead: 'Сообщение не дошло, и тот же вопрос сам приходит туда, где клиент есть.',
  steps: [
    close,
    {
      title: 'Клиент открывает бота',
      before: 'У каждого дела есть ссылка-приглашение: в чеке, QR-кодом на кассе. Бот узнаёт по ней клиента.',
      button: 'Открыть бота в Telegram',
      act: ({ phone }) => enter(phone, 'telegram'),
      happened: ({ bot, telegram }) => Boolean(bot?.open) && telegram.length >= 1,
      after: 'Движок связал чат с телефоном клиента и поздоровался. Номер бот не спрашивал.',
    },
    off,
    {
      ...day,
      happened: ({ telegram, deal }) => telegram.length >= 2 && deal?.stage !== 'FINAL_INVOICE',
      after: 'WhatsApp отказал, и вопрос тут же пришёл в Telegram. Отказ виден на вкладке WhatsApp, причина объяснена рядом.',
      shows: 'telegram',
    },
    answer(
      'Первая оценка: 9', '9', 'Клиент отвечает там, где его спросили.',
      ({ first, telegram }) => first !== null && telegram.length >= 3,
      'Оценка в сделке, второй вопрос ушёл в тот же чат.', 'telegram',
    ),
    answer(
      'Вторая оценка: 10', '10', 'И вторая оценка, тоже в Telegram.',
      ({ average, telegram }) => average !== null && telegram.length >= 4,
      'Обе оценки в сделке, ссылки на отзывы пришли в Telegram. Дальше всё как у всех.', 'telegram',
    ),
    on,
  ],
};

const sms = {
  name: 'Нет мессенджеров: СМС',
  lead: 'Ни WhatsApp, ни бота: клиент получает одну СМС и отвечает на странице.',
  steps: [
    close,
    off,
    {
      ...day,
      happened: ({ sms, deal }) => sms.length >= 1 && deal?.stage !== 'FINAL_INVOICE',
      after: 'WhatsApp отказал, бота клиент не открывал. Осталась СМС: одна, со ссылкой на страницу опроса.',
      shows: 'sms',
    },
    {
      title: 'Клиент отвечает на странице',
      before: 'Страница открывается без приложений и паролей. Поставьте две оценки, нажмите «Отправить» и вернитесь.',
      button: 'Открыть страницу опроса',
      link: ({ sms }) => addressIn(sms.map((one) => one.text).join('\n'), SURVEY_PAGE),
      happened: ({ average }) => average !== null,
      after: 'Оценки в сделке. Благодарность клиент прочёл тут же, на странице: за вторую СМС платить не нужно.',
    },
    on,
  ],
};

export const STORIES = { happy, unhappy, telegram, sms };

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

async function say(run, way, text) {
  await write(rowOf(run.phone), way, text);
  await look();
  await openChat(run.phone, way);
}

/** Of WhatsApp. */
export async function weather(state) {
  await setMessenger(state);
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
