import { useState } from 'preact/hooks';
import { ApiProblem } from '../../../client/client.js';
import { conferenceEnd, conferenceGet } from '../../../client/generated/operations.js';
import type { LiveKind, StreamEvent } from '../../../client/live-events.js';
import type { ViewProps } from '../../page.js';
import { Confirm } from '../../parts/confirm.js';
import { Button } from '../../parts/form.js';
import { Link } from '../../parts/link.js';
import { Loading } from '../../parts/loading.js';
import { describeMoment, describeTime } from '../../parts/times.js';
import { Title } from '../../parts/title.js';
import { useAction } from '../../parts/use-action.js';
import { useLive } from '../../parts/use-live.js';
import { useLoaded } from '../../parts/use-loaded.js';
import { send } from '../../state/session.js';
import { useLanguage, useWords } from '../../texts/words.js';
import { findInitiator, findSelf, listOthersInRoom, type Conference } from './conference.js';
import { useNumbers } from './numbers.js';
import { Roster } from './roster.js';
import { You } from './you.js';

const KINDS = [
  'conference.invited',
  'conference.leg',
  'conference.joined',
  'conference.caller_id',
  'conference.left',
  'conference.muted',
  'conference.unmuted',
  'conference.removed',
  'conference.ended',
] as const satisfies readonly LiveKind[];

export function ConferenceView({ params: { id = '' } }: ViewProps) {
  const { conferences: words } = useWords();
  const roster = useLoaded(() => send(conferenceGet, { path: { id } }), id);
  const isHidden = roster.failure instanceof ApiProblem && roster.failure.code === 'NOT_FOUND';
  const conference = isHidden ? undefined : roster.data;
  const numbers = useNumbers(id, conference === undefined ? [] : listOthersInRoom(conference));
  useLive(KINDS, (event: StreamEvent) => {
    if ('callId' in event && event.callId !== id) return;
    if (event.kind === 'conference.caller_id') numbers.lookAgain();
    else roster.reload();
  });
  return (
    <>
      <Title>{words.one}</Title>
      {isHidden && roster.data !== undefined ? (
        <>
          <p>{words.noLonger}</p>
          <Link to="/conferences" class="button">
            {words.toList}
          </Link>
        </>
      ) : (
        <Loading from={roster}>
          {(shown) => (
            <>
              <Standing {...shown} />
              <Own conference={shown} changed={roster.reload} />
              <Roster conference={shown} slots={numbers.slots} changed={roster.reload} />
              <Whole conference={shown} changed={roster.reload} />
            </>
          )}
        </Loading>
      )}
    </>
  );
}

/** Whether it goes on, since when, and until when at the latest. */
function Standing(conference: Conference) {
  const { conferences: words } = useWords();
  const language = useLanguage();
  const { role, state, endReason, createdAt, endsAt, endsWithInitiator } = conference;
  const initiator = findInitiator(conference)?.name ?? '';
  const isLive = state === 'live';
  return (
    <>
      <p role="status" class={isLive ? 'good' : ''}>
        <strong>{isLive ? words.live : words.over[endReason ?? 'finished']}</strong>
      </p>
      <p class="quiet">
        {role === 'initiator' ? words.startedByYou : words.startedBy(initiator)}
        {' · '}
        {describeTime(language, createdAt)}
        {isLive ? (
          <span class="block">{words.lastsUntil(describeMoment(language, endsAt))}</span>
        ) : null}
        {isLive && endsWithInitiator ? (
          <span class="block">
            {role === 'initiator' ? words.endsWithYou : words.endsWith(initiator)}
          </span>
        ) : null}
      </p>
    </>
  );
}

function Own({ conference, changed }: { conference: Conference; changed: () => void }) {
  const you = findSelf(conference);
  if (you === undefined || conference.state === 'ended') return null;
  return <You {...{ conference, you, changed }} />;
}

/** What the initiator may do with all of it. */
function Whole({ conference, changed }: { conference: Conference; changed: () => void }) {
  const { conferences: words } = useWords();
  const { id, role, state } = conference;
  const [isAsked, setAsked] = useState(false);
  const action = useAction(async () => {
    await send(conferenceEnd, { path: { id } });
    setAsked(false);
    changed();
  });
  if (role !== 'initiator' || state === 'ended') return null;
  return (
    <div class="buttons">
      <Link to={`/conferences/${id}/more`} class="button">
        {words.more.title}
      </Link>
      <Button isDanger onClick={() => setAsked(true)}>
        {words.acts.end}
      </Button>
      {isAsked ? (
        <Confirm
          question={words.ask.end}
          yes={words.acts.end}
          action={action}
          onClose={() => setAsked(false)}
        >
          <p>{words.ask.endText}</p>
        </Confirm>
      ) : null}
    </div>
  );
}
