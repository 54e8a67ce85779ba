import { findShortCode } from '../../apps/app.js';
import { parseId } from '../../kernel/ids.js';
import { AppsRepository } from '../../apps/apps.repository.js';
import { type Language } from '../../texts/catalogue.js';
import { findCodeHostProblem } from '../../texts/code-host.js';
import { findTemplateProblems } from '../../texts/template.js';
import { ExpectedError } from '../../embedded/expected-error.js';
import { UsageError } from '../usage-error.js';
import { describeService } from './describe.js';
import { type Options, parseCodeHost, parseServiceWish, parseTemplate } from './options.js';
import { type Order, inTransaction } from './order.js';

const apps = new AppsRepository();

export function service(name: string, options: Options): Order {
  const id = options.id === undefined ? undefined : parseId(options.id, 'VA');
  if (options.id !== undefined && id === undefined)
    throw new UsageError('--id must be VA and 32 hex digits');
  const wish = parseServiceWish(options);
  const templates = (options.template ?? []).map(parseTemplate);
  const wantedHost = parseCodeHost(options.codeHost);
  const isAsked = Object.keys(wish).length + templates.length === 0 && wantedHost === undefined;
  return inTransaction(name, async (trx, app, { codeHost: ourHost, appHash }) => {
    const all = await apps.listServices(trx, app.id);
    const found = all.find((one) => (id === undefined ? one.isDefault : one.id === id));
    if (found === undefined)
      throw new ExpectedError('the app has no such service: npm run apps -- service NAME');
    if (isAsked) return (id === undefined ? all : [found]).map(describeService);
    const changed = { ...found.templates, ...Object.fromEntries(templates) };
    const kept = Object.fromEntries(
      Object.entries(changed).filter(([, text]) => text !== ''),
    ) as Partial<Record<Language, string>>;
    const codeHost = wantedHost === undefined ? found.codeHost : wantedHost;
    const wrongHost = codeHost === null ? undefined : findCodeHostProblem(codeHost);
    if (wrongHost !== undefined) throw new UsageError(`--code-host: the host ${wrongHost}`);
    for (const [language, template] of Object.entries(kept)) {
      const [wrong] = findTemplateProblems(template, {
        host: codeHost ?? ourHost,
        appHash,
        name: wish.name ?? found.name,
      });
      if (wrong !== undefined) throw new UsageError(`the template in ${language} ${wrong}`);
    }
    await apps.setTexts(trx, found.id, { templates: kept, codeHost });
    const updated = await apps.updateService(trx, app.id, found.id, wish);
    if (updated === undefined) return [];
    const warning = findShortCode(updated);
    return [
      `${name}: set`,
      describeService(updated),
      ...(warning === undefined ? [] : [`  warning: ${warning}`]),
    ];
  });
}
