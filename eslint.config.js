import tseslint from 'typescript-eslint';

/**
 * What Prettier leaves alone: long comments, texts and SQL, files that have grown, constructors that
 * take everything. To widen the rules to another folder, add it to LAID_OUT.
 */
const LAID_OUT = ['src/**/*.ts', '*.{js,mjs}'];
const LAYOUT = {
  'max-len': ['error', { code: 120, ignoreUrls: true, ignoreRegExpLiterals: true }],
  'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
  'max-params': ['error', 7],
};

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.data/', 'coverage/'] },
  {
    files: ['**/*.ts'],
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
