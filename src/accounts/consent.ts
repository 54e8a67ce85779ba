import { type Language, LANGUAGES } from '../texts/catalogue.js';

/**
 * ring: a Ding may ring the phone; nobody sees the number. conference: one may be called into a
 * conference, where those in the room see one's number. Who agreed to the one has not agreed to the
 * other.
 */
export const CONSENT_PURPOSES = ['ring', 'conference'] as const;
export type ConsentPurpose = (typeof CONSENT_PURPOSES)[number];

interface ConsentText {
  version: string;
  texts: Record<Language, string>;
}

/**
 * What a person who lets a team reach them agrees to, in words, with the version of the words. What
 * was shown is kept with each event: the version, the language and the SHA-256 of the text, so that
 * nobody can change it afterwards.
 *
 * To change a text, write the new one here under a new version; a grant then needs the new
 * version. A version may only say the same in better words: consent given to an older one holds
 * until it is withdrawn, for a comma must not silence the calls that someone relies on. What would
 * allow *more* than a text is another purpose, with a consent of its own (V1): so the consents to
 * `ring` that are older than `conference` say nothing of conferences.
 */
export const CONSENTS = {
  ring: {
    version: '1',
    texts: {
      en:
        'Members of this team may have my phone rung with a Ding at any hour, until I confirm it or ' +
        'decline it. ' +
        'For that my verified number is given to a telephone carrier, and to nobody else; the ' +
        'members do not see it. ' +
        'I can withdraw this at any time, and no new call is made to me from then on.',
      zh:
        '本团队的成员可以随时通过 Ding 拨打我的电话，直到我确认或拒绝为止。' +
        '为此，我已验证的号码会提供给电信运营商，不会提供给任何其他人；团队成员看不到我的号码。我可以随时撤回此同意，撤回之后不会再有新的电话打给我。',
      es:
        'Los miembros de este equipo pueden hacer sonar mi teléfono con un Ding a cualquier hora, ' +
        'hasta que lo confirme o lo rechace. ' +
        'Para ello mi número verificado se entrega a un operador telefónico y a nadie más; los ' +
        'miembros no lo ven. ' +
        'Puedo retirar este consentimiento en cualquier momento y, desde entonces, no se me hace ' +
        'ninguna llamada nueva.',
      fr:
        'Les membres de cette équipe peuvent faire sonner mon téléphone par un Ding à toute heure, ' +
        'jusqu’à ce que je le confirme ou le refuse. ' +
        'Pour cela, mon numéro vérifié est transmis à un opérateur téléphonique et à personne ' +
        'd’autre ; les membres ne le voient pas. ' +
        'Je peux retirer ce consentement à tout moment, et plus aucun nouvel appel ne m’est alors adressé.',
      de:
        'Mitglieder dieses Teams dürfen mein Telefon zu jeder Uhrzeit mit einem Ding klingeln ' +
        'lassen, bis ich es bestätige oder ablehne. ' +
        'Dafür erhält ein Telefonanbieter meine bestätigte Nummer, und sonst niemand; die Mitglieder ' +
        'sehen sie nicht. ' +
        'Ich kann das jederzeit widerrufen, und von da an werde ich nicht mehr neu angerufen.',
      ja:
        'このチームのメンバーは、私が確認または拒否するまで、いつでも Ding で私の電話を鳴らすことができます。' +
        'そのために、私の確認済みの番号は電話事業者にのみ渡され、ほかの誰にも渡されません。メンバーには番号は見えません。' +
        'この同意はいつでも撤回でき、撤回後は新たな電話はかかってきません。',
    },
  },
  conference: {
    version: '1',
    texts: {
      en:
        'Members of this team may have my phone rung at any hour to call me into a conference. ' +
        'I enter its room only by pressing a key. While I am in it, everybody in the room sees my ' +
        'verified number in the app, ' +
        'also people who are not in this team. For that my number is given to a telephone carrier, too. ' +
        'I can withdraw this at any time: what still rings or waits ends then, and no new call is made to me.',
      zh:
        '本团队的成员可以随时拨打我的电话，邀请我加入电话会议。我只有按键之后才会进入会议。' +
        '在我参加会议期间，会议中的所有人（包括不属于本团队的人）都会在应用中看到我已验证的号码。为此，我的号码也会提供给电信运营商。' +
        '我可以随时撤回此同意：正在响铃或等待中的呼叫随即结束，之后不会再有新的电话打给我。',
      es:
        'Los miembros de este equipo pueden hacer sonar mi teléfono a cualquier hora para llamarme a ' +
        'una conferencia. ' +
        'Solo entro en su sala si pulso una tecla. Mientras estoy en ella, todos los que están en la ' +
        'sala ven mi número verificado en la aplicación, ' +
        'también personas que no son de este equipo. Para ello mi número se entrega además a un ' +
        'operador telefónico. ' +
        'Puedo retirar este consentimiento en cualquier momento: lo que aún suena o espera termina, ' +
        'y no se me hace ninguna llamada nueva.',
      fr:
        'Les membres de cette équipe peuvent faire sonner mon téléphone à toute heure pour m’appeler ' +
        'à une conférence. ' +
        'Je n’entre dans la salle qu’en appuyant sur une touche. Tant que j’y suis, toutes les ' +
        'personnes présentes voient mon numéro vérifié dans l’application, ' +
        'y compris celles qui ne sont pas de cette équipe. Pour cela, mon numéro est aussi transmis ' +
        'à un opérateur téléphonique. ' +
        'Je peux retirer ce consentement à tout moment : ce qui sonne ou attend encore prend fin, et ' +
        'plus aucun nouvel appel ne m’est adressé.',
      de:
        'Mitglieder dieses Teams dürfen mein Telefon zu jeder Uhrzeit klingeln lassen, um mich in ' +
        'eine Konferenz zu rufen. ' +
        'Ich komme nur in den Raum, wenn ich eine Taste drücke. Solange ich darin bin, sehen alle im ' +
        'Raum in der App meine bestätigte Nummer, ' +
        'auch Menschen, die nicht in diesem Team sind. Dafür erhält auch ein Telefonanbieter meine Nummer. ' +
        'Ich kann das jederzeit widerrufen: Was noch klingelt oder wartet, endet dann, und ich werde ' +
        'nicht mehr neu angerufen.',
      ja:
        'このチームのメンバーは、会議に招くために、いつでも私の電話を鳴らすことができます。会議室に入るのは、私がキーを押したときだけです。' +
        '会議室にいる間、このチームの人でなくても、会議室にいる全員のアプリに私の確認済みの番号が表示されます。そのために、私の番号は電話事業者にも渡されます。' +
        'この同意はいつでも撤回でき、撤回すると、呼び出し中や待機中の電話は終了し、新たな電話はかかってきません。',
    },
  },
} as const satisfies Record<ConsentPurpose, ConsentText>;

export const pickConsentLanguage = (language: string | undefined): Language =>
  LANGUAGES.find((one) => one === language) ?? 'en';

export interface ConsentEvent {
  action: 'granted' | 'withdrawn';
  version: string;
  language: string;
}

/**
 * Consent holds if the newest event is a grant, of whatever version. Without an event it doesn't.
 */
export function holds(
  newest: ConsentEvent | undefined,
): newest is ConsentEvent & { action: 'granted' } {
  return newest?.action === 'granted';
}
