/**
 * Holds the fields of a form or query, as Twilio names them. A field may be repeated
 * (StatusCallbackEvent).
 */
export class Form {
  constructor(private readonly fields: URLSearchParams) {}

  static parse(text: string): Form {
    return new Form(new URLSearchParams(text));
  }

  get(name: string): string | undefined {
    return this.fields.get(name) ?? undefined;
  }

  /** Works like `get`, but takes an empty field for an absent one. */
  getFilled(name: string): string | undefined {
    return this.get(name) || undefined;
  }

  getAll(name: string): string[] {
    return this.fields.getAll(name);
  }

  has(name: string): boolean {
    return this.fields.has(name);
  }

  /** Answers every field, a repeated one with its values joined by a space. */
  toRecord(): Record<string, string> {
    const names = [...new Set(this.fields.keys())];
    return Object.fromEntries(names.map((name) => [name, this.fields.getAll(name).join(' ')]));
  }
}
