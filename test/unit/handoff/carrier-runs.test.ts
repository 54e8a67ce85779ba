import {
  followRun,
  type KnownRun,
  type News,
  type RunKind,
  type Try,
  TRIES_SEEN,
} from '../../../src/handoff/carrier-runs.js';

const BEGIN = Date.UTC(2026, 0, 1, 3);
const after = (seconds: number): Date => new Date(BEGIN + seconds * 1000);

/** What a try came to, as a word: `unavailable`, `rejected 21211`, `accepted undelivered 30003`. */
function readTry(words: string, seconds: number): Try {
  const [outcome, ...rest] = words.split(' ') as [Try['outcome'], ...string[]];
  const code = rest.find((word) => /^\d+$/.test(word));
  const delivery = (rest.find((word) => !/^\d+$/.test(word)) ?? 'none') as Try['delivery'];
  return { at: after(seconds), outcome, carrierCode: code ? Number(code) : null, delivery };
}
/** One a second, as many as are said; the oldest is written first. */
const list = (...tries: [times: number, words: string][]): Try[] =>
  tries
    .flatMap(([times, words]) => Array<string>(times).fill(words))
    .map(readTry)
    .reverse();

/** What is logged after each look: each is shown the tries of that look alone. */
function followAll(kind: RunKind, looks: readonly (readonly Try[])[]): string[][] {
  let known: KnownRun | undefined;
  return looks.map((tries) => {
    const { run, news } = followRun(kind, known, tries);
    known = run;
    return news.map(describe_);
  });
}
const describe_ = ({ what, run }: News): string =>
  `${what} ${['-', 'warn', 'error'][run.stage]} ${run.count} ${run.outcome}` +
  (run.carrierCode === null ? '' : ` ${run.carrierCode}`);

/** One look at all of them. */
const look = (kind: RunKind, ...tries: [number, string][]): string[] =>
  followAll(kind, [list(...tries)])[0] as string[];

describe('a carrier that takes nothing', () => {
  test.each<[string, [number, string][], string[]]>([
    ['nothing was tried', [], []],
    ['two came to nothing', [[2, 'unknown']], []],
    ['three have no answer', [[3, 'unknown']], ['away warn 3 unknown']],
    ['three can not leave', [[3, 'unavailable']], ['away warn 3 unavailable']],
    [
      'three are refused by one code',
      [[3, 'misconfigured 20003']],
      ['away warn 3 misconfigured 20003'],
    ],
    [
      'they differ, and none is taken',
      [
        [1, 'unknown'],
        [1, 'misconfigured 20003'],
        [1, 'unavailable 20429'],
      ],
      ['away warn 3 unavailable 20429'],
    ],
    [
      'one was taken among them',
      [
        [2, 'unknown'],
        [1, 'accepted'],
        [2, 'unknown'],
      ],
      [],
    ],
    [
      'a wrong number among them says nothing',
      [
        [2, 'unknown'],
        [1, 'rejected 21211'],
        [1, 'unknown'],
      ],
      ['away warn 3 unknown'],
    ],
    ['ten', [[10, 'unavailable']], ['away error 10 unavailable']],
    [
      'the newest was taken',
      [
        [30, 'unavailable'],
        [1, 'accepted'],
      ],
      [],
    ],
  ])('%s', (_, tries, logged) => {
    expect(look('not_taken', ...tries)).toEqual(logged);
  });

  test('is said once, once more as it grows, and once when it is back', () => {
    const down = (times: number): Try[] => list([1, 'accepted'], [times, 'unavailable 20429']);
    expect(
      followAll('not_taken', [
        down(0),
        down(2),
        down(3),
        down(9),
        down(10),
        down(40),
        list([1, 'accepted'], [40, 'unavailable 20429'], [1, 'accepted']),
        list([41, 'unavailable'], [2, 'accepted']),
      ]),
    ).toEqual([
      [],
      [],
      ['away warn 3 unavailable 20429'],
      [],
      ['away error 10 unavailable 20429'],
      [],
      ['back error 40 unavailable 20429'],
      [],
    ]);
  });

  test('lasts by its last try, two minutes after the first, and not by the clock', () => {
    const at = (...seconds: number[]): Try[] =>
      seconds.map((second) => readTry('unknown', second)).reverse();
    expect(followAll('not_taken', [at(0, 1, 119), at(0, 1, 119), at(0, 1, 119, 120)])).toEqual([
      ['away warn 3 unknown'],
      [],
      ['away error 4 unknown'],
    ]);
  });

  test('one hand-off that is tried again and again is enough: its row has its last try alone', () => {
    const looks = [0, 1, 1, 3, 7, 15, 31, 63, 123].map((second) => [
      readTry('unavailable', second),
    ]);
    expect(followAll('not_taken', looks).flat()).toEqual([
      'away warn 3 unavailable',
      'away error 8 unavailable',
    ]);
  });

  test('keeps its beginning when its first tries are too old to be seen', () => {
    let known: KnownRun | undefined;
    for (let second = 0; second < 4_000; second += 100) {
      const seen = [second - 100, second].filter((one) => one >= 0).reverse();
      known = followRun(
        'not_taken',
        known,
        seen.map((one) => readTry('unknown', one)),
      ).run;
    }
    expect(known).toMatchObject({ since: after(0), lastAt: after(3_900), count: 40, stage: 2 });
  });

  test('that was back for a moment begins anew', () => {
    const first = list([3, 'unknown']);
    const again = list([3, 'unknown'], [1, 'accepted'], [3, 'unknown']);
    expect(followAll('not_taken', [first, again])).toEqual([
      ['away warn 3 unknown'],
      ['back warn 3 unknown', 'away warn 3 unknown'],
    ]);
    const { run: known } = followRun('not_taken', undefined, first);
    expect(followRun('not_taken', known, again).run?.since).toEqual(after(4));
  });

  test('of which nothing is heard for half an hour is not called back, since nobody knows', () => {
    expect(followAll('not_taken', [list([3, 'unknown']), []])).toEqual([
      ['away warn 3 unknown'],
      ['quiet warn 3 unknown'],
    ]);
  });

  test('counts no further than it looks', () => {
    const all = list([TRIES_SEEN, 'unknown']);
    const known = followRun('not_taken', undefined, all).run;
    const more = [readTry('unknown', 9_999), ...all].slice(0, TRIES_SEEN);
    expect(followRun('not_taken', known, more).run?.count).toBe(TRIES_SEEN);
  });
});

describe('a carrier that refuses each with one code', () => {
  test.each<[string, [number, string][], string[]]>([
    ['nine times', [[9, 'rejected 21211']], []],
    ['ten times', [[10, 'rejected 21211']], ['away warn 10 rejected 21211']],
    ['thirty times', [[30, 'rejected 21211']], ['away error 30 rejected 21211']],
    [
      'ten times by two codes',
      [
        [5, 'rejected 21211'],
        [5, 'rejected 21610'],
      ],
      [],
    ],
    [
      'ten times, and some had no answer',
      [
        [5, 'rejected 30007'],
        [2, 'unknown'],
        [5, 'rejected 30007'],
      ],
      ['away warn 10 rejected 30007'],
    ],
    [
      'and one was taken among them',
      [
        [5, 'rejected 21211'],
        [1, 'accepted'],
        [5, 'rejected 21211'],
      ],
      [],
    ],
    ['without a code', [[30, 'rejected']], []],
  ])('%s', (_, tries, logged) => {
    expect(look('refused', ...tries)).toEqual(logged);
  });

  test('and then each by another', () => {
    const refused = (code: string): Try[] => list([10, 'rejected 21211'], [10, `rejected ${code}`]);
    expect(followAll('refused', [list([10, 'rejected 21211']), refused('21610')])).toEqual([
      ['away warn 10 rejected 21211'],
      ['other warn 10 rejected 21211', 'away warn 10 rejected 21610'],
    ]);
  });
});

describe('a carrier that delivers nothing of what it takes', () => {
  test.each<[string, [number, string][], string[]]>([
    ['nine times', [[9, 'accepted undelivered 30003']], []],
    ['ten times', [[10, 'accepted undelivered 30003']], ['away warn 10 accepted 30003']],
    ['failed is as bad', [[10, 'accepted failed 30008']], ['away warn 10 accepted 30008']],
    [
      'what is on its way says nothing yet',
      [
        [10, 'accepted undelivered 30003'],
        [9, 'accepted sent'],
      ],
      ['away warn 10 accepted 30003'],
    ],
    [
      'and one was delivered among them',
      [
        [5, 'accepted failed 30008'],
        [1, 'accepted delivered'],
        [5, 'accepted failed 30008'],
      ],
      [],
    ],
    [
      'with codes that differ',
      [
        [5, 'accepted failed 30008'],
        [5, 'accepted failed 30003'],
      ],
      [],
    ],
    ['without a code', [[30, 'accepted undelivered']], []],
  ])('%s', (_, tries, logged) => {
    expect(look('not_delivered', ...tries)).toEqual(logged);
  });
});
