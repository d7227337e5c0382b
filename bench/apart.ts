/** Runs a program of the benchmark in a Node process of its own, so that no suite finds the heap another left behind. */
import { fileURLToPath } from 'node:url';
import { run } from './processes.ts';

export interface Apart {
  /** The cores it may use. */
  readonly cores: readonly number[];
  readonly timeoutSeconds: number;
}

/** A young generation so large that no collection hides what a call leaves behind, and one can be asked for between rounds. */
const HEAP_PINNED = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64'];

/** As bin/sluis has V8 compile the path of a query. */
export const AS_SERVED = ['--max-inlined-bytecode-size-cumulative=2000'];

/**
 * Runs `program` with `input` and returns what its last line says; both as JSON.
 * @throws Error (rejects) where it fails, takes too long or says nothing.
 */
export async function runApart<Result>(
  program: URL,
  input: unknown,
  { cores, timeoutSeconds }: Apart,
): Promise<Result> {
  const node = [process.execPath, ...AS_SERVED, ...HEAP_PINNED, fileURLToPath(program), JSON.stringify(input)];
  const text = await run(['taskset', '-c', cores.join(','), ...node], timeoutSeconds * 1000);
  return JSON.parse(text.trimEnd().split('\n').at(-1)!) as Result;
}

/** In such a program: what it was given. */
export function given<Input>(): Input {
  return JSON.parse(process.argv[2] ?? 'null') as Input;
}

/** In such a program: says its result, as its last line. */
export function answer(result: unknown): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
