import { useState } from 'preact/hooks';
import {
  conferenceAdd,
  conferenceMute,
  conferenceRemove,
  conferenceUnmute,
} from '../../../client/generated/operations.js';
import { Confirm } from '../../parts/confirm.js';
import { Failure } from '../../parts/failure.js';
import { Button } from '../../parts/form.js';
import { describeMoment } from '../../parts/times.js';
import { useAction } from '../../parts/use-action.js';
import { send } from '../../state/session.js';
import { useLanguage, useWords } from '../../texts/words.js';
import type { Conference, Member } from './conference.js';
import { describeMute, describePresence, findRights } from './describe.js';
import { NumberSlot, type NumberSlots } from './numbers.js';

interface RosterProps {
  conference: Conference;
  slots: NumberSlots;
  changed: () => void;
}

/** Everybody but oneself: where each stands, and what one may do about them. */
export function Roster(props: RosterProps) {
  const { conference } = props;
  const { conferences: words } = useWords();
  const others = conference.participants.filter(
    (one) => one.participantId !== conference.participantId,
  );
  const isLive = conference.state === 'live';
  const hasAway = isLive && others.some(({ presence }) => presence === 'away');
  return (
    <section>
      <h2>{words.people}</h2>
      <ul class="plain">
        {others.map((one) => (
          <li key={one.participantId} class="card">
            <Row {...props} member={one} />
          </li>
        ))}
      </ul>
      {hasAway ? <p class="hint">{words.awayHint}</p> : null}
    </section>
  );
}

function Row({ conference, slots, changed, member }: RosterProps & { member: Member }) {
  const { conferences: words } = useWords();
  const language = useLanguage();
  const { participantId, accountId, name, presence } = member;
  const isLive = conference.state === 'live';
  const isInRoom = presence === 'joined';
  const mute = isLive ? describeMute(words, conference, member) : '';
  const { mayMute, mayUnmute, mayRemove, mayCallAgain } = findRights(conference, member);
  const { acts } = words;
  const path = { id: conference.id, participantId };
  const action = useAction(async (isMuted: boolean) => {
    await send(isMuted ? conferenceMute : conferenceUnmute, { path });
    changed();
  });
  const adding = useAction(async () => {
    await send(conferenceAdd, { path, body: { accountIds: [accountId] } });
    changed();
  });
  return (
    <>
      <div class="person">
        <strong>{name}</strong>
        {isInRoom ? <NumberSlot {...{ slots, participantId }} /> : null}
      </div>
      <p aria-live="polite" class={isInRoom ? 'good' : 'quiet'}>
        {isLive || presence === 'removed'
          ? describePresence(words, member, (at) => describeMoment(language, at))
          : null}
        {mute === '' ? null : <span class="block">{mute}</span>}
      </p>
      <div class="buttons">
        {mayMute || mayUnmute ? (
          <Button
            isBusy={action.isBusy}
            aria-label={mayMute ? acts.muteWho(name) : acts.unmuteWho(name)}
            onClick={() => action.run(mayMute)}
          >
            {mayMute ? acts.mute : acts.unmute}
          </Button>
        ) : null}
        {mayRemove ? <Remove {...{ path, name, changed }} /> : null}
        {mayCallAgain ? (
          <Button
            isBusy={adding.isBusy}
            aria-label={acts.callAgainWho(name)}
            onClick={() => adding.run()}
          >
            {acts.callAgain}
          </Button>
        ) : null}
      </div>
      <Failure failure={action.failure ?? adding.failure} />
    </>
  );
}

interface RemoveProps {
  path: { id: string; participantId: string };
  name: string;
  changed: () => void;
}

function Remove({ path, name, changed }: RemoveProps) {
  const { conferences: words } = useWords();
  const [isAsked, setAsked] = useState(false);
  const action = useAction(async () => {
    await send(conferenceRemove, { path });
    setAsked(false);
    changed();
  });
  return (
    <>
      <Button aria-label={words.acts.removeWho(name)} onClick={() => setAsked(true)}>
        {words.acts.remove}
      </Button>
      {isAsked ? (
        <Confirm
          question={words.ask.remove(name)}
          yes={words.acts.remove}
          action={action}
          onClose={() => setAsked(false)}
        >
          <p>{words.ask.removeText}</p>
        </Confirm>
      ) : null}
    </>
  );
}
