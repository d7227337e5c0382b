// Signals that tell a command to end or to read its configuration again, heard from its very beginning.

import process from 'node:process';

export interface Signals {
  /** Resolves with the first signal that asks for the end. */
  stopped: Promise<string>;
  /** Calls `act` for each SIGHUP from now on, and now if there was one already. */
  onHangup: (act: () => void) => void;
}

/** Hears signals from the beginning: one that comes while nobody listens ends the process, SIGHUP too. */
export function hearSignals(): Signals {
  let early = false;
  let hangUp = () => {
    early = true;
  };
  process.on('SIGHUP', () => hangUp());
  return {
    stopped: new Promise((resolve) => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve(signal));
    }),
    onHangup: (act) => {
      hangUp = act;
      if (early) act();
    },
  };
}
