import { standings } from './standings/de.js';
import type { Texts } from './texts.js';

export const de = {
  voice: { voice: 'Polly.Vicki', language: 'de-DE' },
  space: ' ',
  codeSms: [
    (code, minutes) =>
      `${code} ist Ihr Dingline-Code. Er gilt ${minutes} Min. Geben Sie ihn an niemanden weiter.`,
    (code) => `${code} ist Ihr Dingline-Code. Geben Sie ihn an niemanden weiter.`,
  ],
  appCodeSms: [
    (name, code, minutes) =>
      `${name}: ${code} ist Ihr Code. Er gilt ${minutes} Min. Geben Sie ihn an niemanden weiter.`,
    (name, code) => `${name}: ${code} ist Ihr Code. Geben Sie ihn an niemanden weiter.`,
    (name, code) => `${name}: ${code} ist Ihr Code.`,
    (name, code) => `${name}: ${code}`,
    (_name, code) => `${code} ist Ihr Code. Geben Sie ihn an niemanden weiter.`,
  ],
  dingSms: { from: (name) => `Dringend, von ${name} über Dingline: `, confirm: '\nBestätigen: ' },
  ding: {
    from: (name) => `Hallo. Sie haben eine dringende Nachricht von ${name}, über Dingline.`,
    menu:
      'Um zu bestätigen, dass Sie sie gehört haben, drücken Sie die 1. Um sie noch einmal zu ' +
      'hören, drücken Sie die Sterntaste. Um zu dieser Nachricht nicht mehr angerufen zu ' +
      'werden, drücken Sie die 9.',
    otherKey: 'Diese Taste hat hier leider keine Funktion.',
    confirmed: 'Danke, Sie haben bestätigt. Auf Wiederhören.',
    already:
      'Sie haben diese Nachricht bereits bestätigt, danke. Sie müssen nichts weiter tun. Auf Wiederhören.',
    stopped: 'Sie werden zu dieser Nachricht nicht mehr angerufen. Auf Wiederhören.',
    recalled: 'Diese Nachricht wurde zurückgenommen. Auf Wiederhören.',
    ended: 'Diese Nachricht ist abgeschlossen. Auf Wiederhören.',
    goodbye: 'Sie haben keine Taste gedrückt. Auf Wiederhören.',
  },
  conference: {
    invited: (name) => `Hallo. ${name} lädt Sie über Dingline zu einer Telefonkonferenz ein.`,
    called: 'Hallo. Hier ist Ihre Telefonkonferenz von Dingline.',
    menu:
      'Um teilzunehmen, drücken Sie die 1. Die anderen sehen dann Ihre Nummer, solange Sie ' +
      'dabei sind. Wenn Sie nicht teilnehmen möchten, legen Sie auf.',
    otherKey: 'Diese Taste hat hier leider keine Funktion.',
    joining: 'Sie werden verbunden.',
    ended: 'Diese Konferenz ist beendet. Auf Wiederhören.',
    goodbye: 'Sie haben keine Taste gedrückt. Auf Wiederhören.',
  },
  code: {
    from:
      'Hallo, hier ist Dingline. Jemand, vermutlich Sie, hat einen Code angefordert, um diese ' +
      'Telefonnummer zu bestätigen. Wenn Sie das nicht waren, legen Sie einfach auf.',
    fromApp: (name) =>
      `Hallo, hier ist ${name}. Jemand, vermutlich Sie, hat einen Code angefordert, um diese ` +
      'Telefonnummer zu bestätigen. Wenn Sie das nicht waren, legen Sie einfach auf.',
    press: (digit) => `Um den Code zu hören, drücken Sie die ${digit}.`,
    otherKey: 'Das war leider eine andere Taste.',
    code: 'Ihr Code lautet:',
    again: 'Noch einmal:',
    heard: 'Geben Sie ihn an niemanden weiter. Auf Wiederhören.',
    wrongKeys:
      'Das war leider wieder eine andere Taste. Um den Code zu hören, fordern Sie bitte einen ' +
      'neuen Anruf an. Auf Wiederhören.',
    goodbye:
      'Sie haben keine Taste gedrückt. Um den Code zu hören, fordern Sie bitte einen neuen Anruf an. Auf Wiederhören.',
    over: 'Dieser Code wird nicht mehr gebraucht oder ist abgelaufen. Auf Wiederhören.',
  },
  outage: {
    moment: 'Einen Moment, bitte.',
    sorry: 'Es tut uns leid, bei uns ist eine Störung aufgetreten.',
    about: {
      ding: 'Diese Nachricht wurde nicht bestätigt.',
      verification: 'Bitte fordern Sie Ihren Code etwas später noch einmal an.',
      conference: 'Wir konnten Sie nicht verbinden.',
    },
    goodbye: 'Auf Wiederhören.',
  },
  standings,
  riskNotice: {
    title: 'Was ein Code auf Ihr Telefon beweist',
    proves:
      'Ein Code per SMS oder Anruf zeigt, dass Sie unter dieser Telefonnummer jetzt ' +
      'erreichbar sind. Er zeigt nicht, wer Sie sind.',
    risks:
      'SMS und Anrufe können unterwegs mitgelesen oder umgeleitet werden und sind auch auf ' +
      'einem gesperrten Bildschirm zu sehen. Jemand kann Ihre Nummer beim Anbieter ' +
      'übernehmen, mit einer neuen SIM-Karte oder durch den Wechsel zu einem anderen ' +
      'Anbieter. Eine Nummer, die Sie aufgeben, kann jemand anderem zugeteilt werden.',
    alternative:
      'Verlassen Sie sich nicht allein auf Ihre Nummer. Verwenden Sie außerdem ein sicheres ' +
      'Passwort und, wo es angeboten wird, einen Passkey oder eine Authenticator-App.',
    lost:
      'Wenn Ihr Telefon ohne Grund kein Netz mehr hat oder Sie die Nummer wechseln, melden Sie ' +
      'es sofort Ihrem Anbieter und uns. Niemand, der für uns arbeitet, fragt Sie nach einem ' +
      'Code: Geben Sie ihn an niemanden weiter.',
  },
  confirmPage: {
    title: 'Dringende Nachricht bestätigen',
    from: 'Dringend, von {name}:',
    sent: 'Gesendet von Dingline am {time}',
    team: 'An das Team: {team}',
    confirm: 'Gelesen: bestätigen',
    wait: 'Einen Moment…',
    confirmed: 'Danke, Sie haben bestätigt.',
    already_confirmed:
      'Diese Nachricht wurde bereits bestätigt, danke. Sie müssen nichts weiter tun.',
    recalled: 'Diese Nachricht wurde zurückgenommen. Sie müssen nichts weiter tun.',
    ended: 'Diese Nachricht ist abgeschlossen. Sie müssen nichts weiter tun.',
    no_token: 'Öffnen Sie bitte den Link in der SMS noch einmal.',
    unknown: 'Dieser Link ist nicht mehr gültig.',
    trouble: 'Gerade besteht keine Verbindung. Bitte versuchen Sie es noch einmal.',
    offline:
      'Sie sind offline. Bitte versuchen Sie es noch einmal, sobald Sie wieder verbunden sind.',
    retry: 'Noch einmal versuchen',
    noScript: 'Zum Bestätigen braucht diese Seite JavaScript.',
  },
} as const satisfies Texts;
