// The formats of lists of lines, by the word that a configuration has for each.

import type { LineFormat } from '../settings/list-formats.ts';
import { adblock } from './adblock.ts';
import { addresses } from './addresses.ts';
import { dnsmasq } from './dnsmasq.ts';
import { domains } from './domains.ts';
import type { Format } from './format.ts';
import { hosts } from './hosts.ts';
import { rpz } from './rpz.ts';
import { unbound } from './unbound.ts';
import { v2fly } from './v2fly.ts';

export const FORMATS: Record<LineFormat, Format> = {
  domains,
  hosts,
  addresses,
  adblock,
  dnsmasq,
  unbound,
  rpz,
  v2fly,
};
