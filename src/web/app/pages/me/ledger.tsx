import { ledgerOwn, type LedgerOwnAnswer } from '../../../client/generated/operations.js';
import { Loading } from '../../parts/loading.js';
import { describeTime } from '../../parts/times.js';
import { Title } from '../../parts/title.js';
import { send } from '../../state/session.js';
import { useLanguage, useWords } from '../../texts/words.js';
import { CallLink } from './call-link.js';
import { describeEntry, findCall, findViewer, parseBody } from './ledger-entry.js';
import { describeNames, useNames } from './names.js';
import { Older } from './older.js';
import { usePages } from './use-pages.js';

type Entry = LedgerOwnAnswer['entries'][number];
const PAGE = 25;

/** Who has had one's number: each time that it was opened or shown, in words. */
export function Ledger() {
  const { me: words } = useWords();
  const language = useLanguage();
  const { newest, entries, more, hasMore } = usePages<Entry>(
    async (before) => (await send(ledgerOwn, { query: { before: before?.seq } })).entries,
    PAGE,
  );
  const read = entries.map(({ seq, at, body }) => ({ seq, at, body: parseBody(body) }));
  const seen = read.filter(({ body }) => findViewer(body) !== undefined);
  const names = useNames(seen.flatMap(({ body }) => findCall(body) ?? []));
  return (
    <>
      <Title>{words.ledger.title}</Title>
      <p>{words.ledger.what}</p>
      <Loading from={newest}>
        {() => (
          <>
            {read.length === 0 ? <p>{words.ledger.none}</p> : null}
            <ul class="plain">
              {read.map(({ seq, at, body }) => {
                const call = findCall(body);
                const viewer = findViewer(body);
                const ids = viewer === undefined ? [] : [viewer];
                const who = describeNames(language, names, ids, words.somebody);
                return (
                  <li key={seq} class="card">
                    <p class="quiet">{describeTime(language, at)}</p>
                    <p>{describeEntry(words.ledger, body, who)}</p>
                    {call === undefined ? null : <CallLink {...call} />}
                  </li>
                );
              })}
            </ul>
            <Older {...{ more, hasMore }} />
          </>
        )}
      </Loading>
    </>
  );
}
