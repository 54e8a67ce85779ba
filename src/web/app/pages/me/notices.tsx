import { accountsListNotices, type Notice } from '../../../client/generated/operations.js';
import { Link } from '../../parts/link.js';
import { Loading } from '../../parts/loading.js';
import { describeTime } from '../../parts/times.js';
import { Title } from '../../parts/title.js';
import { send } from '../../state/session.js';
import type { Words } from '../../texts/en.js';
import { useLanguage, useWords } from '../../texts/words.js';
import { CallLink } from './call-link.js';
import { describeNames, useNames } from './names.js';
import { Older } from './older.js';
import { usePages } from './use-pages.js';

const PAGE = 8;

export function Notices() {
  const { me: words } = useWords();
  const { newest, entries, more, hasMore } = usePages<Notice>(
    async (before) => (await send(accountsListNotices, { query: { before: before?.id } })).notices,
    PAGE,
  );
  return (
    <>
      <Title>{words.notices}</Title>
      <Loading from={newest}>
        {() => (
          <>
            {entries.length === 0 ? <p>{words.noNotices}</p> : null}
            <NoticeList notices={entries} />
            <Older {...{ more, hasMore }} />
          </>
        )}
      </Loading>
    </>
  );
}

export function NoticeList({ notices }: { notices: readonly Notice[] }) {
  const { me: words } = useWords();
  const language = useLanguage();
  const names = useNames(notices.flatMap(({ call }) => (call === undefined ? [] : [call])));
  return (
    <ul class="plain">
      {notices.map((notice) => (
        <li key={notice.id} class="card">
          <p class="quiet">{describeTime(language, notice.at)}</p>
          <p>
            {describeNotice(
              words.notice,
              notice,
              describeNames(language, names, notice.call?.accountIds, words.somebody),
            )}
          </p>
          {notice.call === undefined ? null : <CallLink {...notice.call} />}
          {notice.kind === 'number_moved' || notice.kind === 'number_to_prove_again' ? (
            <p>
              <Link to="/number">{words.verify}</Link>
            </p>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

function describeNotice(words: Words['me']['notice'], { kind, call }: Notice, who: string): string {
  if (kind === 'ding_unreached') return words[kind](who);
  if (kind !== 'number_shown' && kind !== 'number_not_shown') return words[kind];
  return words[kind][call?.purpose ?? 'conference'](who);
}
