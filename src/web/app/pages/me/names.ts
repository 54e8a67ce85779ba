import { useEffect, useRef, useState } from 'preact/hooks';
import { conferenceGet, dingGet } from '../../../client/generated/operations.js';
import { send } from '../../state/session.js';
import type { CallPurpose } from './call-link.js';

interface Call {
  readonly id: string;
  readonly purpose: CallPurpose;
}

type Named = readonly { accountId: string; name: string }[];
export type Names = ReadonlyMap<string, string>;

const read = async ({ id, purpose }: Call): Promise<Named> =>
  purpose === 'ding'
    ? (await send(dingGet, { path: { id } })).recipients
    : (await send(conferenceGet, { path: { id } })).participants;

/**
 * Who was in these calls, by name, one call after the other. A call that is gone, or isn't to be
 * seen any more, names nobody.
 */
export function useNames(calls: readonly Call[]): Names {
  const [names, setNames] = useState<Names>(new Map());
  const known = useRef(new Set<string>());
  const wanted = [...new Map(calls.map((call) => [call.id, call])).values()];
  useEffect(() => {
    let isGone = false;
    const readAll = async (): Promise<void> => {
      for (const call of wanted.filter(({ id }) => !known.current.has(id))) {
        const named = await read(call).catch((): Named => []);
        if (isGone) return;
        known.current.add(call.id);
        setNames(
          (old) => new Map([...old, ...named.map((one) => [one.accountId, one.name] as const)]),
        );
      }
    };
    void readAll();
    return () => void (isGone = true);
  }, [wanted.map(({ id }) => id).join(' ')]);
  return names;
}

/** `Ann, Bob and somebody`; whoever has no name is somebody, once. */
export function describeNames(
  language: string,
  names: Names,
  ids: readonly string[] = [],
  somebody = '',
): string {
  const shown = [...new Set(ids.map((id) => names.get(id) ?? somebody))];
  return new Intl.ListFormat(language).format(shown);
}
