/** What the network edge needs of a logger; pino's fits. Never hand it a header, a URL with a query, or a body (invariant 2). */
export interface Log {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}
