/** Shows how far a long run has come: one line that rewrites itself on a terminal, a line each time elsewhere. */

export interface Progress {
  show(line: string): void;
  /** Leaves the terminal free for what is printed next. */
  end(): void;
}

/** What it needs of a stream such as standard error. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const USUAL_COLUMNS = 80;

export function progressOn(screen: Screen): Progress {
  if (!screen.isTTY) return { show: (line) => screen.write(`${line}\n`), end: () => {} };
  let shown = false;
  return {
    show: (line) => {
      // Longer than the terminal is wide, it would wrap, and the next one could not take its place.
      screen.write(`\r\u001b[K${line.slice(0, (screen.columns ?? USUAL_COLUMNS) - 1)}`);
      shown = true;
    },
    end: () => {
      if (shown) screen.write('\r\u001b[K');
      shown = false;
    },
  };
}

/** How long is left, in words, when `done` parts of `all` took `seconds`. */
export function timeLeft(done: number, all: number, seconds: number): string {
  if (done <= 0) return '';
  const minutes = ((seconds / done) * (all - done)) / 60;
  return minutes < 1 ? 'less than a minute left' : `${Math.round(minutes)} min left`;
}
