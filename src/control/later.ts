// A timer that keeps no process alive, as those want it that are told the time.

/** Calls `act` once after so many milliseconds; returns what calls that off. */
export function later(act: () => void, ms: number): () => void {
  const timer = setTimeout(act, ms).unref();
  return () => clearTimeout(timer);
}
