// A raw timer cannot be advanced by a test, is not cancelled when its owner stops, and keeps a process alive. Tests
// that slept were slow on a good day and red on a bad one.
// Instead: clock.wait(ms, signal) or clock.every(...) from @nightgate/shared/clock, with the clock passed in.
const TIMERS = new Set(["setTimeout", "setInterval"]);
const TIMER_MODULES = new Set(["node:timers/promises", "timers/promises", "node:timers"]);

const timerName = (callee) => {
  if (callee.type === "Identifier") return TIMERS.has(callee.name) ? callee.name : null;
  if (callee.type !== "MemberExpression" || callee.object.type !== "Identifier") return null;
  const ofGlobal = callee.object.name === "globalThis" || callee.object.name === "global";
  return ofGlobal && TIMERS.has(callee.property.name) ? callee.property.name : null;
};

export const noSleep = {
  create(context) {
    return {
      CallExpression(node) {
        const name = timerName(node.callee);
        if (name === null) return;
        context.report({
          node,
          message: `No ${name} outside clock.ts. Use clock.wait(ms, signal), or another of the clock's helpers.`,
        });
      },
      ImportDeclaration(node) {
        if (!TIMER_MODULES.has(node.source.value)) return;
        context.report({ node, message: "No timers outside clock.ts. Use @nightgate/shared/clock." });
      },
    };
  },
};
