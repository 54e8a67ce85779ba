import { CHROMIUM } from '../support/browser.js';
import { People } from '../support/browser-people.js';

// Real: Chromium, the app as it was built, the api over HTTP, PostgreSQL.

interface Icon {
  src: string;
  sizes: string;
  type: string;
  purpose?: string;
}

(CHROMIUM === undefined ? describe.skip : describe)('the app on a home screen', () => {
  let people: People;
  beforeAll(async () => {
    people = await People.gather({ roles: ['api'] });
  });
  afterAll(() => people.leave());

  test('has a name, an address and icons that the browser takes, under the policy of its pages', async () => {
    const { page, context } = await people.add();
    await page.goto('/app/');
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
    const session = await context.newCDPSession(page);
    const { url, errors, data = '' } = await session.send('Page.getAppManifest');
    expect([url, errors]).toEqual([`${people.origin}/app/manifest.webmanifest`, []]);
    const { icons, ...manifest } = JSON.parse(data) as { icons: Icon[] };
    expect(manifest).toMatchObject({
      name: 'Dingline',
      start_url: '/app/',
      scope: '/app/',
      display: 'standalone',
    });
    expect(icons.map(({ sizes, purpose }) => purpose ?? sizes)).toEqual([
      'any',
      '192x192',
      '512x512',
      'maskable',
    ]);

    // Each is what it says, and none was forgotten when the drawing changed.
    for (const { src, sizes, type, purpose } of icons) {
      const [status, found, width, difference] = await page.evaluate<
        [number, string, number, number]
      >(`(async () => {
        const draw = async (src) => {
          const image = new Image();
          image.src = src;
          await image.decode();
          const canvas = document.createElement('canvas');
          canvas.width = canvas.height = 96;
          const context = canvas.getContext('2d');
          context.drawImage(image, 0, 0, 96, 96);
          return [image.naturalWidth, context.getImageData(0, 0, 96, 96).data];
        };
        const { status, headers } = await fetch('${src}');
        const [width, pixels] = await draw('${src}');
        const [, drawn] = await draw('/app/icon.svg');
        const sum = pixels.reduce((sum, value, i) => sum + Math.abs(value - drawn[i]), 0);
        return [status, headers.get('content-type'), width, sum / pixels.length];
      })()`);
      expect([status, found]).toEqual([200, type]);
      if (sizes !== 'any') expect(`${String(width)}x${String(width)}`).toBe(sizes);
      // The one that may be cut round has its drawing smaller, and no corners.
      if (purpose === undefined) expect(difference).toBeLessThan(2);
      else expect(difference).toBeGreaterThan(2);
    }
    const touch = await page.locator('link[rel=apple-touch-icon]').getAttribute('href');
    expect((await page.request.get(touch ?? 'none')).headers()['content-type']).toBe('image/png');
  });
});
