import { standings } from '../../../texts/standings/de.js';
import type { ProblemCode } from '../../client/generated/problem-codes.js';
import { conferences } from './conferences/de.js';
import type { Words } from './en.js';
import { verifying } from './verifying/de.js';

const MISTAKE = 'Die App hat einen Fehler gemacht. Laden Sie die Seite neu.';

const problems: Record<ProblemCode, string> = {
  ...verifying.problems,
  INVALID_IDEMPOTENCY_KEY: MISTAKE,
  UNAUTHENTICATED: 'Sie wurden abgemeldet. Melden Sie sich wieder an.',
  WRONG_CREDENTIALS: 'Der Anmeldename oder das Passwort ist falsch.',
  ORIGIN_REFUSED:
    'Öffnen Sie diese Seite unter der Adresse Ihres Betreibers und versuchen Sie es noch einmal.',
  SIGNATURE_REFUSED: MISTAKE,
  NUMBER_NOT_VERIFIED: 'Bestätigen Sie zuerst Ihre eigene Nummer.',
  NOT_YOURS: 'In dieser Konferenz darf das nur jemand anders.',
  NO_CONSENT: 'Diese Person hat nicht zugestimmt, von Ihrem Team so erreicht zu werden.',
  SIGN_UP_REFUSED:
    'Für ein Konto brauchen Sie hier eine gültige Einladung. Fragen Sie Ihren Betreiber danach.',
  WRONG_RESET_CODE:
    'Dieser Code gilt nicht oder nicht mehr. Fragen Sie Ihren Betreiber nach einem neuen.',
  METHOD_NOT_ALLOWED: MISTAKE,
  LOGIN_TAKEN: 'Diesen Anmeldenamen hat schon jemand. Wählen Sie einen anderen.',
  RECIPIENT_UNREACHABLE: 'Diese Person hat keine bestätigte Nummer und ist so nicht erreichbar.',
  DING_ENDED: 'Dieser Ding ist vorbei.',
  CONFERENCE_ENDED: 'Diese Konferenz ist vorbei.',
  CONFERENCE_LIMIT:
    'Sie haben so viele laufende Konferenzen, wie Sie dürfen. Beenden Sie zuerst eine.',
  CONFERENCE_FULL: 'Diese Konferenz ist voll.',
  SERVICE_LIMIT: 'Mehr Dienste sind nicht möglich.',
  TEAM_LIMIT: 'Sie sind in so vielen Teams, wie möglich ist. Verlassen Sie zuerst eines.',
  CONSENT_OUTDATED: 'Dieser Text hat sich geändert. Lesen Sie den neuen und entscheiden Sie dann.',
  PAYLOAD_TOO_LARGE: 'Das ist zu viel auf einmal. Kürzen Sie es.',
  UNSUPPORTED_MEDIA_TYPE: MISTAKE,
  IDEMPOTENCY_KEY_REUSED: MISTAKE,
  DING_LIMIT: 'Diese Person hatte viele Dings; vorerst erreicht sie keiner per Anruf oder SMS.',
  RING_LIMIT: 'Diese Person wurde vorerst zu oft angerufen.',
};

export const de: Words = {
  nav: {
    label: 'Hauptmenü',
    skip: 'Zum Inhalt springen',
    dings: 'Dings',
    conferences: 'Konferenzen',
    teams: 'Teams',
    number: 'Nummer',
    me: 'Ich',
  },

  common: {
    ...verifying.common,
    loading: 'Wird geladen …',
    retry: 'Noch einmal versuchen',
    cancel: 'Abbrechen',
    close: 'Schließen',
    save: 'Speichern',
    saved: 'Gespeichert.',
    required: 'Bitte füllen Sie dieses Feld aus.',
  },

  trouble: {
    ...verifying.trouble,
    offline: 'Sie sind offline. Was Sie sehen, ist vielleicht veraltet.',
    away:
      'Der Server ist gerade nicht erreichbar. Was Sie sehen, ist vielleicht veraltet; wir ' +
      'versuchen es weiter.',
    notFound: 'Hier ist nichts',
    notFoundText: 'Vielleicht ist in der Adresse ein Tippfehler.',
  },
  problems,

  signIn: {
    title: 'Anmelden',
    login: 'Anmeldename',
    password: 'Passwort',
    show: 'Passwort zeigen',
    hide: 'Passwort verbergen',
    submit: 'Anmelden',
    noAccount: 'Noch kein Konto?',
    signUp: 'Konto anlegen',
    forgotten: 'Passwort vergessen?',
  },

  signUp: {
    title: 'Konto anlegen',
    name: 'Ihr Name',
    nameHint: 'Ihr Team sieht ihn, und am Telefon wird er gesprochen.',
    loginHint: '3 bis 64 Buchstaben, Ziffern oder . _ @ -, zuerst ein Buchstabe.',
    passwordHint: 'Mindestens 15 Zeichen. Gut sind vier Wörter, die niemand erraten würde.',
    invite: 'Einladungscode',
    inviteHint: 'Von Ihrem Betreiber.',
    submit: 'Konto anlegen',
    hasAccount: 'Sie haben ein Konto?',
    closed: 'Konten legt hier Ihr Betreiber an. Fragen Sie ihn nach einem.',
  },

  demo: {
    title: 'Die Demo',
    entering: 'Sie werden angemeldet …',
    over: 'Diese Adresse wurde schon benutzt oder ist älter als zehn Minuten. Starten Sie die Demo noch einmal.',
    signIn: 'Anmelden',
    goOn: 'Sie sind hier angemeldet: weiter zu den Dings',
  },

  me: {
    title: 'Ich',
    name: 'Ihr Name',
    login: 'Anmeldename',
    language: 'Sprache',
    languageHint: 'Für diese App und für SMS und Anrufe an Sie.',
    signOut: 'Abmelden',
    noNumber: 'Sie haben keine bestätigte Nummer, also kann Sie niemand anrufen.',
    verify: 'Nummer bestätigen',
    verifyAgain: 'Diese oder eine andere bestätigen',
    notices: 'Mitteilungen',
    allNotices: 'Alle Mitteilungen',
    noNotices: 'Es gibt keine Mitteilungen.',
    older: 'Ältere zeigen',
    somebody: 'jemand, der dabei war',
    see: { ding: 'Zum Ding', conference: 'Zur Konferenz' },
    notice: {
      number_moved:
        'Jemand anders hat Ihre Nummer bestätigt und hat sie jetzt. Sie haben hier keine, bis ' +
        'Sie eine bestätigen.',
      number_changed:
        'Eine andere Nummer ist an die Stelle Ihrer Nummer getreten. Waren Sie das nicht, dann ' +
        'bitten Sie Ihren Betreiber, Ihr Passwort zurückzusetzen.',
      number_to_prove_again: 'Bestätigen Sie Ihre Nummer neu. Bis dahin kann Sie niemand anrufen.',
      number_shown: {
        ding: (who) =>
          `Bei einem Ding von Ihnen ist Ihre Nummer zu sehen für: ${who}, sobald es dort ankommt.`,
        conference: (who) =>
          `In einer Konferenz ist Ihre Nummer zu sehen für: ${who}, solange beide darin sind.`,
      },
      number_not_shown: {
        ding: (who) =>
          `Bei einem Ding von Ihnen blieb Ihre Nummer verborgen für: ${who}. Sie war ungewöhnlich oft gezeigt worden.`,
        conference: (who) =>
          `In einer Konferenz blieb Ihre Nummer verborgen für: ${who}. Sie war ungewöhnlich oft gezeigt worden.`,
      },
      ding_unreached: (who) => `Ein Ding von Ihnen ist vorbei. Nicht erreicht: ${who}.`,
      password_changed:
        'Ihr Passwort wurde geändert. Waren Sie das nicht, dann bitten Sie Ihren Betreiber, es ' +
        'zurückzusetzen.',
      password_reset:
        'Ihr Passwort wurde mit einem Rücksetzcode neu gesetzt. Waren Sie das nicht, dann ' +
        'bitten Sie Ihren Betreiber, es noch einmal zurückzusetzen.',
      removed_from_team: 'Sie wurden aus einem Team entfernt.',
    },
    ledger: {
      title: 'Wer Ihre Nummer bekam',
      what:
        'Hier steht jedes Mal, dass Ihre Nummer geöffnet oder gezeigt wurde, das neueste ' +
        'zuerst.',
      none: 'Bisher hat sie niemand bekommen.',
      carrier: {
        verification: (carrier) =>
          `An den Telefonanbieter ${carrier}, um Ihnen einen Code zu bringen.`,
        ding: (carrier) => `An den Telefonanbieter ${carrier}, um Sie für ein Ding zu erreichen.`,
        conference: (carrier) =>
          `An den Telefonanbieter ${carrier}, um Sie in eine Konferenz zu rufen.`,
      },
      question: (carrier) =>
        `Noch einmal an den Telefonanbieter ${carrier}, um zu fragen, was daraus geworden ist.`,
      nobody: 'Für den Telefonanbieter geöffnet und dann niemandem gegeben.',
      participants: {
        ding: 'Bereitgelegt für alle, denen Sie ein Ding sandten, zu sehen, solange es dauert.',
        conference:
          'Bereitgelegt für alle, die mit Ihnen in einer Konferenz sind, zu sehen, solange sie ' +
          'dauert.',
      },
      shown: {
        ding: (who) => `Gezeigt bei einem Ding von Ihnen. Gesehen hat sie: ${who}.`,
        conference: (who) => `Gezeigt in einer Konferenz mit Ihnen. Gesehen hat sie: ${who}.`,
      },
      looked: {
        ding: (who, times) =>
          `Insgesamt ${times}-mal gezeigt bei einem Ding von Ihnen. Gesehen hat sie: ${who}.`,
        conference: (who, times) =>
          `Insgesamt ${times}-mal gezeigt in einer Konferenz mit Ihnen. Gesehen hat sie: ${who}.`,
      },
      operator: (reason) =>
        `Der Betreiber hat nachgesehen, was an Ihre Nummer ging, ohne die Nummer zu sehen. Sein Grund: „${reason}“`,
      other: 'Für etwas geöffnet, das diese Seite noch nicht kennt. Laden Sie die Seite neu.',
    },
    sessions: {
      title: 'Wo Sie angemeldet sind',
      what: 'Kennen Sie etwas davon nicht, dann beenden Sie es, und ändern Sie Ihr Passwort.',
      kind: { cookie: 'Ein Browser', bearer: 'Eine App oder ein Programm' },
      current: 'dieser hier',
      since: (time) => `Angemeldet: ${time}`,
      used: (time) => `Zuletzt benutzt: ${time}`,
      end: 'Beenden',
      endOthers: 'Überall sonst abmelden',
      noOther: 'Sonst sind Sie nirgends angemeldet.',
    },
    password: {
      title: 'Passwort ändern',
      what: 'Hier bleiben Sie angemeldet, überall sonst werden Sie abgemeldet.',
      old: 'Ihr bisheriges Passwort',
      next: 'Neues Passwort',
      change: 'Passwort ändern',
      changed: 'Ihr Passwort ist geändert.',
      wrong: 'Das ist nicht Ihr Passwort. Versuchen Sie es noch einmal.',
    },
    reset: {
      title: 'Neues Passwort setzen',
      what:
        'Ihr Betreiber kann Ihnen einen Rücksetzcode geben. Damit setzen Sie ein neues Passwort ' +
        'und werden überall abgemeldet.',
      code: 'Rücksetzcode',
      codeHint: '16 Buchstaben und Ziffern, von Ihrem Betreiber.',
      submit: 'Passwort setzen',
      done: 'Ihr neues Passwort gilt. Melden Sie sich damit an.',
    },
    close: {
      title: 'Konto schließen',
      cannotUndo: 'Das lässt sich nicht zurücknehmen.',
      what: [
        'Was für Sie klingelt oder wartet, endet sofort.',
        'Sie sind aus allen Ihren Teams heraus und überall abgemeldet.',
        'Ihre Nummer, Ihre Mitteilungen und die Liste, wer sie bekam, werden sofort gelöscht; ' +
          'Ihr Name und was Sie gesendet haben, binnen Stunden.',
        'Was bleibt: Dass Ihnen in Anrufen Nummern anderer gezeigt wurden, steht in deren ' +
          'Listen, ohne Ihren Namen.',
      ],
      passwordHint: 'Damit sicher ist, dass Sie es sind.',
      yes: 'Mein Konto endgültig schließen',
      done: 'Ihr Konto ist geschlossen',
      doneText: 'Was von Ihnen noch da ist, wird binnen Stunden gelöscht. Alles Gute.',
    },
  },

  number: {
    ...verifying.number,
    title: 'Ihre Nummer',
    why:
      'Ein Code zeigt, dass Sie unter dieser Nummer erreichbar sind. Dings und Konferenzen ' +
      'rufen Sie dort an.',
    proved: (since) => `Ihre Nummer ist bestätigt, seit ${since}.`,
    provedIs: (number) => `${number} ist bestätigt und ist jetzt Ihre Nummer.`,
    yoursIsProved: 'Die Nummer, die Sie angegeben haben, ist bestätigt und ist jetzt Ihre Nummer.',
    endsAt: (time) => `Bestätigen Sie sie vor dem ${time} noch einmal.`,
    mustProve: {
      age:
        'Ihre Nummer wurde vor zu langer Zeit bestätigt. Bestätigen Sie sie neu: Bis dahin ruft ' +
        'Sie niemand an.',
      unreachable:
        'Laut Telefonanbieter gibt es diese Nummer nicht mehr. Bestätigen Sie sie neu oder eine ' +
        'andere.',
    },
    again: 'Diese oder eine andere Nummer bestätigen',
    yours: 'die Nummer, die Sie angegeben haben',
    risks: 'Was ein Code auf Ihr Telefon beweist',
  },

  people: {
    search: 'Nach Namen suchen',
    nobodyFound: 'Niemand heißt so.',
    chosen: (names) => `Ausgewählt: ${names}`,
    inTheWay: 'Diese Person kann gerade nicht angerufen werden.',
    obstacles: {
      no_consent: 'Hat solchen Anrufen nicht zugestimmt',
      unreachable: 'Hat keine bestätigte Nummer',
    },
  },

  standings,

  dings: {
    title: 'Dings',
    one: 'Ding',
    yours: 'Ihr Ding',
    toAll: 'Alle Dings',
    none: 'Sie haben noch keine Dings.',
    whatItIs:
      'Ein Ding ist eine dringende Nachricht. Es geht per Anruf, SMS oder App an Menschen, bis sie bestätigen.',
    toConfirm: 'Bitte jetzt bestätigen',
    which: 'Welche Dings',
    sides: { all: 'Alle', initiator: 'Von mir', recipient: 'An mich' },
    noneOfThese: 'Davon gibt es keine.',
    older: 'Ältere zeigen',
    fromYou: 'Von Ihnen',
    from: (name) => `Von ${name}`,
    goesOn: 'Es läuft noch.',
    takenBack: 'Es wurde zurückgenommen.',
    isOver: 'Es ist vorbei.',
    allConfirmed: (count) => (count === 1 ? 'Bestätigt.' : `Alle ${count} haben bestätigt.`),
    confirmedCount: (count, all) => `${count} von ${all} bestätigt.`,
    noneReached: 'Niemand war zu erreichen.',
    unreachedCount: (count) =>
      count === 1
        ? 'Eine Person war nicht zu erreichen.'
        : `${count} Personen waren nicht zu erreichen.`,
    youHave: 'Sie haben bestätigt.',
    youHaveNot: 'Sie haben nicht bestätigt.',
    sentAt: (time) => `Gesendet: ${time}.`,
    sentBy: { voice: 'Per Anruf.', sms: 'Per SMS.', app: 'Nur in der App.' },
    people: 'Wer bestätigen soll',
    recall: 'Zurücknehmen',
    recallQuestion: 'Dieses Ding zurücknehmen?',
    recallText:
      'Was klingelt, hört auf zu klingeln, und nichts weiter geht hinaus. Eine gesendete SMS bleibt.',
    confirmedBy: {
      voice: 'Mit einer Taste am Telefon bestätigt.',
      link: 'Mit dem Link in der SMS bestätigt.',
      app: 'In der App bestätigt.',
    },
    doubted:
      'Eine Taste wurde gedrückt, doch dann war eine Mailbox zu hören. Vielleicht weiß es niemand.',
    stopped: 'Will dazu keine Anrufe mehr und hat nicht bestätigt.',
    notConfirmed: 'Hat nicht bestätigt.',
    unreached: 'War nicht zu erreichen.',
    notYet: 'Hat noch nicht bestätigt.',
    ways: { voice: 'Anruf', sms: 'SMS', app: 'App' },
    next: {
      sms: 'Danach: Bringt der Anruf keine Bestätigung, geht sofort eine SMS hinaus.',
      wait: 'Danach: Mehr geht nicht hinaus; bestätigen ist noch möglich.',
    },
    callerId: 'Nummer:',
    urgentFrom: (name) => `Dringend, von ${name}`,
    confirm: 'Ich habe es gelesen: bestätigen',
    youConfirmed: (time) => `Sie haben bestätigt (${time}).`,
    toldSo: (name) => `${name} sieht es.`,
    youDoubted:
      'Nach der Taste war eine Mailbox zu hören. Bestätigen Sie hier, damit es sicher ist.',
    recalledForYou: 'Dieses Ding wurde zurückgenommen. Sie müssen nichts tun.',
    overForYou: 'Dieses Ding ist vorbei. Sie können es noch bestätigen.',
    later: 'Später',
    compose: {
      title: 'Neues Ding',
      proveFirst:
        'Bestätigen Sie zuerst Ihre eigene Nummer: Wen Sie anrufen, der sieht, wer anruft.',
      toNumber: 'Nummer bestätigen',
      nobody: 'Sie sind noch mit niemandem in einem Team. Ein Ding geht an Menschen Ihrer Teams.',
      toTeams: 'Zu Ihren Teams',
      to: 'Wen wollen Sie erreichen?',
      tooMany: (most) => `Ein Ding geht an höchstens ${most} Menschen.`,
      chooseFirst: 'Wählen Sie zuerst, wen Sie erreichen wollen.',
      way: 'Auf welchem Weg?',
      wayHints: {
        voice: 'Das Telefon klingelt. Bringt das keine Bestätigung, folgt sofort eine SMS.',
        sms: 'Eine SMS mit einem Link zum Bestätigen.',
        app: 'Nichts klingelt. Zu sehen beim nächsten Blick in die App, auch ohne Nummer.',
      },
      text: 'Worum geht es?',
      textLeft: (left) => (left === 1 ? 'Noch ein Zeichen.' : `Noch ${left} Zeichen.`),
      textWrong: 'Keine Zeile darf wie ein Link zum Bestätigen oder wie ein Code aussehen.',
      preview: 'Was ankommt',
      theyHear: 'Am Telefon zu hören',
      theyRead: 'In der SMS zu lesen',
      smsFollows: 'Die SMS, die vielleicht folgt',
      makes: (count) => (count === 1 ? 'Das ist eine SMS.' : `Das werden ${count} SMS.`),
      makesUpTo: (most) => `In einer anderen Sprache: bis zu ${most}.`,
      isCut: 'Sie ist gekürzt; der Link führt zum ganzen Text.',
      inTheirLanguage: 'Die Worte um Ihren Text herum sind in der Sprache der Empfänger.',
      send: 'Ding senden',
      sendTo: (count) =>
        count === 1 ? 'Ding an 1 Person senden' : `Ding an ${count} Personen senden`,
      isAbout: (names) => `Es geht um: ${names}.`,
      until: (time) => `Das gilt bis ${time}.`,
      leaveOut: 'Ohne sie senden',
    },
  },

  conferences,

  teams: {
    title: 'Teams',
    what:
      'In einem Team senden sich alle gegenseitig Dings und rufen Konferenzen zusammen. Ob Ihr ' +
      'eigenes Telefon klingeln darf, sagen Sie in jedem Team selbst.',
    none:
      'Sie sind noch in keinem Team. Gründen Sie eines, oder treten Sie einem mit einem Code ' +
      'bei, den Ihnen jemand gibt.',
    make: 'Team gründen',
    join: 'Team beitreten',
    yourRole: { owner: 'Es gehört Ihnen.', member: 'Sie sind Mitglied.' },
    name: 'Name des Teams',
    nameHint: 'Alle im Team sehen ihn.',
    code: 'Einladungscode',
    codeHint: '16 Buchstaben und Ziffern. Sie können auch den ganzen Link einfügen.',
    joinIt: 'Beitreten',
    invited: 'Sie sind in ein Team eingeladen.',
    signInFirst:
      'Sie sind in ein Team eingeladen. Legen Sie ein Konto an, oder melden Sie sich an, dann ' +
      'können Sie beitreten.',
    joiningIsNoConsent:
      'Damit darf Sie noch niemand anrufen. Darüber entscheiden Sie gleich danach.',
    badCode: 'Dieser Code gilt nicht oder nicht mehr. Bitten Sie um einen neuen.',
    team: 'Ein Team',
    all: 'Alle Ihre Teams',
    gone: 'Dieses Team gibt es nicht, oder Sie sind nicht mehr darin.',
    reachYou: 'Darf dieses Team Sie anrufen?',
    noNumberYet: 'Noch kann Sie niemand anrufen, was auch immer Sie hier wählen.',
    verify: 'Nummer bestätigen',
    consent: {
      ring: {
        title: 'Dings',
        given: 'Ja. Ihr Telefon klingelt bei Dings dieses Teams.',
        notGiven: 'Nein. Ihr Telefon klingelt nicht bei Dings dieses Teams.',
        read: 'Lesen, wozu Sie bei Dings zustimmen würden',
        withdraw: 'Keine Dings mehr am Telefon',
      },
      conference: {
        title: 'Konferenzen',
        given: 'Ja. Dieses Team darf Sie in Konferenzen rufen.',
        notGiven: 'Nein. Dieses Team ruft Sie nicht in Konferenzen.',
        read: 'Lesen, wozu Sie bei Konferenzen zustimmen würden',
        withdraw: 'Keine Anrufe in Konferenzen mehr',
      },
    },
    readGiven: 'Wozu Sie zugestimmt haben',
    agree: 'Ich stimme zu',
    members: 'Mitglieder',
    you: 'Sie',
    owner: 'leitet das Team',
    more: 'Mehr Mitglieder zeigen',
    reach: {
      everything: 'Lässt sich vom Team für Dings und Konferenzen anrufen.',
      ring: 'Lässt sich vom Team für Dings anrufen.',
      conference: 'Lässt sich vom Team für Konferenzen anrufen.',
      none: 'Lässt sich vom Team nicht anrufen.',
      noNumber: 'Hat aber keine bestätigte Nummer.',
    },
    remove: (name) => `${name} entfernen`,
    removeAsk: (name, team) => `${name} aus ${team} entfernen?`,
    removeText:
      'Was dort noch klingelt, endet. Auch der Einladungscode gilt nicht mehr: Machen Sie für ' +
      'andere einen neuen.',
    invite: 'Leute einladen',
    whoInvites: (name) => `Neue Leute lädt ${name} ein.`,
    noCode: 'Mit einem Code kann man beitreten. Er wird nur einmal gezeigt, wenn er gemacht wird.',
    newCode: 'Neuen Code machen',
    newCodeAsk: 'Neuen Einladungscode machen?',
    newCodeText: 'Mit dem Code davor, falls es einen gibt, kommt dann niemand mehr hinein.',
    codeIs: 'Wer diesen Code hat, kann beitreten:',
    codeLasts: (uses, until) =>
      uses === 1
        ? `Er gilt für eine Person, bis ${until}.`
        : `Er gilt für ${uses} Personen, bis ${until}.`,
    link: 'Dasselbe als Link',
    copy: 'Link kopieren',
    copied: 'Kopiert.',
    notCopied:
      'Der Browser hat das Kopieren nicht erlaubt. Markieren Sie den Link, und kopieren Sie ihn ' +
      'selbst.',
    share: 'Link teilen',
    qr: 'Oder eine Kamera darauf richten:',
    qrLabel: 'QR-Code mit dem Link zum Beitreten',
    toldOnce: 'Dieser Code ist nur zu sehen, bis Sie diese Seite schließen.',
    leave: 'Team verlassen',
    leaveAsk: (team) => `${team} verlassen?`,
    leaveText:
      'Das Team erreicht Sie nicht mehr, und Sie erreichen es nicht mehr. Was noch klingelt, ' +
      'endet. Um zurückzukommen, brauchen Sie einen Einladungscode.',
    leaveAsOwner: 'Sie leiten es: Danach leitet es, wer am längsten darin ist.',
    leaveAlone: 'Sonst ist niemand darin, also ist das Team dann für immer weg.',
  },
};
