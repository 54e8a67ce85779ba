/**
 * Where a way to a person stands, in words: for the API's answers, and for the app, which has them
 * from here. `wait` is a stretch of time such as `40 seconds`.
 */
export interface Standings {
  call: Record<
    'soon' | 'calls_away' | 'held' | 'sending' | 'accepted' | 'unknown' | 'ringing' | 'answered',
    string
  > &
    Record<'in_line' | 'ring_limit' | 'carrier', (wait: string) => string>;
  text: Record<'soon' | 'held' | 'sending' | 'accepted' | 'unknown' | 'delivered', string> &
    Record<'in_line' | 'sms_limit' | 'carrier' | 'call_unknown', (wait: string) => string>;
  app: string;
  /** How it ended. `failed` is said of what has no words of its own: its reader can't change it. */
  end: Record<
    | 'hung_up'
    | 'busy'
    | 'no_answer'
    | 'canceled'
    | 'bad_number'
    | 'no_sms'
    | 'opted_out'
    | 'expired'
    | 'overdue'
    | 'recalled'
    | 'unknown'
    | 'machine'
    | 'confirmed'
    | 'stopped'
    | 'call_ended'
    | 'removed'
    | 'ring_limit'
    | 'calls_away'
    | 'sms_limit'
    | 'no_consent'
    | 'number_refused'
    | 'spend_cap'
    | 'number_moved'
    | 'failed',
    string
  >;
}

/** As the API gives it; `until` in milliseconds. */
export interface Stands {
  code: string;
  because: string | null;
  until: number | null;
}

/** `40 seconds`, `3 minutes`, `2 hours`, always rounded up: nobody comes back too early. */
export function describeSeconds(language: string, seconds: number): string {
  const [size, unit] =
    seconds <= 90 ? [1, 'second'] : seconds <= 5400 ? [60, 'minute'] : [3600, 'hour'];
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit,
    unitDisplay: 'long',
  }).format(Math.ceil(seconds / size));
}

/** One sentence. What a newer build says is said by the nearest that this one knows. */
export function describeStanding(
  words: Standings,
  language: string,
  form: 'call' | 'text' | 'app',
  { code, because, until }: Stands,
  now: number,
): string {
  const ends: Readonly<Record<string, string | undefined>> = words.end;
  if (code === 'failed' || code === 'over') return ends[because ?? 'failed'] ?? words.end.failed;
  if (form === 'app') return words.app;
  if (because === 'machine') return words.end.machine;
  const known: Readonly<Record<string, string | ((wait: string) => string) | undefined>> =
    words[form];
  const isWaiting = code === 'waiting' && until !== null && until > now;
  const phrase = known[isWaiting ? (because ?? 'soon') : code] ?? known['soon'];
  if (typeof phrase !== 'function') return phrase ?? '';
  const seconds = Math.ceil(((until ?? now) - now) / 1000);
  return phrase(describeSeconds(language, seconds));
}
