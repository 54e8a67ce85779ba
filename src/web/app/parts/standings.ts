import { describeStanding } from '../../../texts/standing.js';
import { useLanguage, useWords } from '../texts/words.js';
import { useSecondsUntil } from './times.js';

interface Standing {
  code: string;
  because: string | null;
  until: string | null;
}

/** Says where ways stand; counted down until the last of them may go on. */
export function useStandings(waits: readonly (string | null)[]) {
  const { standings } = useWords();
  const language = useLanguage();
  const last = Math.max(...waits.map((until) => (until === null ? 0 : Date.parse(until))));
  useSecondsUntil(last > 0 ? last : undefined);
  return {
    describe: (form: 'call' | 'text' | 'app', { code, because, until }: Standing): string => {
      const stands = { code, because, until: until === null ? null : Date.parse(until) };
      return describeStanding(standings, language, form, stands, Date.now());
    },
  };
}
