/** Where apps reach the API; the addresses in answers begin with it. */
export class PublicUrl {
  constructor(readonly value: string) {}
}
