import { useState } from 'preact/hooks';
import { teamsCreate } from '../../../client/generated/operations.js';
import { isWrongIn } from '../../parts/failure.js';
import { TextField } from '../../parts/field.js';
import { Form } from '../../parts/form.js';
import { Title } from '../../parts/title.js';
import { useAction } from '../../parts/use-action.js';
import { goTo } from '../../state/place.js';
import { send } from '../../state/session.js';
import { useWords } from '../../texts/words.js';
import { keepInvite } from './invites.js';

export function NewTeam() {
  const { teams: words } = useWords();
  const [name, setName] = useState('');
  const action = useAction(async () => {
    const made = await send(teamsCreate, { body: { name } });
    const { id, inviteCode, inviteEndsAt, inviteUses } = made;
    if (inviteCode !== null && inviteEndsAt !== null && inviteUses !== null)
      keepInvite(id, { inviteCode, inviteEndsAt, inviteUses });
    goTo(`/teams/${id}`, { isReplacing: true });
  });
  return (
    <>
      <Title>{words.make}</Title>
      <p>{words.what}</p>
      <Form action={action} submit={words.make}>
        <TextField
          label={words.name}
          hint={words.nameHint}
          isWrong={isWrongIn(action.failure, 'name')}
          autocomplete="off"
          maxLength={80}
          value={name}
          onText={setName}
        />
      </Form>
    </>
  );
}
