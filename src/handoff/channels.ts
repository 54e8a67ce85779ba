/**
 * The ways by which a carrier reaches a phone. All that sets one apart from the others is said in
 * TRAITS, or in a `switch` that ends with `unknownChannel`, so that the compiler names every place
 * where a new one needs a word. A new channel brings a migration as well: the tables check what
 * they are given.
 */
export const CHANNELS = ['sms', 'voice'] as const;
export type Channel = (typeof CHANNELS)[number];

/**
 * A text is a message, which the carrier says is sent, delivered or lost. A call rings a phone: it
 * is answered, it asks for keys, and it ends.
 */
export type Form = 'text' | 'call';

export interface ChannelTraits {
  /** What an operator reads. */
  readonly label: string;
  readonly form: Form;
  /** The name of its queue in Redis or PostgreSQL. Jobs wait in it, so it is never renamed. */
  readonly queue: string;
  /** The setting that says what one costs where PRICES_FILE says nothing else. */
  readonly priceSetting: 'smsPrice' | 'callPrice';
  /** By what a Ding that came this way is confirmed. */
  readonly confirmedBy: 'link' | 'voice';
  /** It reaches a phone that no message reaches. */
  readonly reachesFixedLines: boolean;
}

export const TRAITS = {
  sms: {
    label: 'SMS',
    form: 'text',
    queue: 'dingline-sms',
    priceSetting: 'smsPrice',
    confirmedBy: 'link',
    reachesFixedLines: false,
  },
  voice: {
    label: 'voice',
    form: 'call',
    queue: 'dingline-voice',
    priceSetting: 'callPrice',
    confirmedBy: 'voice',
    reachesFixedLines: true,
  },
} as const satisfies Record<Channel, ChannelTraits>;

export const getTraits = (channel: Channel): ChannelTraits => TRAITS[channel];

type ChannelWithForm<F extends Form> = {
  [C in Channel]: (typeof TRAITS)[C]['form'] extends F ? C : never;
}[Channel];
export type TextChannel = ChannelWithForm<'text'>;

/** Something for each channel. */
export const byChannel = <T>(make: (channel: Channel) => T): Record<Channel, T> =>
  Object.fromEntries(CHANNELS.map((channel) => [channel, make(channel)])) as Record<Channel, T>;

/**
 * One queue for each: they have different paces, and a slow carrier for calls must not hold up
 * codes.
 */
export const QUEUES = byChannel((channel) => TRAITS[channel].queue);

/** A row or a notice of a newer build may name a channel that this one has never heard of. */
export const isChannel = (text: string | undefined): text is Channel =>
  CHANNELS.some((channel) => channel === text);

/**
 * Ends a `switch` over channels. The compiler refuses it where a channel has no case. At run time a
 * channel of a newer build ends here, before it is taken for one of ours.
 */
export function unknownChannel(_channel: never): never {
  throw new Error('UNKNOWN_CHANNEL');
}

/**
 * The app is no channel. What it shows is a notification: our own servers hold it ready, no carrier
 * hears of it, and so it has no queue, no price and no hand-off. A Ding may go this way all the
 * same, and is confirmed in the app then.
 */
export const APP = 'app';
/** How a Ding reaches for its recipients. */
export const WAYS = [APP, ...CHANNELS] as const;
export type Way = (typeof WAYS)[number];
/** How a notification comes: in the app, or as a text. A call is no notification, it has a leg. */
export const NOTIFIED_BY: readonly (typeof APP | TextChannel)[] = [APP, ...CHANNELS.filter(isText)];
export type NotifiedBy = (typeof NOTIFIED_BY)[number];
/** By what a Ding can be confirmed: in the app, by a text's link, by a call's key. */
export const CONFIRMED_BY = [APP, 'link', 'voice'] as const satisfies readonly (
  typeof APP | ChannelTraits['confirmedBy']
)[];
export type ConfirmedBy = (typeof CONFIRMED_BY)[number];

function isText(channel: Channel): channel is TextChannel {
  return TRAITS[channel].form === 'text';
}
