import path from 'node:path';
import ts from 'typescript';
import type { Source } from './sources.js';

interface Import {
  target: string;
  line: number;
  isTypeOnly: boolean;
}

export const parse = ({ path: name, text }: Source): ts.SourceFile =>
  ts.createSourceFile(
    name,
    text,
    ts.ScriptTarget.ESNext,
    true,
    name.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS,
  );
export const lineOf = (file: ts.SourceFile, node: ts.Node): number =>
  file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;

export function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  ts.forEachChild(node, (child) => visit(child, look));
}

/** `import`, `export ... from`, `import()`, `import('...').Type`, `import x = require()`, `require()`. */
export function importsOf(file: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const add = (node: ts.Node, specifier: ts.Node | undefined, isTypeOnly: boolean): void => {
    const target =
      specifier !== undefined && ts.isStringLiteralLike(specifier) ? specifier.text : '(computed)';
    found.push({ target, line: lineOf(file, node), isTypeOnly });
  };
  visit(file, (node) => {
    if (ts.isImportDeclaration(node)) {
      const named = node.importClause?.namedBindings;
      const allTypes =
        named !== undefined &&
        ts.isNamedImports(named) &&
        named.elements.length > 0 &&
        named.elements.every((one) => one.isTypeOnly) &&
        node.importClause?.name === undefined;
      add(
        node,
        node.moduleSpecifier,
        node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword || allTypes,
      );
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined)
      add(node, node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node))
      add(node, ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true);
    else if (
      ts.isImportEqualsDeclaration(node) &&
      ts.isExternalModuleReference(node.moduleReference)
    )
      add(node, node.moduleReference.expression, node.isTypeOnly);
    else if (
      ts.isCallExpression(node) &&
      (node.expression.kind === ts.SyntaxKind.ImportKeyword ||
        (ts.isIdentifier(node.expression) && node.expression.text === 'require'))
    ) {
      add(node, node.arguments[0], false);
    }
  });
  return found;
}

export const partOf = (file: string): string => {
  const [first = ''] = file.split('/');
  return first === file ? file.replace(/\.ts$/, '') : first;
};
export const packageOf = (target: string): string =>
  target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');

/** The path below src that a relative import in `importer` names; of two that it may be, the one that is there. */
export function resolveImport(
  importer: string,
  target: string,
  paths: ReadonlySet<string> = new Set(),
): string {
  // What follows a ? says to Vite how it is to be built in.
  const file = target.replace(/\?.*$/, '');
  const plain = path.posix.normalize(path.posix.join(path.posix.dirname(importer), file));
  const view = plain.replace(/\.js$/, '.tsx');
  return paths.has(view) ? view : plain.replace(/\.js$/, '.ts');
}
