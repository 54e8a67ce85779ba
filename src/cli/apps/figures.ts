import { AppsRepository } from '../../apps/apps.repository.js';
import type { OperatedApp } from '../../apps/operator-apps.repository.js';
import { FIGURES_MS, type Figures, type Undelivered, computeFigures } from '../../apps/figures.js';
import { CHANNELS, getTraits } from '../../handoff/channels.js';
import { type Executor } from '../../kernel/database.js';
import { type Context } from './order.js';

const apps = new AppsRepository();

export async function figures(
  trx: Executor,
  app: OperatedApp,
  { now }: Context,
): Promise<string[]> {
  const since = new Date(now.getTime() - FIGURES_MS);
  const {
    starts,
    sends,
    undelivered,
    pending,
    approved,
    failed,
    conversion,
    countries: counts,
  } = computeFigures(
    await apps.countStarts(trx, app.id, since, now),
    await apps.countSends(trx, app.id, since),
    await apps.countUndelivered(trx, app.id, since),
  );
  const percent = (part: Figures['conversion']): string =>
    part === null ? 'none has ended' : `${(part * 100).toFixed(1)} % of those that have ended`;
  const reasons = Object.entries(failed)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`);
  return [
    `${app.name}, since ${since.toISOString()}`,
    `  started   ${starts}`,
    `  sent      ${CHANNELS.map((channel) => `${sends[channel]} by ${getTraits(channel).label}`).join(', ')}`,
    `  lost      ${undelivered.length === 0 ? 'none' : undelivered.map(describeLost).join(', ')}`,
    `  approved  ${approved} (${percent(conversion)})`,
    `  failed    ${reasons.length === 0 ? 'none' : reasons.join(', ')}`,
    `  pending   ${pending}`,
    ...counts.map(
      (one) =>
        `  ${one.country.padEnd(9)} ${one.starts} started, ${one.approved} approved (${percent(one.conversion)})`,
    ),
  ];
}

const describeLost = ({ channel, reason, count }: Undelivered): string =>
  `${count} by ${getTraits(channel).label} (${reason})`;
