// A source that cannot be read as a whole: where, why, and what to do about it.

export class ImportError extends Error {
  override readonly name = 'ImportError';
  /** `file:line:column`, or the file alone. */
  readonly at: string;
  readonly fix: string;

  constructor(at: string, message: string, fix: string) {
    super(message);
    this.at = at;
    this.fix = fix;
  }
}
