// One TypeScript program knows both Node and the DOM, so a server could name `window` and compile. It would fail
// only when that line runs.
// Instead: code for a browser lives in a folder named browser/ (or in apps/web).
const BROWSER_ONLY = new Set(["window", "document", "localStorage", "sessionStorage", "location", "alert"]);

export const noServerDom = {
  create(context) {
    return {
      MemberExpression(node) {
        if (node.object.type !== "Identifier" || !BROWSER_ONLY.has(node.object.name)) return;
        if (isDeclaredHere(context, node.object)) return;
        context.report({
          node,
          message: `\`${node.object.name}\` is the browser's. Move this into a folder named browser/.`,
        });
      },
    };
  },
};

function isDeclaredHere(context, identifier) {
  let scope = context.sourceCode.getScope(identifier);
  while (scope) {
    const variable = scope.set.get(identifier.name);
    if (variable && variable.defs.length > 0) return true;
    scope = scope.upper;
  }
  return false;
}
