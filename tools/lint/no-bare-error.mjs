// `throw new Error("...")` reaches a client as "500 Internal Server Error", or worse, with its text. Every error
// that can leave a process is a Problem: one closed table of code, status, retry and sentence.
// Instead: throw new Problem("hold.unknown", { hold }), with the code added to @nightgate/shared/problems.
const BARE = new Set(["Error", "TypeError", "RangeError", "AggregateError"]);

export const noBareError = {
  create(context) {
    return {
      ThrowStatement(node) {
        const thrown = node.argument;
        if (thrown?.type !== "NewExpression" && thrown?.type !== "CallExpression") return;
        if (thrown.callee.type !== "Identifier" || !BARE.has(thrown.callee.name)) return;
        context.report({
          node,
          message: `Throw a Problem from @nightgate/shared/problems instead of a bare ${thrown.callee.name}.`,
        });
      },
    };
  },
};
