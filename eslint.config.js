import tseslint from 'typescript-eslint';

/**
 * What Prettier leaves alone: long comments, texts and SQL, files that have grown, constructors that
 * take everything. To widen the rules to another folder, add it to LAID_OUT.
 */
const LAID_OUT = ['src/**/*.{ts,tsx}', 'test/**/*.{ts,mjs,cjs}', 'bin/*.mjs', '*.{js,mjs}'];
const LINES = { code: 120, ignoreUrls: true, ignoreRegExpLiterals: true };
const LAYOUT = {
  'max-len': ['error', LINES],
  'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
  'max-params': ['error', 7],
};

/** Each starts a whole stack, which takes seconds, and tells one story of it: two files would start two. */
const OF_ONE_STACK = [
  'architecture/canary',
  'contract/bad-input',
  'contract/openapi',
  'contract/carriers',
  'contract/twilio-verify',
  'e2e/accounts',
  'e2e/app-verification',
  'e2e/apps',
  'e2e/conference',
  'e2e/ding',
  'e2e/ding-many',
  'e2e/look',
  'e2e/numbers-move',
  'e2e/replay',
  'e2e/send-limits',
  'e2e/stolen-login',
  'e2e/verification',
  'e2e/voice-code',
  'fault/asked-by-list',
  'fault/callbacks',
  'fault/embedded',
  'fault/ingress-away',
  'fault/network',
  'medium/api-alone',
  'medium/live',
  'medium/webhooks',
].map((name) => `test/${name}.test.ts`);
/** Each keeps one state that most of its functions read and write, so it waits to be taken apart. */
const OF_ONE_STATE = [
  'test/bench/enumeration.mjs',
  'test/contract/queue.test.ts',
  'test/medium/apps.test.ts',
  'test/medium/builds.test.ts',
  'test/medium/caller-id-model.test.ts',
  'test/medium/retention.test.ts',
  'test/support/caller-id-play.ts',
  'test/support/stage.ts',
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.data/', 'coverage/', 'src/web/client/generated/'] },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'no-console': 'error',
      // src/settings.ts is the only reader of the environment.
      'no-restricted-properties': ['error', { object: 'process', property: 'env' }],
    },
  },
  { files: LAID_OUT, rules: LAYOUT },
  {
    // A test's title is a sentence of the product, and what an answer is compared with stands as it
    // is sent: neither gets better by being broken. SQL stands in templates, which are not exempt.
    files: ['test/**'],
    rules: { 'max-len': ['error', { ...LINES, ignoreStrings: true }] },
  },
  {
    files: [...OF_ONE_STACK, ...OF_ONE_STATE],
    rules: { 'max-lines': 'off' },
  },
  // One file holds all that the app says in a language, as its translators want it.
  { files: ['src/web/app/texts/*.ts'], rules: { 'max-lines': 'off' } },
  { files: ['src/settings.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['test/**'],
    rules: {
      'no-restricted-properties': 'off',
      'no-console': 'off',
      // That a number or a code prints as <redacted> is tested by printing one.
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/restrict-plus-operands': 'off',
    },
  },
);
