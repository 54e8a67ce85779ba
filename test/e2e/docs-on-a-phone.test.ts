import { Browser, CHROMIUM } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { World } from '../support/world.js';

// Real: the api over HTTP, Swagger UI, Chromium where it is installed, with a phone's screen.

(CHROMIUM === undefined ? describe.skip : describe)('/docs on a phone', () => {
  let world: World;
  let browser: Browser;
  const count = (selector: string) =>
    browser.evaluate<number>(`document.querySelectorAll('${selector}').length`);

  beforeAll(async () => {
    world = await World.start({ roles: ['api'] });
    browser = await Browser.open({ width: 390, height: 844 });
  });
  afterAll(async () => {
    await browser.close();
    await world.close();
  });

  test('is never wider than the screen, with operations open too, and large enough to read', async () => {
    await browser.goTo(`${world.urls.get('api')}/docs`);
    await eventually('the operations', async () => (await count('.opblock')) > 30);
    const size = () =>
      browser.evaluate<number[]>('[innerWidth, document.documentElement.scrollWidth]');
    expect(await size()).toEqual([390, 390]);

    await browser.evaluate(
      // All at once take a browser minutes.
      `for (const [i, closed] of [...document.querySelectorAll('.opblock-summary-control')].entries())
        if (i % 9 === 0) closed.click()`,
    );
    await eventually(
      'some of them to be open',
      async () => (await count('.opblock-body .responses-wrapper')) > 4,
    );
    expect(await size()).toEqual([390, 390]);
    for (const part of ['.opblock-summary-path', '.response-col_description'])
      expect(
        await browser.evaluate<number>(
          `parseFloat(getComputedStyle(document.querySelector('${part}')).fontSize)`,
        ),
      ).toBeGreaterThanOrEqual(12);
  });
});
