/**
 * Connection overrides of Twilio's: 5 retries of a callback, on any failure, 5xx included; the
 * default retries only failed connections
 * (twilio.com/docs/usage/webhooks/webhooks-connection-overrides). The fragment isn't sent.
 */
export const RETRY = '#rc=5&rp=all';
