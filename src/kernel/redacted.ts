import { inspect } from 'node:util';

/**
 * A secret that can be handed around but not printed by accident: templates, JSON and `util.inspect` show `<redacted>`.
 * Only `reveal()` gives the value, so a search for that word finds every place where a secret is used.
 */
export class Redacted<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
    Object.freeze(this);
  }

  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return '<redacted>';
  }

  toJSON(): string {
    return '<redacted>';
  }

  [inspect.custom](): string {
    return '<redacted>';
  }
}
