import { useEffect, useRef, useState } from 'preact/hooks';

export interface Action<Args extends unknown[]> {
  readonly run: (...args: Args) => void;
  readonly isBusy: boolean;
  /** What the last try ended with, for <Failure>. */
  readonly failure: unknown;
  readonly clear: () => void;
}

/** Something that a press begins: a second press while it goes on begins nothing. */
export function useAction<Args extends unknown[]>(
  work: (...args: Args) => Promise<unknown>,
): Action<Args> {
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const isRunning = useRef(false);
  const isGone = useRef(false);
  useEffect(() => () => void (isGone.current = true), []);
  const attempt = async (args: Args): Promise<void> => {
    let caught: unknown;
    try {
      await work(...args);
    } catch (error) {
      caught = error;
    }
    isRunning.current = false;
    if (isGone.current) return;
    setBusy(false);
    setFailure(caught);
  };
  const run = (...args: Args): void => {
    if (isRunning.current) return;
    isRunning.current = true;
    setBusy(true);
    setFailure(undefined);
    void attempt(args);
  };
  return { run, isBusy, failure, clear: () => setFailure(undefined) };
}
