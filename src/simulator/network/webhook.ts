export type Method = 'GET' | 'POST';

/**
 * The network sends a request of its own here: for instructions, or with news of a call, message or
 * conference.
 */
export interface Webhook {
  url: string;
  method: Method;
}
