import { useEffect, useState } from 'preact/hooks';
import { conferenceList, type ConferenceListAnswer } from '../../../client/generated/operations.js';
import type { LiveKind } from '../../../client/live-events.js';
import { Button } from '../../parts/form.js';
import { Link } from '../../parts/link.js';
import { Loading } from '../../parts/loading.js';
import { describeTime } from '../../parts/times.js';
import { Title } from '../../parts/title.js';
import { useLive } from '../../parts/use-live.js';
import { useLoaded } from '../../parts/use-loaded.js';
import { send } from '../../state/session.js';
import { useLanguage, useWords } from '../../texts/words.js';

type Listed = ConferenceListAnswer['conferences'][number];

/** As many as the API gives at once: where there are fewer, there are no older ones. */
const PAGE = 20;

const KINDS = [
  'conference.created',
  'conference.invited',
  'conference.joined',
  'conference.left',
  'conference.removed',
  'conference.ended',
] as const satisfies readonly LiveKind[];

interface Pages {
  conferences: readonly Listed[];
  hasOlder: boolean;
}

/** Each page begins where the one before ends, so none is lost where new ones have come meanwhile. */
async function readPages(count: number): Promise<Pages> {
  const conferences: Listed[] = [];
  for (let page = 0; page < count; page++) {
    const before = conferences.at(-1)?.id;
    const answer = await send(conferenceList, { query: { before } });
    conferences.push(...answer.conferences);
    if (answer.conferences.length < PAGE) return { conferences, hasOlder: false };
  }
  return { conferences, hasOlder: true };
}

/** Those that go on first, each of both kinds by its age. */
export function ConferenceList() {
  const { conferences: words } = useWords();
  const [count, setCount] = useState(1);
  const list = useLoaded(async () => ({ count, ...(await readPages(count)) }));
  useLive(KINDS, list.reload);
  useEffect(() => {
    if (count > 1) list.reload();
  }, [count]);
  return (
    <>
      <Title>{words.title}</Title>
      <p>
        <Link to="/conferences/new" class="button main">
          {words.start}
        </Link>
      </p>
      <Loading from={list}>
        {({ conferences, hasOlder, ...read }) => (
          <>
            {conferences.length === 0 ? <p>{words.none}</p> : null}
            <ul class="plain">
              {sortLiveFirst(conferences).map((one) => (
                <li key={one.id}>
                  <Entry {...one} />
                </li>
              ))}
            </ul>
            {hasOlder ? (
              <Button isBusy={read.count < count} onClick={() => setCount(read.count + 1)}>
                {words.older}
              </Button>
            ) : null}
          </>
        )}
      </Loading>
    </>
  );
}

const isLive = ({ state }: Listed): boolean => state === 'live';

const sortLiveFirst = (all: readonly Listed[]): Listed[] => [
  ...all.filter(isLive),
  ...all.filter((one) => !isLive(one)),
];

function Entry({ id, role, state, endReason, createdAt, from, ...counted }: Listed) {
  const { conferences: words } = useWords();
  const language = useLanguage();
  return (
    <Link to={`/conferences/${id}`} class="card entry">
      <span>
        <strong>{role === 'initiator' ? words.startedByYou : words.startedBy(from.name)}</strong>
      </span>
      <span class="quiet">{describeTime(language, createdAt)}</span>
      {state === 'live' ? (
        <span class="good">
          {words.live} · {words.inRoom(counted.joinedCount, counted.participantCount)}
        </span>
      ) : (
        <span>{words.over[endReason ?? 'finished']}</span>
      )}
    </Link>
  );
}
