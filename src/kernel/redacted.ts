import { inspect } from 'node:util';

/**
 * What must not be printed by accident: templates, JSON and `util.inspect` show `<redacted>`, or
 * what the class says instead. Its subclasses keep what they hold in private fields (`#`), which
 * nothing prints.
 */
export abstract class Unprintable {
  protected get printedAs(): string {
    return '<redacted>';
  }

  toString(): string {
    return this.printedAs;
  }

  toJSON(): string {
    return this.printedAs;
  }

  [inspect.custom](): string {
    return this.printedAs;
  }
}

/**
 * A secret that can be handed around but not printed by accident. Only `reveal()` gives the value,
 * so a search for that word finds every place where a secret is used.
 */
export class Redacted<T> extends Unprintable {
  readonly #value: T;

  constructor(value: T) {
    super();
    this.#value = value;
    Object.freeze(this);
  }

  reveal(): T {
    return this.#value;
  }
}
