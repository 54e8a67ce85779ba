import { type Channel, CHANNELS, isChannel } from '../handoff/channels.js';

/** A price is what a send costs by each channel, in the operator's currency. */
export type Price = Readonly<Record<Channel, number>>;

export interface Prices {
  standard: Price;
  /** The keys are ISO 3166 codes of countries that the operator names. */
  countries: ReadonlyMap<string, Partial<Price>>;
}

export const getPrice = (
  { standard, countries }: Prices,
  country: string | null,
  channel: Channel,
): number =>
  (country === null ? undefined : countries.get(country)?.[channel]) ?? standard[channel];

/**
 * Computes what so many sends cost. `sentBy` may count more than these, since it covers a longer
 * time: what it doesn't explain went by the first channel.
 */
export function computeCost(
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

/** This is far more than there are countries and channels; a larger file was not meant for us. */
export const LARGEST_PRICES_FILE = 100_000;

const LINE = new RegExp(`^([A-Z]{2})\\s+(${CHANNELS.join('|')})\\s+(\\d{1,6}(?:\\.\\d{1,4})?)$`);

/**
 * Reads one price from each line (`GB sms 0.04`); `#` begins a comment. The answer is undefined if
 * any line is something else, or repeats a country and channel.
 */
export function parsePrices(text: string): Prices['countries'] | undefined {
  const countries = new Map<string, Partial<Price>>();
  for (const line of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
    const entry = line.replace(/#.*/, '').trim();
    if (entry === '') continue;
    const [, country, channel, price] = LINE.exec(entry) ?? [];
    if (country === undefined || !isChannel(channel)) return undefined;
    const prices = countries.get(country) ?? {};
    if (prices[channel] !== undefined) return undefined;
    countries.set(country, { ...prices, [channel]: Number(price) });
  }
  return countries;
}
