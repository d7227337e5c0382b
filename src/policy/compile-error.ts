// What the compiler throws when the policy as a whole cannot be compiled: a limit, or a contradiction between objects.

/** The message is for the person who wrote the policy. */
export class CompileError extends Error {
  override readonly name = 'CompileError';
}
