import type { World } from './world.js';

/** One statement that a login may or may not be allowed. */
export interface Write {
  text: string;
  values: unknown[];
}

type Row = Record<string, unknown>;
interface Column {
  table: string;
  name: string;
  type: string;
  isKey: boolean;
  mayInsert: boolean;
  mayUpdate: boolean;
}
interface Routine {
  name: string;
  types: string[];
}

const callOf = ({ name, types }: Routine, values: unknown[]): Write => ({
  text: `SELECT * FROM ${name}(${types.map((type, at) => `$${at + 1}::${type}`).join(', ')})`,
  values,
});

/**
 * Makes writes that look like a thief's who knows every row: of what the catalogue says that a login
 * may write, a row that is there with one or two columns changed for values that stand elsewhere, a
 * changed or an erased row, or a call of a function. Whoever gives the login a right gives it to this.
 */
export class RandomWrites {
  private columns: Column[] = [];
  private erasable: string[] = [];
  private routines: Routine[] = [];
  private rows = new Map<string, Row[]>();
  private literals: string[] = [];

  private constructor(
    private readonly world: World,
    private readonly login: string,
    private readonly random: () => number,
    /** What the thief has of his own, such as the digests of his sessions. */
    private readonly own: readonly Buffer[],
  ) {}

  static async of(
    world: World,
    login: string,
    random: () => number,
    own: readonly Buffer[],
  ): Promise<RandomWrites> {
    const made = new RandomWrites(world, login, random, own);
    await made.readCatalogue();
    return made;
  }

  private async readCatalogue(): Promise<void> {
    this.columns = await this.world.rows<Column>(
      `
        SELECT
          c.relname AS "table",
          a.attname AS name,
          format_type(a.atttypid, NULL) AS type,
          EXISTS (
            SELECT
            FROM pg_index i
            WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)
          ) AS "isKey",
          has_column_privilege($1, c.oid, a.attnum, 'INSERT') AS "mayInsert",
          has_column_privilege($1, c.oid, a.attnum, 'UPDATE') AS "mayUpdate"
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
      `,
      [this.login],
    );
    this.erasable = (
      await this.world.rows<{ name: string }>(
        `
          SELECT relname AS name
          FROM pg_class
          WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
            AND has_table_privilege($1, oid, 'DELETE')
        `,
        [this.login],
      )
    ).map(({ name }) => name);
    this.routines = await this.world.rows<Routine>(
      `
        SELECT
          p.oid::regproc::text AS name,
          ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) t) AS types
        FROM pg_proc p
        WHERE p.prosecdef AND has_function_privilege($1, p.oid, 'EXECUTE')
          AND p.pronamespace::regnamespace::text = ANY (
            SELECT name FROM function_schemas UNION ALL SELECT 'public')
      `,
      [this.login],
    );
    this.literals = (
      await this.world.rows<{ literal: string }>(`
        SELECT DISTINCT unnest(string_to_array(m[1], ',')) AS literal
        FROM pg_constraint c, regexp_matches(pg_get_constraintdef(c.oid), '''\\{?([\\w,]+)\\}?''::text', 'g') m
        WHERE c.contype = 'c'
      `)
    ).map(({ literal }) => literal);
    await this.look();
  }

  /** Reads what stands in the tables now, with the owner's eyes. */
  async look(): Promise<void> {
    for (const table of new Set(this.columns.map((column) => column.table)))
      this.rows.set(
        table,
        (
          await this.world.rows<{ row: Row }>(`SELECT to_jsonb(t) AS row FROM ${table} t LIMIT 200`)
        ).map(({ row }) => row),
      );
  }

  next(): Write {
    const draw = this.random();
    if (draw < 0.45) return this.insert();
    if (draw < 0.8) return this.update();
    if (draw < 0.95) return this.call();
    return this.erase();
  }

  private insert(): Write {
    const columns = this.columnsOf(this.pick(this.tablesWhere('mayInsert'))).filter(
      (column) => column.mayInsert,
    );
    const { table } = columns[0] as Column;
    const row = { ...this.anyRow(table) };
    for (const column of columns)
      if (column.isKey && column.type === 'uuid' && this.random() < 0.8)
        row[column.name] = this.fresh();
    this.change(row, columns);
    const names = columns.map((column) => column.name).join(', ');
    return {
      text: `INSERT INTO ${table} (${names}) SELECT ${names} FROM jsonb_populate_record(NULL::${table}, $1)`,
      values: [row],
    };
  }

  private update(): Write {
    const table = this.pick(this.tablesWhere('mayUpdate'));
    const columns = this.columnsOf(table).filter((column) => column.mayUpdate);
    const before = this.anyRow(table);
    const row = { ...before };
    this.change(row, columns);
    const changed = columns
      .map((column) => column.name)
      .filter((name) => row[name] !== before[name]);
    const names = changed.length === 0 ? [(columns[0] as Column).name] : changed;
    const list = names.join(', ');
    return {
      text: `
        UPDATE ${table} SET (${list}) = (SELECT ${list} FROM jsonb_populate_record(NULL::${table}, $1) _)
        WHERE ${this.keyIs(table, '$2')}
      `,
      values: [row, before],
    };
  }

  private erase(): Write {
    const table = this.pick(this.erasable);
    const text = `DELETE FROM ${table} WHERE ${this.keyIs(table, '$1')}`;
    return { text, values: [this.anyRow(table)] };
  }

  private call(): Write {
    const routine = this.pick(this.routines);
    return callOf(
      routine,
      routine.types.map((type) => (this.random() < 0.1 ? null : this.value(type))),
    );
  }

  /** Each function that the login may call, with nothing at all; or without one thing, at each place. */
  callsWithout(what: 'everything' | 'one thing'): Write[] {
    return this.routines.flatMap((routine) => {
      const give = (without?: number): unknown[] =>
        routine.types.map((type, at) =>
          [undefined, at].includes(without) ? null : this.value(type),
        );
      return what === 'everything'
        ? [callOf(routine, give())]
        : routine.types.map((_, without) => callOf(routine, give(without)));
    });
  }

  private keyIs(table: string, parameter: string): string {
    const keys = this.columnsOf(table).filter((column) => column.isKey);
    const names = keys.map((column) => column.name).join(', ');
    return `(${names}) IN (SELECT ${names} FROM jsonb_populate_record(NULL::${table}, ${parameter}))`;
  }

  /** Changes one or two columns. */
  private change(row: Row, columns: readonly Column[]): void {
    const times = this.random() < 0.5 ? 1 : 2;
    for (let time = 0; time < times; time += 1) {
      const column = this.pick(columns);
      row[column.name] = this.valueFor(column);
    }
  }

  /** What stands in a column of that name or type somewhere, or what no row has. */
  private valueFor({ name, type }: Column): unknown {
    if (this.random() < 0.05) return null;
    if (this.random() < 0.7) {
      const there = [...this.rows.values()].flatMap((rows) =>
        rows.map((row) => row[name]).filter((value) => value !== undefined),
      );
      if (there.length > 0) return this.pick(there);
    }
    const value = this.value(type);
    return Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value;
  }

  private value(type: string): unknown {
    switch (type) {
      case 'uuid':
        return this.random() < 0.9 ? this.pick(this.knownIds()) : this.fresh();
      case 'bytea':
        return this.random() < 0.5
          ? this.pick(this.own)
          : Buffer.from(Array.from({ length: 32 }, () => Math.floor(this.random() * 256)));
      case 'text':
        // What most functions want of a text is a login or a session's kind.
        if (this.random() < 0.5) return this.pick([this.anyRow('accounts')['login'], 'bearer']);
        return this.pick(this.literals);
      case 'boolean':
        return this.random() < 0.5;
      case 'timestamp with time zone': {
        const far = this.pick([-3e10, -3.6e6, 0, 3.6e6, 3e10]);
        return new Date(this.world.clock.now().getTime() + far).toISOString();
      }
      case 'json':
      case 'jsonb':
        return '{}';
      case 'uuid[]':
        return [this.pick(this.knownIds())];
      case 'interval':
        return '1 year';
      default:
        return /int|numeric|double/.test(type) ? this.pick([0, 1, 2, 5, 60, 1_000_000]) : null;
    }
  }

  private knownIds(): string[] {
    return [...this.rows.values()].flatMap((rows) =>
      rows.flatMap((row) =>
        Object.values(row).filter(
          (value): value is string => typeof value === 'string' && /^[0-9a-f-]{36}$/.test(value),
        ),
      ),
    );
  }

  private fresh(): string {
    const hex = Array.from({ length: 32 }, () => Math.floor(this.random() * 16).toString(16));
    return hex.join('').replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
  }

  private tablesWhere(may: 'mayInsert' | 'mayUpdate'): string[] {
    const tables = new Set(this.columns.filter((one) => one[may]).map(({ table }) => table));
    return [...tables].filter((table) => (this.rows.get(table) ?? []).length > 0);
  }

  private columnsOf(table: string): Column[] {
    return this.columns.filter((column) => column.table === table);
  }

  private anyRow(table: string): Row {
    const rows = this.rows.get(table) ?? [];
    return rows.length === 0 ? {} : this.pick(rows);
  }

  private pick<T>(from: readonly T[]): T {
    if (from.length === 0) throw new Error('nothing to pick from');
    return from[Math.floor(this.random() * from.length)] as T;
  }
}
