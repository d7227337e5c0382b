/** Checks that a server answers, and answers rightly, before anybody measures how fast. */
import { type Asking, ask } from './ask.ts';
import { stubAddress } from './questions.ts';

const READY_MILLISECONDS = 120_000;
const SERVICE_CLIENT = '127.0.0.1';

/** Answers a client counts as no answer: the server is not there yet, or not ready to say anything. */
const NOT_YET = new Set(['no reply', 'SERVFAIL', 'REFUSED']);

/**
 * Waits until a real query is answered and `rules` are in force: a million of them may take a server a while to load,
 * and BIND answers unfiltered meanwhile, taking them up in an order of its own. No rules for one that knows none, and
 * that answers over UDP alone; the others may hear TCP a moment after UDP.
 * @returns null once it is, or why it is not: the process ended, or two minutes went by.
 */
export async function waitUntilReady(
  port: number,
  name: string,
  rules: readonly string[],
  isAlive: () => boolean,
): Promise<string | null> {
  const deadline = Date.now() + READY_MILLISECONDS;
  const asking: Asking = { port, transport: 'udp', from: SERVICE_CLIENT, patienceMilliseconds: 500 };
  let last = '';
  for (let attempt = 0, inForce = 0; Date.now() < deadline; attempt++) {
    if (!isAlive()) return 'ended before it answered a query';
    last = await ask(name, asking);
    while (!NOT_YET.has(last) && inForce < rules.length) {
      // Another name each time: what was answered unfiltered may be in its cache.
      last = await ask(`ready${attempt}.${rules[inForce]}`, asking);
      if (last !== 'NXDOMAIN') break;
      inForce++;
    }
    if (rules.length > 0 && inForce === rules.length) last = await ask(name, { ...asking, transport: 'tcp' });
    if (!NOT_YET.has(last) && inForce === rules.length) return null;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return `was not ready in ${READY_MILLISECONDS / 1000} s, its last answer ${last}`;
}

/** What to ask for, and what a right server does with it. */
export interface Samples {
  /** Full names that the upstream answers. */
  readonly allowed: readonly string[];
  /** Rules: the name itself and everything below it is blocked. */
  readonly rules: readonly string[];
}

/** What was asked, what came, and what should have. */
export interface WrongAnswer {
  readonly name: string;
  readonly expected: string;
  readonly got: string;
}

/**
 * Asks for allowed names, twice so that the cache has its say, and for blocked ones with hosts below them. An allowed
 * name must give the address the stub makes of it, a blocked one NXDOMAIN, or that address to who is only observed.
 */
export async function wrongAnswers(
  server: { port: number; transport: 'udp' | 'tcp'; observed: string | null },
  { allowed, rules }: Samples,
): Promise<WrongAnswer[]> {
  const asking: Asking = { ...server, from: SERVICE_CLIENT, patienceMilliseconds: 2000 };
  const wrong: WrongAnswer[] = [];
  const expect = async (name: string, expected: string, from: string = SERVICE_CLIENT) => {
    const got = await ask(name, { ...asking, from });
    if (got !== expected) wrong.push({ name, expected, got });
  };
  for (const name of allowed) {
    for (const again of [name, name]) await expect(again, stubAddress(again));
  }
  for (const rule of rules) {
    for (const name of [rule, `www.${rule}`, `a.b.${rule}`]) await expect(name, 'NXDOMAIN');
  }
  if (server.observed !== null && rules.length > 0) {
    const name = `observed.${rules[0]}`;
    await expect(name, stubAddress(name), server.observed);
  }
  return wrong;
}
