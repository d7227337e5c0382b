// What every command is: a name, what it is for, how it is called, and a run that ends in an exit code.

/** Exit codes, the same for every command. */
export const EXIT = {
  OK: 0,
  /** It ran, and the answer is no, or something failed. */
  FAILED: 1,
  /** The configuration or the command line is wrong: nothing was done. */
  WRONG: 2,
} as const;

/** The world around a command. */
export interface Surroundings {
  /** Writes text to standard output, and to standard error. */
  out: (text: string) => void;
  err: (text: string) => void;
  /** Whether standard output is a terminal. */
  isTerminal: boolean;
  env: Record<string, string | undefined>;
}

export interface Command {
  name: string;
  /** One line for the list of commands. */
  summary: string;
  /** All that `--help` says. */
  usage: string;
  /** `args` are those after the command's name. Resolves with one of EXIT; throws UsageError for a wrong command line. */
  run: (args: string[], around: Surroundings) => Promise<number>;
}

/** A command line that cannot be understood; the message says what to write instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
