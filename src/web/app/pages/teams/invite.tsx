import { useState } from 'preact/hooks';
import { teamsReplaceInvite, type Invite } from '../../../client/generated/operations.js';
import { Confirm } from '../../parts/confirm.js';
import { TextField } from '../../parts/field.js';
import { Button } from '../../parts/form.js';
import { describeTime } from '../../parts/times.js';
import { useAction } from '../../parts/use-action.js';
import { send } from '../../state/session.js';
import { useLanguage, useWords } from '../../texts/words.js';
import { findInvite, keepInvite, makeLink } from './invites.js';
import { QrCode } from './qr-code.js';
import type { TeamSoFar } from './use-team.js';

/** For the owner: a code, its link and its picture, and another one. */
export function InvitePeople({ team }: { team: TeamSoFar }) {
  const { teams: words } = useWords();
  const [isAsking, setAsking] = useState(false);
  const action = useAction(async () => {
    keepInvite(team.id, await send(teamsReplaceInvite, { path: { id: team.id }, body: {} }));
    setAsking(false);
  });
  const invite = findInvite(team.id);
  const owner = team.members.find(({ role }) => role === 'owner');
  if (team.role !== 'owner')
    return owner === undefined ? null : <p class="quiet">{words.whoInvites(owner.name)}</p>;
  return (
    <section>
      <h2>{words.invite}</h2>
      {invite === undefined ? <p>{words.noCode}</p> : <Shown invite={invite} />}
      <Button onClick={() => setAsking(true)}>{words.newCode}</Button>
      {isAsking ? (
        <Confirm
          question={words.newCodeAsk}
          yes={words.newCode}
          action={action}
          onClose={() => setAsking(false)}
        >
          <p>{words.newCodeText}</p>
        </Confirm>
      ) : null}
    </section>
  );
}

function Shown({ invite }: { invite: Invite }) {
  const { teams: words } = useWords();
  const language = useLanguage();
  const { inviteCode, inviteEndsAt, inviteUses } = invite;
  const link = makeLink(invite);
  const ends = describeTime(language, inviteEndsAt);
  return (
    <div class="card">
      <p>{words.codeIs}</p>
      <p class="code">{inviteCode}</p>
      <p class="quiet">{words.codeLasts(inviteUses, ends)}</p>
      <Hand link={link} />
      <p>{words.qr}</p>
      <QrCode text={link} label={words.qrLabel} />
      <p class="quiet">{words.toldOnce}</p>
    </div>
  );
}

/** Gives the link to another app, or to the clipboard. Where neither is let, it can be marked and copied. */
function Hand({ link }: { link: string }) {
  const { teams: words } = useWords();
  const [outcome, setOutcome] = useState('');
  const copy = (): void => {
    navigator.clipboard.writeText(link).then(
      () => setOutcome(words.copied),
      () => setOutcome(words.notCopied),
    );
  };
  const share = (): void => {
    navigator.share({ url: link }).catch(() => undefined); // they have closed it
  };
  return (
    <>
      <TextField
        label={words.link}
        readOnly
        value={link}
        onText={() => undefined}
        onFocus={({ currentTarget }) => currentTarget.select()}
      />
      <div class="buttons">
        <Button onClick={copy}>{words.copy}</Button>
        {'share' in navigator ? <Button onClick={share}>{words.share}</Button> : null}
      </div>
      <p role="status">{outcome}</p>
    </>
  );
}
