// Nest 12 and several of its dependencies are ESM only, and jest's own ESM mode fails on Node 20:
// swc turns our TypeScript into CommonJS, and Node itself loads the packages
// (test/support/runtime.mjs). All but the unit tests take the product as `npm run build` made it.
const shared = {
  testEnvironment: '<rootDir>/test/support/environment.mjs',
  runtime: '<rootDir>/test/support/runtime.mjs',
  extensionsToTreatAsEsm: [],
  transform: {
    '^.+\\.(ts|mjs)$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
};
const folder = (name, more = {}) => ({
  ...shared,
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  ...more,
});

export default {
  // It ends a test that hangs. Some start the whole stack five times, on a machine that runs four files at once;
  // what must come in time has a deadline of its own.
  testTimeout: 180_000,
  projects: ['unit', 'medium', 'e2e', 'contract', 'fault', 'architecture', 'browser', 'soak'].map(
    (name) =>
      folder(name, {
        testEnvironmentOptions: { takesBuilt: name !== 'unit' },
      }),
  ),
};
