import { standings } from '../../../texts/standings/fr.js';
import type { ProblemCode } from '../../client/generated/problem-codes.js';
import { conferences } from './conferences/fr.js';
import type { Words } from './en.js';
import { verifying } from './verifying/fr.js';

const MISTAKE = 'L’application a fait une erreur. Rechargez la page.';

const problems: Record<ProblemCode, string> = {
  ...verifying.problems,
  INVALID_IDEMPOTENCY_KEY: MISTAKE,
  UNAUTHENTICATED: 'Votre session est terminée. Connectez-vous à nouveau.',
  WRONG_CREDENTIALS: 'L’identifiant ou le mot de passe est faux.',
  ORIGIN_REFUSED: 'Ouvrez cette page à l’adresse donnée par votre opérateur, puis réessayez.',
  SIGNATURE_REFUSED: MISTAKE,
  NUMBER_NOT_VERIFIED: 'Vérifiez d’abord votre propre numéro.',
  NOT_YOURS: 'Dans cette conférence, c’est à quelqu’un d’autre de le faire.',
  NO_CONSENT: 'Cette personne n’a pas accepté d’être jointe ainsi par votre équipe.',
  SIGN_UP_REFUSED:
    'Il faut ici une invitation valable pour s’inscrire. Demandez-en une à votre opérateur.',
  WRONG_RESET_CODE: 'Ce code n’est pas ou plus valable. Demandez-en un nouveau à votre opérateur.',
  METHOD_NOT_ALLOWED: MISTAKE,
  LOGIN_TAKEN: 'Cet identifiant est déjà pris. Choisissez-en un autre.',
  RECIPIENT_UNREACHABLE: 'Cette personne n’a pas de numéro vérifié : on ne peut pas la joindre.',
  DING_ENDED: 'Ce Ding est terminé.',
  CONFERENCE_ENDED: 'Cette conférence est terminée.',
  CONFERENCE_LIMIT: 'Vous avez le maximum de conférences en cours. Terminez-en une d’abord.',
  CONFERENCE_FULL: 'Cette conférence est complète.',
  SERVICE_LIMIT: 'Il n’est pas possible d’avoir plus de services.',
  TEAM_LIMIT: 'Vous êtes dans le maximum d’équipes. Quittez-en une d’abord.',
  CONSENT_OUTDATED: 'Ce texte a changé. Lisez le nouveau, puis décidez.',
  PAYLOAD_TOO_LARGE: 'C’est trop à la fois. Raccourcissez.',
  UNSUPPORTED_MEDIA_TYPE: MISTAKE,
  IDEMPOTENCY_KEY_REUSED: MISTAKE,
  DING_LIMIT:
    'Cette personne a eu beaucoup de Dings ; pour le moment, aucun ne l’atteint par appel ou SMS.',
  RING_LIMIT: 'Cette personne a été appelée trop souvent pour le moment.',
};

export const fr: Words = {
  nav: {
    label: 'Principal',
    skip: 'Aller au contenu',
    dings: 'Dings',
    conferences: 'Conférences',
    teams: 'Équipes',
    number: 'Numéro',
    me: 'Moi',
  },

  common: {
    ...verifying.common,
    loading: 'Chargement…',
    retry: 'Réessayer',
    cancel: 'Annuler',
    close: 'Fermer',
    save: 'Enregistrer',
    saved: 'Enregistré.',
    required: 'Remplissez ce champ.',
  },

  trouble: {
    ...verifying.trouble,
    offline: 'Vous êtes hors ligne. Ce que vous voyez est peut-être ancien.',
    away:
      'Le serveur est injoignable en ce moment. Ce que vous voyez est peut-être ancien ; nous ' +
      'réessayons.',
    notFound: 'Il n’y a rien ici',
    notFoundText: 'L’adresse contient peut-être une faute.',
  },
  problems,

  signIn: {
    title: 'Se connecter',
    login: 'Identifiant',
    password: 'Mot de passe',
    show: 'Afficher le mot de passe',
    hide: 'Masquer le mot de passe',
    submit: 'Se connecter',
    noAccount: 'Pas encore de compte ?',
    signUp: 'S’inscrire',
    forgotten: 'Mot de passe oublié ?',
  },

  signUp: {
    title: 'S’inscrire',
    name: 'Votre nom',
    nameHint: 'Votre équipe le voit, et il est dit au téléphone.',
    loginHint: '3 à 64 lettres, chiffres ou . _ @ -, une lettre d’abord.',
    passwordHint: 'Au moins 15 caractères. Quatre mots que personne ne devinerait conviennent.',
    invite: 'Code d’invitation',
    inviteHint: 'Donné par votre opérateur.',
    submit: 'S’inscrire',
    hasAccount: 'Vous avez un compte ?',
    closed: 'Ici, les comptes sont créés par votre opérateur. Demandez-lui-en un.',
  },

  demo: {
    title: 'La démo',
    entering: 'Connexion en cours …',
    over: 'Cette adresse a déjà servi, ou elle a plus de dix minutes. Relancez la démo pour en avoir une autre.',
    signIn: 'Se connecter',
    goOn: 'Vous êtes connecté ici : continuer vers les Dings',
  },

  me: {
    title: 'Moi',
    name: 'Votre nom',
    login: 'Identifiant',
    language: 'Langue',
    languageHint: 'Pour cette application, et pour les SMS et appels que vous recevez.',
    signOut: 'Se déconnecter',
    noNumber: 'Vous n’avez pas de numéro vérifié : personne ne peut vous appeler.',
    verify: 'Vérifier votre numéro',
    verifyAgain: 'Le vérifier de nouveau, ou un autre',
    notices: 'Avis',
    allNotices: 'Tous les avis',
    noNotices: 'Il n’y a pas d’avis.',
    older: 'Afficher les précédents',
    somebody: 'quelqu’un qui y était',
    see: { ding: 'Voir le Ding', conference: 'Voir la conférence' },
    notice: {
      number_moved:
        'Quelqu’un d’autre a vérifié votre numéro, et l’a maintenant. Vous n’en avez plus ici ' +
        'tant que vous n’en vérifiez pas un.',
      number_changed:
        'Un autre numéro a pris la place du vôtre. Si ce n’était pas vous, demandez à votre ' +
        'opérateur de réinitialiser votre mot de passe.',
      number_to_prove_again:
        'Vérifiez votre numéro de nouveau. D’ici là, personne ne peut vous appeler.',
      number_shown: {
        ding: (who) =>
          `Lors d’un de vos Dings, votre numéro peut être vu par ${who}, dès qu’il lui parvient.`,
        conference: (who) =>
          `Dans une conférence, votre numéro peut être vu par ${who}, tant que vous y êtes tous deux.`,
      },
      number_not_shown: {
        ding: (who) =>
          `Lors d’un de vos Dings, votre numéro a été caché à ${who} : il avait été montré plus que d’habitude.`,
        conference: (who) =>
          `Dans une conférence, votre numéro a été caché à ${who} : il avait été montré plus que d’habitude.`,
      },
      ding_unreached: (who) => `Un de vos Dings est terminé. Il n’a pas joint : ${who}.`,
      password_changed:
        'Votre mot de passe a été changé. Si ce n’était pas vous, demandez à votre opérateur de ' +
        'le réinitialiser.',
      password_reset:
        'Votre mot de passe a été remis par un code. Si ce n’était pas vous, demandez à votre ' +
        'opérateur de le réinitialiser encore.',
      removed_from_team: 'Vous avez été retiré d’une équipe.',
    },
    ledger: {
      title: 'Qui a eu votre numéro',
      what:
        'Chaque fois que votre numéro a été ouvert ou montré est noté ici, le plus récent ' +
        'd’abord.',
      none: 'Personne ne l’a eu jusqu’ici.',
      carrier: {
        verification: (carrier) =>
          `Donné à l’opérateur téléphonique ${carrier}, pour vous apporter un code.`,
        ding: (carrier) =>
          `Donné à l’opérateur téléphonique ${carrier}, pour vous joindre pour un Ding.`,
        conference: (carrier) =>
          `Donné à l’opérateur téléphonique ${carrier}, pour vous appeler en conférence.`,
      },
      question: (carrier) =>
        `Redonné à l’opérateur téléphonique ${carrier}, pour demander ce qu’il en est advenu.`,
      nobody: 'Ouvert pour l’opérateur téléphonique, puis donné à personne.',
      participants: {
        ding: 'Préparé pour les personnes à qui vous avez envoyé un Ding, visible tant qu’il dure.',
        conference:
          'Préparé pour les personnes en conférence avec vous, visible tant qu’elle dure.',
      },
      shown: {
        ding: (who) => `Montré à ${who} lors d’un de vos Dings.`,
        conference: (who) => `Montré à ${who}, en conférence avec vous.`,
      },
      looked: {
        ding: (who, times) => `Montré ${times} fois en tout à ${who} lors d’un de vos Dings.`,
        conference: (who, times) =>
          `Montré ${times} fois en tout à ${who}, en conférence avec vous.`,
      },
      operator: (reason) =>
        `L’opérateur a regardé ce qui avait été envoyé à votre numéro, sans voir le numéro. Sa raison : « ${reason} »`,
      other: 'Ouvert pour une chose que cette page ne connaît pas encore. Rechargez la page.',
    },
    sessions: {
      title: 'Où vous êtes connecté',
      what: 'Si vous n’en reconnaissez pas une, mettez-y fin et changez de mot de passe.',
      kind: { cookie: 'Un navigateur', bearer: 'Une application ou un programme' },
      current: 'celui-ci',
      since: (time) => `Connexion : ${time}`,
      used: (time) => `Dernière utilisation : ${time}`,
      end: 'Y mettre fin',
      endOthers: 'Se déconnecter partout ailleurs',
      noOther: 'Vous n’êtes connecté nulle part ailleurs.',
    },
    password: {
      title: 'Changer de mot de passe',
      what: 'Vous restez connecté ici, et êtes déconnecté partout ailleurs.',
      old: 'Votre mot de passe actuel',
      next: 'Nouveau mot de passe',
      change: 'Changer le mot de passe',
      changed: 'Votre mot de passe est changé.',
      wrong: 'Ce n’est pas votre mot de passe. Réessayez.',
    },
    reset: {
      title: 'Définir un nouveau mot de passe',
      what:
        'Votre opérateur peut vous donner un code de réinitialisation. Il sert à définir un ' +
        'nouveau mot de passe, et vous serez déconnecté partout.',
      code: 'Code de réinitialisation',
      codeHint: '16 lettres et chiffres, de votre opérateur.',
      submit: 'Définir le mot de passe',
      done: 'Votre nouveau mot de passe est en place. Connectez-vous avec.',
    },
    close: {
      title: 'Fermer votre compte',
      cannotUndo: 'C’est sans retour.',
      what: [
        'Ce qui sonne ou attend pour vous prend fin aussitôt.',
        'Vous quittez toutes vos équipes, et êtes déconnecté partout.',
        'Votre numéro, vos avis et la liste de qui l’a eu sont effacés aussitôt ; votre nom et ' +
          'ce que vous avez envoyé, en quelques heures.',
        'Ce qui reste : que des numéros d’autres personnes vous ont été montrés lors d’appels ' +
          'est noté chez elles, sans votre nom.',
      ],
      passwordHint: 'Pour être sûr que c’est vous.',
      yes: 'Fermer mon compte pour de bon',
      done: 'Votre compte est fermé',
      doneText: 'Ce qui reste encore de vous sera effacé en quelques heures. Prenez soin de vous.',
    },
  },

  number: {
    ...verifying.number,
    title: 'Votre numéro',
    why:
      'Un code montre qu’on peut vous joindre à ce numéro. Les Dings et les conférences vous y ' +
      'appellent.',
    proved: (since) => `Votre numéro est vérifié depuis le ${since}.`,
    provedIs: (number) => `${number} est vérifié. C’est maintenant votre numéro.`,
    yoursIsProved: 'Le numéro que vous avez donné est vérifié. C’est maintenant votre numéro.',
    endsAt: (time) => `Vérifiez-le à nouveau avant le ${time}.`,
    mustProve: {
      age:
        'Votre vérification date de trop longtemps. Refaites-la : d’ici là, personne ne peut ' +
        'vous appeler.',
      unreachable:
        'L’opérateur téléphonique dit que ce numéro n’existe plus. Vérifiez-le à nouveau, ou un ' +
        'autre.',
    },
    again: 'Le vérifier à nouveau, ou un autre numéro',
    yours: 'le numéro que vous avez donné',
    risks: 'Ce que prouve un code envoyé à votre téléphone',
  },

  people: {
    search: 'Chercher par nom',
    nobodyFound: 'Personne ne porte ce nom.',
    chosen: (names) => `Choix : ${names}`,
    inTheWay: 'On ne peut pas appeler cette personne maintenant.',
    obstacles: {
      no_consent: 'N’a pas accepté d’être appelé pour cela',
      unreachable: 'N’a pas de numéro vérifié',
    },
  },

  standings,

  dings: {
    title: 'Dings',
    one: 'Ding',
    yours: 'Votre Ding',
    toAll: 'Tous les Dings',
    none: 'Vous n’avez pas encore de Ding.',
    whatItIs:
      'Un Ding est un message urgent. Il cherche à joindre par appel, SMS ou app, jusqu’à la confirmation.',
    toConfirm: 'À confirmer maintenant',
    which: 'Quels Dings',
    sides: { all: 'Tous', initiator: 'De moi', recipient: 'Pour moi' },
    noneOfThese: 'Il n’y en a aucun.',
    older: 'Afficher les plus anciens',
    fromYou: 'De vous',
    from: (name) => `De ${name}`,
    goesOn: 'Il est en cours.',
    takenBack: 'Il a été retiré.',
    isOver: 'Il est terminé.',
    allConfirmed: (count) => (count === 1 ? 'Confirmé.' : `Les ${count} ont confirmé.`),
    confirmedCount: (count, all) => `${count} sur ${all} ont confirmé.`,
    noneReached: 'Personne n’a pu être joint.',
    unreachedCount: (count) =>
      count === 1
        ? 'Une personne n’a pas pu être jointe.'
        : `${count} personnes n’ont pas pu être jointes.`,
    youHave: 'Vous avez confirmé.',
    youHaveNot: 'Vous n’avez pas confirmé.',
    sentAt: (time) => `Envoyé : ${time}.`,
    sentBy: { voice: 'Par appel.', sms: 'Par SMS.', app: 'Par l’app seulement.' },
    people: 'Qui doit confirmer',
    recall: 'Le retirer',
    recallQuestion: 'Retirer ce Ding ?',
    recallText: 'Ce qui sonne s’arrête, et plus rien ne part. Un SMS déjà parti reste.',
    confirmedBy: {
      voice: 'Confirmé par une touche du téléphone.',
      link: 'Confirmé par le lien du SMS.',
      app: 'Confirmé dans l’app.',
    },
    doubted:
      'Une touche a été pressée, puis un répondeur s’est fait entendre. Peut-être que personne ne le sait.',
    stopped: 'Ne veut plus d’appels à ce sujet, et n’a pas confirmé.',
    notConfirmed: 'N’a pas confirmé.',
    unreached: 'N’a pas pu être joint.',
    notYet: 'N’a pas encore confirmé.',
    ways: { voice: 'Appel', sms: 'SMS', app: 'App' },
    next: {
      sms: 'Ensuite : si l’appel n’apporte pas de confirmation, un SMS part aussitôt.',
      wait: 'Ensuite : plus rien ne part ; on peut encore confirmer.',
    },
    callerId: 'Son numéro :',
    urgentFrom: (name) => `Urgent, de ${name}`,
    confirm: 'J’ai lu : confirmer',
    youConfirmed: (time) => `Vous avez confirmé (${time}).`,
    toldSo: (name) => `${name} le voit.`,
    youDoubted:
      'Après la touche, un répondeur s’est fait entendre. Confirmez ici pour que ce soit sûr.',
    recalledForYou: 'Ce Ding a été retiré. Vous n’avez rien à faire.',
    overForYou: 'Ce Ding est terminé. Vous pouvez encore le confirmer.',
    later: 'Plus tard',
    compose: {
      title: 'Nouveau Ding',
      proveFirst:
        'Vérifiez d’abord votre propre numéro : ceux que vous appelez voient qui appelle.',
      toNumber: 'Vérifier votre numéro',
      nobody:
        'Vous ne partagez encore d’équipe avec personne. Un Ding va aux personnes de vos équipes.',
      toTeams: 'Aller à vos équipes',
      to: 'Qui voulez-vous joindre ?',
      tooMany: (most) => `Un Ding va à ${most} personnes au plus.`,
      chooseFirst: 'Choisissez d’abord qui vous voulez joindre.',
      way: 'Par quel moyen ?',
      wayHints: {
        voice: 'Le téléphone sonne. Sans confirmation, un SMS suit aussitôt.',
        sms: 'Un SMS avec un lien pour confirmer.',
        app: 'Rien ne sonne. Visible au prochain coup d’œil dans l’app, même sans numéro.',
      },
      text: 'De quoi s’agit-il ?',
      textLeft: (left) => (left === 1 ? 'Il reste un caractère.' : `Il reste ${left} caractères.`),
      textWrong: 'Aucune ligne ne doit ressembler à un lien pour confirmer, ni à un code.',
      preview: 'Ce qui leur parvient',
      theyHear: 'Ce qu’on entend',
      theyRead: 'Ce qu’on lit',
      smsFollows: 'Le SMS qui peut suivre',
      makes: (count) => (count === 1 ? 'Cela fait un SMS.' : `Cela fait ${count} SMS.`),
      makesUpTo: (most) => `Dans une autre langue : jusqu’à ${most}.`,
      isCut: 'Il est coupé ; le lien mène au texte entier.',
      inTheirLanguage: 'Les mots autour de votre texte sont dans la langue de chaque personne.',
      send: 'Envoyer le Ding',
      sendTo: (count) =>
        count === 1 ? 'Envoyer le Ding à 1 personne' : `Envoyer le Ding à ${count} personnes`,
      isAbout: (names) => `Il s’agit de : ${names}.`,
      until: (time) => `Cela dure jusqu’à ${time}.`,
      leaveOut: 'Envoyer sans ces personnes',
    },
  },

  conferences,

  teams: {
    title: 'Équipes',
    what:
      'Dans une équipe, chacun envoie des Dings aux autres et lance des conférences. C’est vous ' +
      'qui dites, dans chaque équipe, si votre téléphone peut sonner.',
    none:
      'Vous n’êtes encore dans aucune équipe. Créez-en une, ou rejoignez-en une avec un code ' +
      'que l’on vous donne.',
    make: 'Créer une équipe',
    join: 'Rejoindre une équipe',
    yourRole: { owner: 'Elle est à vous.', member: 'Vous en êtes membre.' },
    name: 'Nom de l’équipe',
    nameHint: 'Toute l’équipe le voit.',
    code: 'Code d’invitation',
    codeHint: '16 lettres et chiffres. Vous pouvez aussi coller le lien entier.',
    joinIt: 'Rejoindre',
    invited: 'Vous êtes invité dans une équipe.',
    signInFirst:
      'Vous êtes invité dans une équipe. Créez un compte ou connectez-vous, et vous pourrez la ' +
      'rejoindre.',
    joiningIsNoConsent: 'Personne ne peut encore vous appeler. Vous en décidez juste après.',
    badCode: 'Ce code n’est pas valable, ou ne l’est plus. Demandez-en un nouveau.',
    team: 'Équipe',
    all: 'Toutes vos équipes',
    gone: 'Cette équipe n’existe pas, ou vous n’y êtes plus.',
    reachYou: 'Cette équipe peut-elle vous appeler ?',
    noNumberYet: 'Personne ne peut encore vous appeler, quoi que vous choisissiez ici.',
    verify: 'Vérifier votre numéro',
    consent: {
      ring: {
        title: 'Les Dings',
        given: 'Oui. Votre téléphone sonne pour les Dings de cette équipe.',
        notGiven: 'Non. Votre téléphone ne sonne pas pour les Dings de cette équipe.',
        read: 'Lire ce que vous accepteriez pour les Dings',
        withdraw: 'Plus de Dings par téléphone',
      },
      conference: {
        title: 'Les conférences',
        given: 'Oui. Cette équipe peut vous appeler en conférence.',
        notGiven: 'Non. Cette équipe ne vous appelle pas en conférence.',
        read: 'Lire ce que vous accepteriez pour les conférences',
        withdraw: 'Plus d’appels en conférence',
      },
    },
    readGiven: 'Ce que vous avez accepté',
    agree: 'J’accepte',
    members: 'Membres',
    you: 'vous',
    owner: 'dirige l’équipe',
    more: 'Afficher plus de membres',
    reach: {
      everything: 'Laisse l’équipe l’appeler pour des Dings et des conférences.',
      ring: 'Laisse l’équipe l’appeler pour des Dings.',
      conference: 'Laisse l’équipe l’appeler pour des conférences.',
      none: 'Ne laisse pas l’équipe l’appeler.',
      noNumber: 'Mais n’a pas de numéro vérifié.',
    },
    remove: (name) => `Retirer ${name}`,
    removeAsk: (name, team) => `Retirer ${name} de ${team} ?`,
    removeText:
      'Ce qui sonne encore chez cette personne prend fin. Le code d’invitation aussi : ' +
      'faites-en un nouveau pour les autres.',
    invite: 'Inviter des personnes',
    whoInvites: (name) => `C’est ${name} qui invite les nouveaux.`,
    noCode:
      'Un code permet de rejoindre l’équipe. Il est montré une seule fois, quand il est fait.',
    newCode: 'Faire un nouveau code',
    newCodeAsk: 'Faire un nouveau code d’invitation ?',
    newCodeText: 'Le code d’avant, s’il y en a un, ne laissera plus entrer personne.',
    codeIs: 'Avec ce code, on peut rejoindre l’équipe :',
    codeLasts: (uses, until) =>
      uses === 1
        ? `Il vaut pour une personne, jusqu’au ${until}.`
        : `Il vaut pour ${uses} personnes, jusqu’au ${until}.`,
    link: 'La même chose en lien',
    copy: 'Copier le lien',
    copied: 'Copié.',
    notCopied:
      'Le navigateur n’a pas permis de le copier. Sélectionnez le lien et copiez-le vous-même.',
    share: 'Partager le lien',
    qr: 'Ou faites viser ceci avec un appareil photo :',
    qrLabel: 'Code QR avec le lien pour rejoindre l’équipe',
    toldOnce: 'Ce code n’est visible que jusqu’à ce que vous fermiez cette page.',
    leave: 'Quitter l’équipe',
    leaveAsk: (team) => `Quitter ${team} ?`,
    leaveText:
      'L’équipe ne peut plus vous joindre, ni vous l’équipe. Ce qui sonne encore prend fin. ' +
      'Pour revenir, il vous faut un code d’invitation.',
    leaveAsOwner:
      'Vous la dirigez : ensuite, c’est la personne qui y est depuis le plus longtemps.',
    leaveAlone: 'Personne d’autre n’y est : l’équipe disparaîtra pour de bon.',
  },
};
