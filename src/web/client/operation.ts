/** What an operation is sent as. The two types are what it takes and answers; no object has them. */
export interface Operation<Input, Answer> {
  readonly method: string;
  readonly path: string;
  /** With an Idempotency-Key it may be sent again without being done twice. */
  readonly isKeyed?: boolean;
  readonly types?: readonly [Input, Answer];
}
