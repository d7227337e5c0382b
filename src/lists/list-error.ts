// What is wrong with a list as a whole, and what to do about it: no part of such a list is taken.

export class ListError extends Error {
  readonly fix: string;

  constructor(message: string, fix: string) {
    super(message);
    this.fix = fix;
  }
}
