import { CarrierPace } from '../../../src/plaintext/handoffs/turns.service.js';
import { parseSettings } from '../../../src/settings.js';
import { complete, linesOf } from '../../support/complete-settings.js';

const LIVE = {
  CARRIER_BASE_URL: 'https://api.twilio.com',
  INGRESS_PUBLIC_URL: 'https://ingress.example',
};
function steps(env: Record<string, string>): number[] {
  const { worker } = parseSettings({ ...complete, ...env });
  if (worker === undefined) throw new Error('no worker');
  const pace = CarrierPace.from(worker);
  return [pace.stepMs('voice'), pace.stepMs('sms')];
}

describe('the pace of what goes to the carrier', () => {
  it('is one call and one segment a second with a live carrier, and none with the simulator', () => {
    expect(steps(LIVE)).toEqual([1000, 1000]);
    expect(steps({})).toEqual([0, 0]);
  });

  it('is what the settings say with either', () => {
    const given = { CALLS_A_SECOND: '5', SMS_SEGMENTS_A_SECOND: 'none' };
    expect(steps({ ...LIVE, ...given })).toEqual([200, 0]);
    expect(steps({ ...given, SMS_SEGMENTS_A_SECOND: '0.5' })).toEqual([200, 2000]);
  });

  it.each(['0', '-1', '0.05', '1001', '1e3', 'Infinity'])('refuses %s', (pace) => {
    expect(linesOf({ ...complete, CALLS_A_SECOND: pace })).toEqual([
      expect.stringMatching(/^CALLS_A_SECOND must be/),
    ]);
  });
});
