/** The log of this process: JSON lines on standard output. Never a prompt, a token or an event's text. */
import { pino } from "pino";

export const log = pino({ name: "web", base: null, serializers: { error: pino.stdSerializers.err } });
