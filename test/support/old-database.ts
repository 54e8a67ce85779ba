import pg from 'pg';
import { ownSql } from '../../src/kernel/build-sql.js';
import { createEmptyDatabase, type TestDatabase } from './postgres.js';

/** A database as it was once, to be migrated: it has had the migrations up to one, and no functions. */
export class OldDatabase {
  private constructor(
    private readonly database: Pick<TestDatabase, 'ownerUrl' | 'drop'>,
    readonly owner: pg.Client,
  ) {}

  /** `last` is the number of the newest migration that it has had: 0013. */
  static async create(last: string): Promise<OldDatabase> {
    const database = await createEmptyDatabase();
    const owner = new pg.Client({ connectionString: database.ownerUrl });
    await owner.connect();
    await owner.query(
      'CREATE TABLE migrations (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())',
    );
    for (const { name, text } of ownSql().migrations.filter((one) => one.name < `${last}z`)) {
      await owner.query(text);
      await owner.query('INSERT INTO migrations (name) VALUES ($1)', [name]);
    }
    return new OldDatabase(database, owner);
  }

  get ownerUrl(): string {
    return this.database.ownerUrl;
  }

  async drop(): Promise<void> {
    await this.owner.end();
    await this.database.drop();
  }
}
