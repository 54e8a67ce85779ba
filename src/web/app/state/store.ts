import { useEffect, useState } from 'preact/hooks';

/** A value that views follow. */
export class Store<T> {
  private readonly listeners = new Set<() => void>();

  constructor(private current: T) {}

  get value(): T {
    return this.current;
  }

  set(value: T): void {
    this.current = value;
    for (const listener of [...this.listeners]) listener();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}

export function useStore<T>(store: Store<T>): T {
  const [, draw] = useState({});
  const drawn = store.value;
  useEffect(() => {
    // A view within this one may have changed it before this one follows.
    if (store.value !== drawn) draw({});
    return store.subscribe(() => draw({}));
  }, [store]);
  return drawn;
}
