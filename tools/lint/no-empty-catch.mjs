// A swallowed error is a decision that nobody sees: a gate that catches and goes on has failed open.
// Instead: handle it, rethrow it, or log it; where nothing is to be done, say in one line of code what is true now
// (return a value that stands for it). A comment alone does not count.
const isEmptyFunction = (node) =>
  (node?.type === "ArrowFunctionExpression" || node?.type === "FunctionExpression") &&
  ((node.body.type === "BlockStatement" && node.body.body.length === 0) ||
    (node.body.type === "Identifier" && node.body.name === "undefined") ||
    (node.body.type === "Literal" && (node.body.value === null || node.body.value === false)));

export const noEmptyCatch = {
  create(context) {
    return {
      CatchClause(node) {
        if (node.body.body.length > 0) return;
        context.report({
          node,
          message: "This catch swallows every error. Handle it, log it or rethrow it.",
        });
      },
      CallExpression(node) {
        const callee = node.callee;
        if (callee.type !== "MemberExpression" || callee.property.name !== "catch") return;
        if (!isEmptyFunction(node.arguments[0])) return;
        context.report({
          node,
          message: "This .catch() swallows every error. Handle it, log it or rethrow it.",
        });
      },
    };
  },
};
