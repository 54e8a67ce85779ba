export type Method = 'GET' | 'POST';

/**
 * Where the network sends a request of its own: for instructions, or with news of a call, message
 * or conference.
 */
export interface Webhook {
  url: string;
  method: Method;
}
