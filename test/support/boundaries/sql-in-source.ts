import ts from 'typescript';
import { SQL, SQL_ALL_THE_SAME, SQL_IN_ANY_CASE } from './rules.js';

/** The simulator has no database. */
export const mayHoldSql = (file: string): boolean =>
  file.endsWith('.repository.ts') ||
  file.startsWith('simulator/') ||
  SQL_ALL_THE_SAME[file] !== undefined;

/** Kysely's template, what it has for raw statements, a statement for `query`, or any text that is one. */
export function hasSql(node: ts.Node): boolean {
  if (ts.isTaggedTemplateExpression(node))
    return ts.isIdentifier(node.tag) && node.tag.text === 'sql';
  if (ts.isPropertyAccessExpression(node))
    return node.expression.getText() === 'sql' || node.getText() === 'CompiledQuery.raw';
  if (ts.isCallExpression(node)) {
    const [first] = node.arguments;
    return (
      ts.isPropertyAccessExpression(node.expression) &&
      node.expression.name.text === 'query' &&
      first !== undefined &&
      (ts.isStringLiteralLike(first) || ts.isTemplateExpression(first))
    );
  }
  const isText =
    ts.isStringLiteralLike(node) ||
    ts.isTemplateHead(node) ||
    ts.isTemplateMiddleOrTemplateTail(node);
  return (
    isText &&
    (SQL.test(node.text) || SQL_IN_ANY_CASE.test(node.text)) &&
    ts.findAncestor(node, ts.isTaggedTemplateExpression) === undefined
  );
}
