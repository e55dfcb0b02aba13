/** @module Probes that compile a small program first: Java from one source file, with each JDK found, and Go. */
import { join } from 'node:path';
import { variablesOf } from '../diagnosis/trust-variables.ts';
import { readJavaHomes, type JavaHome } from '../facts/java-homes.ts';
import { parseJavaName } from '../java/release-file.ts';
import type { MachineReader } from '../machine/machine.ts';
import { PLAIN_PROBE, URL_VARIABLE, type Probe } from './probe.ts';

const JAVA_SOURCE = `public class Probe {
  public static void main(String[] args) throws Exception {
    var address = new java.net.URI(System.getenv("${URL_VARIABLE}")).toURL();
    try (var in = address.openStream()) { in.readAllBytes(); }
    catch (javax.net.ssl.SSLException e) { System.err.println(e.getMessage()); System.exit(1); }
  }
}
`;

/** No net/http: that alone would take half a minute to compile. */
const GO_SOURCE = `package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"os"
)

func main() {
	conn, err := tls.Dial("tcp", os.Args[1], nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintf(conn, "GET %s HTTP/1.0\\r\\n\\r\\n", os.Args[2])
	io.ReadAll(conn)
}
`;

export function findCompiledProbes(reader: MachineReader): Probe[] {
  const go = reader.findProgram('go');
  return [...findJavaProbes(reader), ...(go === undefined ? [] : [createGoProbe(go)])];
}

/** One for each runtime with a `java` of its own, without repeats by way of links. */
function findJavaProbes(reader: MachineReader): Probe[] {
  const probes = new Map<string, Probe>();
  for (const home of readJavaHomes(reader)) {
    const program = reader.realPath(join(home.path, 'bin', reader.platform === 'win32' ? 'java.exe' : 'java'));
    if (program !== undefined && !probes.has(program)) probes.set(program, createJavaProbe(reader, home, program));
  }
  return [...probes.values()];
}

function createJavaProbe(reader: MachineReader, { path, keystores }: JavaHome, program: string): Probe {
  // A `jssecacerts` is read instead of the `cacerts` beside it.
  const list = keystores.find((file) => file.endsWith('jssecacerts')) ?? keystores[0];
  const place = list === undefined ? undefined : reader.realPath(list);
  const release = reader.readFile(join(path, 'release'));
  const named = release === undefined ? undefined : parseJavaName(Buffer.from(release).toString());
  return {
    ...PLAIN_PROBE,
    id: `java:${path}`,
    name: named ?? `Java in ${path}`,
    store: 'java',
    ...(place === undefined ? {} : { place }),
    variables: variablesOf('java'),
    plan: ({ url, scratch, address }) =>
      address === undefined
        ? {
            command: [program, '-XX:TieredStopAtLevel=1', join(scratch, 'Probe.java')],
            env: { [URL_VARIABLE]: url },
            files: { 'Probe.java': JAVA_SOURCE },
          }
        : undefined,
  };
}

const createGoProbe = (program: string): Probe => ({
  ...PLAIN_PROBE,
  id: 'go',
  name: 'Go',
  store: 'system',
  isSlow: true,
  variables: variablesOf('go'),
  plan: ({ host, port, path, scratch, address }) =>
    address === undefined
      ? {
          command: [
            program,
            'run',
            join(scratch, 'probe.go'),
            `${host.includes(':') ? `[${host}]` : host}:${port}`,
            path,
          ],
          env: {
            XDG_CONFIG_HOME: join(scratch, 'config'), // its telemetry would go to the user's
            GOCACHE: join(scratch, 'cache'),
            GOPATH: join(scratch, 'path'),
            GOTMPDIR: scratch,
            GO111MODULE: 'off',
            GOFLAGS: '',
            GOENV: 'off',
            GOTOOLCHAIN: 'local',
            CGO_ENABLED: '0',
          },
          files: { 'probe.go': GO_SOURCE },
        }
      : undefined,
});
