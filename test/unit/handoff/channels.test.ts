import {
  byChannel,
  type Channel,
  CHANNELS,
  isChannel,
  NOTIFIED_BY,
  TRAITS,
  unknownChannel,
  WAYS,
} from '../../../src/handoff/channels.js';

test('each channel has a queue of its own, under the name that its jobs wait by', () => {
  expect(byChannel((channel) => TRAITS[channel].queue)).toEqual({
    sms: 'dingline-sms',
    voice: 'dingline-voice',
  });
  expect(new Set(CHANNELS.map((channel) => TRAITS[channel].queue)).size).toBe(CHANNELS.length);
});

test('the app is a way and a notification, and no channel', () => {
  expect(WAYS).toEqual(['app', 'sms', 'voice']);
  expect(NOTIFIED_BY).toEqual(['app', 'sms']);
  expect(['app', 'sms', 'voice', 'pigeon', '', undefined].map(isChannel)).toEqual([
    false,
    true,
    true,
    false,
    false,
    false,
  ]);
});

test('a channel that nobody knows ends a switch, whatever the compiler was told', () => {
  expect(() => unknownChannel('pigeon' as never)).toThrow('UNKNOWN_CHANNEL');
  expect(TRAITS['pigeon' as Channel]).toBeUndefined();
});
