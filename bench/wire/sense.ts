/** Checks that a server answers, and answers rightly, before anybody measures how fast. */
import { Resolver } from 'node:dns/promises';
import { type Names, stubAddress } from './questions.ts';

const READY_MILLISECONDS = 120_000;
const SAMPLE = 20;

/** An address, or the code c-ares gives the failure: ENOTFOUND is NXDOMAIN, ENODATA no record of the type. */
async function ask(resolver: Resolver, name: string): Promise<string> {
  try {
    return (await resolver.resolve4(name)).join(' ');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

function resolverFor(port: number, timeoutMilliseconds: number): Resolver {
  const resolver = new Resolver({ timeout: timeoutMilliseconds, tries: 1 });
  resolver.setServers([`127.0.0.1:${port}`]);
  return resolver;
}

/** Answers a client counts as no answer: the server is not there yet, or not ready to say anything. */
const NOT_YET = new Set(['ETIMEOUT', 'ECONNREFUSED', 'ESERVFAIL', 'EREFUSED', 'ECANCELLED']);

/**
 * Waits until a real query is answered; a million blocked names may take a server a while to load.
 * @returns null once it is, or why it is not: the process ended, or two minutes went by.
 */
export async function waitUntilReady(port: number, name: string, isAlive: () => boolean): Promise<string | null> {
  const deadline = Date.now() + READY_MILLISECONDS;
  let last = '';
  while (Date.now() < deadline) {
    if (!isAlive()) return 'ended before it answered a query';
    last = await ask(resolverFor(port, 500), name);
    if (!NOT_YET.has(last)) return null;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return `answered no query in ${READY_MILLISECONDS / 1000} s, the last with ${last}`;
}

/** What was asked, what came, and what should have. */
export interface WrongAnswer {
  readonly name: string;
  readonly expected: string;
  readonly got: string;
}

/**
 * Asks for allowed names, twice so that the cache has its say, and for hosts below blocked ones and those themselves.
 * An allowed name must give the address the stub makes of it, a blocked one NXDOMAIN.
 */
export async function wrongAnswers(port: number, names: Names): Promise<WrongAnswer[]> {
  const resolver = resolverFor(port, 2000);
  const wrong: WrongAnswer[] = [];
  const expect = async (name: string, expected: string) => {
    const got = await ask(resolver, name);
    if (got !== expected) wrong.push({ name, expected, got });
  };
  for (const parent of names.allowed.slice(0, SAMPLE)) {
    for (const name of [parent, `www.${parent}`, `www.${parent}`]) await expect(name, stubAddress(name));
  }
  for (const parent of names.blocked.slice(-SAMPLE)) {
    for (const name of [parent, `www.${parent}`, `a.b.${parent}`]) await expect(name, 'ENOTFOUND');
  }
  return wrong;
}
