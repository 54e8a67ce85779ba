import type { Verifying } from './en.js';

export const verifying: Verifying = {
  common: { optional: '任意' },

  number: {
    country: '国・地域',
    number: '電話番号',
    numberHint: '貼り付けもできます。国番号はあってもなくてもかまいません。',
    bySms: 'SMSでコードを受け取る',
    byCall: '電話で受け取る',
    callHint: '電話で案内される数字をひとつ押すと、コードが読み上げられます。',
    sentTo: (number) => `コードの送り先：${number}`,
    code: 'コード',
    codeHint: 'SMSまたは電話で届いた数字です。',
    check: 'コードを確認',
    wrong: (left) => `コードが違います。残り${left}回です。`,
    resend: 'もう一度送る',
    callMe: '電話でコードを聞く',
    waitFor: (what, time) => `${what}（${time}後）`,
    cancel: '別の番号を使う',
    over: {
      expired: 'コードの期限が切れました。最初からやり直してください。',
      max_attempts: '間違ったコードが多すぎました。最初からやり直してください。',
      canceled: 'この確認は中止されました。',
      undeliverable: 'この番号にはコードを届けられませんでした。',
      blocked: 'この番号はここでは確認できません。',
    },
    delivery: {
      smsOnItsWay: 'SMSを送っています。',
      smsDelivered: 'SMSが届きました。',
      callOnItsWay: 'まもなく電話が鳴ります。',
      ringing: '電話が鳴っています。',
      answered: '電話に出ました。案内される数字を押してください。',
      spoken: '電話でコードを読み上げました。',
      held: '管理者が今コードの送信を止めています。あとで送られます。',
      unknown: 'コードが送られたかどうか分かりません。少し待ってからもう一度お試しください。',
      busy: '電話が話し中か、着信が拒否されました。',
      no_answer: '電話に出ませんでした。',
      hung_up: 'コードを読み上げる前に電話が切れました。',
      machine: '留守番電話が応答したため、何も伝えませんでした。',
      bad_number: '電話会社によると、この番号は存在しません。',
      no_sms: 'この番号はSMSを受け取れません。電話ならかけられます。',
      opted_out: 'この番号は、SMSにSTOPと返信しています。電話ならかけられます。',
      failed: 'コードを届けられませんでした。もう一方の方法か、あとでお試しください。',
    },
    verified: '電話番号を確認しました。',
  },

  problems: {
    INVALID_INPUT: '正しく入力されていないところがあります。各項目をご確認ください。',
    INVALID_NUMBER: 'この電話番号にはつながりません。国と数字をご確認ください。',
    NUMBER_TYPE_REFUSED:
      'この種類の番号にはコードを送れません。携帯電話か固定電話の番号をお使いください。',
    COUNTRY_REFUSED: 'この国にはコードを送っていません。',
    PREFIX_REFUSED: 'この番号帯にはコードを送っていません。',
    NOT_FOUND: '存在しないか、あなたには公開されていません。',
    VERIFICATION_FINISHED:
      'この確認は終了しました。新しいコードを受け取るには、最初からやり直してください。',
    VOICE_ONLY: 'この番号にはSMSが届きません。電話ならかけられます。',
    CHANNEL_OFF: 'ここではこの方法でコードを送っていません。もう一方を選んでください。',
    TOO_MANY_REQUESTS: '短い間に操作が多すぎました。少しお待ちください。',
    SEND_TOO_SOON: 'コードを送ったばかりです。届くまでお待ちください。',
    SEND_LIMIT: '今はこの番号にこれ以上コードを送れません。',
    CALL_LIMIT: 'このコードではこれ以上電話をかけられません。',
    SENDS_BLOCKED: '今はこのような番号にコードを送っていません。',
    GUESS_LIMIT: 'この番号では、間違ったコードの入力が多すぎました。',
    SENDER_LIMIT: '今はこれ以上始められません。',
    INTERNAL: 'こちら側で問題が起きました。もう一度お試しください。',
    UNAVAILABLE: '今はできません。少ししてからもう一度お試しください。',
    STORAGE_FULL: 'サーバーがいっぱいです。あとでもう一度お試しになり、管理者にお知らせください。',
  },

  trouble: {
    noAnswer:
      '応答がありません。接続を確かめて、もう一度お試しください。二重に実行されることはありません。',
    retryIn: (time) => `${time}後にもう一度お試しください。`,
  },
};
