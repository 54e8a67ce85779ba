/** Apps reach the API here; the addresses in answers begin with it. */
export class PublicUrl {
  constructor(readonly value: string) {}
}
