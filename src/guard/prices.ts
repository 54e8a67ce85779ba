/** What an SMS or a call costs, in the operator's currency. */
export interface Price {
  sms: number;
  voice: number;
}

export interface Prices {
  standard: Price;
  /** By ISO 3166 code, where the operator says otherwise. */
  countries: ReadonlyMap<string, Partial<Price>>;
}

export const priceOf = ({ standard, countries }: Prices, country: string | null, channel: keyof Price): number =>
  (country === null ? undefined : countries.get(country)?.[channel]) ?? standard[channel];

/** Far more than there are countries and channels; a larger file was not meant for us. */
export const LARGEST_PRICES_FILE = 100_000;

const LINE = /^([A-Z]{2})\s+(sms|voice)\s+(\d{1,6}(?:\.\d{1,4})?)$/;

/** A price a line (`GB sms 0.04`), `#` begins a comment. Undefined if any line is something else, or says again what was said. */
export function parsePrices(text: string): Prices['countries'] | undefined {
  const countries = new Map<string, Partial<Price>>();
  for (const line of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
    const said = line.replace(/#.*/, '').trim();
    if (said === '') continue;
    const [, country, channel, price] = LINE.exec(said) ?? [];
    if (country === undefined) return undefined;
    const of = countries.get(country) ?? {};
    if (of[channel as keyof Price] !== undefined) return undefined;
    countries.set(country, { ...of, [channel as keyof Price]: Number(price) });
  }
  return countries;
}
