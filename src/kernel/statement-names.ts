/** What is run now and then is planned anew, as what is there has become. */
const RUNS_UNNAMED = 2;
/** Texts are this build's own, some hundred; more would be a mistake, and a connection would keep each. */
const MOST_TEXTS = 1_000;

/**
 * What begins so has no name: it is planned anew each time. (`plan_cache_mode` would have each guard
 * of each row planned anew, too, and takes three times as long.)
 */
export const PLANNED_ANEW = '/* planned anew */ ';

/**
 * The names by which one connection has its statements prepared: to read and plan one that writes
 * a hand-off takes PostgreSQL as long as to run it, with all the row rules and checks of its table.
 * ANALYZE has prepared ones planned anew. What a migration does to a table older builds go on with:
 * none of their statements selects `*`, whose columns may not change while one is prepared.
 */
export class StatementNames {
  private readonly texts = new Map<string, { name: string; runs: number }>();

  /** Undefined for one that is not run often, or not yet. */
  findName(text: string): string | undefined {
    if (text.startsWith(PLANNED_ANEW)) return undefined;
    let known = this.texts.get(text);
    if (known === undefined) {
      if (this.texts.size >= MOST_TEXTS) return undefined;
      known = { name: `often_${this.texts.size}`, runs: 0 };
      this.texts.set(text, known);
    }
    known.runs += 1;
    return known.runs > RUNS_UNNAMED ? known.name : undefined;
  }
}
