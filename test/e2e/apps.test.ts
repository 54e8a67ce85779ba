import { addVerifications } from '../support/app-verifications.js';
import { Commands, startCommand, type CommandResult } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import { status, verified, WebhookReceiver } from '../support/webhook-receiver.js';
import { basic } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';
import { type Language, LANGUAGES } from '../../src/texts/catalogue.js';
import { measureSms } from '../../src/texts/segments.js';

// Real: the operator's command (as a process of its own where it says so), the roles over HTTP,
// PostgreSQL, the queue, an app's own server. Fake: the telephone network (simulator).

describe('an operator', () => {
  const next = numbersOf(78);
  let world: World;
  let commands: Commands;
  let env: Record<string, string>;
  beforeAll(async () => {
    world = await World.start();
    commands = new Commands();
    env = {
      DATABASE_URL: world.database.ownerUrl,
      API_PUBLIC_URL: 'https://dingline.example',
      WEBHOOK_KEY: world.env['WEBHOOK_KEY'] ?? '',
    };
  });
  afterAll(async () => {
    await commands.close();
    await world.close();
  });

  const order = (...words: string[]): Promise<CommandResult> =>
    commands.run(['apps', ...words], env);
  /** By a process of its own. */
  const start = (...words: string[]): Promise<CommandResult> =>
    startCommand(['apps', ...words], env);
  const good = async (...words: string[]): Promise<string> => {
    const { status, out, err } = await order(...words);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    return out;
  };
  const shown = (out: string): { sid: string; secret: string } => {
    const [, sid = '', secret = ''] =
      /^ {2}id {7}(AC[0-9a-f]{32})\n {2}secret {3}([A-Za-z0-9_-]{43})\n/m.exec(out) ?? [];
    expect(out).toContain(`curl --user ${sid}:${secret} https://dingline.example/v1/app\n`);
    return { sid, secret };
  };
  const ask = <T>(sid: string, secret: string, route = '/v1/app') =>
    world.call<T>('GET', route, undefined, { headers: basic(sid, secret) });
  /** All that an operator changed is known by now. */
  const aSecond = () => new Promise((done) => setTimeout(done, 1_100));

  test('makes an app, whose secret is shown once and lets it in at once; its hash alone is kept', async () => {
    const { status: made, ...printed } = await start(
      'create',
      'Pump shop',
      '--service-name',
      'Pumps',
      '--countries',
      'FR,DE',
      '--spend-cap',
      '20',
    );
    expect([made, printed.err]).toEqual([0, '']);
    const { out } = printed;
    const { sid, secret } = shown(out);
    expect(out).toMatch(
      /^Pump shop: made; DE,FR; at most 20 a day\n {2}service {2}VA[0-9a-f]{32} \(default\): "Pumps"; codes of 6 digits for 600 s; sms, voice\n/,
    );
    const { status, body } = await ask<{ services: { id: string }[] }>(sid, secret);
    expect([status, body]).toEqual([
      200,
      {
        id: sid,
        name: 'Pump shop',
        countries: ['DE', 'FR'],
        hasWebhook: false,
        services: [
          {
            id: expect.stringMatching(/^VA[0-9a-f]{32}$/) as string,
            name: 'Pumps',
            isDefault: true,
            codeLength: 6,
            codeLastsSeconds: 600,
            channels: ['sms', 'voice'],
            codeHost: null,
          },
        ],
      },
    ]);
    const listed = await good('list');
    expect(listed).toMatch(
      new RegExp(
        `^Pump shop: ${sid}; enabled; DE,FR; at most 20 a day; a secret since \\S+; webhook none\n$`,
      ),
    );
    expect(listed).not.toContain(secret);
    expect(
      JSON.stringify(
        await world.rows(
          "SELECT a.*, encode(secret_hash, 'escape') AS h FROM apps a JOIN app_secrets s ON s.app_id = a.id",
        ),
      ),
    ).not.toContain(secret);
    expect(world.logs.join('')).not.toContain(secret);
    expect(await start('create', 'Pump shop')).toEqual({
      status: 1,
      out: '',
      err: 'dingline: an app of this name is there already; nothing was changed\n',
    });
  });

  test('rotates a secret: two work, a third is refused until the older is retired, and that one works no more', async () => {
    const first = shown(await good('create', 'Rotating'));
    expect((await order('retire', 'Rotating')).err).toMatch(/^dingline: Rotating has one secret: /);
    const second = shown(await good('rotate', 'Rotating'));
    expect(second.sid).toBe(first.sid);
    expect([
      (await ask(first.sid, first.secret)).status,
      (await ask(first.sid, second.secret)).status,
    ]).toEqual([200, 200]);
    const third = await order('rotate', 'Rotating');
    expect(third).toMatchObject({ status: 1, out: '' });
    expect(third.err).toMatch(
      /^dingline: Rotating has 2 secrets, since \S+ and \S+; drop the older one first/,
    );
    expect(await good('retire', 'Rotating')).toMatch(/^Rotating: the secret of \S+ works no more/);
    await aSecond();
    expect([
      (await ask(first.sid, first.secret)).status,
      (await ask(first.sid, second.secret)).status,
    ]).toEqual([401, 200]);
    shown(await good('rotate', 'Rotating'));
  });

  test('disables, enables, changes and removes an app', async () => {
    const { sid, secret } = shown(await good('create', 'Passing'));
    expect((await ask(sid, secret)).status).toBe(200);
    expect((await order('remove', 'Passing')).err).toBe(
      'dingline: Passing is in use: disable it first\n',
    );
    expect(await good('disable', 'Passing')).toBe(
      'Passing: disabled, in every process within a second\n',
    );
    await aSecond();
    expect((await ask(sid, secret)).status).toBe(401);
    expect(await good('enable', 'Passing')).toBe('Passing: enabled\n');
    expect((await ask(sid, secret)).status).toBe(200);
    expect(
      await good('set', 'Passing', '--name', 'Passed', '--countries', 'DE', '--spend-cap', '12.50'),
    ).toBe('Passed: set; DE; at most 12.5 a day\n');
    expect(await good('set', 'Passed', '--countries', 'all', '--spend-cap', 'none')).toBe(
      'Passed: set; all countries; the usual spend cap\n',
    );
    expect((await order('set', 'Passing', '--countries', 'DE')).err).toBe(
      'dingline: no app has this name: npm run apps -- list\n',
    );
    await good('disable', 'Passed');
    expect(await good('remove', 'Passed')).toBe('Passed: removed, with 0 verifications\n');
    await aSecond();
    expect((await ask(sid, secret)).status).toBe(401);
  });

  test('sets how a service verifies, and its SMS say so in its own words', async () => {
    const { sid, secret } = shown(await good('create', 'Wording'));
    const out = await good(
      'service',
      'Wording',
      '--name',
      'Pump & Sons',
      '--code-length',
      '8',
      '--lifetime',
      '5m',
      '--channels',
      'sms',
      '--template',
      'de={name} fragt nach {code}.',
    );
    expect(out).toMatch(
      /^Wording: set\n {2}service {2}VA[0-9a-f]{32} \(default\): "Pump & Sons"; codes of 8 digits for 300 s; sms; its own words in de\n$/,
    );
    const [first] = (await ask<{ services: { codeLastsSeconds: number }[] }>(sid, secret)).body
      .services;
    expect(first).toMatchObject({
      name: 'Pump & Sons',
      codeLength: 8,
      codeLastsSeconds: 300,
      channels: ['sms'],
    });
    expect(await good('service', 'Wording')).toBe(out.split('\n').slice(1).join('\n'));
    expect(await good('service', 'Wording', '--code-length', '5')).toContain(
      '  warning: codes of 5 digits are guessed 10 times as easily',
    );
    await good('service', 'Wording', '--code-length', '8');

    const say = async (language: 'de' | 'en'): Promise<string> => {
      const number = next();
      await world.call(
        'POST',
        '/v1/verifications',
        { number, language },
        { headers: basic(sid, secret) },
      );
      const [text] = await world.phones.phone(number).expectSms(/[^]+/);
      return text;
    };
    expect(await say('de')).toMatch(/^Pump & Sons fragt nach (\d{8})\.\n\n@dingline\.example #\1$/);
    expect(await say('en')).toMatch(
      /^Pump & Sons: (\d{8}) is your code\. It is valid for 5 min\. Never tell it to anyone\.\n\n@dingline\.example #\1$/,
    );
    await world.phones.settled();
    expect((await ask<{ starts: number }>(sid, secret, '/v1/app/figures')).body).toMatchObject({
      starts: 2,
      sends: { sms: 2, voice: 0 },
      pending: 2,
    });
    await world.rows(
      `
        UPDATE verifications
        SET created_at = now(), expires_at = now() + interval '10 minutes'
        WHERE service_id IS NOT NULL
      `,
    ); // the command has the real time
    expect(await good('figures', 'Wording')).toMatch(
      /started {3}2\n {2}sent {6}2 by SMS, 0 by voice\n {2}lost {6}none\n[^]*pending {3}2\n/,
    );
    expect(await good('service', 'Wording', '--template', 'de=')).not.toContain('its own words');
  });

  test('binds the codes of a service to the host of its own page, in every language and with a wording of its own', async () => {
    const { sid, secret } = shown(await good('create', 'Binding'));
    const say = async (language: Language): Promise<string> => {
      const number = next();
      const wanted = { number, language };
      await world.call('POST', '/v1/verifications', wanted, { headers: basic(sid, secret) });
      const [text] = await world.phones.phone(number).expectSms(/[^]+/);
      return text;
    };
    const host = 'pay.operations.northern-pumps-gmbh.test1';
    expect(host).toHaveLength(40);
    const out = await good('service', 'Binding', '--code-host', host, '--template', 'de={code}');
    expect(out).toContain(`; sms, voice; bound to ${host}; its own words in de\n`);
    const { body } = await ask<{ services: object[] }>(sid, secret);
    expect(body.services).toMatchObject([{ codeHost: host }]);
    for (const language of LANGUAGES) {
      const text = await say(language);
      expect(text).toMatch(new RegExp(`\n@${host} #\\d{6}$`));
      expect(measureSms(text).segments).toBe(1);
    }

    const template = `en=${'x'.repeat(110)} {code}`;
    await good('service', 'Binding', '--code-host', 'shop.example', '--template', template);
    expect(await order('service', 'Binding', '--code-host', host)).toMatchObject({
      status: 2,
      err: expect.stringContaining('the template in en makes the SMS 2 segments long') as string,
    });
    expect(await say('en')).toMatch(/^x{110} (\d{6})\n\n@shop\.example #\1$/);
    expect(await good('service', 'Binding', '--code-host', 'none')).not.toContain('bound to');
    expect(await say('en')).toMatch(/\n@dingline\.example #\d{6}$/);
  });

  test('gives an app a webhook, whose secret the official verifier takes', async () => {
    const { sid, secret } = shown(await good('create', 'Told'));
    expect(await good('webhook', 'Told')).toBe('Told: has no webhook\n');
    const receiver = await WebhookReceiver.start();
    try {
      const [, key] =
        /^ {2}secret {3}(whsec_\S+)$/m.exec(await good('webhook', 'Told', receiver.url('/told'))) ??
        [];
      await aSecond();
      expect((await ask(sid, secret)).body).toMatchObject({ hasWebhook: true });
      const [app] = await world.rows<{ id: string }>(`SELECT id FROM apps WHERE name = 'Told'`);
      const [verificationId] = await addVerifications(world, app?.id ?? '');
      await world.rows(
        `
          INSERT INTO webhook_events (id, app_id, type, verification_id, created_at, next_at)
          VALUES (gen_random_uuid(), $1, 'verification.approved', $2, $3, $3)
        `,
        [app?.id, verificationId, world.clock.now()],
      );
      expect(verified(await receiver.expect('/told'), key ?? '')).toMatchObject({
        type: 'verification.approved',
        data: { verificationId },
      });
      const rotated = await good('webhook', 'Told', '--rotate');
      expect(rotated).toMatch(
        /^Told: has a new webhook secret; the one before it signs too until \S+\n {2}secret {3}whsec_\S+\n$/,
      );
      expect(rotated).not.toContain(key);
      expect(await good('webhook', 'Told', '--off')).toBe(
        'Told: is told nothing any more; what waited is given up\n',
      );
      expect(await good('list')).toMatch(/^Told: .*; webhook off$/m);
    } finally {
      await receiver.close();
    }
  });

  test("tries an app's webhook, and shows each try", async () => {
    await good('create', 'Tried');
    const receiver = await WebhookReceiver.start();
    try {
      expect(await order('test-webhook', 'Tried')).toMatchObject({
        status: 1,
        err: 'dingline: Tried has no webhook; nothing was sent\n',
      });
      const [, key = ''] =
        /(whsec_\S+)/.exec(await good('webhook', 'Tried', receiver.url('/tried'))) ?? [];
      // The command has the real time.
      world.clock.advance(Date.now() - world.clock.now().getTime() + 60_000);
      expect(await good('test-webhook', 'Tried')).toMatch(
        /^Tried: a test is on its way, webhook-id \S+\n {2}\S+: answered 204\nTried: its server takes webhooks\n$/,
      );
      expect(verified(await receiver.expect('/tried'), key)).toMatchObject({ type: 'test' });

      receiver.answer('/tried', status(500));
      const failing = start('test-webhook', 'Tried'); // orders wait for one another
      await receiver.expect('/tried', 2);
      await eventually('it waits for its second try', async () =>
        (await good('webhook', 'Tried')).includes('queued, next at'),
      );
      world.clock.advance(6_000);
      const { status: code, out, err } = await failing;
      expect(code).toBe(1);
      expect(out).toMatch(/webhook-id \S+\n {2}\S+: answered 500\n {2}\S+: answered 500\n$/);
      expect(err).toBe('dingline: Tried: its server does not take webhooks\n');
      expect(await good('webhook', 'Tried')).toMatch(
        /^Tried: webhook on since \S+\n {2}test \S+: given up\n {4}\S+: answered 500\n {4}\S+: answered 500\n {2}test \S+: delivered\n {4}\S+: answered 204\n$/,
      );
      await good('webhook', 'Tried', '--off');
      expect((await order('test-webhook', 'Tried')).err).toContain('its webhook is off (operator)');
    } finally {
      await receiver.close();
    }
  });

  test.each([
    [['halt', 'Pump shop'], 'the word after apps must be create, list, '],
    [[], 'the word after apps must be create, list, '],
    [['list', 'x'], 'list takes no more words'],
    [['create'], "create: missing required argument 'name'"],
    [['create', 'a', 'b'], 'create takes no more words: put a name that has blanks into quotes'],
    [
      ['create', 'x'.repeat(31)],
      'give a --service-name: the name in the text must have 1 to 30 characters',
    ],
    [['create', 'a\nb'], 'the name of an app must be one line'],
    [['create', 'New', '--countries', 'DE,XX'], '--countries must be ISO 3166 codes'],
    [['create', 'New', '--spend-cap', '-3'], '--spend-cap must be an amount'],
    [['create', 'New', '--spend-cap', 'much'], '--spend-cap must be an amount'],
    [
      ['create', 'New', '--service-name', 'new.example'],
      '--service-name: the name in the text looks like an address',
    ],
    [['rotate', 'Pump shop', '--off'], 'rotate takes no such option'],
    [['list', '--frobnicate'], 'list takes no such option'],
    [['set', 'Pump shop'], 'set takes --name'],
    [
      ['service', 'Pump shop', '--code-length', '11'],
      '--code-length must be a whole number from 4 to 10',
    ],
    [['service', 'Pump shop', '--lifetime', '11m'], '--lifetime must be a duration'],
    [['service', 'Pump shop', '--lifetime', '60500ms'], 'in whole seconds'],
    [['service', 'Pump shop', '--channels', 'sms,pigeon'], '--channels must be sms, voice or both'],
    [
      ['service', 'Pump shop', '--code-host', 'https://shop.example'],
      '--code-host: the host must be a host alone',
    ],
    [['service', 'Pump shop', '--id', 'VA1'], '--id must be VA and 32 hex digits'],
    [['service', 'Pump shop', '--template', 'tlh={code}'], '--template must be a language'],
    [['service', 'Pump shop', '--template', 'en=Hello'], 'the template in en has no {code}'],
    [
      ['service', 'Pump shop', '--template', 'en={code} at https://evil.example'],
      'the template in en has a link',
    ],
    [
      ['webhook', 'Pump shop', 'http://10.0.0.1/'],
      "the webhook's address must be https and public",
    ],
    [
      ['webhook', 'Pump shop', 'https://app.example/', '--off'],
      'webhook takes an address, --off or --rotate',
    ],
  ])('who mistypes is told how it goes, and nothing is changed: %j', async (words, why) => {
    const state = () =>
      world.rows(
        'SELECT (SELECT json_agg(a) FROM apps a) AS apps, (SELECT json_agg(s) FROM verify_services s) AS services, (SELECT json_agg(w) FROM app_webhooks w) AS hooks',
      );
    const before = await state();
    const { status, out, err } = await order(...words);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toMatch(/^dingline: [^]*; nothing was changed\n\nUsage: dingline apps /);
    expect(err).toContain(why);
    expect(err).not.toMatch(/evil\.example|10\.0\.0\.1/);
    expect(await state()).toEqual(before);
  });
});
