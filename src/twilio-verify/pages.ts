import { z } from 'zod';

/** How a list is asked for; its first page is asked for by the size alone. */
export const listed = z.object({
  PageSize: z
    .string()
    .regex(/^\d{1,4}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(1_000))
    .default(50),
  PageToken: z
    .string()
    .regex(/^P[AB][A-Z]{2}[0-9a-f]{32}$/)
    .optional(),
});
type Listed = z.infer<typeof listed>;

export interface Page {
  /** The first on it is the list's one of this place; `to` is the place after its last. */
  from: number;
  to: number;
  previousToken: string | undefined;
  nextToken: string | undefined;
}

/**
 * Finds the page that is asked for. A token names the page after (`PA`) or before (`PB`) one of the
 * list. Undefined: it is no token of this list.
 */
export function findPage(
  sids: readonly string[],
  { PageSize, PageToken }: Listed,
): Page | undefined {
  const at = PageToken === undefined ? -1 : sids.indexOf(PageToken.slice(2));
  if (PageToken !== undefined && at === -1) return undefined;
  const isBefore = PageToken?.startsWith('PB') ?? false;
  const from = isBefore ? Math.max(at - PageSize, 0) : at + 1;
  const to = isBefore ? at : Math.min(from + PageSize, sids.length);
  return {
    from,
    to,
    previousToken: from > 0 && from < sids.length ? `PB${sids[from] ?? ''}` : undefined,
    nextToken: to > 0 && to < sids.length ? `PA${sids[to - 1] ?? ''}` : undefined,
  };
}

/** What Twilio's SDKs go by; the addresses are whole. */
export function showPage(
  { from, previousToken, nextToken }: Page,
  { PageSize, PageToken }: Listed,
  { url, key }: { url: string; key: string },
): object {
  const address = (token?: string): string =>
    `${url}?PageSize=${String(PageSize)}${token === undefined ? '' : `&PageToken=${token}`}`;
  return {
    page: Math.ceil(from / PageSize),
    page_size: PageSize,
    first_page_url: address(),
    previous_page_url: previousToken === undefined ? null : address(previousToken),
    next_page_url: nextToken === undefined ? null : address(nextToken),
    url: address(PageToken),
    key,
  };
}
