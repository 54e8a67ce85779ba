/** What an operator reads where the carrier refuses us, by its answer or by a callback. */
export const MISCONFIGURED =
  'the carrier refuses us: look up its code, check account, sender and permissions';
