import { type Channel, CHANNELS, isChannel } from '../handoff/channels.js';

/** What a send costs by each channel, in the operator's currency. */
export type Price = Readonly<Record<Channel, number>>;

export interface Prices {
  standard: Price;
  /** By ISO 3166 code, where the operator says otherwise. */
  countries: ReadonlyMap<string, Partial<Price>>;
}

export const priceOf = (
  { standard, countries }: Prices,
  country: string | null,
  channel: Channel,
): number =>
  (country === null ? undefined : countries.get(country)?.[channel]) ?? standard[channel];

/**
 * What so many sends cost. `sentBy` may count more than these, since it is over a longer time: what
 * it doesn't explain went by the first channel.
 */
export function costOf(
  sends: number,
  sentBy: Readonly<Record<Channel, number>>,
  priceBy: (channel: Channel) => number,
): number {
  const [usual, ...others] = CHANNELS;
  let [left, cost] = [sends, 0];
  for (const channel of others) {
    const counted = Math.min(sentBy[channel], left);
    left -= counted;
    cost += counted * priceBy(channel);
  }
  return cost + left * priceBy(usual);
}

/** Far more than there are countries and channels; a larger file was not meant for us. */
export const LARGEST_PRICES_FILE = 100_000;

const LINE = new RegExp(`^([A-Z]{2})\\s+(${CHANNELS.join('|')})\\s+(\\d{1,6}(?:\\.\\d{1,4})?)$`);

/**
 * A price a line (`GB sms 0.04`), `#` begins a comment. Undefined if any line is something else, or
 * says again what was said.
 */
export function parsePrices(text: string): Prices['countries'] | undefined {
  const countries = new Map<string, Partial<Price>>();
  for (const line of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
    const said = line.replace(/#.*/, '').trim();
    if (said === '') continue;
    const [, country, channel, price] = LINE.exec(said) ?? [];
    if (country === undefined || !isChannel(channel)) return undefined;
    const of = countries.get(country) ?? {};
    if (of[channel] !== undefined) return undefined;
    countries.set(country, { ...of, [channel]: Number(price) });
  }
  return countries;
}
