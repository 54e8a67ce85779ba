import { TestEnvironment } from 'jest-environment-node';

/** What jest replaces on the process's own objects for the time of a file. */
const BORROWED = [
  [globalThis, 'console'],
  [process, 'exit'],
  [process, 'getBuiltinModule'],
];

/**
 * A test file runs in the process's own realm, not in one that is made for it alone: the packages
 * that Node has loaded (runtime.mjs) then know an `Error` or a `Uint8Array` of ours when they see
 * one. What a file leaves on the global object is taken away after it.
 */
export default class OneRealmEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.global = globalThis;
    this.known = new Set(Reflect.ownKeys(globalThis));
    this.borrowed = BORROWED.map(([owner, name]) => [owner, name, owner[name]]);
  }

  async teardown() {
    await super.teardown();
    for (const [owner, name, value] of this.borrowed) if (value !== undefined) owner[name] = value;
    const left = Reflect.ownKeys(globalThis).filter((key) => !this.known.has(key));
    for (const key of left) Reflect.deleteProperty(globalThis, key);
  }
}
