import path from 'node:path';
import ts from 'typescript';
import { DEPENDENCIES, DEV_DEPENDENCIES, type Source } from './sources.js';
import { importsOf, lineOf, packageOf, parse, partOf, resolveImport, visit } from './imports.js';
import {
  CARRIER_FOLDER,
  CARRIER_LIST,
  CARRIER_WORDS,
  COMPUTED_IMPORT,
  GATE,
  IMPURE,
  IMPURE_ALL_THE_SAME,
  LEFT_OUT,
  MAY_IMPORT,
  MOST_PARAMETERS,
  REVEALING,
  VENDORS,
  WITH_PURE_FILES,
} from './rules.js';
import { hasSql, mayHoldSql } from './sql-in-source.js';

/** The app is built into files of its own, so what it imports is needed for the build alone. */
const isInApp = (file: string): boolean => file.startsWith('web/app/');
const hasSuffix = (file: string): boolean => path.posix.basename(file, '.ts').includes('.');

/** Every breach of every rule in `sources`, one line each: `file:line: what`. `paths` are the files that there are. */
export function breaches(sources: readonly Source[], paths: ReadonlySet<string>): string[] {
  const found: string[] = [];
  for (const source of sources) {
    const file = parse(source);
    const part = partOf(source.path);
    const say = (line: number, what: string): void =>
      void found.push(`${source.path}:${String(line)}: ${what}`);

    if (/^index\.tsx?$/.test(path.posix.basename(source.path))) say(1, 'is a barrel');
    for (const folder of path.posix.dirname(source.path).split('/'))
      if (LEFT_OUT.includes(folder))
        say(1, `stands in a folder "${folder}", which says nothing about what is in it`);
    const allowed = MAY_IMPORT[part];
    if (allowed === undefined) say(1, `"${part}" has no row in the import table`);

    for (const { target, line, isTypeOnly } of importsOf(file)) {
      if (target === '(computed)') {
        if (source.path !== COMPUTED_IMPORT) say(line, 'imports what only a run can tell');
      } else if (target.startsWith('.')) {
        const resolved = resolveImport(source.path, target, paths);
        if (!paths.has(resolved)) {
          say(line, `imports "${target}", which is not in src`);
          continue;
        }
        const other = partOf(resolved);
        const carrier = CARRIER_FOLDER.exec(resolved)?.[0];
        if (
          carrier !== undefined &&
          source.path !== CARRIER_LIST &&
          !source.path.startsWith(carrier)
        )
          say(line, "opens a carrier's folder; only carriers.ts does");
        const isAllowed =
          other === part ||
          other === 'settings' ||
          (allowed ?? []).includes(other) ||
          (allowed ?? []).includes(resolved.replace(/\.ts$/, ''));
        const isBesideDoor =
          other === 'settings' && part !== 'settings' && resolved !== 'settings.ts';
        if (!isAllowed || isBesideDoor || (other === 'settings' && part === 'simulator'))
          say(line, `"${part}" may not import ${resolved.replace(/\.ts$/, '')}`);
      } else if (!target.startsWith('node:')) {
        const name = packageOf(target);
        const vendor = VENDORS[name];
        if (
          vendor !== undefined &&
          !vendor.only.some(
            (place) => [part, source.path].includes(place) || source.path.startsWith(`${place}/`),
          )
        )
          say(line, `"${part}" may not import ${name}: ${vendor.because}`);
        if (name === 'libphonenumber-js' && isInApp(source.path) && target !== `${name}/min`)
          say(line, `imports ${target}; a browser is sent the smallest build`);
        if (
          !DEPENDENCIES.includes(name) &&
          !(isInApp(source.path) && DEV_DEPENDENCIES.includes(name))
        )
          say(line, `imports ${name}, which is no dependency in package.json`);
      }
      if (
        WITH_PURE_FILES.includes(part) &&
        !hasSuffix(source.path) &&
        !isTypeOnly &&
        IMPURE.test(target) &&
        IMPURE_ALL_THE_SAME[source.path] === undefined
      ) {
        say(line, `has no suffix, so it is pure, but imports ${target}`);
      }
      if (target === 'node:process' && source.path !== 'settings.ts')
        say(line, 'imports node:process; only settings.ts reads the environment');
    }

    visit(file, (node) => {
      const line = lineOf(file, node);
      const name = ts.isPropertyAccessExpression(node)
        ? node.name.text
        : ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)
          ? node.argumentExpression.text
          : ts.isBindingElement(node)
            ? (node.propertyName ?? node.name).getText(file)
            : undefined;
      if (name !== undefined) {
        const callers = Object.hasOwn(REVEALING, name) ? REVEALING[name] : undefined;
        if (callers !== undefined && !callers.includes(source.path))
          say(line, `uses ${name}, by which a number or a code gets out`);
        if (name === 'env' && source.path !== 'settings.ts' && ofProcess(node, file))
          say(line, 'reads process.env; only settings.ts does');
      }
      if (hasSql(node) && !mayHoldSql(source.path))
        say(line, 'holds SQL, which stands in repositories');
      if (ts.isConstructorDeclaration(node) && node.parameters.length > MOST_PARAMETERS)
        say(line, `has a constructor with ${node.parameters.length} parameters`);
      if (isStringToken(node)) say(line, 'injects by a text; a class is checked by the compiler');
      if (
        (ts.isIdentifier(node) || ts.isStringLiteralLike(node)) &&
        part === 'plaintext' &&
        CARRIER_WORDS.test(node.text) &&
        source.path !== CARRIER_LIST &&
        !CARRIER_FOLDER.test(source.path)
      ) {
        say(line, `says ${node.text}, a carrier's own word`);
      }
      if (ts.isIdentifier(node) && node.text === 'forwardRef')
        say(line, 'uses forwardRef: two modules that need each other are one, or three');
      if (ts.isDecorator(node) && /^@Global\b/.test(node.getText(file)) && part !== 'kernel')
        say(line, 'is global; only the kernel is');
      if (ts.isExportDeclaration(node) && node.exportClause === undefined)
        say(line, 'exports all of another file');
      if (
        ts.isExportDeclaration(node) &&
        node.moduleSpecifier !== undefined &&
        source.path !== 'plaintext/gate.ts'
      )
        say(line, "exports what is another file's");
      if (
        part === 'plaintext' &&
        ts.isClassDeclaration(node) &&
        isExported(node) &&
        !/\*\s+Holds plaintext: (.|\n)+\*\/\s*$/.test(docOf(node, file))
      ) {
        say(
          line,
          `class ${node.name?.text ?? ''} doesn't end its comment with "Holds plaintext: ..."`,
        );
      }
    });

    if (source.path === 'plaintext/gate.ts') {
      for (const [name, line] of exportsOf(file))
        if (!GATE.includes(name)) say(line, `lets ${name} out of the room`);
    }
  }
  return found;
}

/** `@Inject('X')`, `provide: 'X'`. */
function isStringToken(node: ts.Node): boolean {
  if (ts.isPropertyAssignment(node))
    return node.name.getText() === 'provide' && ts.isStringLiteralLike(node.initializer);
  if (!ts.isDecorator(node) || !ts.isCallExpression(node.expression)) return false;
  const [token] = node.expression.arguments;
  return (
    node.expression.expression.getText() === 'Inject' &&
    token !== undefined &&
    ts.isStringLiteralLike(token)
  );
}

/** `process.env`, `process['env']`, `globalThis.process.env`, `const { env } = process`. */
function ofProcess(node: ts.Node, file: ts.SourceFile): boolean {
  const from =
    ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)
      ? node.expression
      : ts.isBindingElement(node) && ts.isVariableDeclaration(node.parent.parent)
        ? node.parent.parent.initializer
        : undefined;
  return from !== undefined && /(^|\.)process$/.test(from.getText(file));
}

const isExported = (node: ts.ClassDeclaration): boolean =>
  node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword) ?? false;

function docOf(node: ts.Node, file: ts.SourceFile): string {
  const range = (ts.getLeadingCommentRanges(file.text, node.pos) ?? []).at(-1);
  return range === undefined ? '' : file.text.slice(range.pos, range.end);
}

function exportsOf(file: ts.SourceFile): [name: string, line: number][] {
  const names: [string, number][] = [];
  for (const statement of file.statements) {
    const line = lineOf(file, statement);
    if (ts.isExportDeclaration(statement)) {
      if (statement.exportClause !== undefined && ts.isNamedExports(statement.exportClause))
        for (const one of statement.exportClause.elements) names.push([one.name.text, line]);
      else names.push(['everything of another file', line]);
    } else if (ts.isExportAssignment(statement)) names.push(['a default export', line]);
    else if (
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)
    ) {
      if (ts.isVariableStatement(statement))
        for (const one of statement.declarationList.declarations)
          names.push([one.name.getText(file), line]);
      else if ('name' in statement && statement.name !== undefined)
        names.push([(statement.name as ts.Identifier).text, line]);
    }
  }
  return names;
}
