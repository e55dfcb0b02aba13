/** @module What stands between a client and a server: proxies, and a server that speaks no TLS. Pure. */
import { quoteWord } from '@mintmark/ca-core';
import type { Diagnosis, Finding } from './finding.ts';
import { findCatchingProxies } from './proxies.ts';
import type { Case } from './server.ts';

export const checkNetwork = (given: Case): Diagnosis => ({
  // A public server is the proxy's business.
  findings: given.sight.isPubliclyTrusted
    ? []
    : [...checkProxies(given.around.env, given.sight.host), ...checkBoringSsl(given)],
  passes: [],
});

/** BoringSSL's own verifier refuses every IP address name below a CA that constrains IP addresses. */
function checkBoringSsl({ leaf, signing, target }: Case): Finding[] {
  const scope = signing?.ca.scope;
  const isHit = scope?.kind === 'scoped' && scope.ips.length > 0 && leaf.names.some(({ kind }) => kind === 'ip');
  if (!isHit) return [];
  return [
    {
      id: 'server-ip-constraint',
      severity: 'advice',
      subject: `Bun and gRPC refuse ${target}`,
      why: `the certificate names an IP address, and its CA "${signing?.ca.name ?? ''}" constrains those`,
      fix: 'mint without the IP address for them, or make a CA without --constrain-ips',
    },
  ];
}

/** @param host where the visit goes; public names belong to the proxy and are left alone by the caller. */
export function checkProxies(env: Readonly<Record<string, string | undefined>>, host: string): Finding[] {
  const names = findCatchingProxies(env, host);
  if (names.length === 0) return [];
  return [
    {
      id: 'proxy',
      severity: 'advice',
      subject: `curl, git and Python visit ${host} by way of a proxy`,
      why: `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} set, and NO_PROXY does not name ${host}`,
      fix: `export NO_PROXY="$NO_PROXY,${host}"`,
    },
  ];
}

/** Why there was no handshake at all. */
export type ConnectionFault =
  | { readonly kind: 'refused' | 'unresolved' | 'silent' | 'slow' | 'plain-http' | 'no-tls' }
  | { readonly kind: 'tls'; readonly reason: string };

export function diagnoseConnection(target: string, host: string, fault: ConnectionFault): Finding {
  const common = { severity: 'problem', subject: `no TLS connection to ${target}` } as const;
  switch (fault.kind) {
    case 'refused':
      return { ...common, id: 'server-down', why: 'nothing listens there', fix: 'start the server, or check the port' };
    case 'unresolved':
      return {
        ...common,
        id: 'server-unresolved',
        why: `the name ${host} leads nowhere`,
        fix: `echo ${quoteWord(`127.0.0.1 ${host}`)} | sudo tee -a /etc/hosts`,
      };
    case 'silent':
      return { ...common, id: 'server-silent', why: 'the server does not answer', fix: 'check that it runs' };
    case 'slow': {
      const why = 'the server answers too slowly: the handshake did not end in time';
      return { ...common, id: 'server-silent', why, fix: 'check what listens on that port' };
    }
    case 'plain-http':
      return {
        ...common,
        id: 'server-plain-http',
        why: 'the server speaks plain HTTP on that port',
        fix: `mintmark ${quoteWord(host)}`,
        next: `give the server those files; or visit http://${target}`,
      };
    case 'no-tls':
      return { ...common, id: 'server-no-tls', why: 'the server speaks no TLS on that port', fix: 'check the port' };
    case 'tls':
      return { ...common, id: 'server-tls', why: `the handshake failed: ${fault.reason}`, fix: "see the server's log" };
  }
}
