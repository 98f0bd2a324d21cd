/** What the git surface needs of a logger; pino's fits. */
export interface GitLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
