/**
 * Twilio may try a webhook again for one of these: no connection, no answer in time, or a status.
 */
export type Failure = 'ct' | 'rt' | '4xx' | '5xx';

export interface ConnectionOverrides {
  /** This is the URL without its fragment, which is never sent and never signed. */
  url: string;
  retries: number;
  retryOn: ReadonlySet<Failure>;
  connectTimeoutMs: number;
  readTimeoutMs: number;
  totalTimeoutMs: number;
}

/**
 * Reads the settings that a webhook's URL carries in its fragment, such as `#rc=5&rp=all`. What is
 * out of range or unknown has no effect.
 * Defaults and limits from Twilio, "Webhooks: connection overrides": rc 1 (0-5), rp ct, ct 5000
 * (100-10000), rt 15000 (100-15000), tt 15000 (100-15000).
 */
export function readConnectionOverrides(urlWithFragment: string): ConnectionOverrides {
  const hash = urlWithFragment.indexOf('#');
  const url = hash < 0 ? urlWithFragment : urlWithFragment.slice(0, hash);
  const settings = new URLSearchParams(hash < 0 ? '' : urlWithFragment.slice(hash + 1));
  const readNumber = (name: string, min: number, max: number, defaultValue: number): number => {
    const text = settings.get(name);
    const value = text !== null && /^\d{1,6}$/.test(text) ? Number(text) : defaultValue;
    return value >= min && value <= max ? value : defaultValue;
  };
  return {
    url,
    retries: readNumber('rc', 0, 5, 1),
    retryOn: readRetryPolicy(settings.get('rp')),
    connectTimeoutMs: readNumber('ct', 100, 10_000, 5_000),
    readTimeoutMs: readNumber('rt', 100, 15_000, 15_000),
    totalTimeoutMs: readNumber('tt', 100, 15_000, 15_000),
  };
}

function readRetryPolicy(text: string | null): ReadonlySet<Failure> {
  const named = new Set((text ?? '').split(',').map((name) => name.trim()));
  if (named.has('all')) return new Set(['ct', 'rt', '4xx', '5xx']);
  const known = (['ct', 'rt', '4xx', '5xx'] as const).filter((name) => named.has(name));
  return new Set<Failure>(known.length > 0 ? known : ['ct']);
}
