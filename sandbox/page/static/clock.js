// The clock of the sandbox in the top bar.
import { post } from './api.js';
import { setText } from './dom.js';
import { attempt, said } from './say.js';
import { look, onChange, virtualNow } from './state.js';
import { hourMinute, weekday } from './time.js';

export function startClock() {
  for (const button of document.querySelectorAll('[data-jump]')) {
    button.addEventListener('click', () => jump(Number(button.dataset.jump)));
  }
  onChange(show);
  setInterval(show, 1000);
}

async function jump(seconds) {
  await attempt(async () => {
    await post('/sandbox/clock', { jump_seconds: seconds });
    await look();
    said(`Теперь ${weekday(virtualNow())}, ${hourMinute(virtualNow())}`);
  });
}

/** Moves the sandbox's time to that moment. */
export async function jumpTo(moment) {
  await post('/sandbox/clock', { to: moment.toISOString() });
  await look();
}

function show() {
  const clock = document.getElementById('clock');
  const now = virtualNow();
  clock.setAttribute('datetime', now.toISOString());
  setText(clock.querySelector('.clock-day'), weekday(now));
  setText(clock.querySelector('.clock-time'), hourMinute(now));
}
