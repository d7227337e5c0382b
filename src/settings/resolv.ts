// The upstreams of the system: resolv.conf(5) read as the C library reads it.

import { type Endpoint, readAddress } from './address.ts';
import type { Place, Problem } from './problems.ts';

/** Where the system keeps its name servers. */
export const RESOLV_CONF = '/etc/resolv.conf';

/** MAXNS: the C library takes no more, and what it ignores was never tried. */
const MOST = 3;

const FIX = 'write addresses in the configuration, such as upstreams: ["9.9.9.9"]';

interface Found {
  upstreams: Endpoint[];
  problems: Problem[];
}

function problem(place: Place, severity: Problem['severity'], message: string, fix = FIX): Problem {
  return { ...place, severity, path: 'upstreams', message, fix };
}

/**
 * The name servers in the text of a resolv.conf, the first three that can be used. `reaches` says whether what is
 * sent to a server comes back to a socket of ours: such a one is left out, or queries would go round in a loop.
 * Without any left there is an error.
 */
export function readResolv(text: string, reaches: (server: Endpoint) => boolean): Found {
  const upstreams: Endpoint[] = [];
  const problems: Problem[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const found = /^nameserver[ \t]+([^\s;#]+)/.exec(line);
    if (!found) continue;
    const column = found[0].length - found[1].length + 1;
    const place = { file: RESOLV_CONF, line: index + 1, column, length: found[1].length, text: line.trimEnd() };
    const address = readAddress(found[1]);
    const server = address && { ...address, port: 53 };
    if (server === undefined) {
      problems.push(problem(place, 'warning', `"${found[1]}" is no address, and is left out`, 'mend the line'));
    } else if (reaches(server)) {
      const message = `${server.text} is an address on which we listen, and is left out`;
      problems.push(problem(place, 'warning', message));
    } else if (upstreams.length < MOST) upstreams.push(server);
  }
  if (upstreams.length === 0) {
    const place = { file: RESOLV_CONF, line: 1, column: 1, length: 1, text: text.split('\n')[0].slice(0, 200) };
    problems.push(problem(place, 'error', 'upstreams is "system", but no name server here can be used'));
  }
  return { upstreams, problems };
}
