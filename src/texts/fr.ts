import { standings } from './standings/fr.js';
import type { Texts } from './texts.js';

/**
 * SMS do without ê, ç, â, î and the like, which would leave them 70 characters; à, é, è and ù are
 * free.
 */
export const fr = {
  voice: { voice: 'Polly.Lea', language: 'fr-FR' },
  space: ' ',
  codeSms: [
    (code, minutes) =>
      `${code} est votre code Dingline. Il est valable ${minutes} min. Ne le donnez à personne.`,
    (code) => `${code} est votre code Dingline. Ne le donnez à personne.`,
  ],
  appCodeSms: [
    (name, code, minutes) =>
      `${name} : ${code} est votre code. Il est valable ${minutes} min. Ne le donnez à personne.`,
    (name, code) => `${name} : ${code} est votre code. Ne le donnez à personne.`,
    (name, code) => `${name} : ${code} est votre code.`,
    (name, code) => `${name} : ${code}`,
    (_name, code) => `${code} est votre code. Ne le donnez à personne.`,
  ],
  // Never "de" before a name, which would have to become "d'" before some.
  dingSms: {
    from: (name) => `${name} vous envoie un message urgent (Dingline) : `,
    confirm: '\nConfirmer : ',
  },
  ding: {
    from: (name) => `Bonjour. ${name} vous envoie un message urgent, par Dingline.`,
    menu:
      "Pour confirmer que vous l'avez entendu, tapez 1. Pour le réécouter, tapez étoile. Pour " +
      'ne plus être appelé au sujet de ce message, tapez 9.',
    otherKey: 'Désolé, cette touche ne sert à rien ici.',
    confirmed: 'Merci, votre confirmation est enregistrée. Au revoir.',
    already: "Vous avez déjà confirmé ce message, merci. Vous n'avez plus rien à faire. Au revoir.",
    stopped: 'Vous ne serez plus appelé au sujet de ce message. Au revoir.',
    recalled: 'Ce message a été retiré. Au revoir.',
    ended: 'Ce message est terminé. Au revoir.',
    goodbye: "Vous n'avez tapé aucune touche. Au revoir.",
  },
  conference: {
    invited: (name) => `Bonjour. ${name} vous invite à une conférence téléphonique, par Dingline.`,
    called: 'Bonjour. Voici votre conférence téléphonique Dingline.',
    menu:
      'Pour y participer, tapez 1. Les autres verront alors votre numéro tant que vous serez en ' +
      'ligne. Sinon, raccrochez.',
    otherKey: 'Désolé, cette touche ne sert à rien ici.',
    joining: 'Vous entrez dans la conférence.',
    ended: 'Cette conférence est terminée. Au revoir.',
    goodbye: "Vous n'avez tapé aucune touche. Au revoir.",
  },
  code: {
    from:
      "Bonjour, ici Dingline. Quelqu'un, sans doute vous, a demandé un code pour vérifier ce " +
      "numéro de téléphone. Si ce n'est pas vous, raccrochez simplement.",
    fromApp: (name) =>
      `Bonjour, ici ${name}. Quelqu'un, sans doute vous, a demandé un code pour vérifier ce ` +
      "numéro de téléphone. Si ce n'est pas vous, raccrochez simplement.",
    press: (digit) => `Pour écouter le code, tapez ${digit}.`,
    otherKey: "Désolé, ce n'est pas la bonne touche.",
    code: 'Votre code est :',
    again: 'Je répète :',
    heard: 'Ne le donnez à personne. Au revoir.',
    wrongKeys:
      "Désolé, ce n'est toujours pas la bonne touche. Pour écouter le code, demandez un nouvel appel. Au revoir.",
    goodbye:
      "Vous n'avez tapé aucune touche. Pour écouter le code, demandez un nouvel appel. Au revoir.",
    over: "Ce code n'est plus nécessaire, ou il a expiré. Au revoir.",
  },
  outage: {
    moment: "Un instant, s'il vous plaît.",
    sorry: 'Nous sommes désolés, nous avons un problème technique.',
    about: {
      ding: "Ce message n'a pas été confirmé.",
      verification: 'Veuillez redemander votre code un peu plus tard.',
      conference: "Nous n'avons pas pu vous mettre en relation.",
    },
    goodbye: 'Au revoir.',
  },
  standings,
  riskNotice: {
    title: 'Ce que prouve un code envoyé à votre téléphone',
    proves:
      "Un code reçu par SMS ou par appel montre que l'on peut vous joindre à ce numéro en ce " +
      'moment. Il ne montre pas qui vous êtes.',
    risks:
      'Les SMS et les appels peuvent être lus ou détournés en chemin, et vus sur un écran ' +
      "verrouillé. Quelqu'un peut s'emparer de votre numéro chez l'opérateur, avec une " +
      'nouvelle carte SIM ou en le transférant à un autre opérateur. Un numéro que vous ' +
      "abandonnez peut être attribué à quelqu'un d'autre.",
    alternative:
      'Ne vous fiez pas à votre seul numéro. Utilisez aussi un mot de passe solide et, si ' +
      "l'on vous en propose, une clé d'accès (passkey) ou une application d'authentification.",
    lost:
      'Si votre téléphone perd le réseau sans raison, ou si vous changez de numéro, prévenez ' +
      'tout de suite votre opérateur et nous-mêmes. Personne chez nous ne vous demande de code ' +
      ': ne le donnez à personne.',
  },
  confirmPage: {
    title: 'Confirmer un message urgent',
    from: '{name} vous envoie un message urgent :',
    sent: 'Envoyé par Dingline le {time}',
    team: "Pour l'équipe : {team}",
    confirm: "Je l'ai lu : confirmer",
    wait: 'Un instant…',
    confirmed: 'Merci, votre confirmation est enregistrée.',
    already_confirmed: "Ce message a déjà été confirmé, merci. Vous n'avez plus rien à faire.",
    recalled: "Ce message a été retiré. Vous n'avez plus rien à faire.",
    ended: "Ce message est terminé. Vous n'avez plus rien à faire.",
    no_token: 'Veuillez ouvrir à nouveau le lien du SMS.',
    unknown: "Ce lien n'est plus valable.",
    trouble: 'La connexion a échoué. Veuillez réessayer.',
    offline: 'Vous êtes hors ligne. Veuillez réessayer une fois la connexion rétablie.',
    retry: 'Réessayer',
    noScript: 'Pour confirmer, cette page a besoin de JavaScript.',
  },
} as const satisfies Texts;
