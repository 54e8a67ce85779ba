import { checkTogether } from './rules.js';
import { findText, isGivenIn, type Reader, type Setting, type Texts } from './setting.js';

/** What is read, and for whom. */
export interface Request {
  readonly settings: readonly Setting[];
  readonly env: Texts;
  /** What the stack supplies for settings that the environment doesn't give. */
  readonly supplied: Texts;
  /** These are missing now and will be supplied later: they are no problem yet. */
  readonly promised: ReadonlySet<string>;
  /** Whose settings are parsed, given what ROLES says; undefined: it says nothing that is right. */
  readonly chooseReaders: (roles: readonly Reader[] | undefined) => readonly Reader[];
}

export interface Reading {
  /** A line by the name of each setting that is missing or malformed. */
  readonly problems: ReadonlyMap<string, string>;
  readonly parsed: ReadonlyMap<string, unknown>;
  readonly isLive: boolean;
}

export function readSettings(request: Request): Reading {
  const { settings, env, chooseReaders } = request;
  const problems = new Map<string, string>();
  const texts = collectTexts(request, problems);
  const parsed = new Map<string, unknown>();
  const parse = (setting: Setting): void => parseOne(setting, request, texts, parsed, problems);

  settings.filter(({ name }) => name === 'ROLES').forEach(parse);
  const readers = chooseReaders(parsed.get('ROLES') as readonly Reader[] | undefined);
  settings.filter(({ roles }) => roles.some((role) => readers.includes(role))).forEach(parse);

  const isLive = checkTogether(env, parsed, problems);
  return { problems, parsed, isLive };
}

/** The text of each setting that has one, in which `${NAME}` is replaced by another's. */
function collectTexts(
  { settings, env, supplied }: Request,
  problems: Map<string, string>,
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const setting of settings) {
    const text = findText(setting, env, problems) ?? supplied[setting.name] ?? setting.default;
    if (text !== undefined) texts.set(setting.name, text);
  }
  for (const [name, text] of texts) {
    const replaced = text.replace(
      /\$\{(\w+)\}/g,
      (whole, other: string) => texts.get(other) ?? whole,
    );
    texts.set(name, replaced);
  }
  return texts;
}

function parseOne(
  setting: Setting,
  request: Request,
  texts: ReadonlyMap<string, string>,
  parsed: Map<string, unknown>,
  problems: Map<string, string>,
): void {
  const { name, must } = setting;
  if (parsed.has(name) || problems.has(name)) return;
  const text = texts.get(name);
  if (text === undefined) {
    const isMissing = !setting.optional && !request.promised.has(name);
    if (isMissing) problems.set(name, `${name} is missing: it must be ${must}`);
    return;
  }
  // A default that follows a bad setting is not another problem.
  if (followsProblem(setting, request, texts, problems)) return;
  const result = setting.parse.safeParse(text);
  if (result.success) parsed.set(name, result.data);
  else problems.set(name, `${name} must be ${must}`);
}

/** Whether a default has taken up the text of a bad setting, be it by way of another's default. */
function followsProblem(
  setting: Setting,
  request: Request,
  texts: ReadonlyMap<string, string>,
  problems: ReadonlyMap<string, string>,
): boolean {
  const name = findFollowed(setting, texts.get(setting.name) ?? '', request);
  if (name === undefined) return false;
  if (problems.has(name)) return true;
  const followed = request.settings.find((one) => one.name === name);
  return followed !== undefined && followsProblem(followed, request, texts, problems);
}

/** The setting whose text a default has taken up. */
function findFollowed(setting: Setting, text: string, request: Request): string | undefined {
  const isDerived =
    text !== setting.default &&
    !isGivenIn(request.env, setting.name) &&
    request.supplied[setting.name] === undefined;
  return isDerived ? /\$\{(\w+)\}/.exec(setting.default ?? '')?.[1] : undefined;
}
