import { Link } from '../../parts/link.js';
import { useWords } from '../../texts/words.js';

export type CallPurpose = 'ding' | 'conference';

/** Leads to the Ding or conference that something is about. */
export function CallLink({ id, purpose }: { id: string; purpose: CallPurpose }) {
  const { me: words } = useWords();
  return (
    <p>
      <Link to={`/${purpose}s/${id}`}>{words.see[purpose]}</Link>
    </p>
  );
}
