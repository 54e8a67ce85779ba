import { useEffect, useState } from 'preact/hooks';

/** `Nov 29, 2:05 PM`, in this browser's own time. */
export const describeTime = (language: string, at: string): string =>
  new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(
    new Date(at),
  );

/** How many seconds are left until then, counted down to 0 by this browser's clock. */
export function useSecondsUntil(at: number | undefined): number {
  const [now, setNow] = useState(Date.now);
  const isOver = at === undefined || at <= now;
  useEffect(() => {
    if (at === undefined) return undefined;
    setNow(Date.now());
    if (at <= Date.now()) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [at, isOver]);
  return at === undefined ? 0 : Math.max(0, Math.ceil((at - now) / 1000));
}

/** `2:05 PM` of today, `Nov 28, 2:05 PM` of another day. */
export function describeMoment(language: string, at: string): string {
  const moment = new Date(at);
  const isToday = moment.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(language, {
    ...(isToday ? {} : { month: 'short', day: 'numeric' }),
    hour: 'numeric',
    minute: '2-digit',
  }).format(moment);
}
