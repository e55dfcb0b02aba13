/**
 * The whole of what ca-core asks of the platform it runs on; Node types stay out of this package's pure part.
 * Left out of the Node and test projects, where Node's own types apply.
 */
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean });
  decode(bytes: Uint8Array): string;
}
declare class URL {
  constructor(text: string);
  readonly protocol: string;
  readonly hostname: string;
  readonly username: string;
  readonly password: string;
}
declare function atob(text: string): string;
declare function btoa(text: string): string;
