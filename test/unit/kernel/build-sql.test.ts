import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { readBuildSql } from '../../../src/kernel/build-sql.js';

test('each migration has a number of its own, and none is left out', () => {
  const { migrations } = readBuildSql(pathToFileURL(path.join(__dirname, '../../../src/')));
  expect(migrations.map(({ name }) => Number(name.slice(0, 4)))).toEqual(
    migrations.map((_, at) => at + 1),
  );
});
