// Times as people in Almaty read them.

// A fixed offset: Kazakhstan moved to +5 in 2024, and older browsers do not know it.
const timeZone = 'Etc/GMT-5';
const OFFSET = '+05:00';
const NIGHT_FROM = 21;
const NIGHT_TO = 9;
const MORNING = '10:00:00';

const format = (options) => {
  const made = new Intl.DateTimeFormat('ru-RU', { timeZone, ...options });
  return (moment) => made.format(new Date(moment));
};

export const hourMinute = format({ hour: '2-digit', minute: '2-digit' });
export const dayMonth = format({ day: 'numeric', month: 'long' });
export const weekday = format({ weekday: 'short', day: 'numeric', month: 'long' });
const shortDay = format({ day: '2-digit', month: '2-digit' });
const isoDay = (moment) => new Intl.DateTimeFormat('en-CA', { timeZone }).format(moment);

export const dayTime = (moment) => `${shortDay(moment)} ${hourMinute(moment)}`;

export const sameDay = (one, other) => shortDay(one) === shortDay(other);

/** A day and a minute later, and if that falls into the client's night, the next morning. */
export function dayLater(now) {
  const later = new Date(now.getTime() + (24 * 60 + 1) * 60_000);
  const hour = Number(hourMinute(later).slice(0, 2));
  if (hour >= NIGHT_TO && hour < NIGHT_FROM) return later;
  const night = hour >= NIGHT_FROM ? new Date(later.getTime() + 86_400_000) : later;
  return new Date(`${isoDay(night)}T${MORNING}${OFFSET}`);
}
