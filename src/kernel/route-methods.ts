/** Knows which methods each address takes, for the `Allow` of a 405 (RFC 9110, 15.5.6). */
export class RouteMethods {
  private readonly routes: { path: RegExp; methods: readonly string[] }[] = [];

  /** Remembers a route as Fastify writes it: `/v1/dings/:id`. */
  add(method: string | readonly string[], pattern: string): void {
    // What takes everything, such as the files below /docs, says nothing of an address.
    if (pattern.includes('*')) return;
    const path = pattern
      .split('/')
      .map((part) =>
        part.startsWith(':') ? '[^/]+' : part.replace(/[^\w]/g, (sign) => `\\${sign}`),
      )
      .join('/');
    this.routes.push({ path: new RegExp(`^${path}$`), methods: [method].flat() });
  }

  /** Finds what the address of a request takes; nothing if it is no address of ours. */
  find(url: string): string[] {
    const [path = ''] = url.split('?');
    const fitting = this.routes.filter((route) => route.path.test(path));
    return [...new Set(fitting.flatMap(({ methods }) => methods))].sort();
  }
}
